/**
 * What an error does to a server's description, its pool and its monitor. The only place that decides it.
 * Sources: the server discovery and monitoring, the server monitoring and the load balancers specification.
 */
import type { ObjectId } from '../bson/index.ts'
import { type ErrorFacts, factsOf } from './error_facts.ts'
import { type ServerDescription, unknownServer } from './server_description.ts'
import { errorIsStale } from './topology_version.ts'

/** `connect` includes TLS and a proxy. The handshake has completed when `auth` has. */
export type ErrorPhase = 'connect' | 'hello' | 'auth' | 'operation'

export interface ApplicationError {
  readonly error: Error
  readonly phase: ErrorPhase
  /** Of the connection; of the pool when the dial began, if it failed before a hello was answered. */
  readonly generation: number
  /** Of the connection, behind a load balancer. */
  readonly serviceId: ObjectId | undefined
}

export interface PoolClear {
  readonly interruptInUse: boolean
  /** Behind a load balancer: only this service's connections. */
  readonly serviceId: ObjectId | undefined
}

export interface ErrorOutcome {
  /** To be applied like the outcome of a check, in one step with the clear. */
  readonly newDescription: ServerDescription | undefined
  readonly clear: PoolClear | undefined
  /** The check in progress ends: its socket is as good as dead. */
  readonly cancelCheck: boolean
  /** The server answers, and is not what it was taken for: a check will tell what it is. */
  readonly requestCheck: boolean
}

const clearAll: PoolClear = Object.freeze({ interruptInUse: false, serviceId: undefined })
const clearAndInterrupt: PoolClear = Object.freeze({ interruptInUse: true, serviceId: undefined })

const recoveringCodes: ReadonlySet<number> = new Set([11600, 11602, 13436, 189, 91])
const notWritablePrimaryCodes: ReadonlySet<number> = new Set([10107, 13435, 10058])
const shutdownCodes: ReadonlySet<number> = new Set([11600, 91])

/**
 * What an error of an application's connection does; undefined: nothing. `generation` is the pool's now, or its service's
 * behind a load balancer.
 */
export function afterApplicationError(
  server: ServerDescription,
  generation: number,
  failure: ApplicationError,
  nowMS: number
): ErrorOutcome | undefined {
  const facts = factsOf(failure.error)
  if (facts.overloaded || facts.kind === 'client') return undefined
  if (failure.generation < generation || errorIsStale(server.topologyVersion, facts.topologyVersion)) return undefined
  if (server.type === 'LoadBalancer') return behindLoadBalancer(facts, failure)
  if (isStateChange(facts)) {
    return {
      newDescription: unknownServer(server.address, failure.error, nowMS, facts.topologyVersion),
      clear: isShutdown(facts) ? clearAll : undefined,
      cancelCheck: false,
      requestCheck: true
    }
  }
  if (!breaksServer(facts, failure.phase)) return undefined
  return {
    newDescription: unknownServer(server.address, failure.error, nowMS),
    clear: clearAll,
    cancelCheck: true,
    requestCheck: false
  }
}

export interface FailedCheckOutcome {
  readonly newDescription: ServerDescription
  readonly clear: PoolClear
  /** One connection may have died by itself: a server that was known is asked once more before the monitor rests. */
  readonly retryAtOnce: boolean
}

/** What a failed check does, `ok: 0` included. Operations are interrupted only when the server has gone silent. */
export function afterFailedCheck(server: ServerDescription, error: Error, nowMS: number): FailedCheckOutcome {
  const { kind } = factsOf(error)
  return {
    newDescription: unknownServer(server.address, error, nowMS),
    clear: kind === 'networkTimeout' ? clearAndInterrupt : clearAll,
    retryAtOnce: server.type !== 'Unknown' && (kind === 'network' || kind === 'networkTimeout')
  }
}

/** The balancer itself is never in doubt, and before its hello a connection belongs to no service. */
function behindLoadBalancer(facts: ErrorFacts, { phase, serviceId }: ApplicationError): ErrorOutcome | undefined {
  if (phase === 'connect' || phase === 'hello' || serviceId === undefined) return undefined
  const clears = isStateChange(facts) ? isShutdown(facts) : breaksServer(facts, phase)
  if (!clears) return undefined
  return {
    newDescription: undefined,
    clear: { interruptInUse: false, serviceId },
    cancelCheck: false,
    requestCheck: false
  }
}

/** After the handshake only a broken connection counts: a time-out may be a slow command, a command error is the command's. */
function breaksServer({ kind }: ErrorFacts, phase: ErrorPhase): boolean {
  return phase !== 'operation' || kind === 'network'
}

/** "Not writable primary" or "node is recovering". A code decides alone; the message only in its absence. */
function isStateChange({ kind, code, message }: ErrorFacts): boolean {
  if (kind !== 'command') return false
  if (code !== undefined && code !== 0) return recoveringCodes.has(code) || notWritablePrimaryCodes.has(code)
  // "not master or secondary", which means recovering, is found by its first two words as well.
  return message.includes('node is recovering') || message.includes('not master')
}

function isShutdown({ code }: ErrorFacts): boolean {
  return code !== undefined && shutdownCodes.has(code)
}
