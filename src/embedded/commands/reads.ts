import { Timestamp } from '../../bson/index.ts'
import type { Command, ReadServices, Snapshot } from '../command.ts'
import { collectionOf, toRead } from '../command.ts'
import { distinctValues } from '../aggregation/by_value.ts'
import type { Batch } from '../cursors.ts'
import { badValue, during } from '../failure.ts'
import { compareStrings, distinctCandidates } from '../query/index.ts'
import { Query, queryContext, type Selected } from '../query_arguments.ts'
import type { Namespace } from '../store/index.ts'
import { DocumentBatch, fields, int32, int64, type Reply, type ReplyValue } from '../reply.ts'

/** What the first batch has at most when the command says nothing. */
export const firstBatchCount = 101

export function readCommands(services: ReadServices): Command[] {
  return [countCommand(services), distinctCommand(services)]
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
      ...(batch.resumeToken === undefined ? {} : { postBatchResumeToken: batch.resumeToken }),
      ...timeOf(snapshot)
    })
  })
}

function timeOf(snapshot: Snapshot | undefined): Readonly<Record<string, ReplyValue>> {
  return snapshot === undefined ? {} : { atClusterTime: new Timestamp(snapshot.time) }
}

function countCommand(services: ReadServices): Command {
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
      const context = queryContext(given, services)
      const query = new Query({ filter: given.document('query') ?? new Map(), hint: given.value('hint') }, context)
      // A negative limit means its absolute value.
      const limit = Math.abs(given.whole('limit') ?? 0) || Infinity
      const selected = slice(query.select(toRead(call, services, namespace, context)), given.count('skip') ?? 0, limit)
      const n = during(executionOf('count', namespace), () => {
        let counted = 0
        for (const _ of selected) counted++
        return counted
      })
      return fields({ n: int32(n) })
    }
  }
}

function distinctCommand(services: ReadServices): Command {
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
      const context = queryContext(given, services)
      const query = new Query({ filter: given.document('query') ?? new Map(), hint: given.value('hint') }, context)
      const selected = query.select(toRead(call, services, namespace, context))
      const candidates = during(executionOf('distinct', namespace), () =>
        Array.from(selected).flatMap(({ document }) => distinctCandidates(document, path))
      )
      const values = distinctValues(candidates, context.strings ?? compareStrings)
      return fields<ReplyValue>({ values, ...timeOf(call.snapshot) })
    }
  }
}

/** What a command that reads `namespace` is doing when it fails in the middle of its work. */
export function executionOf(command: string, { database, collection }: Namespace): string {
  return `Executor error during ${command} command on namespace: ${database}.${collection}`
}

export function* slice(selected: Iterable<Selected>, skip: number, limit: number): Generator<Selected> {
  let at = 0
  for (const each of selected) {
    if (at >= skip) yield each
    if (++at >= skip + limit) return
  }
}
