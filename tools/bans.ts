/**
 * Calls that reach outside without the Runtime and that the linter's rules cannot express: they are legal with an
 * argument, or on a value of another kind.
 */
import { readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { filesBelow, withoutComments } from './layers.ts'

const bans: readonly { readonly form: RegExp; readonly instead: string }[] = [
  {
    form: /\bnew\s+Date\s*\(\s*\)|\bnew\s+Date\b(?!\s*\()|(?<!new\s)(?<![.\w])Date\s*\(/g,
    instead: 'the clock of the Runtime'
  },
  { form: /\bnew\s+(?:ObjectId|ObjectID|UUID)\s*\(\s*\)/g, instead: 'identifiers made from the Runtime' },
  {
    form: /\b(?:ObjectId\.generate|UUID\.generate|ObjectId\.createFromTime)\b/g,
    instead: 'identifiers made from the Runtime'
  },
  { form: /\bglobalThis\s*(?:\.|\[|\?\.)/g, instead: 'the Runtime' },
  { form: /\bnew\s+(?:FinalizationRegistry|WeakRef)\b/g, instead: 'explicit ownership: a collector must not steer' }
]

/** Every banned call below `sources`, as one line each. `runtime/node` is the edge and may reach outside. */
export function bannedCalls(sources: string): string[] {
  return filesBelow(sources).flatMap(file => {
    const place = relative(sources, file)
    if (place.startsWith(join('runtime', 'node')) || place.startsWith('cli')) return []
    const text = withoutComments(readFileSync(file, 'utf8'))
    return bans.flatMap(({ form, instead }) =>
      [...text.matchAll(form)].map(match => `${place}: "${match[0]}" reaches outside; use ${instead}`)
    )
  })
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const found = bannedCalls(resolve(process.argv[2] ?? 'src'))
  for (const line of found) console.error(line)
  process.exitCode = found.length > 0 ? 1 : 0
}
