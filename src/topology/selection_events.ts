/**
 * What is told of the search for a server, for the log: one kind of event with four classes, so that an operation asks once
 * whether anybody listens. Users are not told: the specification of server selection knows messages and no events. Immutable.
 */
import type { Selector } from './selection.ts'
import type { TopologyDescription } from './topology_description.ts'

export interface SelectionEvents {
  readonly serverSelection: SelectionEvent
}

export type SelectionEvent =
  | ServerSelectionStartedEvent
  | ServerSelectionWaitingEvent
  | ServerSelectionSucceededEvent
  | ServerSelectionFailedEvent

/** They have no channel of `node:diagnostics_channel`. */
export const selectionEventChannels: Readonly<Record<keyof SelectionEvents, undefined>> = Object.freeze({
  serverSelection: undefined
})

/** Who looks for a server, and in what. */
export interface SelectionFacts {
  readonly selector: Selector
  /** Name of the operation: mostly the command's, or `connect`. */
  readonly operation: string
  /** As command events have it; undefined: the search is for no command. */
  readonly operationId: number | undefined
  readonly topologyDescription: TopologyDescription
}

abstract class ServerSelectionEvent implements SelectionFacts {
  abstract readonly name: string
  readonly selector: Selector
  readonly operation: string
  readonly operationId: number | undefined
  readonly topologyDescription: TopologyDescription

  constructor(facts: SelectionFacts) {
    this.selector = facts.selector
    this.operation = facts.operation
    this.operationId = facts.operationId
    this.topologyDescription = facts.topologyDescription
  }
}

/** Exactly one Succeeded or Failed follows. */
export class ServerSelectionStartedEvent extends ServerSelectionEvent {
  readonly name = 'serverSelectionStarted'

  constructor(facts: SelectionFacts) {
    super(facts)
    Object.freeze(this)
  }
}

/** No server is suitable now. At most once for a search. */
export class ServerSelectionWaitingEvent extends ServerSelectionEvent {
  readonly name = 'serverSelectionWaiting'
  /** Whole milliseconds; undefined: without limit. */
  readonly remainingTimeMS: number | undefined

  constructor(facts: SelectionFacts, remainingTimeMS: number | undefined) {
    super(facts)
    this.remainingTimeMS = remainingTimeMS
    Object.freeze(this)
  }
}

export class ServerSelectionSucceededEvent extends ServerSelectionEvent {
  readonly name = 'serverSelectionSucceeded'
  /** `host:port` of the server that was selected. */
  readonly address: string

  constructor(facts: SelectionFacts, address: string) {
    super(facts)
    this.address = address
    Object.freeze(this)
  }
}

export class ServerSelectionFailedEvent extends ServerSelectionEvent {
  readonly name = 'serverSelectionFailed'
  /** What the operation is told; it may still be retried. */
  readonly failure: Error

  constructor(facts: SelectionFacts, failure: Error) {
    super(facts)
    this.failure = failure
    Object.freeze(this)
  }
}
