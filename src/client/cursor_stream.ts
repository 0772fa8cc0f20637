import { MongoAPIError } from '../errors/index.ts'
import type { Readable, Runtime } from '../runtime/index.ts'

/** What a stream reads from. */
export interface StreamedCursor<TSchema> {
  hasNext(): Promise<boolean>
  bufferedCount(): number
  readBufferedDocuments(count: number): TSchema[]
  close(): Promise<void>
}

export interface CursorStreamOptions<TSchema> {
  /** What each document becomes, after the cursor's own `map`. Null and undefined are refused: a stream cannot carry them. */
  readonly transform?: ((document: TSchema) => unknown) | undefined
}

/**
 * A stream of a cursor's documents. Nothing is fetched before it is read, and no further batch before the last one has been
 * taken by the stream, which holds sixteen documents at most. However it ends, the cursor is closed then.
 */
export function streamOf<TSchema>(
  runtime: Pick<Runtime, 'readable'>,
  cursor: StreamedCursor<TSchema>,
  { transform }: CursorStreamOptions<TSchema>
): Readable {
  let asking = false
  /** As long as the stream wants more and some have come: without a promise. */
  const pushBuffered = (stream: Readable): void => {
    while (cursor.bufferedCount() > 0) {
      const [document] = cursor.readBufferedDocuments(1) as [TSchema]
      const object = transform === undefined ? document : transform(document)
      if (object === null || object === undefined)
        throw new MongoAPIError(
          `a document became ${String(object)}, which a stream cannot carry: map it to something else`
        )
      if (!stream.push(object)) return
    }
  }
  const ask = (stream: Readable): void => {
    asking = true
    void cursor.hasNext().then(
      has => {
        asking = false
        if (stream.destroyed) return
        if (!has) stream.push(null)
        // Whoever else reads from the cursor may have taken it.
        else if (cursor.bufferedCount() === 0) ask(stream)
        else attempt(stream, pushBuffered)
      },
      error => void stream.destroy(asError(error))
    )
  }
  return runtime.readable({
    objectMode: true,
    highWaterMark: streamedMax,
    read() {
      if (cursor.bufferedCount() > 0) attempt(this, pushBuffered)
      else if (!asking) ask(this)
    },
    destroy(error, done) {
      const closed = (): void => done(error)
      void cursor.close().then(closed)
    }
  })
}

/** Objects that the stream itself holds. */
const streamedMax = 16

/** What the user's functions throw ends the stream. */
function attempt(stream: Readable, work: (stream: Readable) => void): void {
  try {
    work(stream)
  } catch (error) {
    stream.destroy(asError(error))
  }
}

/** A signal's reason may be anything. */
function asError(reason: unknown): Error {
  return reason instanceof Error
    ? reason
    : new MongoAPIError(`the cursor ended with ${String(reason)}`, { cause: reason })
}
