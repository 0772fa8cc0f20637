/**
 * A program that uses mongoose as services do. It prints, as one line of JSON, what each of its cases came to; with the
 * driver that is installed as "mongodb", which it never names. Argument: the connection string of a replica set.
 */
import mongoose from 'mongoose'
import type { Cases } from './cases.ts'
import { changes } from './changes.ts'
import { connections } from './connections.ts'
import { discriminators } from './discriminators.ts'
import { documents } from './documents.ts'
import { errors } from './errors.ts'
import { gridfs } from './gridfs.ts'
import { indexes } from './indexes.ts'
import { inserts } from './inserts.ts'
import { middleware } from './middleware.ts'
import { forgetIdentifiers, outcome } from './plain.ts'
import { population } from './population.ts'
import { queries } from './queries.ts'
import { sessions } from './sessions.ts'
import { transactions } from './transactions.ts'
import { writes } from './writes.ts'

const all: Cases = {
  ...documents,
  ...queries,
  ...population,
  ...middleware,
  ...writes,
  ...inserts,
  ...indexes,
  ...discriminators,
  ...errors,
  ...sessions,
  ...changes,
  ...gridfs,
  ...transactions,
  ...connections
}

const caseMSMax = 20_000

async function limited(work: Promise<unknown>): Promise<unknown> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise(resolve => {
    timer = setTimeout(() => resolve('it has not ended in time'), caseMSMax)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

async function run(uri: string): Promise<Record<string, unknown>> {
  const results: Record<string, unknown> = {}
  let database = 0
  for (const [name, work] of Object.entries(all)) {
    forgetIdentifiers()
    const connection = mongoose.createConnection(uri, { dbName: `case${++database}` })
    results[name] = await limited(
      outcome(async () => {
        await connection.asPromise()
        return work(connection, uri)
      })
    )
    await connection.close()
  }
  return results
}

const [uri] = process.argv.slice(2)
if (uri === undefined) throw new Error('the connection string is missing')
process.stdout.write(`${JSON.stringify(await run(uri))}\n`)
