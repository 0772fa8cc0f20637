import {
  assumedMechanism,
  type Conversation,
  type ConversationSetup,
  type Credentials,
  type CommandWriter,
  type KeyCache,
  MechanismViolation,
  negotiatedMechanism,
  startConversation,
  type Step
} from '../auth/index.ts'
import { documentField, type DocumentWriter, fieldOf, type UntrustedDocument } from '../bson/index.ts'
import type { MessageWriter, Reply } from '../wire/index.ts'
import { endCommand } from './command_end.ts'
import type { Connection, Exchange } from './connection.ts'
import {
  type AuthenticationAttempt,
  connectionName,
  passwordUnusable,
  refusedByClient,
  refusedByServer
} from './failures.ts'

/** What the connections of one client share to authenticate. */
export interface AuthenticationSetup extends ConversationSetup {
  readonly credentials: Credentials
  readonly keys: KeyCache
}

export interface AuthenticationHandler {
  authenticated(): void
  authenticationFailed(error: Error): void
}

/**
 * The authentication of one connection: it carries a conversation, whose first command goes along with the hello where the
 * mechanism allows it. Sources: the authentication and the handshake specification.
 */
export class Authentication implements Exchange {
  readonly expectsReply = true
  readonly #setup: AuthenticationSetup
  /** Undefined once it is over: what still comes is nobody's. */
  #handler: AuthenticationHandler | undefined
  #conversation: Conversation
  /** The command that is sent, or was sent last. */
  #command: CommandWriter

  constructor(setup: AuthenticationSetup, handler: AuthenticationHandler) {
    this.#setup = setup
    this.#handler = handler
    this.#conversation = this.#begin(setup.credentials.mechanism ?? assumedMechanism)
    this.#command = this.#conversation.first
  }

  /** Into the hello: the question which mechanisms the user has, if none was chosen, and the first command. */
  writeInHello(body: DocumentWriter): void {
    const { credentials } = this.#setup
    const { username = '' } = credentials.reveal()
    if (credentials.mechanism === undefined) body.string('saslSupportedMechs', `${credentials.source}.${username}`)
    if (this.#conversation.mechanism === 'PLAIN') return
    body.beginDocument('speculativeAuthenticate')
    this.#conversation.first(body)
    body.string('db', credentials.source)
    body.endDocument()
  }

  /** The hello was answered. */
  start(hello: UntrustedDocument, connection: Connection): void {
    const chosen = this.#setup.credentials.mechanism
    const mechanism = chosen ?? negotiatedMechanism(fieldOf(hello, 'saslSupportedMechs'))
    const answer = documentField(hello, 'speculativeAuthenticate')
    const spoken = this.#conversation.mechanism !== 'PLAIN'
    if (answer !== undefined && spoken && this.#conversation.mechanism === mechanism) {
      this.#advance(connection, () => this.#conversation.replied(answer))
      return
    }
    // A server that did not take the first command has none of it: a new conversation has a new nonce.
    if (spoken) this.#conversation = this.#begin(mechanism)
    this.#advance(connection, () => ({ kind: 'send', write: this.#conversation.first }))
  }

  write(message: MessageWriter, requestId: number, connection: Connection): Uint8Array {
    const body = message.begin(requestId)
    this.#command(body)
    endCommand(message, body, this.#setup.credentials.source, connection)
    return message.finish()
  }

  replied(reply: Reply, connection: Connection): void {
    const document = reply.document()
    if (reply.ok) this.#advance(connection, () => this.#conversation.replied(document))
    else this.#fail(refusedByServer(this.#attempt(connection), document))
  }

  failed(error: Error): void {
    this.#fail(error)
  }

  /** Never called: each command expects its reply. */
  sent(): void {}

  #begin(mechanism: Conversation['mechanism']): Conversation {
    return startConversation(this.#setup.credentials, mechanism, this.#setup)
  }

  #advance(connection: Connection, next: () => Step): void {
    if (this.#handler === undefined) return
    let step: Step
    try {
      step = next()
    } catch (error) {
      if (!(error instanceof MechanismViolation)) throw error
      this.#fail(refusedByClient(this.#attempt(connection), error))
      return
    }
    switch (step.kind) {
      case 'send':
        this.#command = step.write
        connection.start(this)
        return
      case 'derive':
        this.#derive(step, connection)
        return
      case 'done': {
        const handler = this.#handler
        this.#handler = undefined
        handler.authenticated()
      }
    }
  }

  #derive({ user, parameters }: Extract<Step, { kind: 'derive' }>, connection: Connection): void {
    const { keys } = this.#setup
    keys.keys(user, parameters, (error, made) => {
      if (made !== undefined) this.#advance(connection, () => this.#conversation.derived(made))
      else this.#fail(passwordUnusable(this.#attempt(connection), error))
    })
  }

  #attempt({ purpose, id, address }: Connection): AuthenticationAttempt {
    const { credentials } = this.#setup
    const connection = connectionName(purpose, id, address)
    return { credentials, mechanism: this.#conversation.mechanism, connection }
  }

  #fail(error: Error): void {
    const handler = this.#handler
    this.#handler = undefined
    handler?.authenticationFailed(error)
  }
}
