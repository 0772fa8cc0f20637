import type { OutputStage } from '../aggregation/index.ts'
import { type Call, type Services, toChange } from '../command.ts'
import { CommandFailure } from '../failure.ts'
import { type BSONDocument, type BSONValue, encodeDocument, isDocument } from '../query/index.ts'
import type { Replica } from '../replication/index.ts'
import { fields, int32 } from '../reply.ts'
import { documentBytesMax, idIndexName, type Namespace } from '../store/index.ts'
import { wasDropped } from '../tail.ts'
import { mergingOf } from './merge.ts'
import { runInsert, type WriteContext, type WriteServices } from './writes.ts'

type OutputServices = WriteServices & Pick<Services, 'cursors'>

/**
 * What the stage does with the documents that its pipeline gives.
 * @throws {CommandFailure} for a target that it cannot write to, whatever the documents are.
 */
export function outputOf(
  services: OutputServices,
  stage: OutputStage,
  context: WriteContext
): (documents: readonly BSONDocument[]) => void {
  if (stage.name === '$merge') return mergingOf(services, stage, context)
  const present = toChange(services.store, stage.target)
  if (present?.capped !== undefined)
    throw new CommandFailure(17152, `namespace '${present.namespace}' is capped so it can't be used for $out`)
  return documents => replaceCollection(services, stage.target, documents, context)
}

/**
 * A collection with the options and the indexes of the target gets the documents, and then its name: what was there is gone in
 * that step, and stays if a document cannot be inserted.
 */
function replaceCollection(
  services: OutputServices,
  target: Namespace,
  documents: readonly BSONDocument[],
  { bypassesValidation: bypass }: WriteContext
): void {
  const { store, cursors, objectIds } = services
  const present = store.find(target)
  const temporary = { database: target.database, collection: `tmp.agg_out.${objectIds.next().toHexString()}` }
  const made = store.create(temporary, present?.options)
  try {
    for (const index of present?.indexes ?? []) if (index.name !== idIndexName) made.createIndex(index)
    for (const document of documents) runInsert(services, made, document, bypass)
  } catch (error) {
    if (error instanceof CommandFailure) store.drop(temporary)
    throw error
  }
  store.rename(temporary, target)
  if (present !== undefined) cursors.killOfNamespace(present.namespace, wasDropped(present))
}

/** The fields of an aggregate on which it depends what its last stage writes, and how. */
const outputFields = ['let', 'collation', 'bypassDocumentValidation', 'writeConcern']

/**
 * A secondary has the primary write what its pipeline gave.
 * @returns the error of the write concern, if there is one.
 * @throws {CommandFailure} as the primary refuses it, or for documents that do not fit in one command.
 */
export async function writeOnPrimary(
  replica: Replica,
  { arguments: given, caller, database }: Call,
  documents: readonly BSONDocument[]
): Promise<BSONDocument | undefined> {
  const bytes = documents.reduce((sum, document) => sum + encodeDocument(document).length, 0)
  if (bytes > documentBytesMax)
    throw new CommandFailure(
      'BSONObjectTooLarge',
      `the pipeline gave ${bytes} bytes of documents; a secondary has the primary write at most ${documentBytesMax}: run the ` +
        'pipeline on the primary'
    )
  const last = given.array('pipeline')?.at(-1) ?? null
  const command = fields<BSONValue>({
    aggregate: int32(1),
    pipeline: [fields({ $documents: fields<BSONValue>({ $literal: [...documents] }) }), last],
    cursor: new Map()
  })
  for (const name of outputFields) {
    const value = given.value(name)
    if (value !== undefined) command.set(name, value)
  }
  const concernError = (await replica.askPrimary(caller, command, database)).get('writeConcernError')
  return isDocument(concernError) ? concernError : undefined
}
