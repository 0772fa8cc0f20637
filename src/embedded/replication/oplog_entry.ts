import { Binary, Long, Timestamp } from '../../bson/index.ts'
import { Arguments } from '../arguments.ts'
import { type BSONDocument, type BSONValue, decodeDocument, encodeDocument } from '../query/index.ts'
import { fields, int32, int64 } from '../reply.ts'
import type { SessionId } from '../sessions.ts'
import type { Change } from '../store/index.ts'
import { type OpTime, timestampOf } from './op_time.ts'

/** What a commit counts as among the statements of its session: with it the transaction's number is remembered. */
export const commitStatement = -1

/** That a retryable statement has run, and what it did: whoever has the entry can answer a retry of it. */
export interface StatementRecord {
  readonly session: SessionId
  readonly txnNumber: bigint
  readonly statementId: number
  readonly result: BSONDocument
}

export interface OplogEntry {
  readonly opTime: OpTime
  /** By the primary's clock, in milliseconds since 1970. */
  readonly wallMS: number
  /** None: nothing but the time has changed. Of a transaction they can be several, to be applied in one step. */
  readonly changes: readonly Change[]
  readonly statement: StatementRecord | undefined
}

/**
 * The layout follows the manual's oplog: `op` is `i`, `u`, `d`, `c` or `n`. An update has the whole document, and besides
 * which parts of it are new. Those of a transaction are an `applyOps`.
 */
export function encodeEntry({ opTime, wallMS, changes, statement }: OplogEntry): Uint8Array {
  return encodeDocument(
    fields<BSONValue>({
      ts: new Timestamp(opTime.timestamp),
      t: Long.fromBigInt(opTime.term),
      v: int32(2),
      wall: new Date(wallMS),
      ...operations(changes, statement?.statementId === commitStatement),
      ...(statement === undefined ? {} : statementFields(statement))
    })
  )
}

/** A transaction's are listed, however few: so who reads the oplog knows them from a retryable write. */
function operations(changes: readonly Change[], ofTransaction: boolean): Readonly<Record<string, BSONValue>> {
  const [first] = changes
  if (first === undefined) return { op: 'n', ns: '', o: new Map() }
  if (!ofTransaction) return operation(first)
  return { op: 'c', ns: 'admin.$cmd', o: fields({ applyOps: changes.map(change => fields(operation(change))) }) }
}

function operation(change: Change): Readonly<Record<string, BSONValue>> {
  const ns = change.namespace
  const ui = 'uuid' in change && change.uuid !== undefined ? { ui: change.uuid } : {}
  if (change.kind === 'insert') return { op: 'i', ns, ...ui, o: decodeDocument(change.document) }
  if (change.kind === 'replace') {
    const updated = change.updated === undefined ? {} : { updated: change.updated }
    const o2 = fields({ _id: change.id })
    return { op: 'u', ns, ...ui, o2, o: decodeDocument(change.document), ...updated, ...preImage(change) }
  }
  if (change.kind === 'remove') {
    const makesRoom = change.makesRoom === true ? { makesRoom: true } : {}
    return { op: 'd', ns, ...ui, o: fields({ _id: change.id }), ...makesRoom, ...preImage(change) }
  }
  return { op: 'c', ns, ...ui, o: fields(catalogueOperation(change)) }
}

function preImage(change: { readonly preImage?: Uint8Array | undefined }): Readonly<Record<string, BSONValue>> {
  return change.preImage === undefined ? {} : { preImage: decodeDocument(change.preImage) }
}

