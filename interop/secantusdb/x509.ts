/** MONGODB-X509 on a server that reads certificates and their subjects with code of its own. */
import { MongoClient, type MongoClientOptions } from '../../src/client/index.ts'
import { type CertificateFiles, withCertificates } from '../certificates.ts'
import { ran } from '../parts.ts'
import type { CaseResult } from '../summary.ts'
import { found, judgedFind } from './judged_find.ts'
import { withUsers } from './server.ts'

interface Try {
  readonly title: string
  readonly options: (files: CertificateFiles) => MongoClientOptions
  /** What a find of the one document there is ends with. */
  readonly expected: unknown
}

const subject = 'CN=client'
const refused = { error: 'MongoServerError', code: 18 }

const tries: readonly Try[] = [
  {
    title: 'the user whom the certificate names',
    options: ({ client }) => ({ tlsCertificateKeyFile: client }),
    expected: found
  },
  {
    title: 'the same user, named as well',
    options: ({ client }) => ({ tlsCertificateKeyFile: client, auth: { username: subject } }),
    expected: found
  },
  {
    title: 'a certificate whose user is not there is refused',
    options: ({ server }) => ({ tlsCertificateKeyFile: server }),
    expected: refused
  },
  {
    title: 'another name than the certificate has is refused',
    options: ({ client }) => ({ tlsCertificateKeyFile: client, auth: { username: 'CN=server' } }),
    expected: refused
  }
]

export function x509Cases(program: string): Promise<CaseResult[]> {
  return withCertificates(files => {
    const { ca, serverCertificate, serverKey } = files
    const flags = ['--tls-cert-file', serverCertificate, '--tls-key-file', serverKey, '--tls-ca-file', ca]
    const makeUser = (address: string): Promise<void> => createUser(address, files)
    return withUsers(program, flags, makeUser, async address => {
      const results: CaseResult[] = []
      for (const each of tries) results.push(await ran(each.title, () => tried(address, each, files)))
      return results
    })
  })
}

async function createUser(address: string, { ca }: CertificateFiles): Promise<void> {
  const client = new MongoClient(`mongodb://${address}/`, { directConnection: true, tls: true, tlsCAFile: ca })
  try {
    await client.db('shop').collection<{ _id: number }>('orders').insertOne(found)
    const roles = [{ role: 'root', db: 'admin' }]
    await client.db('$external').command({ createUser: subject, roles, mechanisms: ['MONGODB-X509'] })
  } finally {
    await client.shutdown()
  }
}

function tried(address: string, { options, expected }: Try, files: CertificateFiles) {
  const common = { tls: true, tlsCAFile: files.ca, authMechanism: 'MONGODB-X509' } as const
  return judgedFind(address, { ...common, ...options(files) }, expected)
}
