import type { Command, Services } from '../command.ts'
import { collectionOf } from '../command.ts'
import { distinctValues } from '../aggregation/by_value.ts'
import { badValue, during } from '../failure.ts'
import { compareStrings, compileProjection, distinctCandidates, encodeDocument } from '../query/index.ts'
import { Query, queryContext, type Selected } from '../query_arguments.ts'
import { type Batch } from '../cursors.ts'
import type { Namespace } from '../store/index.ts'
import { DocumentBatch, fields, int32, int64, type Reply } from '../reply.ts'

type ReadServices = Pick<Services, 'store' | 'cursors' | 'aggregation'>

/** What the first batch has at most when the command says nothing. */
export const firstBatchCount = 101

export function readCommands(services: ReadServices): Command[] {
  return [findCommand(services), countCommand(services), distinctCommand(services)]
}

export function cursorReply(kind: 'firstBatch' | 'nextBatch', namespace: string, batch: Batch): Reply {
  return fields({
    cursor: fields<DocumentBatch | ReturnType<typeof int64> | string>({
      [kind]: new DocumentBatch(batch.documents),
      id: int64(batch.id),
      ns: namespace
    })
  })
}

function findCommand({ store, cursors, aggregation }: ReadServices): Command {
  return {
    name: 'find',
    access: 'read',
    concerns: 'read',
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
      const collection = store.find(namespace)
      const selected = slice(query.select(collection), skip, limit)
      const name = `${namespace.database}.${namespace.collection}`
      const documents = during(`Executor error during find command: ${name}`, () =>
        Array.from(selected, ({ bytes, document, found }) =>
          project === undefined ? bytes : encodeDocument(project(document, found))
        )
      )
      const source = { namespace: name, session: call.session, documents, endKnown: collection === undefined }
      return cursorReply('firstBatch', name, cursors.open(source, batchSize, given.boolean('singleBatch')))
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
      const selected = slice(query.select(store.find(namespace)), given.count('skip') ?? 0, limit)
      const n = during(executionOf('count', namespace), () => {
        let counted = 0
        for (const _ of selected) counted++
        return counted
      })
      return fields({ n: int32(n) })
    }
  }
}

function distinctCommand({ store, aggregation }: ReadServices): Command {
  return {
    name: 'distinct',
    access: 'read',
    concerns: 'read',
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
      const selected = query.select(store.find(namespace))
      const candidates = during(executionOf('distinct', namespace), () =>
        Array.from(selected).flatMap(({ document }) => distinctCandidates(document, path))
      )
      return fields({ values: distinctValues(candidates, context.strings ?? compareStrings) })
    }
  }
}

/** What a command that reads `namespace` is doing when it fails in the middle of its work. */
export function executionOf(command: string, { database, collection }: Namespace): string {
  return `Executor error during ${command} command on namespace: ${database}.${collection}`
}

function* slice(selected: Iterable<Selected>, skip: number, limit: number): Generator<Selected> {
  let at = 0
  for (const each of selected) {
    if (at >= skip) yield each
    if (++at >= skip + limit) return
  }
}
