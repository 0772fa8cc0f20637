import { Decimal128, type Document, Double, Int32, Long } from '../bson/index.ts'
import { MongoInvalidArgumentError } from '../errors/index.ts'
import type { BucketPlace } from './bucket_place.ts'
import type { CommandLimits } from './bucket_indexes.ts'
import type { FileSizes } from './chunk_range.ts'
import { fileNotFound, nameNotFound, revisionNotFound, sizesUnknown } from './failures.ts'
import { equalTo, shown } from './file_ids.ts'

/** Which file is to be read. */
export type WantedFile =
  | { readonly id: unknown }
  | {
      readonly filename: string
      /** 0 is the oldest, -1 the newest. */
      readonly revision: number
    }

/** @throws {MongoInvalidArgumentError} */
export function checkRevision(revision: number): void {
  if (!Number.isSafeInteger(revision))
    throw new MongoInvalidArgumentError(
      `revision is an integer, 0 for the oldest file of the name, -1 for the newest, not ${shown(revision)}`
    )
}

/** The file's document. `limits`: for the next command. @throws {MongoGridFSFileNotFoundError} */
export function findFile(place: BucketPlace, wanted: WantedFile, limits: () => CommandLimits): Promise<Document> {
  return 'id' in wanted ? findById(place, wanted.id, limits) : findRevision(place, wanted, limits)
}

async function findById(
  { files, bucketName }: BucketPlace,
  id: unknown,
  limits: () => CommandLimits
): Promise<Document> {
  const file = await files.findOne({ _id: equalTo(id) }, limits())
  if (file === null) throw fileNotFound(bucketName, id)
  return file
}

async function findRevision(
  { files, bucketName }: BucketPlace,
  { filename, revision }: { readonly filename: string; readonly revision: number },
  limits: () => CommandLimits
): Promise<Document> {
  const fromNewest = revision < 0
  const sort = { uploadDate: fromNewest ? -1 : 1 } as const
  const skip = fromNewest ? -revision - 1 : revision
  const file = await files.findOne({ filename }, { sort, skip, ...limits() })
  if (file !== null) return file
  const others = skip > 0 ? await files.findOne({ filename }, { projection: { _id: 1 }, ...limits() }) : null
  throw others === null ? nameNotFound(bucketName, filename) : revisionNotFound(bucketName, filename, revision)
}

/** Of whatever numeric type they are: other clients may have written them. @throws {MongoRuntimeError} */
export function sizesOf(bucketName: string, file: Document): FileSizes {
  const length = numberOf(file['length'])
  const chunkSize = numberOf(file['chunkSize'])
  if (!(Number.isSafeInteger(length) && length >= 0 && Number.isSafeInteger(chunkSize) && chunkSize >= 1))
    throw sizesUnknown(bucketName, file['_id'], file['length'], file['chunkSize'])
  return { length, chunkSize }
}

function numberOf(value: unknown): number {
  if (typeof value === 'number') return value
  const isNumeric = [Long, Decimal128, Double, Int32].some(type => value instanceof type)
  return isNumeric ? Number(String(value)) : Number.NaN
}
