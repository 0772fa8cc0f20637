/** Ends of encrypted connections: those of Node's Runtime, and strange servers made of `node:tls`. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo, Server as PlainServer } from 'node:net'
import { after } from 'node:test'
import { createServer, type TlsOptions, type TLSSocket } from 'node:tls'
import type {
  ClientTLS,
  ClientTLSSettings,
  Runtime,
  ServerTLS,
  ServerTLSSettings,
  Target,
  Transport,
  TransportError
} from '../../src/runtime/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { Authority, type Issued } from '../certificates/certificates.ts'
import { type Accepted, anyPort, options, Recorder, Server, turn } from './both.ts'

export const runtime: Runtime = nodeRuntime()
const { network } = runtime
const tls = runtime.tls!

export const authority: Authority = new Authority('tests')
export const identity: Issued = authority.issue({ name: [['CN', 'server']], hosts: ['localhost', '127.0.0.1'] })
const opened: { close(): unknown }[] = []
after(() => {
  for (const each of opened) each.close()
})

export function serverTLS(settings: Partial<ServerTLSSettings> = {}): ServerTLS {
  const { certificate, key } = identity
  return tls.server({ certificate, key, ca: authority.certificate, clientCertificate: 'none', ...settings })
}

export function clientTLS(settings: Partial<ClientTLSSettings> = {}): ClientTLS {
  const defaults = { ca: authority.certificate, allowInvalidCertificates: false, allowInvalidHostnames: false }
  return tls.client({ ...defaults, ...settings })
}

/** Listens with TLS, and records every connection that is accepted. */
export function serve(
  settings: Partial<ServerTLSSettings> = {},
  prepare: (connection: Accepted) => void = () => undefined
): Promise<Server> {
  const accepted: Accepted[] = []
  return new Promise((resolve, reject) => {
    const listener = network.listen(
      anyPort,
      (transport, peer) => {
        const connection = { transport, recorder: new Recorder(), peer }
        prepare(connection)
        accepted.push(connection)
        return connection.recorder
      },
      (error, bound) => {
        if (error === undefined) resolve(new Server(listener, bound, accepted))
        else reject(error)
      },
      serverTLS(settings)
    )
  })
}

export function dial(target: Target, settings = clientTLS()): { client: Transport; recorder: Recorder } {
  const recorder = new Recorder()
  return { client: network.connect(target, recorder, { ...options, tls: settings }), recorder }
}

export async function failureOf(target: Target, settings = clientTLS()): Promise<TransportError> {
  const { recorder } = dial(target, settings)
  await recorder.until(() => recorder.calls.length > 0)
  assert.deepEqual(recorder.calls, ['closed'])
  assert.ok(recorder.error)
  return recorder.error
}

/** A dial with its accepted end. */
export async function connected(server: Server, settings = clientTLS()) {
  const before = server.accepted.length
  const { client, recorder } = dial(server.bound, settings)
  await recorder.told('opened')
  while (server.accepted.length === before) await turn(runtime)
  return { client, recorder, far: server.accepted[before]! }
}

/** A server of `node:tls`, and what it sees of each client. */
export async function strangeServer(overrides: TlsOptions = {}) {
  const seen: { name: string | false; resumed: boolean }[] = []
  const server = createServer({ key: identity.key, cert: identity.certificate, ...overrides }, (socket: TLSSocket) => {
    seen.push({ name: socket.servername as string | false, resumed: socket.isSessionReused() })
    socket.on('error', () => undefined)
    socket.write('greeting')
  })
  return { seen, server, target: await listening(server) }
}

export async function listening(server: PlainServer): Promise<Target> {
  opened.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { kind: 'tcp', host: '127.0.0.1', port: (server.address() as AddressInfo).port }
}

export const port = (target: Target): number => (target.kind === 'tcp' ? target.port : 0)
