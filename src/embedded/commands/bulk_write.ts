/** Writes of every kind to any collections in one command. Source: the bulk write specification. */
import { Arguments, type FieldRules } from '../arguments.ts'
import type { Call, Command, Services } from '../command.ts'
import { ListedDocuments } from '../cursors.ts'
import { badValue, CommandFailure } from '../failure.ts'
import { type BSONDocument, type BSONValue, encodeDocument } from '../query/index.ts'
import { double, fields, int32, type Reply, type ReplyValue } from '../reply.ts'
import { checkNamespace, type Namespace, namespaceOf } from '../store/index.ts'
import { cursorReply } from './reads.ts'
import {
  bypassesValidation,
  checkMulti,
  countIn,
  type DeleteStatement,
  retriedStatements,
  runDelete,
  runInsert,
  runInTurn,
  runUpdate,
  statementContext,
  statementsOf,
  type UpdateStatement,
  updateIn,
  type WriteServices
} from './writes.ts'

type BulkWriteServices = WriteServices & Pick<Services, 'cursors'>

/** What stands in place of a collection's name in the cursor of the results. */
const resultsNamespace = 'admin.$cmd.bulkWrite'

type Statement = { readonly namespace: Namespace } & (
  | { readonly kind: 'insert'; readonly document: BSONDocument }
  | { readonly kind: 'update'; readonly update: UpdateStatement }
  | { readonly kind: 'delete'; readonly removal: DeleteStatement }
)

type Kind = Statement['kind']

const rules: Readonly<Record<Kind, FieldRules>> = {
  insert: { taken: ['insert', 'document'] },
  update: {
    taken: ['update', 'filter', 'updateMods', 'multi', 'upsert', 'arrayFilters', 'hint', 'collation', 'sort'],
    refused: {
      constants: 'constants of an update pipeline',
      upsertSupplied: 'documents supplied for an upsert',
      sampleId: 'sampling'
    }
  },
  delete: { taken: ['delete', 'filter', 'multi', 'hint', 'collation'], refused: { sampleId: 'sampling' } }
}

export function bulkWriteCommand(services: BulkWriteServices): Command {
  return {
    name: 'bulkWrite',
    access: 'write',
    retryable: true,
    concerns: 'both',
    inStableAPI: true,
    adminOnly: true,
    fields: { taken: ['ops', 'nsInfo', 'errorsOnly', 'ordered', 'bypassDocumentValidation', 'let', 'cursor'] },
    run: call => {
      const given = call.arguments
      const namespaces = namespacesOf(given)
      const statements = statementsOf(given, 'ops', each => each).map((each, at) => statementOf(each, at, namespaces))
      for (const statement of statements) if (isMulti(statement)) checkMulti(true, call, 'multi=true')
      const cursor = given.document('cursor')
      const batchSize = cursor === undefined ? undefined : new Arguments('bulkWrite.cursor', cursor).count('batchSize')
      const results = new Results(given.boolean('errorsOnly'))
      runInTurn(
        given,
        statements,
        (statement, index) => results.succeeded(statement.kind, index, runStatement(services, call, statement, index)),
        (failure, index) => results.failed(statements[index]?.kind === 'update', index, failure)
      )
      return replyOf(services, call, results, batchSize ?? Infinity)
    }
  }
}

function replyOf({ cursors }: BulkWriteServices, call: Call, results: Results, batchSize: number): Reply {
  const { session, api } = call
  const documents = new ListedDocuments(results.documents, true)
  const batch = cursors.open({ namespace: resultsNamespace, session, api, documents }, batchSize)
  return fields<ReplyValue>({
    ...Object.fromEntries(cursorReply('firstBatch', resultsNamespace, batch)),
    ...results.sums(),
    ...retriedStatements(call)
  })
}

/** The sums of the reply, and the documents of its cursor. */
class Results {
  readonly documents: Uint8Array[] = []
  readonly #errorsOnly: boolean
  readonly #sums = { nErrors: 0, nInserted: 0, nMatched: 0, nModified: 0, nUpserted: 0, nDeleted: 0 }

