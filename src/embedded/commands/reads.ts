import { Timestamp } from '../../bson/index.ts'
import type { Command, Services, Snapshot } from '../command.ts'
import { collectionOf } from '../command.ts'
import { distinctValues } from '../aggregation/by_value.ts'
import { badValue } from '../failure.ts'
import { compareStrings, compileProjection, distinctCandidates, encodeDocument } from '../query/index.ts'
import { Query, queryContext, type Selected } from '../query_arguments.ts'
import { type Batch } from '../cursors.ts'
import { DocumentBatch, fields, int32, int64, type Reply, type ReplyValue } from '../reply.ts'

type ReadServices = Pick<Services, 'store' | 'cursors' | 'aggregation'>

/** What the first batch has at most when the command says nothing. */
export const firstBatchCount = 101

export function readCommands(services: ReadServices): Command[] {
  return [findCommand(services), countCommand(services), distinctCommand(services)]
}

/** `snapshot`: what a first batch was read from, unless that was the data as it is. */
export function cursorReply(
  kind: 'firstBatch' | 'nextBatch',
  namespace: string,
  batch: Batch,
  snapshot?: Snapshot
): Reply {
  return fields({
    cursor: fields<ReplyValue>({
      [kind]: new DocumentBatch(batch.documents),
      id: int64(batch.id),
      ns: namespace,
      ...timeOf(snapshot)
    })
  })
}

function timeOf(snapshot: Snapshot | undefined): Readonly<Record<string, ReplyValue>> {
  return snapshot === undefined ? {} : { atClusterTime: new Timestamp(snapshot.time) }
}

function findCommand({ store, cursors, aggregation }: ReadServices): Command {
  return {
    name: 'find',
    access: 'read',
    concerns: 'read',
    readsSnapshots: true,
    inStableAPI: true,
    collectionField: 'find',
    fields: {
      taken: [
        'filter',
        'sort',
        'projection',
        'skip',
        'limit',
        'batchSize',
        'singleBatch',
        'hint',
        'let',
        'collation',
        // These tell a server how to work, and change no result.
        'allowDiskUse',
        'noCursorTimeout',
        'allowPartialResults'
      ],
      refused: {
        tailable: 'capped collections to follow',
        awaitData: 'capped collections to follow',
        oplogReplay: 'capped collections to follow',
        min: 'bounds of an index scan',
        max: 'bounds of an index scan',
        returnKey: 'index keys to return',
        showRecordId: 'record ids to show'
      }
    },
    run: call => {
      const given = call.arguments
      const namespace = collectionOf(call, 'find')
      const context = queryContext(given, { aggregation })
      const query = new Query(
        { filter: given.document('filter') ?? new Map(), sort: given.document('sort'), hint: given.value('hint') },
        context
      )
      const projection = given.document('projection')
      const project = projection === undefined ? undefined : compileProjection(projection, context)
      const skip = given.count('skip') ?? 0
      const limit = given.count('limit') || Infinity
      const batchSize = given.count('batchSize') ?? firstBatchCount
      const collection = (call.snapshot?.store ?? store).find(namespace)
      const selected = slice(query.select(collection), skip, limit)
      const documents = Array.from(selected, ({ bytes, document, found }) =>
        project === undefined ? bytes : encodeDocument(project(document, found))
      )
      const name = `${namespace.database}.${namespace.collection}`
      const source = {
        namespace: name,
        session: call.session,
        api: call.api,
        documents,
        endKnown: collection === undefined
      }
      const batch = cursors.open(source, batchSize, given.boolean('singleBatch'))
      return cursorReply('firstBatch', name, batch, call.snapshot)
    }
  }
}

function countCommand({ store, aggregation }: ReadServices): Command {
  return {
    name: 'count',
    access: 'read',
    concerns: 'read',
    inStableAPI: true,
    collectionField: 'count',
    fields: { taken: ['query', 'limit', 'skip', 'hint', 'collation', 'fields'] },
    run: call => {
      const given = call.arguments
      const namespace = collectionOf(call, 'count')
      const query = new Query(
        { filter: given.document('query') ?? new Map(), hint: given.value('hint') },
        queryContext(given, { aggregation })
      )
      // A negative limit means its absolute value.
      const limit = Math.abs(given.whole('limit') ?? 0) || Infinity
      let n = 0
      for (const _ of slice(query.select(store.find(namespace)), given.count('skip') ?? 0, limit)) n++
      return fields({ n: int32(n) })
    }
  }
}

function distinctCommand({ store, aggregation }: ReadServices): Command {
  return {
    name: 'distinct',
    access: 'read',
    concerns: 'read',
    readsSnapshots: true,
    inStableAPI: false,
    collectionField: 'distinct',
    fields: { taken: ['key', 'query', 'hint', 'collation'] },
    run: call => {
      const given = call.arguments
      const namespace = collectionOf(call, 'distinct')
      const path = given.requiredString('key')
      if (path.includes('\0')) throw badValue('the key of distinct has a null byte')
      const context = queryContext(given, { aggregation })
      const query = new Query({ filter: given.document('query') ?? new Map(), hint: given.value('hint') }, context)
      const collection = (call.snapshot?.store ?? store).find(namespace)
      const candidates = Array.from(query.select(collection)).flatMap(({ document }) =>
        distinctCandidates(document, path)
      )
      const values = distinctValues(candidates, context.strings ?? compareStrings)
      return fields<ReplyValue>({ values, ...timeOf(call.snapshot) })
    }
  }
}

function* slice(selected: Iterable<Selected>, skip: number, limit: number): Generator<Selected> {
  let at = 0
  for (const each of selected) {
    if (at >= skip) yield each
    if (++at >= skip + limit) return
  }
}
