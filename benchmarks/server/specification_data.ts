import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { type Document, EJSON } from '../../src/bson/index.ts'

export type SpecificationDocument = 'small_doc' | 'tweet'

/**
 * A document of the drivers' benchmark specification, from a folder laid out like its repository; undefined where there is
 * none.
 */
export function specificationDocument(name: SpecificationDocument): Document | undefined {
  const folder = resolve(process.env['CENOTE_SPECIFICATIONS'] || '../shared/specifications')
  const path = join(folder, 'source/benchmarking/data/single_and_multi_document.tgz')
  let archive: Buffer
  try {
    archive = gunzipSync(readFileSync(path))
  } catch {
    return undefined
  }
  const json = fileOfArchive(archive, `single_and_multi_document/${name}.json`)
  if (json === undefined) throw new Error(`${path} holds no ${name}.json`)
  return EJSON.parse(json.toString()) as Document
}

const blockBytes = 512

/** A file of a tar archive: blocks of 512 bytes, a header before each file with its name and its size in octal. */
function fileOfArchive(archive: Buffer, wanted: string): Buffer | undefined {
  for (let at = 0; at + blockBytes <= archive.length; ) {
    const name = archive.toString('utf8', at, archive.indexOf(0, at))
    const bytes = Number.parseInt(archive.toString('latin1', at + 124, at + 136), 8)
    const start = at + blockBytes
    if (name === wanted) return archive.subarray(start, start + bytes)
    at = start + Math.ceil((bytes || 0) / blockBytes) * blockBytes
  }
  return undefined
}
