import type { Int32 } from '../../bson/index.ts'
import { Arguments, type FieldRules } from '../arguments.ts'
import type { Call, Command, Services } from '../command.ts'
import { collectionOf, toChange } from '../command.ts'
import { CommandFailure, during } from '../failure.ts'
import {
  type BSONDocument,
  type BSONValue,
  checkStageNames,
  compileUpdate,
  isDocument,
  type InsertContext,
  prepareForInsert,
  type QueryContext,
  typeNameOf,
  type Update,
  type UpdateContext,
  type UpdatedDocument,
  upsertDocument
} from '../query/index.ts'
import { first, Query, queryContext, type Selected } from '../query_arguments.ts'
import { fields, int32, type ReplyValue } from '../reply.ts'
import type { Collection, Namespace } from '../store/index.ts'

/** What a server takes in one command: the hello's `maxWriteBatchSize`. */
export const writeBatchSizeMax = 100_000

export type WriteServices = Pick<Services, 'store' | 'objectIds' | 'timestamps' | 'clock' | 'aggregation'>

export function writeCommands(services: WriteServices): Command[] {
  return [insertCommand(services), updateCommand(services), deleteCommand(services)]
}

export function insertContext({ objectIds, timestamps }: WriteServices): InsertContext {
  return { newId: () => objectIds.next(), timestamp: () => timestamps.next() }
}

function insertCommand(services: WriteServices): Command {
  return {
    name: 'insert',
    access: 'write',
    retryable: true,
    concerns: 'both',
    inStableAPI: true,
    collectionField: 'insert',
    fields: { taken: ['documents', 'ordered', 'bypassDocumentValidation'] },
    run: call => {
      const namespace = collectionOf(call, 'insert')
      const documents = statementsOf(call.arguments, 'documents', ({ body }) => body)
      const collection = services.store.findOrCreate(namespace)
      let n = 0
      const writeErrors = runEach(call.arguments, documents, (document, index) => {
        call.statements.once(index, () => runInsert(services, collection, document, bypassesValidation(call.arguments)))
        n++
      })
      return fields<ReplyValue>({ n: int32(n), ...writeErrors, ...retriedStatements(call) })
    }
  }
}

const inserted: BSONDocument = fields({ n: int32(1) })

export function runInsert(
  services: WriteServices,
  collection: Collection,
  document: BSONDocument,
  bypass: boolean
): BSONDocument {
  collection.insert(prepareForInsert(document, insertContext(services)), bypass)
  return inserted
}

const updateRules: FieldRules = {
  taken: ['q', 'u', 'multi', 'upsert', 'arrayFilters', 'hint', 'collation', 'sort'],
  refused: {
    c: 'constants of an update pipeline',
    upsertSupplied: 'documents supplied for an upsert',
    sampleId: 'sampling'
  }
}

export interface UpdateStatement {
  readonly given: Arguments
  readonly filter: BSONDocument
  /** The field with what it does. */
  readonly updateField: string
  readonly sort: BSONDocument | undefined
  readonly multi: boolean
  readonly upsert: boolean
}

function updateStatement(given: Arguments): UpdateStatement {
  given.check(updateRules)
  return updateIn(given, 'q', 'u')
}

/** The commands call the same by other names. */
export function updateIn(given: Arguments, filterField: string, updateField: string): UpdateStatement {
  const multi = given.boolean('multi')
  const sort = given.document('sort')
  const update = given.value(updateField)
  if (Array.isArray(update)) checkStageNames(update)
  if (multi && sort !== undefined) throw new CommandFailure('FailedToParse', 'Cannot specify sort with multi=true')
  const filter = given.requiredDocument(filterField)
  return { given, filter, updateField, sort, multi, upsert: given.boolean('upsert') }
}

