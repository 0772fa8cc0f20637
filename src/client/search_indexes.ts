/**
 * Search indexes of a collection in MongoDB Atlas. Their commands go on to the search process, which has no concerns: none is
 * sent. Source: the index management specification.
 */
import type { Document } from '../bson/index.ts'
import { MongoInvalidArgumentError } from '../errors/index.ts'
import { administrativeCommand, isMissingNamespace } from '../operations/index.ts'
import { AggregationCursor } from './aggregation_cursor.ts'
import type { ClientCore } from './core.ts'
import { type CollectionPlace, inherit, inheritInCursor, orRejected, runOptions } from './targets.ts'
import type {
  ListSearchIndexesOptions,
  OperationOptions,
  SearchIndexDescription,
  SearchIndexInfo
} from './types/index.ts'

/** Resolves with the names. The indexes are built later: `listSearchIndexes` tells when they can be queried. */
export function createSearchIndexes(
  core: ClientCore,
  above: CollectionPlace,
  descriptions: readonly SearchIndexDescription[],
  options: OperationOptions
): Promise<string[]> {
  return orRejected(() => {
    if (!Array.isArray(descriptions))
      throw new MongoInvalidArgumentError('createSearchIndexes takes an array of search indexes')
    const indexes = descriptions.map(checkedDescription)
    const command = { createSearchIndexes: above.collection, indexes }
    return run(core, above, command, options).then(({ indexesCreated = [] }: Document) =>
      (indexesCreated as readonly { readonly name: string }[]).map(({ name }) => name)
    )
  })
}

export function updateSearchIndex(
  core: ClientCore,
  above: CollectionPlace,
  name: string,
  definition: Document,
  options: OperationOptions
): Promise<void> {
  return orRejected(() => {
    requireName('updateSearchIndex', name)
    requireDefinition(definition)
    return run(core, above, { updateSearchIndex: above.collection, name, definition }, options).then(() => undefined)
  })
}

/** One that is not there, or whose collection is not, has been dropped. */
export function dropSearchIndex(
  core: ClientCore,
  above: CollectionPlace,
  name: string,
  options: OperationOptions
): Promise<void> {
  return orRejected(() => {
    requireName('dropSearchIndex', name)
    return run(core, above, { dropSearchIndex: above.collection, name }, options).then(
      () => undefined,
      (error: unknown) => {
        if (!isMissingNamespace(error)) throw error
      }
    )
  })
}

/** The search indexes of a collection. */
export class ListSearchIndexesCursor extends AggregationCursor<SearchIndexInfo> {}

export function listSearchIndexes(
  core: ClientCore,
  above: CollectionPlace,
  name: string | undefined,
  options: ListSearchIndexesOptions
): ListSearchIndexesCursor {
  const place = { ...inheritInCursor(above, options), readConcern: {} }
  const stage = name === undefined ? {} : { name }
  return new ListSearchIndexesCursor(core, place, [{ $listSearchIndexes: stage }], options)
}

function run(
  core: ClientCore,
  above: CollectionPlace,
  command: Document,
  options: OperationOptions
): Promise<Document> {
  const place = inherit(above, options)
  return core.run(administrativeCommand(place.database, command, {}), runOptions(place, options))
}

function checkedDescription(description: SearchIndexDescription): SearchIndexDescription {
  requireDefinition((description as Partial<SearchIndexDescription> | undefined)?.definition)
  if (description.name !== undefined) requireName('a search index', description.name)
  return description
}

function requireName(what: string, name: unknown): void {
  if (typeof name === 'string' && name !== '') return
  throw new MongoInvalidArgumentError(`${what} takes the name of one search index, not ${JSON.stringify(name)}`)
}

function requireDefinition(definition: unknown): void {
  if (typeof definition === 'object' && definition !== null && !Array.isArray(definition)) return
  throw new MongoInvalidArgumentError(
    `a search index needs a definition, which is an object such as { mappings: { dynamic: true } }, not ${JSON.stringify(definition)}`
  )
}
