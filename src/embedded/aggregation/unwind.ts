import { Long } from '../../bson/index.ts'
import { CommandFailure } from '../failure.ts'
import { checkFieldPath } from '../query/field_path.ts'
import { type BSONDocument, type BSONValue, isDocument, splitPath } from '../query/index.ts'
import { addLeaf, applyTree, emptyBranch } from '../query/projection_tree.ts'
import { isNullish, typeText } from './operator.ts'
import { each, type Stage } from './stage.ts'

interface Unwind {
  readonly path: readonly string[]
  /** Where the index of the element goes, without a `$`. */
  readonly indexField: string | undefined
  /** Whether documents without elements are kept. */
  readonly preserve: boolean
}

/** One document for each element of an array; a value that is no array stands for itself. */
export function unwindStage(operand: BSONValue): Stage {
  const unwind = readUnwind(operand)
  return each(document => unwound(document, unwind))
}

function* unwound(document: BSONDocument, unwind: Unwind): Generator<BSONDocument> {
  const value = valueAt(document, unwind.path)
  if (Array.isArray(value) && value.length > 0) {
    for (const [index, element] of value.entries()) {
      yield withIndex(withValue(document, unwind.path, element), unwind, Long.fromNumber(index))
    }
  } else if (!isNullish(value) && !Array.isArray(value)) yield withIndex(document, unwind, null)
  else if (unwind.preserve) {
    yield withIndex(Array.isArray(value) ? withValue(document, unwind.path, undefined) : document, unwind, null)
  }
}

/** Only through documents: an array on the way hides what is below it. */
function valueAt(document: BSONDocument, path: readonly string[]): BSONValue | undefined {
  let value: BSONValue | undefined = document
  for (const name of path) value = isDocument(value) ? value.get(name) : undefined
  return value
}

function withValue(document: BSONDocument, path: readonly string[], value: BSONValue | undefined): BSONDocument {
  const [name = '', ...rest] = path
  const copy: BSONDocument = new Map(document)
  const below = copy.get(name)
  const changed = rest.length > 0 && isDocument(below) ? withValue(below, rest, value) : value
  if (changed === undefined) copy.delete(name)
  else copy.set(name, changed)
  return copy
}

function withIndex(document: BSONDocument, { indexField }: Unwind, index: Long | null): BSONDocument {
  if (indexField === undefined) return document
  const root = emptyBranch()
  addLeaf(root, indexField, { kind: 'compute', expression: () => index })
  return applyTree(root, 'add', document)
}

function readUnwind(operand: BSONValue): Unwind {
  if (!isDocument(operand)) return { path: unwindPath(operand), indexField: undefined, preserve: false }
  for (const name of operand.keys()) {
    if (!['path', 'preserveNullAndEmptyArrays', 'includeArrayIndex'].includes(name)) {
      throw new CommandFailure(28811, `unrecognized option to $unwind stage: ${name}`)
    }
  }
  const preserve = operand.get('preserveNullAndEmptyArrays') ?? false
  if (typeof preserve !== 'boolean') {
    throw new CommandFailure(28809, `$unwind's preserveNullAndEmptyArrays must be a bool, not ${typeText(preserve)}`)
  }
  return { path: unwindPath(operand.get('path')), indexField: indexFieldOf(operand), preserve }
}

function unwindPath(path: BSONValue | undefined): readonly string[] {
  if (path === undefined) throw new CommandFailure(28812, 'no path specified to $unwind stage')
  if (typeof path !== 'string') {
    throw new CommandFailure(28808, `expected a string as the path for $unwind stage, got ${typeText(path)}`)
  }
  if (!path.startsWith('$')) {
    throw new CommandFailure(28818, `path option to $unwind stage should be prefixed with a '$': ${path}`)
  }
  checkFieldPath(path.slice(1))
  return splitPath(path.slice(1))
}

function indexFieldOf(operand: BSONDocument): string | undefined {
  const field = operand.get('includeArrayIndex')
  if (field === undefined) return undefined
  if (typeof field !== 'string' || field === '') {
    throw new CommandFailure(28810, '$unwind needs a non-empty string for includeArrayIndex')
  }
  if (field.startsWith('$')) {
    throw new CommandFailure(
      28822,
      `includeArrayIndex option to $unwind stage should not be prefixed with a '$': ${field}`
    )
  }
  checkFieldPath(field)
  return field
}
