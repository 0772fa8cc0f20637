import type { Binary } from '../../bson/index.ts'
import type { BSONDocument, BSONValue } from '../query/index.ts'

interface OfNamespace {
  /** `database.collection` */
  readonly namespace: string
}

interface OfCollection extends OfNamespace {
  /** The collection's, for those who are told of the change; to make it, its name is enough. */
  readonly uuid?: Binary | undefined
}

/** A document before it was changed, where its collection keeps that for change streams. */
interface WithPreImage extends OfCollection {
  readonly id: BSONValue
  readonly preImage?: Uint8Array | undefined
}

/**
 * One change of the data or of the catalogue, complete: applied to a store that has had all changes before it, it makes
 * the same of both.
 */
export type Change =
  | (OfNamespace & {
      readonly kind: 'createCollection'
      readonly uuid: Binary
      /** As `listCollections` tells them. */
      readonly options: BSONDocument
    })
  | (OfCollection & {
      readonly kind: 'modifyCollection'
      /** All that it has from now on. */
      readonly options: BSONDocument
    })
  | (OfCollection & { readonly kind: 'dropCollection' })
  /** Its collections have been dropped before. The namespace is that of its commands. */
  | (OfNamespace & { readonly kind: 'dropDatabase' })
  | (OfCollection & {
      readonly kind: 'renameCollection'
      readonly to: string
      /** Of the collection that had the name by then, and is dropped. */
      readonly dropTarget?: Binary | undefined
    })
  | (OfCollection & { readonly kind: 'createIndex'; readonly definition: BSONDocument })
  | (OfCollection & {
      readonly kind: 'modifyIndex'
      /** All that it is from now on, under the name that it has. */
      readonly definition: BSONDocument
    })
  | (OfCollection & {
      readonly kind: 'dropIndex'
      readonly name: string
      readonly definition?: BSONDocument | undefined
    })
  | (OfCollection & { readonly kind: 'insert'; readonly document: Uint8Array })
  | (WithPreImage & {
      readonly kind: 'replace'
      readonly document: Uint8Array
      /** Of an update, which has changed parts of the document: which ones. */
      readonly updated?: BSONDocument | undefined
    })
  | (WithPreImage & {
      readonly kind: 'remove'
      /** Nobody asked for it: a capped collection made room. */
      readonly makesRoom?: true | undefined
    })

/** Told of a change when it has been made, and what takes it back. */
export type ChangeListener = (change: Change, undo: readonly Change[]) => void
