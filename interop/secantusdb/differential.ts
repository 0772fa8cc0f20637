/**
 * The same commands to SecantusDB and to the embedded deployment: what two independent servers agree on is not one's habit. The
 * official driver sends them, because it gives numbers in the types that they had on the wire.
 */
import { type Db, type Document, MongoClient, MongoServerError } from 'mongodb'
import { startDeployment } from '../../src/embedded/index.ts'
import { plain } from '../../test/integration/plain.ts'
import { differing } from '../differing.ts'
import { type Deviations, entriesWithoutCase, judge } from '../judge.ts'
import { ran } from '../parts.ts'
import type { CaseResult } from '../summary.ts'
import { probes } from './probes.ts'

export async function differential(address: string, exemptions: Deviations): Promise<CaseResult[]> {
  const deployment = await startDeployment({ kind: 'standalone' })
  const clients = [deployment.uri, `mongodb://${address}/`].map(uri => new MongoClient(uri, { directConnection: true }))
  const [embedded, other] = clients.map(client => client.db('differential')) as [Db, Db]
  const results: CaseResult[] = []
  try {
    for (const { name, commands } of probes)
      results.push(
        await ran(name, async () =>
          judge(differing(await repliesOf(other, commands), await repliesOf(embedded, commands)), {}, exemptions[name])
        )
      )
  } finally {
    await Promise.all(clients.map(client => client.close()))
    await deployment.stop()
  }
  const names = probes.map(({ name }) => name)
  return [
    ...results,
    { name: 'each exemption names a probe', ...judge(entriesWithoutCase(exemptions, names), [], undefined) }
  ]
}

/** The replies in plain form. Texts of errors are each server's own, and stay out of it. */
async function repliesOf(db: Db, commands: readonly Document[]): Promise<unknown[]> {
  await db.dropDatabase()
  const replies: unknown[] = []
  for (const command of commands) replies.push(plain(compared(await replyOf(db, command))))
  return replies
}

async function replyOf(db: Db, command: Document): Promise<Document> {
  try {
    return await db.command(command, { promoteValues: false })
  } catch (error) {
    if (!(error instanceof MongoServerError)) throw error
    const { code, codeName } = error
    return { code, codeName }
  }
}

/** Fields that tell of the server rather than of the command; a failure is told by its code. */
const ownFields: ReadonlySet<string> = new Set(['ok', '$clusterTime', 'operationTime', 'electionId', 'opTime'])

const texts: ReadonlySet<string> = new Set(['errmsg'])

function compared(reply: Document): Document {
  const kept = Object.entries(without(ownFields, reply))
  return Object.fromEntries(kept.map(([name, value]) => [name, comparedField(name, value)]))
}

function comparedField(name: string, value: unknown): unknown {
  if (name === 'writeErrors') return (value as readonly Document[]).map(error => without(texts, error))
  if (name !== 'cursor') return value
  // Its number is drawn by chance; whether it is open is not.
  const cursor = value as Document
  return { ...cursor, id: String(cursor['id']) === '0' ? 'closed' : 'open' }
}

function without(names: ReadonlySet<string>, document: Document): Document {
  return Object.fromEntries(Object.entries(document).filter(([name]) => !names.has(name)))
}
