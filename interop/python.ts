/** Virtual environments for Python, below the ignored folder, with exact versions. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { installFolder, placeOf } from './places.ts'
import { run, Unavailable } from './processes.ts'

const installMSMax = 300_000

/** The folder of the environment's programs; installs it when it is not there, or has other requirements. */
export async function virtualEnvironment(
  name: string,
  requirements: readonly string[],
  progress: (line: string) => void
): Promise<string> {
  const folder = placeOf(join(installFolder, name))
  const programs = join(folder, 'bin')
  const receipt = join(folder, 'installed.json')
  const wanted = JSON.stringify(requirements)
  if (existsSync(receipt) && readFileSync(receipt, 'utf8') === wanted) return programs
  progress(`installing ${requirements.join(', ')} into ${join(installFolder, name)}`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  try {
    await run({ command: 'python3', args: ['-m', 'venv', folder] }, installMSMax)
    const args = ['install', '--quiet', '--disable-pip-version-check', '--no-input', ...requirements]
    await run({ command: join(programs, 'pip'), args }, installMSMax)
  } catch (error) {
    throw new Unavailable(`${requirements.join(', ')} cannot be installed: ${(error as Error).message}`)
  }
  writeFileSync(receipt, wanted)
  return programs
}
