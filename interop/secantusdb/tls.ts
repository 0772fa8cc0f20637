/** TLS to a server whose half is Python's. */
import { MongoClient, type MongoClientOptions } from '../../src/client/index.ts'
import { countByKind, recordPoolEvents } from '../../test/integration/drivers.ts'
import { imbalances } from '../balance.ts'
import { type CertificateFiles, withCertificates } from '../certificates.ts'
import { judge } from '../judge.ts'
import { ran } from '../parts.ts'
import type { CaseResult } from '../summary.ts'
import { serverOf } from './server.ts'

interface Try {
  readonly title: string
  readonly options: (files: CertificateFiles) => MongoClientOptions
  /** What the message of the refusal says; without: it is accepted. */
  readonly refusal?: RegExp
}

const accepted: readonly Try[] = [
  { title: 'tlsCAFile', options: ({ ca }) => ({ tls: true, tlsCAFile: ca }) },
  { title: 'tlsAllowInvalidCertificates', options: () => ({ tls: true, tlsAllowInvalidCertificates: true }) },
  { title: 'no authority is refused', options: () => ({ tls: true }), refusal: /authority|unable to verify/ },
  {
    title: 'the authority of others is refused',
    options: ({ othersCA }) => ({ tls: true, tlsCAFile: othersCA }),
    refusal: /authority|unable to verify/
  },
  { title: 'plain text is refused', options: () => ({}), refusal: /does the server take TLS only/ }
]

const demanding: readonly Try[] = [
  {
    title: 'tlsCertificateKeyFile where a certificate is demanded',
    options: ({ ca, client }) => ({ tls: true, tlsCAFile: ca, tlsCertificateKeyFile: client })
  },
  {
    title: 'no certificate where one is demanded is refused',
    options: ({ ca }) => ({ tls: true, tlsCAFile: ca }),
    refusal: /certificate|closed|reset/
  }
]

/** What is refused is refused at the first dial; the wait is for the selection of a server, which tries again. */
const serverSelectionTimeoutMS = 1500

export function tlsCases(program: string): Promise<CaseResult[]> {
  return withCertificates(async files => {
    const { ca, serverCertificate, serverKey } = files
    const flags = ['--tls-cert-file', serverCertificate, '--tls-key-file', serverKey, '--tls-ca-file', ca]
    return [
      ...(await triesOn(program, flags, accepted, files)),
      ...(await triesOn(program, [...flags, '--tls-require-client-cert'], demanding, files))
    ]
  })
}

async function triesOn(
  program: string,
  flags: readonly string[],
  tries: readonly Try[],
  files: CertificateFiles
): Promise<CaseResult[]> {
  const server = await serverOf(program, flags)
  try {
    const results: CaseResult[] = []
    for (const { title, options, refusal } of tries)
      results.push(await ran(title, () => tried(server.address, options(files), refusal)))
    return results
  } finally {
    await server.stop()
  }
}

async function tried(address: string, options: MongoClientOptions, refusal: RegExp | undefined) {
  const client = new MongoClient(`mongodb://${address}/`, { serverSelectionTimeoutMS, ...options })
  const told = recordPoolEvents(client)
  let outcome: unknown
  try {
    const things = client.db('shop').collection<{ _id: number }>('things')
    await things.deleteMany({})
    await things.insertOne({ _id: 1 })
    outcome = await things.findOne()
  } catch (error) {
    const { name, message } = error as Error
    outcome = { name, says: refusal?.test(message) === true ? 'why' : message }
  } finally {
    await client.shutdown()
  }
  const expected = refusal === undefined ? { _id: 1 } : { name: 'MongoServerSelectionError', says: 'why' }
  // A client that reached nobody has checked nothing out, so that its books are not asked.
  const books = refusal === undefined ? imbalances(countByKind(told)) : []
  return judge({ outcome, books }, { outcome: expected, books: [] }, undefined)
}
