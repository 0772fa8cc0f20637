/** A server that knows one user and answers authentication as the test says. */
import { type ScramMechanism, ScramServer } from '../../src/auth/index.ts'
import { Binary, type Document } from '../../src/bson/index.ts'
import { cryptography, keysOf } from '../auth/keys.ts'
import { helloDocument, type ReadRequest } from './messages.ts'
import type { Script, ScriptedPeer } from './scripted_server.ts'

export const username = 'ada'
export const password = 'CANARY7'

export interface ScramScript {
  /** Undefined: the hello is silent about them. */
  readonly supported?: readonly string[]
  /** Whether the first command is taken with the hello. */
  readonly speculative?: boolean
  readonly password?: string
  readonly skipEmptyExchange?: boolean
  /** Changes a reply before it is sent; undefined: nothing is answered. */
  readonly twist?: (reply: Document, command: string) => Document | undefined
}

const refused = { ok: 0, code: 18, codeName: 'AuthenticationFailed', errmsg: 'Authentication failed.' }

export function scramScript(options: ScramScript = {}): Script {
  const { supported, speculative = true, skipEmptyExchange = true, twist = reply => reply } = options
  const conversations = new Map<ScriptedPeer, ScramServer>()
  const parameters = { salt: Buffer.from('a salt of bytes.'), iterations: 4_096 }

  const start = (peer: ScriptedPeer, { mechanism, payload }: Document): Document => {
    const server = new ScramServer(mechanism as ScramMechanism, 'serverNonce', cryptography)
    conversations.set(peer, server)
    const user = { mechanism: mechanism as ScramMechanism, username, password: options.password ?? password }
    const stored = { ...parameters, ...keysOf(user, parameters) }
    return { conversationId: 1, done: false, payload: new Binary(server.challenge(payload.value(), () => stored)) }
  }

  const proceed = (peer: ScriptedPeer, { payload }: Document): Document => {
    if (payload.length() === 0) return { conversationId: 1, done: true, payload: new Binary() }
    const signature = conversations.get(peer)?.check(payload.value())
    return signature === undefined
      ? refused
      : { conversationId: 1, done: skipEmptyExchange, payload: new Binary(signature) }
  }

  const answer = (peer: ScriptedPeer, command: string, document: Document): Document => {
    if (command === 'saslStart') return start(peer, document)
    if (command === 'saslContinue') return proceed(peer, document)
    const first = document['speculativeAuthenticate'] as Document | undefined
    return {
      ...helloDocument,
      ...(supported === undefined ? {} : { saslSupportedMechs: supported }),
      ...(speculative && first?.['saslStart'] !== undefined ? { speculativeAuthenticate: start(peer, first) } : {})
    }
  }

  return {
    request: (request, peer) => {
      const command = commandOf(request)
      const reply = twist(answer(peer, command, request.document), command)
      if (reply === undefined) return
      if (reply['ok'] === 0) peer.refuse(request, reply)
      else peer.reply(request, reply)
    }
  }
}

export function commandOf({ document }: ReadRequest): string {
  return Object.keys(document)[0] ?? ''
}
