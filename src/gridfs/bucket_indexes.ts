import type { Collection, IndexDescriptionInfo } from '../client/index.ts'
import { MongoServerError } from '../errors/index.ts'
import type { StoredFile } from './types.ts'

/** What a command of an upload is given: what is left of its time, and its signal. */
export interface CommandLimits {
  readonly timeoutMS?: number
  readonly signal?: AbortSignal | undefined
}

type Indexed = Pick<Collection, 'listIndexes'>

type IndexKey = Readonly<Record<string, 1>>

const filesKey: IndexKey = { filename: 1, uploadDate: 1 }
const chunksKey: IndexKey = { files_id: 1, n: 1 }

/**
 * Makes a bucket's indexes, where they are missing, before its first file is written: once for a bucket object, and only if no
 * file is stored yet. Uploads that begin before the first of them has seen to it each do, by their own limits: making an index
 * twice is no harm, and none of them waits for another's. Source: the GridFS specification.
 */
export class BucketIndexes {
  readonly #files: Collection<StoredFile>
  readonly #chunks: Collection
  #areSeenTo = false

  constructor(files: Collection<StoredFile>, chunks: Collection) {
    this.#files = files
    this.#chunks = chunks
  }

  /** `limits`: for the next command. */
  async seeTo(limits: () => CommandLimits): Promise<void> {
    if (this.#areSeenTo) return
    const anyFile = { projection: { _id: 1 }, readPreference: 'primary' } as const
    if ((await this.#files.findOne({}, { ...anyFile, ...limits() })) === null) {
      if (await lacks(this.#files, filesKey, limits)) await this.#files.createIndex(filesKey, limits())
      if (await lacks(this.#chunks, chunksKey, limits))
        await this.#chunks.createIndex(chunksKey, { unique: true, ...limits() })
    }
    this.#areSeenTo = true
  }

  /** The collections were dropped, and the indexes with them. */
  forget(): void {
    this.#areSeenTo = false
  }
}

async function lacks(collection: Indexed, key: IndexKey, limits: () => CommandLimits): Promise<boolean> {
  const there = await indexesOf(collection, limits())
  return !there.some(index => isSameKey(index.key, key))
}

async function indexesOf(collection: Indexed, limits: CommandLimits): Promise<readonly IndexDescriptionInfo[]> {
  try {
    return await collection.listIndexes(limits).toArray()
  } catch (error) {
    if (error instanceof MongoServerError && error.code === namespaceNotFound) return []
    throw error
  }
}

const namespaceNotFound = 26

/** The same fields in the same order, numbers compared by their value: other clients write 1 as another type. */
export function isSameKey(key: IndexDescriptionInfo['key'], wanted: IndexKey): boolean {
  const fields = Object.entries(key)
  const others = Object.entries(wanted)
  return (
    fields.length === others.length &&
    fields.every(([field, direction], index) => {
      const [name, value] = others[index] ?? []
      return field === name && Number(direction) === value
    })
  )
}
