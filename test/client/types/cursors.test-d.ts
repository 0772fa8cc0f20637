/** What cursors give, and which of their methods change that. */
import type { Readable } from 'node:stream'
import type {
  AggregationCursor,
  ChangeStream,
  ChangeStreamDocument,
  ChangeStreamOptions,
  Collection,
  CursorFlag,
  CursorTimeoutMode,
  Document,
  FindCursor,
  FindOptions,
  WithId
} from '../../../src/client/index.ts'
import { accepts, same } from './assertions.ts'
import type { User } from './schemas.ts'

declare const users: Collection<User>

export function settersKeepTheTypeAndProjectionsChangeIt(): void {
  const found = users
    .find()
    .limit(1)
    .batchSize(2)
    .addCursorFlag('tailable', true)
    .maxAwaitTimeMS(5)
    .withReadConcern('local')
  same<typeof found, FindCursor<WithId<User>>>(true)
  same<ReturnType<typeof found.clone>, FindCursor<WithId<User>>>(true)
  const projected = users.find().project<{ name: string }>({ name: 1 })
  same<typeof projected, FindCursor<{ name: string }>>(true)
  const aggregated = users.aggregate<User>().match({}).sort({ name: 1 }).out('other')
  same<typeof aggregated, AggregationCursor<User>>(true)
  const grouped = aggregated.group<{ total: number }>({ _id: null })
  same<typeof grouped, AggregationCursor<{ total: number }>>(true)
  const staged = aggregated.addStage({ $count: 'n' })
  same<typeof staged, AggregationCursor<Document>>(true)
}

export function streamsAreReadableAndGiveWhatTheCursorGives(): void {
  const stream = users
    .find()
    .map(({ name }) => name)
    .stream({ transform: name => name.length })
  accepts<Readable>(stream)
  accepts<AsyncIterable<unknown>>(stream)
}

export function changeStreamsGiveEventsOfTheirSchema(): void {
  const changes = users.watch([{ $match: {} }], { fullDocument: 'updateLookup', maxAwaitTimeMS: 5 })
  same<typeof changes, ChangeStream<User, ChangeStreamDocument<User>>>(true)
  changes.on('change', change => {
    if (change.operationType === 'insert') accepts<string>(change.fullDocument.name)
    if (change.operationType === 'update') accepts<User | null | undefined>(change.fullDocument)
    // @ts-expect-error: not every event has it
    accepts<unknown>(change.documentKey)
  })
  changes.on('error', error => accepts<string>(error.message))
  accepts<Promise<ChangeStreamDocument<User> | null>>(changes.tryNext())
  const shaped = users.watch<User, { readonly name: string }>([{ $project: { name: 1 } }])
  accepts<Promise<{ readonly name: string }>>(shaped.next())
  // @ts-expect-error: it would be no stream of changes
  accepts<ChangeStreamOptions>({ explain: true })
  // @ts-expect-error: nothing is written
  accepts<ChangeStreamOptions>({ writeConcern: { w: 1 } })
}

export function flagsAndModesAreThoseThatThereAre(): void {
  accepts<CursorFlag>('tailable', 'awaitData', 'noCursorTimeout', 'partial')
  accepts<CursorTimeoutMode>('cursorLifetime', 'iteration')
  accepts<FindOptions>({ tailable: true, awaitData: true, maxAwaitTimeMS: 5, timeoutMode: 'iteration', timeoutMS: 9 })
  // @ts-expect-error: it is not supported
  accepts<CursorFlag>('exhaust')
  // @ts-expect-error: a mode that does not exist
  accepts<FindOptions>({ timeoutMode: 'each' })
  // @ts-expect-error: an option that does not exist
  accepts<FindOptions>({ cursorType: 'tailable' })
}
