import { type Connection, endCommand, type Exchange } from '../connection/index.ts'
import { type MongoOperationTimeoutError, MongoRuntimeError } from '../errors/index.ts'
import { type ConnectionSource, PinnedConnection, type PooledConnection, type Waiter } from '../pool/index.ts'
import type { DeadlineEntry } from '../runtime/index.ts'
import type { SelectionWaiter, Selector, Server } from '../topology/index.ts'
import { messageFlags, type MessageWriter, type Reply, WireViolationError } from '../wire/index.ts'
import { rejectedForCaller } from './callers_stack.ts'
import type { Abortable } from './abort_watch.ts'
import type { Activity } from './activities.ts'
import { type Command, type CommandKind, moreToSend, selectorOf } from './command.ts'
import type { MonitoredOperation } from './command_monitor.ts'
import type { OperationContext } from './context.ts'
import { writeReadPreference, writeSequence } from './envelope.ts'
import { errorOf } from './error_replies.ts'
import {
  asError,
  clientIsClosing,
  clientWasClosed,
  isTimeLimitOfServer,
  operationTimeout,
  socketTimeout
} from './failures.ts'
import type { OperationOptions, Settlement } from './operation_options.ts'
import { afterError, errorToRaise, type RetryableOperation, type RetryOptions } from './retry_rules.ts'
import { selectionLimitMS, serverTimeMS, tooLate } from './server_time.ts'
import { SessionUse } from './session_use.ts'

/**
 * Where an operation is, from the call to the caller's promise. `selecting`: no server is suitable yet. `waiting`: for a
 * connection. `running`: on one. `resting`: between two attempts.
 */
type Stage = 'selecting' | 'waiting' | 'running' | 'resting' | 'ended'

const nobody: ReadonlySet<string> = new Set()

/**
 * One operation: it is what waits for a server and for a connection, what runs on it, what has a deadline, and what is
 * retried, so that it costs one object and one promise. Between the call and the socket nothing is asynchronous when the
 * server is known and a connection is idle.
 */
