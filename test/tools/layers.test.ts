import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { layerViolations, mayImport } from '../../tools/layers.ts'

const folders = Object.keys(mayImport)
const scratch = mkdtempSync(join(tmpdir(), 'cenote-layers-'))
after(() => rmSync(scratch, { recursive: true }))

const forms: Readonly<Record<string, (specifier: string) => string>> = {
  value: specifier => `import * as taken from '${specifier}'\nexport const kept = taken\n`,
  type: specifier => `import type * as Taken from '${specifier}'\nexport type Kept = typeof Taken\n`,
  typeInline: specifier => `export type Kept = import('${specifier}').Taken\n`,
  reexport: specifier => `export * from '${specifier}'\n`,
  severalLines: specifier => `import {\n  one,\n  type Two\n} from "${specifier}"\nexport { one }\n`,
  bare: specifier => `import '${specifier}'\n`,
  dynamic: specifier => `export const later = () => import('${specifier}')\n`
}

function fileOf(line: string): string {
  return line.slice(0, line.indexOf(':'))
}

function plantedTree(name: string): string {
  const tree = join(scratch, name)
  cpSync('src', tree, { recursive: true })
  return tree
}

test('the sources themselves cross no layer', () => {
  assert.deepEqual(layerViolations('src'), [])
})

test('every forbidden pair of folders is refused, in every form of import, on a first and on a second run', () => {
  const tree = plantedTree('pairs')
  const planted: string[] = []
  for (const from of folders)
    for (const to of folders.filter(folder => folder !== from && !mayImport[from]!.includes(folder)))
      for (const [form, write] of Object.entries(forms)) {
        const file = `planted_${to}_${form}.ts`
        writeFileSync(join(tree, from, file), write(`../${to}/index.ts`))
        planted.push(join(from, file))
      }
  assert.ok(planted.length > 500)
  for (const run of ['first', 'second']) {
    const refused = new Set(layerViolations(tree).map(fileOf))
    assert.deepEqual(
      planted.filter(file => !refused.has(file)),
      [],
      `${run} run`
    )
    assert.equal(refused.size, planted.length, `${run} run: nothing else is refused`)
  }
})

test('the package by its own name is refused from every folder but cli, on a first and on a second run', () => {
  const tree = plantedTree('names')
  const planted: string[] = []
  for (const from of folders)
    for (const name of ['cenote', 'cenote/embedded'])
      for (const [form, write] of Object.entries(forms)) {
        const file = `planted_${name.replace('/', '_')}_${form}.ts`
        writeFileSync(join(tree, from, file), write(name))
        if (from !== 'cli') planted.push(join(from, file))
      }
  for (const run of ['first', 'second']) {
    const refused = new Set(layerViolations(tree).map(fileOf))
    assert.deepEqual([...refused].sort(), planted.sort(), `${run} run`)
  }
})

test('an allowed import past the door, a computed import, a foreign package and a new folder are refused', () => {
  const tree = plantedTree('odd')
  writeFileSync(
    join(tree, 'pool', 'past.ts'),
    `import { MongoError } from '../errors/base.ts'\nexport { MongoError }\n`
  )
  writeFileSync(join(tree, 'pool', 'computed.ts'), 'export const load = (name: string) => import(name)\n')
  writeFileSync(join(tree, 'pool', 'template.ts'), 'export const load = () => import(`../errors/index.ts`)\n')
  writeFileSync(join(tree, 'pool', 'library.ts'), `import { ObjectId } from 'bson'\nexport { ObjectId }\n`)
  writeFileSync(join(tree, 'pool', 'outside.ts'), `export * from '../../tools/layers.ts'\n`)
  mkdirSync(join(tree, 'util'))
  writeFileSync(join(tree, 'util', 'index.ts'), 'export {}\n')
  const refused = layerViolations(tree).map(fileOf)
  const expected = ['computed', 'library', 'outside', 'past', 'template'].map(name => join('pool', `${name}.ts`))
  assert.deepEqual(refused.sort(), [...expected, join('util', 'index.ts')].sort())
})

test('a comment that speaks of an import is no import', () => {
  const tree = plantedTree('comments')
  writeFileSync(
    join(tree, 'errors', 'prose.ts'),
    `// import x from '../pool/index.ts'\n/* import('../pool/index.ts') */\nexport {}\n`
  )
  assert.deepEqual(layerViolations(tree), [])
})

test('the program of npm run check ends with status 1 and names file, import and rule', () => {
  const tree = plantedTree('program')
  writeFileSync(join(tree, 'errors', 'planted.ts'), forms['value']!('../client/index.ts'))
  for (const time of ['first', 'second']) {
    const run = spawnSync(process.execPath, ['dist/tools/layers.js', tree], { encoding: 'utf8' })
    assert.equal(run.status, 1, time)
    assert.match(run.stderr, /errors\/planted\.ts: "\.\.\/client\/index\.ts" .*errors may not import client/)
  }
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
  assert.match(scripts['check'] ?? '', /^tsc -b tools && node dist\/tools\/layers\.js && /)
})
