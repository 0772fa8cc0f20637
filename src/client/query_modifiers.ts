import type { Document } from '../bson/index.ts'
import { MongoInvalidArgumentError } from '../errors/index.ts'
import type { FindOptions } from './types/index.ts'

/** Names of MongoDB's old query documents, and the options that took their place. */
const optionOf: Readonly<Record<string, keyof FindOptions | 'filter'>> = {
  $comment: 'comment',
  $explain: 'explain',
  $hint: 'hint',
  $max: 'max',
  $maxTimeMS: 'maxTimeMS',
  $min: 'min',
  $orderby: 'sort',
  $query: 'filter',
  $returnKey: 'returnKey',
  $showDiskLoc: 'showRecordId'
}

/** @throws MongoInvalidArgumentError for a name that is none of theirs. */
export function modifierOf(name: string, value: unknown): FindOptions & { readonly filter?: Document } {
  const option = Object.hasOwn(optionOf, name) ? optionOf[name] : undefined
  if (option === undefined)
    throw new MongoInvalidArgumentError(
      `${JSON.stringify(name)} is no query modifier; there are ${Object.keys(optionOf).join(', ')}`
    )
  return { [option]: value }
}
