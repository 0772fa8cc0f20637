import { join } from 'node:path'
import { placeOf } from '../places.ts'
import { virtualEnvironment } from '../python.ts'
import { programWorker } from './program_worker.ts'
import type { Worker } from './work.ts'

const requirements = ['pymongo==4.20.0', 'dnspython==2.9.2']

export async function pymongoWorker(progress: (line: string) => void): Promise<Worker> {
  const programs = await virtualEnvironment('pymongo', requirements, progress)
  return programWorker('pymongo', join(programs, 'python'), [placeOf('interop/foreign/pymongo/work.py')])
}
