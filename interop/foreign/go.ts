import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { installFolder, placeOf } from '../places.ts'
import { run, Unavailable } from '../processes.ts'
import { programWorker } from './program_worker.ts'
import type { Worker } from './work.ts'

const buildMSMax = 300_000
const sources = 'interop/foreign/go'

/** Builds the program: its modules are fetched and compiled the first time, which takes most of a minute. */
export async function goWorker(progress: (line: string) => void): Promise<Worker> {
  const program = placeOf(`${installFolder}/go/interop-worker`)
  mkdirSync(dirname(program), { recursive: true })
  progress(`building ${sources}, whose modules are pinned by its go.mod and go.sum`)
  try {
    await run({ command: 'go', args: ['build', '-o', program, '.'], folder: placeOf(sources) }, buildMSMax)
  } catch (error) {
    throw new Unavailable(`the driver for Go cannot be built: ${(error as Error).message}`)
  }
  return programWorker('go', program, [])
}