function updateCommand(services: WriteServices): Command {
  return {
    name: 'update',
    access: 'write',
    retryable: true,
    concerns: 'both',
    inStableAPI: true,
    collectionField: 'update',
    fields: { taken: ['updates', 'ordered', 'bypassDocumentValidation', 'let'] },
    run: call => {
      const namespace = collectionOf(call, 'update')
      const statements = statementsOf(call.arguments, 'updates', updateStatement)
      for (const { multi } of statements) checkMulti(multi, call, 'multi=true')
      let n = 0
      let nModified = 0
      const upserted: BSONDocument[] = []
      const writeErrors = runEach(call.arguments, statements, (statement, index) => {
        const context = statementContext(statement.given, call.arguments, services)
        const result = call.statements.once(index, () => runUpdate(services, namespace, statement, context))
        n += countIn(result, 'n')
        nModified += countIn(result, 'nModified')
        const upsertedId = result.get('upsertedId')
        if (upsertedId !== undefined) upserted.push(fields<BSONValue>({ index: int32(index), _id: upsertedId }))
      })
      return fields<ReplyValue>({
        n: int32(n),
        nModified: int32(nModified),
        ...(upserted.length > 0 ? { upserted } : {}),
        ...writeErrors,
        ...retriedStatements(call)
      })
    }
  }
}

/** What a statement did: `n`, `nModified`, and `upsertedId` if it inserted. */
export function runUpdate(
  services: WriteServices,
  namespace: Namespace,
  { given, filter, updateField, sort, multi, upsert }: UpdateStatement,
  context: WriteContext
): BSONDocument {
  const query = new Query({ filter, sort, hint: given.value('hint') }, context)
  const update = compiledUpdate(services, given, updateField, context, multi)
  const collection = toChange(services.store, namespace)
  const matching = query.select(collection)
  return during('Plan executor error during update', () => {
    const chosen = choose(matching, multi)
    let nModified = 0
    for (const selected of chosen) {
      if (collection !== undefined && applyUpdate(collection, update, selected, context).changed) nModified++
    }
    if (chosen.length > 0 || !upsert) return fields({ n: int32(chosen.length), nModified: int32(nModified) })
    const upsertedId = insertUpsert(services, namespace, filter, update, context).get('_id') ?? null
    return fields<BSONValue>({ n: int32(1), nModified: int32(0), upsertedId })
  })
}

/** All are chosen before the first is changed: a change must not let a document be met twice. */
function choose(matching: Iterable<Selected>, multi: boolean): Selected[] {
  if (multi) return [...matching]
  const one = first(matching)
  return one === undefined ? [] : [one]
}

export function compiledUpdate(
  services: WriteServices,
  given: Arguments,
  field: string,
  context: QueryContext,
  multi: boolean
): Update {
  const value = given.required(field)
  if (!isDocument(value) && !Array.isArray(value)) {
    throw new CommandFailure('FailedToParse', `an update must be an object or an array, not ${typeNameOf(value)}`)
  }
  return compileUpdate(value, updateContext(services, context), { arrayFilters: given.array('arrayFilters'), multi })
}

export function updateContext({ clock, timestamps }: WriteServices, context: QueryContext): UpdateContext {
  return { ...context, now: () => new Date(clock.epochMS()), timestamp: () => timestamps.next() }
}

export function applyUpdate(
  collection: Collection,
  update: Update,
  selected: Selected,
  { bypassesValidation: bypass }: WriteContext
): UpdatedDocument {
  const updated = update.apply(selected.document, selected.found)
  const { document, bytes } = updated
  if (updated.changed && !bypass) collection.validator?.check(document, selected.document)
  if (updated.changed) collection.replace(selected.record, selected.document, document, bytes, update.wholePaths)
  return updated
}

export function insertUpsert(
  services: WriteServices,
  namespace: Namespace,
  filter: BSONDocument,
  update: Update,
  { bypassesValidation: bypass }: WriteContext
): BSONDocument {
  const document = upsertDocument(filter, update, insertContext(services))
  services.store.findOrCreate(namespace).insert(document, bypass)
  return document
}

export interface DeleteStatement {
  readonly given: Arguments
  readonly filter: BSONDocument
  readonly multi: boolean
}

function deleteStatement(given: Arguments): DeleteStatement {
  given.check({ taken: ['q', 'limit', 'hint', 'collation'] })
  given.required('limit')
  const limit = given.whole('limit')
  if (limit !== 0 && limit !== 1) {
    throw new CommandFailure('FailedToParse', `the 'limit' of a delete must be 0 (all documents) or 1, not ${limit}`)
  }
  return { given, filter: given.requiredDocument('q'), multi: limit === 0 }
}

