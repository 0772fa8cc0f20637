/** Documents of the drivers' benchmark specification, from a folder laid out like its repository. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'

const names = ['small_doc', 'tweet', 'large_doc'] as const

export type SpecificationDocument = (typeof names)[number]

/** Where they lie once they have been taken out of their archive, which is large. */
const extracted = fileURLToPath(new URL('../../dist/benchmarks/data/', import.meta.url))

/** A document as JSON text; undefined where there is no folder of specifications. */
export function specificationText(name: SpecificationDocument): string | undefined {
  const file = fileOf(name)
  if (!existsSync(file) && !extract()) return undefined
  return readFileSync(file, 'utf8')
}

function fileOf(name: SpecificationDocument): string {
  return join(extracted, `${name}.json`)
}

/** False where there is nothing to take them from. */
function extract(): boolean {
  const folder = resolve(process.env['CENOTE_SPECIFICATIONS'] || '../shared/specifications')
  const path = join(folder, 'source/benchmarking/data/single_and_multi_document.tgz')
  if (!existsSync(path)) return false
  const archive = gunzipSync(readFileSync(path))
  mkdirSync(extracted, { recursive: true })
  for (const name of names) {
    const json = fileOfArchive(archive, `single_and_multi_document/${name}.json`)
    if (json === undefined) throw new Error(`${path} holds no ${name}.json`)
    // Under a name of its own first: several processes may do this at the same time.
    const writing = `${fileOf(name)}.${process.pid}`
    writeFileSync(writing, json)
    renameSync(writing, fileOf(name))
  }
  return true
}

const blockBytes = 512

/** A file of a tar archive: blocks of 512 bytes, a header before each file with its name and its size in octal. */
function fileOfArchive(archive: Buffer, wanted: string): Buffer | undefined {
  for (let at = 0; at + blockBytes <= archive.length; ) {
    const name = archive.toString('utf8', at, archive.indexOf(0, at))
    const bytes = Number.parseInt(archive.toString('latin1', at + 124, at + 136), 8) || 0
    const start = at + blockBytes
    if (name === wanted) return archive.subarray(start, start + bytes)
    at = start + Math.ceil(bytes / blockBytes) * blockBytes
  }
  return undefined
}
