import type { Binary } from '../../bson/index.ts'
import type { BSONDocument, BSONValue } from '../query/index.ts'

/**
 * One change of the data or of the catalogue, complete: applied to a store that has had all changes before it, it makes
 * the same of both. `namespace` is `database.collection`.
 */
export type Change =
  | {
      readonly kind: 'createCollection'
      readonly namespace: string
      readonly uuid: Binary
      /** As `listCollections` tells them. */
      readonly options: BSONDocument
    }
  | { readonly kind: 'dropCollection'; readonly namespace: string }
  /** There is no collection `to` by then. */
  | { readonly kind: 'renameCollection'; readonly namespace: string; readonly to: string }
  | { readonly kind: 'createIndex'; readonly namespace: string; readonly definition: BSONDocument }
  | { readonly kind: 'dropIndex'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'insert'; readonly namespace: string; readonly document: Uint8Array }
  | { readonly kind: 'replace'; readonly namespace: string; readonly id: BSONValue; readonly document: Uint8Array }
  | { readonly kind: 'remove'; readonly namespace: string; readonly id: BSONValue }

/** Told of a change when it has been made, and what takes it back. */
export type ChangeListener = (change: Change, undo: readonly Change[]) => void
