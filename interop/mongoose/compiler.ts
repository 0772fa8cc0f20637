/** TypeScript's compiler on the program, with the declarations that are installed beside it. */
import { execFile } from 'node:child_process'
import { cpSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { placeOf } from '../places.ts'

/** What it has to say; empty: nothing. */
export interface TypeErrors {
  readonly ofProgram: string
  /** Of the declarations that the program uses, too. */
  readonly ofAll: string
}

const compileMSMax = 120_000
const messagesBytesMax = 1024 * 1024

const compilerOptions = {
  module: 'nodenext',
  target: 'es2023',
  lib: ['es2023', 'esnext.disposable'],
  types: ['node'],
  typeRoots: [placeOf('node_modules/@types')],
  strict: true,
  rewriteRelativeImportExtensions: true,
  rootDir: 'source',
  outDir: 'program'
}

/** Leaves its JavaScript in the folder `program`. It runs with either driver, since it names only mongoose. */
export async function compile(folder: string): Promise<TypeErrors> {
  for (const name of ['source', 'program']) rmSync(join(folder, name), { recursive: true, force: true })
  cpSync(placeOf('interop/mongoose/program'), join(folder, 'source'), { recursive: true })
  const ofAll = await errorsIn(folder, { skipLibCheck: false })
  return { ofAll, ofProgram: ofAll === '' ? '' : await errorsIn(folder, { skipLibCheck: true }) }
}

async function errorsIn(folder: string, { skipLibCheck }: { readonly skipLibCheck: boolean }): Promise<string> {
  const config = { compilerOptions: { ...compilerOptions, skipLibCheck }, include: ['source'] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const args = [placeOf('node_modules/typescript/bin/tsc'), '-p', folder, '--pretty', 'false']
  try {
    const limits = { timeout: compileMSMax, maxBuffer: messagesBytesMax }
    await promisify(execFile)(process.execPath, args, limits)
    return ''
  } catch (error) {
    const { stdout } = error as { readonly stdout?: string }
    if (stdout === undefined || stdout === '') throw error
    return stdout.replaceAll(folder, '.')
  }
}
