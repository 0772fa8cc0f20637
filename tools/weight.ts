/**
 * What a service installs with the driver, and with the official one beside it: measured on what `npm ci` and the build have put
 * here. Prints the rows of README's table; `--write` puts them there.
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

export interface Weight {
  /** The tarball of the package alone, compressed. */
  readonly packedBytes: number
  /** Of all files of the package and of what it depends on, itself or through others. */
  readonly installedBytes: number
  /** The package and all those. */
  readonly packages: readonly string[]
}

interface Manifest {
  readonly name: string
  readonly dependencies?: Readonly<Record<string, string>>
}

interface Packed {
  readonly size: number
  readonly unpackedSize: number
}

/** Of a package in `folder` whose dependencies are installed. Optional peers are not: a service chooses them. */
export function weightOf(folder: string): Weight {
  const { name, dependencies = {} } = manifestIn(folder)
  const { size, unpackedSize } = packedFrom(folder)
  const others = new Map<string, string>()
  for (const each of Object.keys(dependencies)) addTree(each, folder, others)
  const sizes = Array.from(others.values(), bytesIn)
  return {
    packedBytes: size,
    installedBytes: sizes.reduce((sum, bytes) => sum + bytes, unpackedSize),
    packages: [name, ...others.keys()]
  }
}

function manifestIn(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}

/** Nothing is written, and no script runs. */
function packedFrom(folder: string): Packed {
  const args = ['pack', '--dry-run', '--ignore-scripts', '--json']
  const told = execFileSync('npm', args, { cwd: folder, encoding: 'utf8', stdio: 'pipe', maxBuffer: 16 * 1024 * 1024 })
  const [packed] = JSON.parse(told) as [Packed]
  return packed
}

function addTree(name: string, from: string, found: Map<string, string>): void {
  const folder = installed(name, from)
  const { dependencies = {} } = manifestIn(folder)
  if (found.has(name)) return
  found.set(name, folder)
  for (const each of Object.keys(dependencies)) addTree(each, folder, found)
}

/** Where Node would find it. */
function installed(name: string, from: string): string {
  for (let folder = realpathSync(from); folder !== resolve(folder, '..'); folder = resolve(folder, '..')) {
    const candidate = join(folder, 'node_modules', name)
    if (statSync(join(candidate, 'package.json'), { throwIfNoEntry: false }) !== undefined) return candidate
  }
  throw new Error(`${name}, which ${from} depends on, is not installed`)
}

/** What lies in a package's folder, but for the packages that lie in it. */
function bytesIn(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    if (entry.isDirectory()) return entry.name === 'node_modules' ? sum : sum + bytesIn(join(folder, entry.name))
    return sum + statSync(join(folder, entry.name)).size
  }, 0)
}

export interface WeightRow {
  readonly what: string
  readonly ours: number
  readonly theirs: number
}

/** Rows of README's table. Kilobytes are of 1,000 bytes, as npm counts. */
export function weightRows(root: string): WeightRow[] {
  const [ours, theirs] = [weightOf(root), weightOf(join(root, 'node_modules/mongodb'))]
  const kilobytes = ({ packedBytes, installedBytes }: Weight) => [packedBytes, installedBytes].map(each => each / 1000)
  const [packed = 0, tree = 0] = kilobytes(ours)
  const [theirPacked = 0, theirTree = 0] = kilobytes(theirs)
  const imported = importTimes(readFileSync(join(root, 'docs/benchmarks/README.md'), 'utf8'))
  return [
    { what: 'packages that are installed', ours: ours.packages.length, theirs: theirs.packages.length },
    { what: 'kilobytes that are installed', ours: tree, theirs: theirTree },
    { what: 'kilobytes of its own tarball', ours: packed, theirs: theirPacked },
    { what: 'milliseconds to import it', ...imported }
  ]
}

/** Of the benchmarks' page, whose table has more columns where it was made with more peers. */
export function importTimes(page: string): { readonly ours: number; readonly theirs: number } {
  const rows = page.split('\n').map(line => line.split('|').map(cell => cell.trim()))
  const head = rows.find(([, first]) => first === 'workload') ?? []
  const row = rows.find(([, first]) => first === 'import') ?? []
  const under = (column: string): number => Number(row[head.indexOf(column)] ?? Number.NaN)
  return { ours: under('cenote'), theirs: under('official') }
}

const heading = '| | cenote | `mongodb` |'
const line = /^\| ([^|]+) \| ([\d,.]+) \| ([\d,.]+) \|$/gm

export function weightTable(rows: readonly WeightRow[]): string {
  const shown = (value: number) => Math.round(value).toLocaleString('en')
  return [
    heading,
    '|---|---|---|',
    ...rows.map(row => `| ${row.what} | ${shown(row.ours)} | ${shown(row.theirs)} |`)
  ].join('\n')
}

/** The table that stands in `text`. */
export function weightsIn(text: string): WeightRow[] {
  const number = (cell = '') => Number(cell.replaceAll(',', ''))
  return Array.from(tableIn(text).matchAll(line), ([, what = '', ours, theirs]) => ({
    what,
    ours: number(ours),
    theirs: number(theirs)
  }))
}

function tableIn(text: string): string {
  const start = text.indexOf(heading)
  if (start < 0) throw new Error(`README.md has no table that begins with ${heading}`)
  const end = text.indexOf('\n\n', start)
  return text.slice(start, end < 0 ? undefined : end)
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const table = weightTable(weightRows('.'))
  if (process.argv.includes('--write')) {
    const text = readFileSync('README.md', 'utf8')
    writeFileSync(
      'README.md',
      text.replace(tableIn(text), () => table)
    )
  } else {
    console.log(table)
  }
}
