import { Binary, type DocumentWriter, fieldOf, type UntrustedDocument } from '../bson/index.ts'
import type { Chance, Cryptography } from '../runtime/index.ts'
import type { Credentials } from './credentials.ts'
import { isScram, type Mechanism, type ScramMechanism } from './mechanism.ts'
import { plainMessage } from './plain.ts'
import { ScramClient } from './scram_client.ts'
import type { KeyParameters, ScramKeys, ScramUser } from './scram_keys.ts'
import { nonceBytes, toBase64 } from './scram_messages.ts'
import { MechanismViolation } from './violation.ts'

/** Writes a command's elements, without `$db`, into the document that is open. */
export type CommandWriter = (body: DocumentWriter) => void

/** What a conversation asks of whoever carries it. */
export type Step =
  /** Send this to the credentials' source, and give the reply to `replied`. */
  | { readonly kind: 'send'; readonly write: CommandWriter }
  /** Make the user's keys, and give them to `derived`. */
  | { readonly kind: 'derive'; readonly user: ScramUser; readonly parameters: KeyParameters }
  | { readonly kind: 'done' }

/**
 * One authentication, without the socket: what to send, and what must come back. Its first command may go along with the
 * hello, as `speculativeAuthenticate`; the answer goes to `replied` all the same.
 */
export interface Conversation {
  readonly mechanism: Mechanism
  readonly first: CommandWriter
  /**
   * Of a reply that is no error.
   * @throws {MechanismViolation} when it is not what the mechanism has to get.
   */
  replied(reply: UntrustedDocument): Step
  /** After `derive`, and only then. */
  derived(keys: ScramKeys): Step
}

export interface ConversationSetup {
  readonly cryptography: Cryptography
  readonly chance: Pick<Chance, 'fill'>
}

/** A fresh one; each serves one connection. */
export function startConversation(
  credentials: Credentials,
  mechanism: Mechanism,
  setup: ConversationSetup
): Conversation {
  if (isScram(mechanism)) return new ScramConversation(credentials, mechanism, setup)
  return mechanism === 'PLAIN' ? plainConversation(credentials) : certificateConversation(credentials)
}

/** Of a nonce: base64 of bytes that nobody can foresee. */
export function freshNonce(chance: Pick<Chance, 'fill'>): string {
  const bytes = new Uint8Array(nonceBytes)
  chance.fill(bytes)
  return toBase64(bytes)
}

/** What the next reply is the answer to. */
type Awaiting = 'challenge' | 'keys' | 'signature' | 'end' | 'nothing'

class ScramConversation implements Conversation {
  readonly mechanism: ScramMechanism
  readonly #user: ScramUser
  readonly #scram: ScramClient
  #conversationId: unknown
  #awaiting: Awaiting = 'challenge'

  constructor(credentials: Credentials, mechanism: ScramMechanism, { cryptography, chance }: ConversationSetup) {
    const { username = '', password = '' } = credentials.reveal()
    this.mechanism = mechanism
    this.#user = { mechanism, username, password }
    this.#scram = new ScramClient(mechanism, username, freshNonce(chance), cryptography)
  }

  get first(): CommandWriter {
    return body => {
      body.int32('saslStart', 1)
      body.string('mechanism', this.mechanism)
      body.binary('payload', this.#scram.first)
      body.beginDocument('options')
      body.boolean('skipEmptyExchange', true)
      body.endDocument()
    }
  }

  replied(reply: UntrustedDocument): Step {
    try {
      return this.#replied(reply)
    } catch (error) {
      this.#awaiting = 'nothing'
      throw error
    }
  }

  derived(keys: ScramKeys): Step {
    if (this.#awaiting !== 'keys') throw new MechanismViolation('it was given keys that nobody asked for')
    this.#awaiting = 'signature'
    return this.#continue(this.#scram.prove(keys))
  }

  #replied(reply: UntrustedDocument): Step {
    const done = doneOf(reply)
    const payload = payloadOf(reply)
    switch (this.#awaiting) {
      case 'challenge': {
        if (done) throw new MechanismViolation('it said done before it had proved anything')
        this.#conversationId = fieldOf(reply, 'conversationId')
        if (this.#conversationId === undefined) throw new MechanismViolation('its reply has no conversationId')
        const parameters = this.#scram.challenged(payload)
        this.#awaiting = 'keys'
        return { kind: 'derive', user: this.#user, parameters }
      }
      case 'signature':
        this.#scram.verify(payload)
        this.#awaiting = done ? 'nothing' : 'end'
        // A server that does not know skipEmptyExchange wants one more message.
        return done ? { kind: 'done' } : this.#continue(new Uint8Array(0))
      case 'end':
        if (!done || payload.length > 0) throw new MechanismViolation('it goes on after its signature')
        this.#awaiting = 'nothing'
        return { kind: 'done' }
      case 'keys':
      case 'nothing':
        throw new MechanismViolation('it replied when nothing was asked')
    }
  }

  #continue(payload: Uint8Array): Step {
    return {
      kind: 'send',
      write: body => {
        body.int32('saslContinue', 1)
        body.value('conversationId', this.#conversationId)
        body.binary('payload', payload)
      }
    }
  }
}

function doneOf(reply: UntrustedDocument): boolean {
  const done = fieldOf(reply, 'done')
  if (typeof done === 'boolean') return done
  throw new MechanismViolation('its reply does not say whether it is done')
}

function payloadOf(reply: UntrustedDocument): Uint8Array {
  const payload = fieldOf(reply, 'payload')
  if (payload instanceof Binary) return payload.value()
  throw new MechanismViolation('its reply has no payload')
}

/** One message; the server says yes or refuses. */
function plainConversation(credentials: Credentials): Conversation {
  const { username = '', password = '' } = credentials.reveal()
  return {
    mechanism: 'PLAIN',
    first: body => {
      body.int32('saslStart', 1)
      body.string('mechanism', 'PLAIN')
      body.binary('payload', plainMessage(username, password))
    },
    replied: reply => {
      if (fieldOf(reply, 'done') === true) return { kind: 'done' }
      throw new MechanismViolation('it did not end after the one message that there is')
    },
    derived: noKeys
  }
}

/** The certificate has spoken for the user in TLS; the server looks up whose it is. Source: the authentication specification. */
function certificateConversation(credentials: Credentials): Conversation {
  const { username } = credentials.reveal()
  return {
    mechanism: 'MONGODB-X509',
    first: body => {
      body.int32('authenticate', 1)
      body.string('mechanism', 'MONGODB-X509')
      if (username !== undefined) body.string('user', username)
    },
    replied: () => ({ kind: 'done' }),
    derived: noKeys
  }
}

function noKeys(): Step {
  throw new MechanismViolation('the mechanism has no keys')
}
