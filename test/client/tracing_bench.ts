import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { type RecordedSpan, RecordingTracer } from '../../conformance/unified/recording_tracer.ts'
import type { MongoClient, TracingOptions } from '../../src/client/index.ts'
import type { Bench } from './bench.ts'

/** The span of whoever calls, as an SDK keeps it. */
export const active: AsyncLocalStorage<RecordedSpan> = new AsyncLocalStorage<RecordedSpan>()

export interface Traced {
  readonly client: MongoClient
  readonly tracer: RecordingTracer
}

export function traced({ connect }: Pick<Bench, 'connect'>, tracing: TracingOptions = {}, more: object = {}): Traced {
  const tracer = new RecordingTracer(() => active.getStore())
  return { tracer, client: connect({ tracing: { enabled: true, tracer, ...tracing }, ...more }) }
}

/** A span's name, with those of the spans in it. */
export type Tree = string | readonly Tree[]

export function treeOf({ name, nested, hasEnded }: RecordedSpan): Tree {
  assert.ok(hasEnded, `${name} has ended`)
  return nested.length === 0 ? name : [name, ...nested.map(treeOf)]
}

export function treesOf({ roots }: RecordingTracer): Tree[] {
  return roots.map(treeOf)
}

/** What `work` has traced in a span of its caller's. */
export async function within(tracer: RecordingTracer, work: () => Promise<unknown>): Promise<Tree[]> {
  const caller = tracer.startSpan('caller')
  await active.run(caller, work)
  return caller.nested.map(treeOf)
}