export class Operation<Result>
  extends SessionUse<Result>
  implements Abortable, Activity, Waiter, SelectionWaiter, DeadlineEntry, Exchange, RetryableOperation
{
  deprioritised: ReadonlySet<string> = nobody

  readonly selector: Selector
  /** Of an operation with a limit, else since when it waits for a server. To look at the clock costs as much as a check-out. */
  #startedMS = 0
  /** When the whole operation has to be over; `Infinity`: no limit. */
  readonly endsMS: number = Number.POSITIVE_INFINITY
  #stage: Stage = 'selecting'
  #settlement: Settlement<Result> | undefined = undefined
  #resolve: (result: Result | Promise<never>) => void = unresolved
  /** Why it ends whatever comes: the caller gave up, or the time is over. */
  #forced: { readonly reason: unknown } | undefined = undefined
  #interrupted = false
  /** Only while somebody listens to command events or to the search for servers, or where there are spans. */
  #monitored: MonitoredOperation | undefined
  #server: Server | undefined = undefined

  // One attempt.
  /** Whose count of operations this one is part of. */
  #counted: Server | undefined = undefined
  /** Where its connection comes from and goes back to. */
  #source: ConnectionSource | undefined = undefined
  #slot: PooledConnection | undefined = undefined
  wasSent = false
  /** The deadline is the stage's own, earlier than the whole operation's. */
  #stageArmed = false

  constructor(context: OperationContext, command: Command<Result>, options: OperationOptions = {}) {
    super(context, command, options)
    this.selector = selectorOf(command)
    this.#monitored = context.commandMonitor.operationBegins(this)
    const { timeoutMS = 0 } = options
    if (timeoutMS > 0) {
      this.#startedMS = this.#nowMS()
      this.endsMS = this.#startedMS + timeoutMS
    }
  }

  get kind(): CommandKind {
    return this.command.traits.kind
  }

  get retryOptions(): RetryOptions {
    const { settings } = this.context
    return this.command.traits.transaction === 'part' ? settings : { ...settings, retryWrites: true }
  }

  get retriesUntilTimeout(): boolean {
    return this.options.timeoutMS !== undefined
  }

  get sharded(): boolean {
    return this.context.topology.description.type === 'Sharded'
  }

  get label(): string {
    return this.command.name
  }

  get operationName(): string {
    return this.command.traits.operation ?? this.command.name
  }

  get operationId(): number {
    this.#monitored ??= this.context.commandMonitor.monitor()
    return this.#monitored.operationId
  }

  get selectionLimitMS(): number | undefined {
    return selectionLimitMS(this.context.settings.serverSelectionTimeoutMS, this.endsMS - this.#nowMS())
  }

  /** Where the last attempt ran: a cursor stays there. */
  get server(): Server | undefined {
    return this.#server
  }

  run(): Promise<Result> {
    const promise = new Promise<Result>(resolve => {
      this.#resolve = resolve
    })
    this.#start()
    return promise
  }

  /** As `run`, without a promise. */
  runFor(settlement: Settlement<Result>): void {
    this.#settlement = settlement
    this.#start()
  }

  #start(): void {
    const { activities } = this.context
    const { signal, session } = this.options
    activities.enter(this)
    if (signal?.aborted === true) this.#fail(signal.reason)
    else if (activities.closing && !this.#wasBegunBefore) this.#fail(clientIsClosing())
    else {
      const refusal = session === undefined ? undefined : this.enterSession(session)
      if (refusal !== undefined) {
        this.#fail(refusal)
        return
      }
      if (signal !== undefined) this.context.aborts.join(signal, this)
      this.#begin()
    }
  }

  /** Whether it is part of what is in progress. */
  get #wasBegunBefore(): boolean {
    const { partOf, session } = this.options
    const { activities } = this.context
    return [partOf, session?.partOf].some(whole => whole !== undefined && activities.has(whole))
  }

  /** The client closes now. What hangs on a pool or on the topology is refused by that, what rests ends here. */
  interrupt(): void {
    this.#interrupted = true
    if (this.#stage === 'resting') this.#fail(clientWasClosed(this.label))
  }

  // ───────────────────────── an attempt: server, connection, command ─────────────────────────

  #begin(): void {
    const server = this.command.server ?? this.options.server ?? this.pinnedServer
    this.wasSent = false
    if (server !== undefined) {
      server.operationCount++
      this.#checkOut(server, this.pin ?? server.pool)
      return
    }
    this.#stage = 'selecting'
    let selected: Server | undefined
    try {
      selected = this.context.topology.select(this)
    } catch (error) {
      if (this.#isSelecting) this.#attemptFailed(asError(error))
      return
    }
    // Who was told of the selection may have ended the operation.
    if (!this.#isSelecting) {
      if (selected !== undefined) selected.operationCount--
    } else if (selected === undefined) this.#waitForServer()
    else this.selected(selected)
  }

  get #isSelecting(): boolean {
    return this.#stage === 'selecting'
  }

  #waitForServer(): void {
    if (this.endsMS === Number.POSITIVE_INFINITY) this.#startedMS = this.#nowMS()
    this.#armFor(this.context.settings.serverSelectionTimeoutMS)
  }

  selected(server: Server): void {
    this.#checkOut(server, server.pool)
  }

  #checkOut(server: Server, source: ConnectionSource): void {
    this.#server = server
    this.#counted = server
    this.#source = source
    this.numbered = server.description.type !== 'Standalone'
    this.#stage = 'waiting'
    this.#armFor(0)
    const slot = source.checkOut(this)
    // Else it waits, or has been refused by now.
    if (slot !== undefined) this.#run(slot)
  }

  unselected(error: Error): void {
    this.#attemptFailed(error)
  }

  /** It had to wait for one: another operation of its transaction may have got the transaction's meanwhile. */
  granted(slot: PooledConnection): void {
    const pin = this.transactionPin
    if (pin === undefined || pin === this.#source || this.#forced !== undefined) this.#run(slot)
    else {
      this.#slot = slot
      this.#giveBack(this.#nowMS())
      this.#begin()
    }
  }

  #run(slot: PooledConnection): void {
    this.#slot = slot
    if (this.#forced !== undefined || slot.connection === undefined) {
      this.#attemptFailed(new MongoRuntimeError('the operation ended before its connection came'))
      return
    }
    this.#stage = 'running'
    // `timeoutMS` takes its place.
    this.#armFor(this.endsMS < Number.POSITIVE_INFINITY ? 0 : this.context.settings.socketTimeoutMS)
    slot.connection.start(this)
  }

  refused(error: Error): void {
    // A pool closes for other reasons too, so that its own error would not tell the caller what happened.
    this.#attemptFailed(this.#interrupted ? clientWasClosed(this.label, error) : error)
  }

  // ───────────────────────── the command on its connection ─────────────────────────

  get expectsReply(): boolean {
    return this.command.acknowledged
  }

  write(message: MessageWriter, requestId: number, connection: Connection): Uint8Array {
    const { command } = this
    const serverMS = this.#serverTimeMS()
    command.prepare?.(connection.limits)
    const body = message.begin(requestId, command.acknowledged ? 0 : messageFlags.moreToCome)
    const { session } = this.options
    command.writeTo(body, session?.readConcernOf(this, connection))
    // It has got its connection just now.
    this.takeSession(connection, this.#slot?.inUseSinceMS ?? this.#nowMS())
    this.writeSession(body, connection)
    // A transaction has the primary alone to read from.
    if (!this.inTransaction) {
      const { topology } = this.context
      writeReadPreference(body, command, this.#server?.description.type ?? 'Unknown', topology.description)
    }
    if (serverMS !== undefined) body.number('maxTimeMS', serverMS)
    endCommand(message, body, command.database, connection)
    writeSequence(message, command, connection.limits)
    const bytes = message.finish()
    if (this.inTransaction) this.#source = session?.transaction.written(this, this.#server, this.#slot) ?? this.#source
    this.#monitored?.started(this, bytes, requestId, connection)
    return bytes
  }

  replied(reply: Reply): void {
    reply.decodeOptions = this.options.decodeOptions
    this.context.clusterTime.advance(reply)
    this.options.session?.advance(reply)
    this.wasSent = true
    let outcome: Result | typeof moreToSend | undefined
    let error: Error | undefined = errorOf(reply)
    if (error !== undefined) this.#monitored?.failed(error)
    else {
      this.#monitored?.succeeded(reply)
      try {
        outcome = this.command.accept(reply, this)
      } catch (thrown) {
        // A reply that cannot be read is the connection's matter; what the reply says is the command's.
        if (thrown instanceof WireViolationError) throw thrown
        error = asError(thrown)
      }
    }
    if (error !== undefined) this.#commandFailed(error)
    else this.#accepted(outcome as Result | typeof moreToSend)
  }

  sent(): void {
    this.#monitored?.succeeded(undefined)
    this.#accepted(this.command.unacknowledged?.() as Result | typeof moreToSend)
  }

  failed(error: Error, wrote: boolean): void {
    this.wasSent = wrote
    if (wrote) this.markSessionDirty()
    this.#monitored?.failed(error)
    this.#commandFailed(error)
  }

  #accepted(outcome: Result | typeof moreToSend): void {
    const nowMS = this.#nowMS()
    // Before the connection: whoever waits for that takes this session rather than a further one.
    if (outcome !== moreToSend) this.leaveSession(nowMS)
    this.#giveBack(nowMS)
    if (outcome !== moreToSend) {
      this.#succeed(outcome, nowMS)
      return
    }
    this.forgetRetries()
    this.forgetTxnNumber()
    this.#begin()
  }

  /** The topology hears of it before the connection goes back, so that nobody gets a connection to a dead server. */
  #commandFailed(error: Error): void {
    const server = this.#counted
    const slot = this.#slot
    // Why the caller gave up says nothing about the server, whatever error it is.
    if (server !== undefined && slot !== undefined && this.#forced === undefined)
      this.context.topology.operationFailed(server, slot, error)
    this.#attemptFailed(this.#timeoutOf(error) ?? error)
  }

  // ───────────────────────── after an attempt ─────────────────────────

  #attemptFailed(error: Error): void {
    const server = this.#counted
    const nowMS = this.#nowMS()
    this.#giveBack(nowMS)
    if (this.#forced !== undefined) {
      this.#fail(this.#forced.reason)
      return
    }
    const { runtime, deadlines } = this.context
    this.tellTransaction(error)
    const decision = afterError(this, error, nowMS, runtime.chance.fraction())
    if (decision.do === 'raise') {
      this.#fail(decision.error)
      return
    }
    if (decision.deprioritise && server !== undefined)
      this.deprioritised = new Set([...this.deprioritised, server.address])
    if (decision.afterMS > 0) {
      this.#stage = 'resting'
      this.#disarm()
      deadlines.add(this, decision.afterMS)
    } else this.#begin()
  }

  /** The attempt is over: a retry gets its connection after this one has been given back. */
  #giveBack(nowMS: number): void {
    const server = this.#counted
    const slot = this.#slot
    this.#counted = undefined
    this.#slot = undefined
    if (server === undefined) return
    server.operationCount--
    if (slot !== undefined) this.#source?.checkIn(slot, nowMS)
  }

  keepConnection(): PinnedConnection | undefined {
    const source = this.#source
    const slot = this.#slot
    if (source instanceof PinnedConnection) return source
    if (this.#server?.description.type !== 'LoadBalancer' || source === undefined || slot === undefined)
      return undefined
    const pin = new PinnedConnection(source, slot, 'cursor')
    this.#source = pin
    return pin
  }

  #succeed(result: Result, nowMS: number): void {
    this.#end(nowMS)
    this.#monitored?.over()
    if (this.#settlement === undefined) this.#resolve(result)
    else this.#settlement.succeeded(result)
  }

  #fail(reason: unknown): void {
    this.#end(this.#nowMS())
    // A signal's reason is the caller's own: it stays what it is.
    const isCallers = reason === this.options.signal?.reason || !(reason instanceof Error)
    const told = isCallers ? reason : (this.command.failure?.(reason) ?? reason)
    this.#monitored?.over({ reason: told })
    if (this.#settlement === undefined) this.#resolve(rejectedForCaller(told))
    else this.#settlement.failed(told)
  }

  #end(nowMS: number): void {
    this.#disarm()
    this.#stage = 'ended'
    this.leaveSession(nowMS)
    const { aborts, activities, runtime } = this.context
    if (this.options.signal !== undefined) aborts.leave(this.options.signal, this)
    runtime.trace('operation', this.command.name)
    activities.leave(this)
  }

  // ───────────────────────── limits ─────────────────────────

  /** The whole operation's limit, or that of its stage if it is earlier. Without either no deadline is kept. */
  #armFor(stageMS: number): void {
    const ofStage = stageMS > 0
    const ofWhole = this.endsMS !== Number.POSITIVE_INFINITY
    if (this.deadlineList !== undefined) {
      if (!ofStage && !this.#stageArmed && ofWhole) return
      this.#disarm()
    }
    if (!ofStage && !ofWhole) return
    const { deadlines } = this.context
    const leftMS = ofWhole ? Math.max(0, this.endsMS - this.#nowMS()) : Number.POSITIVE_INFINITY
    this.#stageArmed = ofStage && stageMS < leftMS
    deadlines.add(this, ofStage ? Math.min(stageMS, leftMS) : leftMS)
  }

  #disarm(): void {
    if (this.deadlineList !== undefined) this.context.deadlines.remove(this)
  }

  expired(nowMS: number): void {
    const { topology, settings } = this.context
    if (this.#stage === 'resting') this.#begin()
    else if (this.#stage === 'waiting' || nowMS >= this.endsMS) this.#giveUp(this.#timeout(nowMS), 'deadline')
    else if (this.#stage === 'selecting') {
      const error = topology.selectionError(this.selector, nowMS - this.#startedMS)
      topology.step(() => {
        topology.withdraw(this, error)
        this.#attemptFailed(error)
      })
    } else if (this.#stage === 'running')
      this.#slot?.connection?.abandon(socketTimeout(this.label, this.#server?.address, settings.socketTimeoutMS))
  }

  aborted(reason: unknown): void {
    this.#giveUp(reason, 'aborted')
  }

  /** Ends the operation with this reason, wherever it is. What it holds goes back first. */
  #giveUp(reason: unknown, why: 'aborted' | 'deadline'): void {
    const { topology } = this.context
    this.#forced = { reason }
    // Served by now: it learns of it when it gets the connection.
    if (this.#stage === 'waiting') this.#source?.withdraw(this, why, asError(reason))
    else if (this.#stage === 'running') this.#slot?.connection?.abandon(asError(reason))
    else if (this.#stage !== 'ended')
      topology.step(() => {
        topology.withdraw(this, asError(reason))
        this.#fail(reason)
      })
  }

  /** Throws when the server could not answer in time. */
  #serverTimeMS(): number | undefined {
    const timeMS = serverTimeMS(this, this.options, this.context.runtime.clock)
    if (timeMS === tooLate) throw this.#timeout(this.#nowMS())
    return timeMS
  }

  /** Of a server that kept to what it was told was left. Source: the client side operations timeout specification. */
  #timeoutOf(error: Error): MongoOperationTimeoutError | undefined {
    const isLimited = this.endsMS !== Number.POSITIVE_INFINITY
    return isLimited && isTimeLimitOfServer(error) ? this.#timeout(this.#nowMS(), error) : undefined
  }

  #nowMS(): number {
    return this.context.runtime.clock.nowMS()
  }

  #timeout(nowMS: number, last?: Error): MongoOperationTimeoutError {
    const { timeoutMS = 0 } = this.options
    const place = this.#server === undefined ? undefined : `${this.#stage} on ${this.#server.address}`
    const error = operationTimeout(this.label, timeoutMS, nowMS - this.#startedMS, place, last ?? errorToRaise(this))
    this.tellTransaction(error)
    return error
  }
}

function unresolved(): void {}