  constructor(errorsOnly: boolean) {
    this.#errorsOnly = errorsOnly
  }

  succeeded(kind: Kind, index: number, result: BSONDocument): void {
    const n = countIn(result, 'n')
    const told: Record<string, BSONValue> = { ok: double(1), idx: int32(index), n: int32(n) }
    if (kind === 'insert') this.#sums.nInserted += n
    else if (kind === 'delete') this.#sums.nDeleted += n
    else {
      const nModified = countIn(result, 'nModified')
      told['nModified'] = int32(nModified)
      this.#sums.nModified += nModified
      const upsertedId = result.get('upsertedId')
      if (upsertedId === undefined) this.#sums.nMatched += n
      else {
        told['upserted'] = fields({ _id: upsertedId })
        this.#sums.nUpserted++
      }
    }
    if (!this.#errorsOnly) this.documents.push(encodeDocument(fields(told)))
  }

  failed(isUpdate: boolean, index: number, failure: CommandFailure): void {
    this.#sums.nErrors++
    this.documents.push(
      encodeDocument(
        fields<BSONValue>({
          ok: double(0),
          idx: int32(index),
          code: int32(failure.code),
          ...failure.fields,
          errmsg: failure.message,
          n: int32(0),
          ...(isUpdate ? { nModified: int32(0) } : {})
        })
      )
    )
  }

  sums(): Readonly<Record<string, ReplyValue>> {
    return Object.fromEntries(Object.entries(this.#sums).map(([name, sum]) => [name, int32(sum)]))
  }
}

function runStatement(services: WriteServices, call: Call, statement: Statement, index: number): BSONDocument {
  const { namespace } = statement
  switch (statement.kind) {
    case 'insert': {
      const collection = services.store.findOrCreate(namespace)
      return call.statements.once(index, () =>
        runInsert(services, collection, statement.document, bypassesValidation(call.arguments))
      )
    }
    case 'update': {
      const context = statementContext(statement.update.given, call.arguments, services)
      return call.statements.once(index, () => runUpdate(services, namespace, statement.update, context))
    }
    case 'delete': {
      const context = statementContext(statement.removal.given, call.arguments, services)
      return call.statements.once(index, () => runDelete(services, namespace, statement.removal, context))
    }
  }
}

function statementOf(given: Arguments, at: number, namespaces: readonly Namespace[]): Statement {
  const [kind] = given.body.keys()
  if (kind !== 'insert' && kind !== 'update' && kind !== 'delete') {
    throw new CommandFailure('FailedToParse', `bulkWrite.ops.${at} must begin with insert, update or delete`)
  }
  given.check(rules[kind])
  const number = given.count(kind)
  const namespace = number === undefined ? undefined : namespaces[number]
  if (namespace === undefined) throw badValue(`BulkWrite ops entry ${at} has an invalid nsInfo index.`)
  if (kind === 'insert') return { kind, namespace, document: given.requiredDocument('document') }
  if (kind === 'update') return { kind, namespace, update: updateIn(given, 'filter', 'updateMods') }
  const removal = { given, filter: given.requiredDocument('filter'), multi: given.boolean('multi') }
  return { kind, namespace, removal }
}

function isMulti(statement: Statement): boolean {
  if (statement.kind === 'update') return statement.update.multi
  return statement.kind === 'delete' && statement.removal.multi
}

const namespaceRules: FieldRules = { taken: ['ns'], refused: { encryptionInformation: 'encryption' } }

function namespacesOf(given: Arguments): Namespace[] {
  const names = new Set<string>()
  return given.statements('nsInfo').map(entry => {
    entry.check(namespaceRules)
    const name = entry.requiredString('ns')
    if (names.has(name)) throw badValue(`bulkWrite.nsInfo has the namespace ${name} twice`)
    names.add(name)
    if (!/^[^.]+\../.test(name)) throw new CommandFailure('InvalidNamespace', `Invalid namespace specified '${name}'`)
    const namespace = namespaceOf(name)
    checkNamespace(namespace)
    return namespace
  })
}
