/** Certificates of one run, as files: programs of others read nothing else. */
import { Authority } from '../test/certificates/certificates.ts'
import { Files } from '../test/certificates/files.ts'

export interface CertificateFiles {
  /** Of the authority that issued the other two. */
  readonly ca: string
  /** Of an authority that issued nothing here. */
  readonly othersCA: string
  /** Certificate and key in one file, and each by itself; for localhost and 127.0.0.1. */
  readonly server: string
  readonly serverCertificate: string
  readonly serverKey: string
  /** A server's for another host, of the same authority. */
  readonly elsewhereCertificate: string
  readonly elsewhereKey: string
  /** Certificate and key of a client. */
  readonly client: string
}

export async function withCertificates<Result>(work: (made: CertificateFiles) => Promise<Result>): Promise<Result> {
  const files = new Files()
  try {
    const authority = new Authority('cenote interop')
    const server = authority.issue({ name: [['CN', 'server']], hosts: ['localhost', '127.0.0.1'] })
    const elsewhere = authority.issue({ name: [['CN', 'elsewhere']], hosts: ['elsewhere.example'] })
    const client = authority.issue({ name: [['CN', 'client']] })
    return await work({
      ca: files.write('ca.pem', authority.certificate),
      othersCA: files.write('others.pem', new Authority('others').certificate),
      server: files.write('server.pem', server.certificate + server.key),
      serverCertificate: files.write('server_certificate.pem', server.certificate),
      serverKey: files.write('server_key.pem', server.key),
      elsewhereCertificate: files.write('elsewhere_certificate.pem', elsewhere.certificate),
      elsewhereKey: files.write('elsewhere_key.pem', elsewhere.key),
      client: files.write('client.pem', client.certificate + client.key)
    })
  } finally {
    files.remove()
  }
}
