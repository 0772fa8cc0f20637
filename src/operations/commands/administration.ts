import { type Document, prepareElements } from '../../bson/index.ts'
import { MongoServerError } from '../../errors/index.ts'
import { isAcknowledged, type WriteConcern } from '../../options/index.ts'
import type { Reply } from '../../wire/index.ts'
import {
  type Command,
  type CommandTraits,
  creationOfCollection,
  dataDefinition,
  dropOfCollection,
  otherCommand
} from '../command.ts'
import { errorIn } from '../error_replies.ts'
import { PreparedCommand, writeOption, writeWriteConcern } from '../prepared_command.ts'

/** A command that changes collections or indexes: to the primary, with a write concern, not retried as a write. */
export function administrativeCommand(
  database: string,
  fields: Readonly<Record<string, unknown>>,
  writeConcern: WriteConcern
): Command<Document> {
  const [name = ''] = Object.keys(fields)
  return new PreparedCommand<Document>(traitsOf(name), {
    name,
    database,
    acknowledged: isAcknowledged(writeConcern),
    elements: prepareElements(body => {
      for (const [key, value] of Object.entries(fields)) writeOption(body, key, value)
      writeWriteConcern(body, writeConcern)
    }),
    accept: documentOrConcernError
  })
}

/** Source: the read and write concern specification. */
const withReadConcern: ReadonlySet<string> = new Set(['createIndexes', 'dropDatabase', 'dropIndexes'])

function traitsOf(name: string): CommandTraits {
  if (name === 'create') return creationOfCollection
  if (name === 'drop') return dropOfCollection
  return withReadConcern.has(name) ? dataDefinition : otherCommand
}

/** `{ a: 1, b: -1 }` is called `a_1_b_-1`. */
export function indexNameOf(key: Readonly<Record<string, unknown>>): string {
  return Object.entries(key)
    .map(([field, direction]) => `${field}_${String(direction)}`)
    .join('_')
}

const namespaceNotFound = 26

/** Dropping what is not there is no error to whoever wants it gone; servers before 7.0 call it one. */
export function isMissingNamespace(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === namespaceNotFound
}

function documentOrConcernError(reply: Reply): Document {
  const document = reply.document()
  const error = errorIn(document)
  if (error !== undefined) throw error
  return document
}
