import type { Aggregation, PipelineContext } from './aggregation.ts'
import { CommandFailure } from './failure.ts'
import { type BSONDocument, decodeDocument, encodeDocument } from './query/index.ts'
import type { IndexDefinition, Namespace, Readable, RecordId, Store, ViewDefinition } from './store/index.ts'

/** How many views may stand one upon the other, as on a server. */
export const viewDepthMax = 20

/** Where views are looked up, and what runs their pipelines. */
export interface Reading {
  readonly store: Store
  readonly aggregation: Aggregation
  readonly sessions: PipelineContext['sessions']
}

/** What who reads a name gets: a collection, or what a view shows. Undefined: nothing has the name. */
export function readableOf(reading: Reading, namespace: Namespace, depth = 0): Readable | undefined {
  const collection = reading.store.find(namespace)
  const view = collection?.view
  if (collection === undefined || view === undefined) return collection
  if (depth >= viewDepthMax)
    throw new CommandFailure(
      'ViewDepthLimitExceeded',
      `${collection.namespace} stands on more than ${viewDepthMax} views (viewDepthMax)`
    )
  return new Shown(collection.namespace, () => shown(reading, namespace.database, view, depth + 1))
}

export function* documentsOf(reading: Reading, namespace: Namespace, depth = 0): Generator<BSONDocument> {
  for (const [, bytes] of readableOf(reading, namespace, depth)?.records() ?? []) yield decodeDocument(bytes)
}

/** It sees no variables of the command that reads it. */
function shown(
  reading: Reading,
  database: string,
  { on, pipeline }: ViewDefinition,
  depth: number
): Iterable<BSONDocument> {
  const below = (collection: string): Iterable<BSONDocument> => documentsOf(reading, { database, collection }, depth)
  const context = { database, documentsOf: below, sessions: reading.sessions }
  return reading.aggregation.pipeline(pipeline, context)(below(on))
}

/** The documents of a view, made anew for each reader. They have no places of their own: they are numbered as they come. */
class Shown implements Readable {
  readonly namespace: string
  readonly indexes: readonly IndexDefinition[] = []
  readonly #documents: () => Iterable<BSONDocument>

  constructor(namespace: string, documents: () => Iterable<BSONDocument>) {
    this.namespace = namespace
    this.#documents = documents
  }

  *records(): Generator<[RecordId, Uint8Array]> {
    let record = 0
    for (const document of this.#documents()) yield [++record, encodeDocument(document)]
  }

  /** Several can have one `_id`. */
  candidates(): Iterable<[RecordId, Uint8Array]> {
    return this.records()
  }
}
