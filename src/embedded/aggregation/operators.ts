import { arithmeticOperators } from './arithmetic.ts'
import { arrayOperators } from './arrays.ts'
import { conversionOperators } from './conversions.ts'
import { dateOperators } from './dates.ts'
import { iterationOperators } from './iteration.ts'
import { logicOperators } from './logic.ts'
import { mathOperators } from './math.ts'
import { objectOperators } from './objects.ts'
import type { Operator } from './operator.ts'
import { setOperators } from './sets.ts'
import { stringOperators } from './strings.ts'
import { totalOperators } from './totals.ts'

/** All there are. What stands in no family is refused by name. */
export const operators: ReadonlyMap<string, Operator> = new Map([
  ...arithmeticOperators,
  ...mathOperators,
  ...totalOperators,
  ...logicOperators,
  ...arrayOperators,
  ...iterationOperators,
  ...setOperators,
  ...objectOperators,
  ...stringOperators,
  ...conversionOperators,
  ...dateOperators
])
