import type { BSONValue } from '../query/index.ts'
import { accumulators, type MakeAccumulator } from './accumulators.ts'
import { compileOperands, type Operator, type Operators } from './operator.ts'

const shared = ['$sum', '$avg', '$min', '$max', '$stdDevPop', '$stdDevSamp']

/** Accumulators that stand as expressions, too: over the elements of one operand, or over several operands. */
export const totalOperators: Operators = [...accumulators]
  .filter(([name]) => shared.includes(name))
  .map(([name, make]) => [name, overOperands(make)])

function overOperands(make: MakeAccumulator): Operator {
  return (operand, compiler, name) => {
    const operands = compileOperands(operand, compiler, name, 0, Number.MAX_SAFE_INTEGER)
    return scope => {
      const accumulator = make(compiler.strings)
      const values = operands.map(evaluate => evaluate(scope))
      for (const value of elementsOf(values)) accumulator.add(value)
      return accumulator.result()
    }
  }
}

function elementsOf(values: readonly (BSONValue | undefined)[]): readonly (BSONValue | undefined)[] {
  const [only] = values
  return values.length === 1 && Array.isArray(only) ? only : values
}
