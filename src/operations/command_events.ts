/**
 * The three events of command monitoring. Immutable; named as in the specification of command logging and monitoring; `name`
 * is the one under which `client.on` knows them. Each started has exactly one end, with the same `requestId`.
 */
import { type Document, type ObjectId, uncheckedText } from '../bson/index.ts'
import { Message } from '../wire/index.ts'

/** Kind of event → its class: what a hub of these events carries. */
export interface CommandEvents {
  readonly commandStarted: CommandStartedEvent
  readonly commandSucceeded: CommandSucceededEvent
  readonly commandFailed: CommandFailedEvent
}

/** Each kind's channel of `node:diagnostics_channel`. */
export const commandEventChannels: Readonly<Record<keyof CommandEvents, string>> = Object.freeze({
  commandStarted: 'cenote:command-started',
  commandSucceeded: 'cenote:command-succeeded',
  commandFailed: 'cenote:command-failed'
})

/** What all three say of their command. */
export interface CommandFacts {
  /** `host:port` of the server. */
  readonly address: string
  /** The driver's number for the connection, as pool events have it. */
  readonly connectionId: number
  /** The server's number for it, as its logs show it; undefined where the server did not tell. */
  readonly serverConnectionId: number | undefined
  /** The backend behind a load balancer. */
  readonly serviceId: ObjectId | undefined
  readonly databaseName: string
  readonly commandName: string
  /** Of this attempt. */
  readonly requestId: number
  /** Of the operation: the same for its retries and for all commands that a batch takes. */
  readonly operationId: number
}

abstract class CommandEvent implements CommandFacts {
  abstract readonly name: string
  readonly address: string
  readonly connectionId: number
  readonly serverConnectionId: number | undefined
  readonly serviceId: ObjectId | undefined
  readonly databaseName: string
  readonly commandName: string
  readonly requestId: number
  readonly operationId: number

  constructor(facts: CommandFacts) {
    this.address = facts.address
    this.connectionId = facts.connectionId
    this.serverConnectionId = facts.serverConnectionId
    this.serviceId = facts.serviceId
    this.databaseName = facts.databaseName
    this.commandName = facts.commandName
    this.requestId = facts.requestId
    this.operationId = facts.operationId
  }
}

/**
 * The bytes of a message, which become a document when somebody looks at it. Most listeners count or measure, and a document
 * costs more than the command did.
 */
export class LazyDocument {
  readonly #bytes: Uint8Array
  #document: Document | undefined

  /** `message`: of the event alone, from its header on; or the document. */
  constructor(message: Uint8Array | Document) {
    this.#bytes = message instanceof Uint8Array ? message : nothing
    this.#document = message instanceof Uint8Array ? undefined : message
  }

  /** The same one each time. */
  get document(): Document {
    return (this.#document ??= documentOf(this.#bytes))
  }
}

const nothing = new Uint8Array(0)

/** Of a message, documents beside the command in it as an array. */
export function documentOf(bytes: Uint8Array): Document {
  const message = new Message('a command event')
  message.read(bytes, 0, bytes.length)
  return message.document(uncheckedText)
}

/** What `console.log` shows: the document is no field of its own. */
function showAsJSON(event: { readonly prototype: { toJSON(): object } }): void {
  Object.defineProperty(event.prototype, Symbol.for('nodejs.util.inspect.custom'), {
    value(this: { toJSON(): object }): object {
      return this.toJSON()
    }
  })
}

/** A command is about to be sent. */
export class CommandStartedEvent extends CommandEvent {
  readonly name = 'commandStarted'
  readonly #command: LazyDocument

  constructor(facts: CommandFacts, command: LazyDocument) {
    super(facts)
    this.#command = command
    Object.freeze(this)
  }

  /** As it is sent; documents beside the command stand in it as an array. Empty for a command that carries secrets. */
  get command(): Document {
    return this.#command.document
  }

  toJSON(): object {
    return Object.assign({}, this, { command: this.command })
  }

  static {
    showAsJSON(this)
  }
}

/** The server answered `ok: 1`; errors of single writes and of the write concern stand in the reply. */
export class CommandSucceededEvent extends CommandEvent {
  readonly name = 'commandSucceeded'
  /** Milliseconds since the command was written. */
  readonly durationMS: number
  readonly #reply: LazyDocument

  constructor(facts: CommandFacts, durationMS: number, reply: LazyDocument) {
    super(facts)
    this.durationMS = durationMS
    this.#reply = reply
    Object.freeze(this)
  }

  /** `durationMS`, by the name that the official driver gives it. */
  get duration(): number {
    return this.durationMS
  }

  /** `{ ok: 1 }` where none was asked for. Empty for a command that carries secrets. */
  get reply(): Document {
    return this.#reply.document
  }

  toJSON(): object {
    return Object.assign({}, this, { reply: this.reply })
  }

  static {
    showAsJSON(this)
  }
}

/** The server refused the command, or no reply will come. */
export class CommandFailedEvent extends CommandEvent {
  readonly name = 'commandFailed'
  /** Milliseconds since the command was written. */
  readonly durationMS: number
  /** The caller's own error, if the operation ends with it. */
  readonly failure: Error

  constructor(facts: CommandFacts, durationMS: number, failure: Error) {
    super(facts)
    this.durationMS = durationMS
    this.failure = failure
    Object.freeze(this)
  }

  /** `durationMS`, by the name that the official driver gives it. */
  get duration(): number {
    return this.durationMS
  }
}
