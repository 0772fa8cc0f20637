import { type BSONValue, decodeDocument } from '../query/index.ts'
import { type Change, idIndexName, namespaceOf, type Store, valueKey } from '../store/index.ts'

/** A key of a unique index, that of `_id` among them, which stands for the document itself. */
export interface ChangedKey {
  /** Undefined: the collection as a whole, which is being made. */
  readonly index: string | undefined
  readonly key: string
  /** Of all keys of all collections, this one. */
  readonly text: string
}

/** What no two transactions can change at a time. `store` has the change already. */
export function keysOf(change: Change, store: Store): readonly ChangedKey[] {
  switch (change.kind) {
    case 'createCollection':
      return [{ index: undefined, key: '', text: change.namespace }]
    case 'insert':
      return keysOfDocument(change.namespace, change.document, store)
    case 'replace':
      return [keyOf(change.namespace, change.id), ...keysOfDocument(change.namespace, change.document, store)]
    case 'remove':
      return [keyOf(change.namespace, change.id)]
    case 'createIndex':
    case 'dropIndex':
    case 'modifyCollection':
    case 'modifyIndex':
    case 'dropCollection':
    case 'dropDatabase':
    case 'renameCollection':
      return []
  }
}

/** Of the document with that `_id`. */
export function keyOf(namespace: string, id: BSONValue): ChangedKey {
  return changedKey(namespace, idIndexName, valueKey(id))
}

function keysOfDocument(namespace: string, bytes: Uint8Array, store: Store): ChangedKey[] {
  const document = decodeDocument(bytes)
  const unique = (store.find(namespaceOf(namespace))?.indexes ?? []).filter(index => index.unique)
  return unique.flatMap(index =>
    Array.from(index.keysOf(document).keys(), key => changedKey(namespace, index.name, key))
  )
}

function changedKey(namespace: string, index: string, key: string): ChangedKey {
  return { index, key, text: `${namespace}\0${index}\0${key}` }
}

/** Whether it changes more than documents. */
export function isCatalogChange({ kind }: Change): boolean {
  return kind !== 'insert' && kind !== 'replace' && kind !== 'remove'
}
