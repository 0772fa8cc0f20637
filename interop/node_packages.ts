/** Packages of npm, each in a folder of its own below the ignored one, with exact versions. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { installFolder, placeOf } from './places.ts'
import { run, Unavailable } from './processes.ts'

const installMSMax = 300_000

export interface NodePackage {
  /** Of the folder. */
  readonly name: string
  /** Of the package: a name and a version, or the path of a tarball. */
  readonly wanted: string
  /** The package whose install script has to run: it fetches the program. Without: no script runs. */
  readonly script?: string
}

/** The folder in which it is installed; installs it when it is not there, or is another. */
export async function installedPackage(
  { name, wanted, script }: NodePackage,
  progress: (line: string) => void
): Promise<string> {
  const folder = placeOf(join(installFolder, name))
  const receipt = join(folder, 'installed.json')
  if (existsSync(receipt) && readFileSync(receipt, 'utf8') === wanted) return folder
  progress(`installing ${wanted} into ${join(installFolder, name)}`)
  await install(folder, wanted, script)
  writeFileSync(receipt, wanted)
  return folder
}

/** Installs anew, whatever is there. The package manager tries a download that fails again by itself. */
export async function install(folder: string, wanted: string, script?: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const allowed = script === undefined ? {} : { allowScripts: { [script]: true } }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'service', private: true, ...allowed }))
  const flags = ['--no-audit', '--no-fund', '--save-exact', ...(script === undefined ? ['--ignore-scripts'] : [])]
  try {
    await run({ command: 'npm', args: ['install', ...flags, wanted], folder }, installMSMax)
  } catch (error) {
    throw new Unavailable(`${wanted} cannot be installed: ${(error as Error).message}`)
  }
}