function catalogueOperation(
  change: Exclude<Change, { kind: 'insert' | 'replace' | 'remove' }>
): Readonly<Record<string, BSONValue>> {
  switch (change.kind) {
    case 'createCollection':
      return { create: '', ...Object.fromEntries(change.options) }
    case 'modifyCollection':
      return { collMod: '', options: change.options }
    case 'modifyIndex':
      return { collMod: '', index: change.definition }
    case 'dropCollection':
      return { drop: '' }
    case 'dropDatabase':
      return { dropDatabase: int32(1) }
    case 'renameCollection': {
      const dropTarget = change.dropTarget === undefined ? {} : { dropTarget: change.dropTarget }
      return { renameCollection: '', to: change.to, ...dropTarget }
    }
    case 'createIndex':
      return { createIndexes: change.definition }
    case 'dropIndex':
      return { dropIndexes: change.name, ...(change.definition === undefined ? {} : { definition: change.definition }) }
  }
}

function statementFields(statement: StatementRecord): Readonly<Record<string, BSONValue>> {
  const id = new Binary(Buffer.from(statement.session, 'hex'), Binary.SUBTYPE_UUID)
  return {
    lsid: fields({ id }),
    txnNumber: int64(statement.txnNumber),
    stmtId: int32(statement.statementId),
    result: statement.result
  }
}

/** @throws {CommandFailure} for what `encodeEntry` does not make. */
export function decodeEntry(document: BSONDocument): OplogEntry {
  const given = new Arguments('oplog', document)
  const wall = given.required('wall')
  if (!(wall instanceof Date)) throw given.wrongType('wall', wall, 'date')
  return {
    opTime: { timestamp: timestampOf(given, 'ts'), term: given.requiredInt64('t') },
    wallMS: wall.getTime(),
    changes: changesOf(given),
    statement: given.has('lsid') ? statementOf(given) : undefined
  }
}

function changesOf(given: Arguments): readonly Change[] {
  if (given.requiredString('op') === 'n') return []
  const o = new Arguments('oplog.o', given.requiredDocument('o'))
  return o.has('applyOps') ? o.statements('applyOps').map(changeOf) : [changeOf(given)]
}

function changeOf(given: Arguments): Change {
  const namespace = given.requiredString('ns')
  const o = given.requiredDocument('o')
  switch (given.requiredString('op')) {
    case 'i':
      return { kind: 'insert', namespace, document: encodeDocument(o) }
    case 'u': {
      const id = new Arguments('oplog.o2', given.requiredDocument('o2')).required('_id')
      return { kind: 'replace', namespace, id, document: encodeDocument(o) }
    }
    case 'd':
      return { kind: 'remove', namespace, id: new Arguments('oplog.o', o).required('_id') }
    default:
      return catalogueChange(given, namespace, new Arguments('oplog.o', o))
  }
}

function catalogueChange(given: Arguments, namespace: string, o: Arguments): Change {
  if (o.has('create')) {
    const uuid = new Binary(given.uuid('ui'), Binary.SUBTYPE_UUID)
    const options = new Map([...o.body].filter(([name]) => name !== 'create'))
    return { kind: 'createCollection', namespace, uuid, options }
  }
  if (o.has('collMod') && o.has('index'))
    return { kind: 'modifyIndex', namespace, definition: o.requiredDocument('index') }
  if (o.has('collMod')) return { kind: 'modifyCollection', namespace, options: o.requiredDocument('options') }
  if (o.has('dropDatabase')) return { kind: 'dropDatabase', namespace }
  if (o.has('drop')) return { kind: 'dropCollection', namespace }
  if (o.has('renameCollection')) return { kind: 'renameCollection', namespace, to: o.requiredString('to') }
  if (o.has('createIndexes')) {
    return { kind: 'createIndex', namespace, definition: o.requiredDocument('createIndexes') }
  }
  return { kind: 'dropIndex', namespace, name: o.requiredString('dropIndexes') }
}

function statementOf(given: Arguments): StatementRecord {
  const session = new Arguments('oplog.lsid', given.requiredDocument('lsid'))
  return {
    session: Buffer.from(session.uuid('id')).toString('hex'),
    txnNumber: given.requiredInt64('txnNumber'),
    statementId: given.whole('stmtId') ?? 0,
    result: given.requiredDocument('result')
  }
}
