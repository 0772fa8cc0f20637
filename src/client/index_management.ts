import type { Document } from '../bson/index.ts'
import { MongoInvalidArgumentError } from '../errors/index.ts'
import { administrativeCommand, indexNameOf } from '../operations/index.ts'
import type { ClientCore } from './core.ts'
import { indexKeyOf } from './index_keys.ts'
import { type CollectionPlace, inherit, orRejected, propertiesOf, runOptions, serverLimit } from './targets.ts'
import type {
  CreateIndexesOptions,
  DropIndexesOptions,
  IndexDescription,
  IndexDescriptionCompact,
  IndexDescriptionInfo,
  IndexSpecification
} from './types/index.ts'

/** Resolves with the indexes' names. All of them are made, or none. */
export function createIndexes(
  core: ClientCore,
  above: CollectionPlace,
  descriptions: readonly IndexDescription[],
  options: Pick<CreateIndexesOptions, 'commitQuorum' | keyof DropIndexesOptions>
): Promise<string[]> {
  return orRejected(() => {
    if (!Array.isArray(descriptions) || descriptions.length === 0)
      throw new MongoInvalidArgumentError('createIndexes takes an array with at least one index')
    const place = inherit(above, options)
    const indexes = descriptions.map(({ key: specification, ...properties }: IndexDescription) => {
      const key = indexKeyOf(specification as IndexSpecification)
      return { ...propertiesOf(properties), key, name: properties.name ?? indexNameOf(Object.fromEntries(key)) }
    })
    const fields = {
      createIndexes: place.collection,
      indexes,
      commitQuorum: options.commitQuorum,
      comment: options.comment,
      maxTimeMS: serverLimit(place, options.maxTimeMS)
    }
    const command = administrativeCommand(place.database, fields, place.writeConcern)
    return core.run(command, runOptions(place, options)).then(() => indexes.map(({ name }) => name))
  })
}

/** The options of one index and those of the command stand side by side in `createIndex`. */
export function descriptionOf(specification: IndexSpecification, options: CreateIndexesOptions): IndexDescription {
  const { commitQuorum: _commitQuorum, ...properties } = propertiesOf(options)
  return { ...properties, key: indexKeyOf(specification) as IndexDescription['key'] }
}

/** `index`: a name, or `*` for all but that of `_id`. Resolves with the server's reply. */
export function dropIndexes(
  core: ClientCore,
  above: CollectionPlace,
  index: string,
  options: DropIndexesOptions
): Promise<Document> {
  return orRejected(() => {
    const place = inherit(above, options)
    const maxTimeMS = serverLimit(place, options.maxTimeMS)
    const fields = { dropIndexes: place.collection, index, comment: options.comment, maxTimeMS }
    return core.run(administrativeCommand(place.database, fields, place.writeConcern), runOptions(place, options))
  })
}

export function compactOf(indexes: readonly IndexDescriptionInfo[]): IndexDescriptionCompact {
  return Object.fromEntries(indexes.map(({ name, key }) => [name, Object.entries(key)]))
}
