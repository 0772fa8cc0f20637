import { Int32 } from '../../bson/index.ts'
import { type BSONDocument, type BSONValue, isDocument } from '../query/index.ts'
import { fields } from '../reply.ts'
import { dotted, type PathPart } from '../store/index.ts'

/** What an update changed: the paths are the oplog's, the values those of the document that it made. */
export function updateDescription(updated: BSONDocument, after: BSONDocument, expanded: boolean): BSONDocument {
  const set = pathsIn(updated.get('set'))
  const unset = pathsIn(updated.get('unset'))
  const truncated = documentsIn(updated.get('truncated')).map(each => ({
    path: pathIn(each.get('path')),
    size: each.get('size') ?? null
  }))
  const paths = [...set, ...unset, ...truncated.map(({ path }) => path)]
  const ambiguous = expanded ? paths.filter(isAmbiguous) : []
  const disambiguatedPaths: BSONDocument = new Map(ambiguous.map(path => [dotted(path), [...path]]))
  return fields<BSONValue>({
    updatedFields: new Map(set.map(path => [dotted(path), valueAt(after, path)])),
    removedFields: unset.map(dotted),
    truncatedArrays: truncated.map(({ path, size }) => fields<BSONValue>({ field: dotted(path), newSize: size })),
    ...(ambiguous.length > 0 ? { disambiguatedPaths } : {})
  })
}

/** With dots it could be read otherwise: a name has some itself, or could be a place in an array. */
function isAmbiguous(path: readonly PathPart[]): boolean {
  return path.some((part, at) => typeof part === 'string' && (part.includes('.') || (at > 0 && /^\d+$/.test(part))))
}

function valueAt(document: BSONDocument, path: readonly PathPart[]): BSONValue {
  let value: BSONValue = document
  for (const part of path) {
    if (part instanceof Int32) value = Array.isArray(value) ? (value[part.value] ?? null) : null
    else value = isDocument(value) ? (value.get(part) ?? null) : null
  }
  return value
}

function pathsIn(value: BSONValue | undefined): PathPart[][] {
  return Array.isArray(value) ? value.map(pathIn) : []
}

function pathIn(value: BSONValue | undefined): PathPart[] {
  return Array.isArray(value) ? value.filter(part => typeof part === 'string' || part instanceof Int32) : []
}

function documentsIn(value: BSONValue | undefined): BSONDocument[] {
  return Array.isArray(value) ? value.filter(isDocument) : []
}
