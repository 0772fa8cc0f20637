import { CommandFailure } from '../failure.ts'
import { type BSONDocument, type BSONValue, isDocument } from '../query/index.ts'

/** What a view shows: what comes out of the pipeline over another collection, or another view, of its database. */
export interface ViewDefinition {
  readonly on: string
  readonly pipeline: readonly BSONDocument[]
}

/** The options of a view as `listCollections` tells them. */
export function viewOptions({ on, pipeline }: ViewDefinition): BSONDocument {
  return new Map<string, BSONValue>([
    ['viewOn', on],
    ['pipeline', [...pipeline]]
  ])
}

/** Undefined for the options of a collection. */
export function viewDefinitionOf(options: BSONDocument): ViewDefinition | undefined {
  const on = options.get('viewOn')
  if (typeof on !== 'string') return undefined
  const pipeline = options.get('pipeline')
  return { on, pipeline: Array.isArray(pipeline) ? pipeline.filter(isDocument) : [] }
}

/** As a server refuses what is for collections alone. */
export function isAView(namespace: string): CommandFailure {
  return new CommandFailure('CommandNotSupportedOnView', `Namespace ${namespace} is a view, not a collection`)
}
