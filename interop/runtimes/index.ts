/** The tarball of `npm pack`, installed as a service installs it, on the runtimes that the package says it runs on. */
import { copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { MongoClient } from '../../src/client/index.ts'
import { type CertificateFiles, withCertificates } from '../certificates.ts'
import { type Deviations, judge } from '../judge.ts'
import { install, installedPackage, type NodePackage } from '../node_packages.ts'
import { part, type Stranger } from '../parts.ts'
import { installFolder, placeOf } from '../places.ts'
import { run, start } from '../processes.ts'
import type { CaseResult } from '../summary.ts'
import { expected, onBun, onNode20, traceStep } from './expected.ts'

interface JSRuntime extends NodePackage {
  /** The program itself, below `node_modules/`: a script that starts it would be what is ended in its place. */
  readonly program: string
  /** What stands before the file to run. */
  readonly flags: readonly string[]
  readonly deviations: Deviations
}

function nodeOf(version: string, deviations: Deviations = {}): JSRuntime {
  const name = `node-${version.split('.')[0] ?? ''}`
  return { name, wanted: `node@${version}`, script: 'node', program: 'node/bin/node', flags: [], deviations }
}

/** The oldest Node.js that the package takes, and the others that are maintained. */
const runtimes: readonly JSRuntime[] = [
  nodeOf('20.19.0', onNode20),
  nodeOf('22.23.3'),
  nodeOf('24.21.0'),
  { name: 'bun', wanted: 'bun@1.4.5', script: 'bun', program: '.bin/bun', flags: ['run'], deviations: onBun },
  {
    name: 'deno',
    wanted: 'deno@2.9.6',
    script: 'deno',
    program: 'deno/deno',
    // It takes the packages that npm has installed, and may do what Node may.
    flags: ['run', '--allow-all', '--no-check', '--node-modules-dir=manual'],
    deviations: {}
  }
]

const packMSMax = 60_000
const programMSMax = 60_000
const startMSMax = 20_000

const name = 'runtimes'

export const jsRuntimes: Stranger = {
  name,
  async *run(progress) {
    const service = await installedService(progress)
    let reference: unknown
    for (const runtime of runtimes) {
      const folder = await installedPackage(runtime, progress)
      progress(runtime.wanted)
      const installed = { ...runtime, program: join(folder, 'node_modules', runtime.program) }
      yield await part(name, runtime.wanted, async () => {
        try {
          const steps = await withCertificates(files => stepsOn(installed, service, files))
          reference ??= steps[traceStep]
          return judged(steps, { ...expected, [traceStep]: reference }, runtime.deviations)
        } catch (error) {
          return [{ name: 'it runs to its end', outcome: 'failed', reason: (error as Error).message }]
        }
      })
    }
  }
}

/** A folder with the tarball of this checkout, its dependencies from the registry, and the program beside them. */
async function installedService(progress: (line: string) => void): Promise<string> {
  const packed = placeOf(join(installFolder, 'tarball'))
  rmSync(packed, { recursive: true, force: true })
  mkdirSync(packed, { recursive: true })
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', packed]
  const told = JSON.parse(await run({ command: 'npm', args, folder: placeOf('.') }, packMSMax)) as [Packed]
  const service = placeOf(join(installFolder, 'service'))
  progress(`installing ${told[0].filename} into ${join(installFolder, 'service')}`)
  await install(service, join(packed, told[0].filename))
  copyFileSync(placeOf('dist/interop/runtimes/program.js'), join(service, 'program.mjs'))
  return service
}

interface Packed {
  readonly filename: string
}

type Steps = Readonly<Record<string, unknown>>

async function stepsOn(runtime: JSRuntime, service: string, files: CertificateFiles): Promise<Steps> {
  const { program: command, flags } = runtime
  const args = [...flags, 'program.mjs', JSON.stringify(files)]
  const told = JSON.parse(await run({ command, args, folder: service }, programMSMax)) as Steps
  return { ...told, ...(await commandLine(runtime, service)) }
}

function judged(steps: Steps, wanted: Steps, deviations: Deviations): CaseResult[] {
  const names = [...new Set([...Object.keys(wanted), ...Object.keys(steps), ...Object.keys(deviations)])]
  return names.map(step => ({ name: step, ...judge(steps[step], wanted[step], deviations[step]) }))
}

/** The package's own program. */
async function commandLine({ program: command, flags }: JSRuntime, service: string): Promise<Steps> {
  const place = 'node_modules/cenote'
  const { version } = JSON.parse(readFileSync(join(service, place, 'package.json'), 'utf8')) as { version: string }
  const args = [...flags, join(place, 'dist/package/cli.js')]
  const said = await run({ command, args: [...args, '--version'], folder: service }, programMSMax)
  const server = await start({ command, args: [...args, 'serve', '--json'], folder: service }, /^\{.*\}$/, startMSMax)
  const client = new MongoClient((JSON.parse(server.ready[0]) as { uri: string }).uri)
  try {
    const things = client.db('work').collection<{ _id: number }>('things')
    await things.insertOne({ _id: 1 })
    return {
      'the program tells its version': said === version ? 'the package’s' : said,
      'cenote serve serves': await things.findOne()
    }
  } finally {
    await client.shutdown()
    await server.stop()
  }
}
