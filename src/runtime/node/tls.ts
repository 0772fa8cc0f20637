import { closeSync, fstatSync, openSync, readFileSync, statSync } from 'node:fs'
import type { SecureContext, SecureContextOptions } from 'node:tls'
import {
  ClientTLS,
  type ClientTLSSettings,
  ServerTLS,
  type ServerTLSSettings,
  type TLS,
  TLSMaterialError
} from '../tls.ts'
import { tlsModule } from './late_modules.ts'
import { contextOptionsOf, leafIn } from './tls_material.ts'
import { TLSSessions } from './tls_sessions.ts'
import { inRFC2253 } from './tls_subject.ts'

export const nodeTLS: TLS = {
  readText,
  client: settings => new NodeClientTLS(settings),
  server: settings => new NodeServerTLS(settings)
}

export class NodeClientTLS extends ClientTLS {
  readonly hasCertificate: boolean | undefined
  readonly certificateSubject: string | undefined
  readonly context: SecureContext
  readonly allowInvalidCertificates: boolean
  readonly allowInvalidHostnames: boolean
  readonly sessions: TLSSessions = new TLSSessions()

  constructor(settings: ClientTLSSettings) {
    super()
    const { secureContext, certificate } = settings
    this.hasCertificate = secureContext === undefined ? certificate !== undefined : undefined
    this.context =
      secureContext === undefined
        ? tlsModule().createSecureContext(contextOptionsOf(settings))
        : givenContext(secureContext)
    this.certificateSubject =
      secureContext === undefined && certificate !== undefined ? inRFC2253(leafIn(certificate)?.subject) : undefined
    this.allowInvalidCertificates = settings.allowInvalidCertificates
    this.allowInvalidHostnames = settings.allowInvalidHostnames
  }
}

export class NodeServerTLS extends ServerTLS {
  readonly clientCertificate: ServerTLSSettings['clientCertificate']
  readonly contextOptions: SecureContextOptions

  constructor(settings: ServerTLSSettings) {
    super()
    this.clientCertificate = settings.clientCertificate
    this.contextOptions = contextOptionsOf(settings)
  }
}

function givenContext(context: unknown): SecureContext {
  // The class that Node makes them of is not exported.
  if (context instanceof tlsModule().createSecureContext().constructor) return context as SecureContext
  throw new TLSMaterialError('secureContext', 'it is not what createSecureContext() of node:tls makes')
}

function readText(path: string, bytesMax: number): string {
  // Opening a named pipe that nobody writes to would block for ever.
  if (!statSync(path).isFile()) throw new Error('it is no regular file')
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    if (size > bytesMax) throw new Error(`it has ${size} bytes; ${bytesMax} are possible`)
    return readFileSync(file, 'utf8')
  } finally {
    closeSync(file)
  }
}
