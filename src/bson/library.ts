import { BSON, type Document } from 'bson'
import { MongoInvalidArgumentError } from '../errors/index.ts'

let busy = false

/** A whole document, and its bytes. What the library says of it is thrown as it is. */
export function documentByLibrary(document: Document, ignoreUndefined: boolean): Uint8Array {
  // The library has one buffer for all.
  if (busy) {
    throw new MongoInvalidArgumentError(
      'a getter or toBSON() of a document that is being encoded began to encode another one; compute it beforehand'
    )
  }
  busy = true
  try {
    return BSON.serialize(document, { ignoreUndefined })
  } finally {
    busy = false
  }
}

/** The elements, one or none, of a key and a value that nobody else knows how to write. `toBSON` was asked before. */
export function elementByLibrary(key: unknown, value: unknown, ignoreUndefined = false): Uint8Array {
  const bytes = documentByLibrary(new Map<unknown, unknown>([[key, { toBSON: () => value }]]), ignoreUndefined)
  return bytes.subarray(4, bytes.length - 1)
}
