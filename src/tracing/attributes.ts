/**
 * Names and attributes of spans, made of what is known of an operation. Pure. Source: the drivers' specification of OpenTelemetry;
 * `error.type` as the semantic conventions of databases have it.
 */
import { MongoServerError } from '../errors/index.ts'
import { messageOf } from '../events/index.ts'
import { cut } from '../logging/index.ts'
import type { CommandFacts, TracedOperation } from '../operations/index.ts'
import { hostOf } from '../options/index.ts'
import type { SpanAttributes, SpanException } from '../runtime/index.ts'

export interface SpanStart {
  readonly name: string
  readonly attributes: SpanAttributes
}

export interface SpanFailure {
  readonly attributes: SpanAttributes
  readonly exception: SpanException
}

const ofSystem = { 'db.system.name': 'mongodb' } as const

/** A server decides how long its text is. */
const exceptionCodePointsMax = 10_000

/** Stands for a transaction, and has nothing else to tell. */
export const transactionStart: SpanStart = Object.freeze({ name: 'transaction', attributes: Object.freeze(ofSystem) })

export function operationStart({ command }: TracedOperation): SpanStart {
  const operation = command.tracedAs ?? command.traits.operation ?? command.name
  const { database, collection } = placeOf(command)
  const summary = summaryOf(operation, database, collection)
  const attributes = defined({
    ...ofSystem,
    'db.namespace': database,
    'db.collection.name': collection,
    'db.operation.name': operation,
    'db.operation.summary': summary,
    'db.mongodb.cursor_id': command.cursorId?.toString()
  })
  return { name: summary, attributes }
}

/** `queryText`: undefined where the command is not to be shown. */
export function commandStart(
  facts: CommandFacts,
  { command, sessionId, txnNumber }: TracedOperation,
  queryText: string | undefined
): SpanStart {
  const { commandName, databaseName } = facts
  const collection = collectionIn(databaseName, command.collection)
  const attributes = defined({
    ...ofSystem,
    'db.namespace': databaseName,
    'db.collection.name': collection,
    'db.command.name': commandName,
    'db.query.summary': summaryOf(commandName, databaseName, collection),
    'db.query.text': queryText,
    ...serverAttributes(facts.address),
    'db.mongodb.driver_connection_id': facts.connectionId,
    'db.mongodb.server_connection_id': facts.serverConnectionId,
    'db.mongodb.cursor_id': command.cursorId?.toString(),
    'db.mongodb.lsid': sessionId?.toHexString(),
    'db.mongodb.txn_number': txnNumber === undefined ? undefined : Number(txnNumber)
  })
  return { name: commandName, attributes }
}

/** Of a command or of an operation, which has no code of its own: its commands may have failed for several reasons. */
export function failureOf(reason: unknown, level: 'command' | 'operation'): SpanFailure {
  const exception = exceptionOf(reason)
  const code = reason instanceof MongoServerError && level === 'command' ? reason.code?.toString() : undefined
  const attributes = defined({
    'db.response.status_code': code,
    'error.type': code ?? exception.name,
    'exception.type': exception.name,
    'exception.message': exception.message,
    'exception.stacktrace': exception.stack
  })
  return { attributes, exception }
}

function exceptionOf(reason: unknown): SpanException {
  const message = cut(messageOf(reason), exceptionCodePointsMax)
  // The reason of an abort may be anything.
  if (!(reason instanceof Error)) return { name: typeof reason, message }
  const { name, stack } = reason
  return stack === undefined ? { name, message } : { name, message, stack: cut(stack, exceptionCodePointsMax) }
}

/** A collection is renamed by a command to `admin` that names it with its database. */
function placeOf({ name, database, collection }: TracedOperation['command']): Place {
  if (name !== 'renameCollection' || collection === undefined)
    return { database, collection: collectionIn(database, collection) }
  const dot = collection.indexOf('.')
  return { database: collection.slice(0, dot), collection: collection.slice(dot + 1) }
}

interface Place {
  readonly database: string
  readonly collection: string | undefined
}

/** Nothing that runs against `admin` is about a collection. */
function collectionIn(database: string, collection: string | undefined): string | undefined {
  return database === 'admin' ? undefined : collection
}

function summaryOf(name: string, database: string, collection: string | undefined): string {
  return collection === undefined ? `${name} ${database}` : `${name} ${database}.${collection}`
}

function serverAttributes(address: string): SpanAttributes {
  const host = hostOf(address)
  if ('socketPath' in host) return { 'server.address': host.socketPath, 'network.transport': 'unix' }
  return { 'server.address': host.host, 'server.port': host.port, 'network.transport': 'tcp' }
}

function defined(attributes: Readonly<Record<string, string | number | undefined | boolean>>): SpanAttributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined)) as SpanAttributes
}
