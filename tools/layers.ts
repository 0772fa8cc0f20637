/**
 * Refuses imports that cross the layers: value, type-only and dynamic imports, imports past a folder's door, the package
 * by its own name, and packages outside the folder that owns them. The compiler alone does not see all of these.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'

const belowPool = ['runtime', 'errors', 'bson', 'wire', 'events', 'options', 'auth'] as const
const belowOperations = [...belowPool, 'connection', 'pool', 'topology'] as const

/** Folder → what it may import, besides itself. The architecture, in one table. */
export const mayImport: Readonly<Record<string, readonly string[]>> = {
  runtime: [],
  errors: [],
  bson: ['errors'],
  wire: ['runtime', 'errors', 'bson'],
  events: ['runtime', 'errors', 'bson'],
  options: ['errors', 'bson'],
  auth: ['runtime', 'errors', 'bson'],
  connection: belowPool,
  pool: ['runtime', 'errors', 'bson', 'events', 'options', 'connection'],
  topology: ['runtime', 'errors', 'bson', 'events', 'options', 'connection', 'pool'],
  operations: belowOperations,
  logging: ['runtime', 'errors', 'bson', 'events', 'options', 'pool', 'topology', 'operations'],
  tracing: ['runtime', 'errors', 'bson', 'events', 'options', 'wire', 'operations', 'logging'],
  client: [...belowOperations, 'operations', 'logging', 'tracing'],
  embedded: ['runtime', 'errors', 'bson', 'wire', 'auth'],
  gridfs: ['runtime', 'errors', 'bson', 'options', 'client'],
  cli: ['runtime', 'client', 'embedded']
}

/**
 * A folder is entered through its `index.ts`. These have further doors: parts that who does not need them must not load, and
 * what a neighbour needs of a client and its users do not.
 */
const furtherDoors: Readonly<Record<string, readonly string[]>> = {
  runtime: ['node/index.ts', 'node/streams.ts', 'virtual/index.ts'],
  client: ['inside.ts']
}

/** Package → the folders that may name it. Node's own modules are the linter's business. */
const packageOwners: Readonly<Record<string, readonly string[]>> = {
  bson: ['bson'],
  '@mongodb-js/saslprep': ['auth'],
  snappy: ['runtime'],
  '@opentelemetry/api': ['runtime'],
  cenote: ['cli']
}

const importForms = [
  /\b(?:import|export)\b[^'"`;()]*?\bfrom\s*(['"])(?<specifier>[^'"]+)\1/g,
  /\bimport\s*(['"])(?<specifier>[^'"]+)\1/g,
  /\b(?:import|require)\s*\(\s*(?<quote>['"`]?)(?<specifier>[^'"`)]*)\k<quote>/g
]

/** Every violation below `sources`, as one line each: file, what it imports, and the rule. */
export function layerViolations(sources: string): string[] {
  return filesBelow(sources).flatMap(file => violationsOf(file, sources))
}

function violationsOf(file: string, sources: string): string[] {
  const place = relative(sources, file)
  const folder = place.split(sep)[0] ?? ''
  if (!(folder in mayImport)) return [`${place}: the folder "${folder}" is in no layer (tools/layers.ts)`]
  const text = withoutComments(readFileSync(file, 'utf8'))
  return importForms.flatMap(form =>
    [...text.matchAll(form)].flatMap(match => {
      const computed = match.groups?.['quote'] === '' || match.groups?.['quote'] === '`'
      const specifier = match.groups?.['specifier'] ?? ''
      if (computed) return [`${place}: an import of a computed name cannot be checked`]
      const reason = refusal(file, folder, specifier, sources)
      return reason === undefined ? [] : [`${place}: "${specifier}" ${reason}`]
    })
  )
}

function refusal(file: string, folder: string, specifier: string, sources: string): string | undefined {
  if (specifier.startsWith('node:')) return undefined
  if (!specifier.startsWith('.')) {
    const name = specifier
      .split('/')
      .slice(0, specifier.startsWith('@') ? 2 : 1)
      .join('/')
    const owners = packageOwners[name]
    if (owners === undefined) return 'is a package that no folder owns (tools/layers.ts)'
    return owners.includes(folder) ? undefined : `belongs to ${owners.join(', ')}, not to ${folder}`
  }
  const target = relative(sources, resolve(dirname(file), specifier)).split(sep)
  const owner = target[0] ?? ''
  if (owner === folder) return undefined
  if (owner === '..') return 'leaves the sources'
  if (!mayImport[folder]?.includes(owner)) return `is above or beside: ${folder} may not import ${owner}`
  const inside = target.slice(1).join('/')
  const doors = ['index.ts', ...(furtherDoors[owner] ?? [])]
  return doors.includes(inside) ? undefined : `goes past the door of ${owner}`
}

export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return filesBelow(path)
    return entry.name.endsWith('.ts') ? [path] : []
  })
}

/** Comments go; strings stay, since specifiers are strings. */
export function withoutComments(text: string): string {
  return text.replace(/("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, '$1')
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const violations = layerViolations(resolve(process.argv[2] ?? 'src'))
  for (const violation of violations) console.error(violation)
  if (violations.length > 0)
    console.error(`${violations.length} imports cross the layers; ARCHITECTURE.md says which may.`)
  process.exitCode = violations.length > 0 ? 1 : 0
}
