/** mongoose twice, below the ignored folder: with the official driver, and with cenote in its place. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { installFolder, placeOf } from '../places.ts'
import { run, Unavailable } from '../processes.ts'
import { compile, type TypeErrors } from './compiler.ts'

export const mongooseVersion = '9.12.1'

export interface Installations {
  /** The program with what is installed in each folder beside it. */
  readonly official: string
  readonly cenote: string
  readonly typeErrors: TypeErrors
}

const installMSMax = 300_000

/** @throws {Unavailable} when the registry, or the compiler, does not give what is needed. */
export async function installations(progress: (line: string) => void): Promise<Installations> {
  const [official, cenote] = ['mongoose', 'mongoose-on-cenote'].map(name => placeOf(join(installFolder, name))) as [
    string,
    string
  ]
  progress(`installing mongoose ${mongooseVersion} into ${official}, and with cenote into ${cenote}`)
  await install(official, { mongoose: mongooseVersion }, {})
  await install(cenote, { mongoose: mongooseVersion, ...(await ours(cenote)) }, { mongodb: '$mongodb' })
  progress('compiling the program with cenote’s types')
  const typeErrors = await compile(cenote)
  rmSync(join(official, 'program'), { recursive: true, force: true })
  cpSync(join(cenote, 'program'), join(official, 'program'), { recursive: true })
  return { official: join(official, 'program/main.js'), cenote: join(cenote, 'program/main.js'), typeErrors }
}

/** What users install: the two tarballs, made anew from this checkout. */
async function ours(folder: string): Promise<Record<string, string>> {
  mkdirSync(folder, { recursive: true })
  for (const file of readdirSync(folder)) if (file.endsWith('.tgz')) rmSync(join(folder, file))
  const packed = async (place: string) => {
    const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder]
    const [{ filename }] = JSON.parse(await run({ command: 'npm', args, folder: place }, installMSMax)) as [
      { readonly filename: string }
    ]
    return `file:${filename}`
  }
  return { cenote: await packed(placeOf('.')), mongodb: await packed(placeOf('packages/cenote-mongodb')) }
}

/** What came from the registry before is kept; tarballs of the same version are another thing each time. */
async function install(
  folder: string,
  dependencies: Readonly<Record<string, string>>,
  overrides: Readonly<Record<string, string>>
): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const manifest = JSON.stringify({ name: 'service', private: true, type: 'module', dependencies, overrides })
  const file = join(folder, 'package.json')
  const fromRegistry = Object.values(dependencies).every(source => !source.startsWith('file:'))
  const known = existsSync(file) && readFileSync(file, 'utf8') === manifest
  if (known && fromRegistry && existsSync(join(folder, 'node_modules/.package-lock.json'))) return
  rmSync(join(folder, 'node_modules'), { recursive: true, force: true })
  rmSync(join(folder, 'package-lock.json'), { force: true })
  writeFileSync(file, manifest)
  const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--no-package-lock', '--prefer-offline']
  try {
    await run({ command: 'npm', args, folder }, installMSMax)
  } catch (error) {
    throw new Unavailable(`mongoose ${mongooseVersion} cannot be installed: ${(error as Error).message}`)
  }
}
