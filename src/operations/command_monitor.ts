import type { Document } from '../bson/index.ts'
import type { Connection } from '../connection/index.ts'
import { MongoServerError } from '../errors/index.ts'
import type { Hub } from '../events/index.ts'
import type { CallersContext, Runtime } from '../runtime/index.ts'
import { Message, type Reply } from '../wire/index.ts'
import {
  CommandFailedEvent,
  type CommandEvents,
  type CommandFacts,
  CommandStartedEvent,
  CommandSucceededEvent,
  documentOf,
  LazyDocument
} from './command_events.ts'
import type { OperationTrace, OperationTracer, TracedOperation } from './operation_tracer.ts'

/** Tells of the commands of operations. Not of handshakes and monitors, which are no operations. */
export class CommandMonitor {
  readonly hub: Pick<Hub<CommandEvents>, 'wanted' | 'emit'>
  readonly runtime: Pick<Runtime, 'clock' | 'callersContext'>
  #lastOperationId = 0

  constructor(hub: Pick<Hub<CommandEvents>, 'wanted' | 'emit'>, runtime: Pick<Runtime, 'clock' | 'callersContext'>) {
    this.hub = hub
    this.runtime = runtime
  }

  /** To be called where the caller calls, whose context its events are told in. Undefined while nobody listens. */
  operationBegins(_operation: TracedOperation): MonitoredOperation | undefined {
    return this.hasListeners ? this.monitor() : undefined
  }

  /** As `operationBegins`, whoever listens. */
  monitor(trace?: OperationTrace): MonitoredOperation {
    return new MonitoredOperation(this, ++this.#lastOperationId, trace)
  }

  /** The context of whoever calls, for operations that begin later on his behalf. Undefined where nobody is told of them. */
  callersContext(): CallersContext | undefined {
    return this.hasListeners ? this.runtime.callersContext() : undefined
  }

  protected get hasListeners(): boolean {
    const { wanted } = this.hub
    return wanted.commandStarted || wanted.commandSucceeded || wanted.commandFailed
  }
}

/** Tells of operations and their commands by spans too. */
export class TracingMonitor extends CommandMonitor {
  readonly #tracer: OperationTracer

  constructor(
    hub: Pick<Hub<CommandEvents>, 'wanted' | 'emit'>,
    runtime: Pick<Runtime, 'clock' | 'callersContext'>,
    tracer: OperationTracer
  ) {
    super(hub, runtime)
    this.#tracer = tracer
  }

  override operationBegins(operation: TracedOperation): MonitoredOperation | undefined {
    const trace = (operation.transactionTrace ?? this.#tracer).operationBegins(operation)
    return trace !== undefined || this.hasListeners ? this.monitor(trace) : undefined
  }

  override callersContext(): CallersContext {
    return this.runtime.callersContext()
  }
}

/** One operation and its commands, one at a time. */
export class MonitoredOperation {
  readonly #monitor: CommandMonitor
  readonly operationId: number
  readonly #context: CallersContext
  readonly #trace: OperationTrace | undefined
  /** Of the command that is under way. */
  #facts: CommandFacts | undefined
  #sensitive = false
  #startedMS = 0

  constructor(monitor: CommandMonitor, operationId: number, trace: OperationTrace | undefined) {
    this.#monitor = monitor
    this.operationId = operationId
    this.#trace = trace
    this.#context = monitor.runtime.callersContext()
  }

  /** `message` is lent. */
  started(operation: TracedOperation, message: Uint8Array, requestId: number, connection: Connection): void {
    const { name, database } = operation.command
    this.#sensitive = isSensitive(name, message)
    this.#facts = {
      address: connection.address,
      connectionId: connection.id,
      serverConnectionId: connection.hello.serverConnectionId,
      serviceId: connection.serviceId,
      databaseName: database,
      commandName: name,
      requestId,
      operationId: this.operationId
    }
    const { hub, runtime } = this.#monitor
    if (hub.wanted.commandStarted) {
      const event = new CommandStartedEvent(
        this.#facts,
        this.#shown(() => copied(message))
      )
      hub.emit('commandStarted', event, this.#context)
    }
    if (!this.#sensitive) this.#trace?.commandStarted(this.#facts, operation, () => documentOf(message))
    this.#startedMS = runtime.clock.nowMS()
  }

  /** `reply` is lent; undefined: none was asked for. */
  succeeded(reply: Reply | undefined): void {
    const facts = this.#ended()
    const { hub } = this.#monitor
    if (facts !== undefined && hub.wanted.commandSucceeded) {
      const shown = this.#shown(() => (reply === undefined ? { ok: 1 } : copied(reply.messageView())))
      hub.emit('commandSucceeded', new CommandSucceededEvent(facts, this.#durationMS(), shown), this.#context)
    }
    this.#trace?.commandSucceeded(reply)
  }

  /** Nothing is told of a command that never began. */
  failed(error: Error): void {
    const facts = this.#ended()
    const { hub } = this.#monitor
    if (facts !== undefined && hub.wanted.commandFailed) {
      const failure = this.#sensitive ? withoutReply(error) : error
      hub.emit('commandFailed', new CommandFailedEvent(facts, this.#durationMS(), failure), this.#context)
    }
    this.#trace?.commandFailed(error)
  }

  /** The operation is over, whatever its commands came to. `failure`: why it failed, if it did. */
  over(failure?: { readonly reason: unknown }): void {
    const reason = failure?.reason
    const hides = this.#sensitive && reason instanceof Error
    this.#trace?.ended(hides ? { reason: withoutReply(reason) } : failure)
  }

  #ended(): CommandFacts | undefined {
    const facts = this.#facts
    this.#facts = undefined
    return facts
  }

  #durationMS(): number {
    return this.#monitor.runtime.clock.nowMS() - this.#startedMS
  }

  #shown(what: () => Uint8Array | Document): LazyDocument {
    return new LazyDocument(this.#sensitive ? {} : what())
  }
}

/** What carries credentials, in lower case: nobody gets to see it. Source: the command logging and monitoring specification. */
const sensitiveNames: ReadonlySet<string> = new Set([
  'authenticate',
  'saslstart',
  'saslcontinue',
  'getnonce',
  'createuser',
  'updateuser',
  'copydbgetnonce',
  'copydbsaslstart',
  'copydb'
])
const helloNames: ReadonlySet<string> = new Set(['hello', 'ismaster'])

function isSensitive(name: string, message: Uint8Array): boolean {
  const lower = name.toLowerCase()
  if (sensitiveNames.has(lower)) return true
  if (!helloNames.has(lower)) return false
  const read = new Message('a hello')
  read.read(message, 0, message.length)
  return Object.hasOwn(read.document(), 'speculativeAuthenticate')
}

function copied(bytes: Uint8Array): Uint8Array {
  return Uint8Array.prototype.slice.call(bytes)
}

/** Of a server's refusal only what is known to be harmless. */
function withoutReply(error: Error): Error {
  if (!(error instanceof MongoServerError)) return error
  const { code, codeName, errorLabels } = error
  const reply = {
    ...(code === undefined ? {} : { code }),
    ...(codeName === undefined ? {} : { codeName }),
    errorLabels
  }
  return new MongoServerError(reply, 'the server refused a command that carries secrets; its reply is not shown')
}