function deleteCommand(services: WriteServices): Command {
  return {
    name: 'delete',
    access: 'write',
    retryable: true,
    concerns: 'both',
    inStableAPI: true,
    collectionField: 'delete',
    fields: { taken: ['deletes', 'ordered', 'let'] },
    run: call => {
      const namespace = collectionOf(call, 'delete')
      const statements = statementsOf(call.arguments, 'deletes', deleteStatement)
      for (const { multi } of statements) checkMulti(multi, call, 'limit=0')
      let n = 0
      const writeErrors = runEach(call.arguments, statements, (statement, index) => {
        const context = statementContext(statement.given, call.arguments, services)
        const result = call.statements.once(index, () => runDelete(services, namespace, statement, context))
        n += countIn(result, 'n')
      })
      return fields<ReplyValue>({ n: int32(n), ...writeErrors, ...retriedStatements(call) })
    }
  }
}

export function runDelete(
  services: WriteServices,
  namespace: Namespace,
  { given, filter, multi }: DeleteStatement,
  context: QueryContext
): BSONDocument {
  const query = new Query({ filter, hint: given.value('hint') }, context)
  const collection = toChange(services.store, namespace)
  const matching = query.select(collection)
  return during('Plan executor error during delete', () => {
    const chosen = choose(matching, multi)
    for (const { record, document } of chosen) collection?.remove(record, document)
    return fields({ n: int32(chosen.length) })
  })
}

export function countIn(result: BSONDocument, field: string): number {
  return new Arguments('result', result).count(field) ?? 0
}

/** Tells a client which of its statements had run when it sent them first. */
export function retriedStatements({ statements }: Call): { readonly retriedStmtIds?: Int32[] } {
  return statements.retried.length > 0 ? { retriedStmtIds: statements.retried.map(int32) } : {}
}

/** A retryable write changes one document with each statement: only so can its result be told again. */
export function checkMulti(multi: boolean, call: Call, how: string): void {
  const { arguments: given } = call
  if (!multi || !given.has('txnNumber') || given.has('autocommit')) return
  throw new CommandFailure('InvalidOptions', `Cannot use (or request) retryable writes with ${how}`)
}

/** What a write takes from its command. */
export interface WriteContext extends QueryContext {
  /** Whether documents are stored that the collection's validator would refuse. */
  readonly bypassesValidation: boolean
}

export function bypassesValidation(command: Arguments): boolean {
  return command.boolean('bypassDocumentValidation')
}

/** A statement has its own collation, and the variables of its command. */
export function statementContext(statement: Arguments, command: Arguments, services: WriteServices): WriteContext {
  return {
    bypassesValidation: bypassesValidation(command),
    compileExpression: queryContext(command, services).compileExpression,
    strings: queryContext(statement, services).strings
  }
}

/** All statements are read before the first runs: one that makes no sense fails the command. */
export function statementsOf<Statement>(
  command: Arguments,
  field: string,
  read: (statement: Arguments) => Statement
): Statement[] {
  const statements = command.statements(field)
  if (statements.length > 0 && statements.length <= writeBatchSizeMax) return statements.map(read)
  throw new CommandFailure(
    'InvalidLength',
    `Write batch sizes must be between 1 and ${writeBatchSizeMax}. Got ${statements.length} operations.`
  )
}

/**
 * Runs the statements one after the other and collects what fails. Unless the command says `ordered: false`, the first
 * that fails is the last.
 */
function runEach<Statement>(
  command: Arguments,
  statements: readonly Statement[],
  run: (statement: Statement, index: number) => void
): { readonly writeErrors?: BSONDocument[] } {
  const writeErrors: BSONDocument[] = []
  runInTurn(command, statements, run, (failure, index) => writeErrors.push(writeError(index, failure)))
  return writeErrors.length > 0 ? { writeErrors } : {}
}

/** The same, for who makes something else of a failure. */
export function runInTurn<Statement>(
  command: Arguments,
  statements: readonly Statement[],
  run: (statement: Statement, index: number) => void,
  failed: (failure: CommandFailure, index: number) => void
): void {
  const ordered = command.boolean('ordered', true)
  for (const [index, statement] of statements.entries()) {
    try {
      run(statement, index)
    } catch (error) {
      if (!(error instanceof CommandFailure)) throw error
      failed(error, index)
      if (ordered) break
    }
  }
}

function writeError(index: number, failure: CommandFailure): BSONDocument {
  return fields<BSONValue>({
    index: int32(index),
    code: int32(failure.code),
    ...failure.fields,
    errmsg: failure.message
  })
}
