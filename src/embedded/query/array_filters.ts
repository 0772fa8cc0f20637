import { badValue, CommandFailure } from '../failure.ts'
import type { QueryContext } from './context.ts'
import { compileFilter } from './match.ts'
import { splitPath } from './paths.ts'
import type { ArrayFilters } from './update_tree.ts'
import { type BSONDocument, type BSONValue, isDocument, typeNameOf } from './values.ts'

/** Compiles the array filters of an update: each asks the element that its identifier stands for. */
export function compileArrayFilters(filters: readonly BSONValue[], context: QueryContext): ArrayFilters {
  const compiled = new Map<string, (element: BSONValue) => boolean>()
  for (const filter of filters) {
    if (!isDocument(filter)) {
      throw new CommandFailure('TypeMismatch', `an array filter must be an object, not ${typeNameOf(filter)}`)
    }
    const identifier = identifierOf(filter)
    if (compiled.has(identifier)) {
      throw unparsable(`found multiple array filters with the same top-level field name ${identifier}`)
    }
    const matches = compileFilter(filter, context)
    compiled.set(identifier, element => matches(new Map([[identifier, element]])))
  }
  return compiled
}

function identifierOf(filter: BSONDocument): string {
  const [identifier, ...others] = new Set(identifiersIn(filter))
  if (identifier === undefined) throw unparsable('an array filter needs a top-level field name')
  if (others.length > 0) {
    throw unparsable(
      `expected a single top-level field name in an array filter, found '${identifier}' and '${others[0]}'`
    )
  }
  if (!/^[a-z][a-zA-Z0-9]*$/.test(identifier)) {
    throw badValue(
      `the top-level field name '${identifier}' of an array filter must be alphanumeric and begin with a lowercase letter`
    )
  }
  return identifier
}

function identifiersIn(filter: BSONDocument): string[] {
  return Array.from(filter).flatMap(([name, operand]) => {
    if (!name.startsWith('$')) return splitPath(name).slice(0, 1)
    return Array.isArray(operand) ? operand.filter(isDocument).flatMap(identifiersIn) : []
  })
}

function unparsable(message: string): CommandFailure {
  return new CommandFailure('FailedToParse', message)
}
