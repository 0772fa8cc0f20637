/**
 * Puts what users import into few files, `dist/package/`: an ES module loader opens, resolves and compiles each file by itself,
 * and the driver's 150 took three quarters of the time that the official driver takes to load. Nothing is renamed or merged.
 */
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, transform } from 'esbuild'

const directory = 'dist/package'

rmSync(directory, { recursive: true, force: true })
await build({
  entryPoints: {
    cenote: 'src/client/index.ts',
    // It names MongoClient, and so has all that `cenote` has: what they share is not cut into more files.
    gridfs: 'src/gridfs/index.ts',
    embedded: 'src/embedded/index.ts',
    cli: 'src/cli/main.ts'
  },
  outdir: directory,
  bundle: true,
  // What two entries share stands in a file of its own: their classes must be the same.
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  // Comments are a tenth of the text, and reading it is most of what an import costs. Only this leaves them out.
  minifyWhitespace: true,
  sourcemap: 'inline',
  sourcesContent: false,
  logLevel: 'warning'
})

for (const name of readdirSync(directory).filter(file => file.endsWith('.js'))) {
  const file = join(directory, name)
  // Lines again, so that a stack and a debugger show some; the map leads on to the sources.
  const { code, map } = await transform(readFileSync(file, 'utf8'), {
    target: 'node20.19',
    sourcefile: name,
    sourcemap: 'external',
    sourcesContent: false
  })
  if (name === 'cli.js') {
    // Nobody debugs their service through the program, whose sources stay at home.
    writeFileSync(file, withClassNames(code))
    continue
  }
  writeFileSync(file, `${withClassNames(code)}//# sourceMappingURL=${name}.map\n`)
  writeFileSync(`${file}.map`, map)
}

/** A class that names itself is `_Name` within: that would be its name, which errors print and libraries compare. */
function withClassNames(code: string): string {
  let text = code
  for (const [, name] of code.matchAll(/^var (\w+) = class _\1\b/gm))
    text = text.replaceAll(new RegExp(`\\b_${name}\\b`, 'g'), String(name))
  return text
}

/** The package under the official driver's name is a folder of its own. It is few files: they are taken as they were compiled. */
const compatibility = 'packages/cenote-mongodb'

rmSync(`${compatibility}/dist`, { recursive: true, force: true })
cpSync(`dist/${compatibility}/src`, `${compatibility}/dist`, { recursive: true })
