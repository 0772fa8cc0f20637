/** What an event says, in one line: its name is the one under which `client.on` knows it. */
import type { PoolEvents, TopologyEvents } from '../../client/index.ts'
import { line, type Line, type Tone } from './screen.ts'

/** Pools and discovery: the demo is about what happens below its operations. */
type ShownEvents = PoolEvents & TopologyEvents

export type ShownEventName = keyof ShownEvents
export type AnyEvent = ShownEvents[ShownEventName]

/** The longest name is `topologyDescriptionChanged`. */
const nameCharacters = 26

const routine: ReadonlySet<ShownEventName> = new Set<ShownEventName>([
  'connectionCheckOutStarted',
  'connectionCheckedOut',
  'connectionCheckedIn',
  'serverHeartbeatStarted',
  'serverHeartbeatSucceeded'
])

/** Events that come with each operation and each check of a server: hundreds in a second, and each like the other. */
export function isRoutine(event: AnyEvent): boolean {
  if (event.name !== 'topologyDescriptionChanged') return routine.has(event.name)
  return event.newDescription.type === event.previousDescription.type
}

/** `addressCharacters`: how wide the column of addresses is. */
export function eventLine(event: AnyEvent, addressCharacters: number): Line {
  const { detail, tone } = said(event)
  const columns = [addressOf(event).padEnd(addressCharacters), event.name.padEnd(nameCharacters), detail]
  return line(columns.join(' ').trimEnd(), tone)
}

function addressOf(event: AnyEvent): string {
  if ('address' in event) return event.address
  return 'connectionId' in event ? event.connectionId : 'topology'
}

function said(event: AnyEvent): { readonly detail: string; readonly tone: Tone } {
  switch (event.name) {
    case 'connectionCreated':
      return { detail: `#${event.connectionId}`, tone: 'plain' }
    case 'connectionReady':
      return { detail: `#${event.connectionId} after ${wholeMS(event.durationMS)}`, tone: 'good' }
    case 'connectionClosed':
      return {
        detail: `#${event.connectionId} ${event.reason}${event.error === undefined ? '' : `: ${event.error.message}`}`,
        tone: event.reason === 'error' ? 'bad' : 'quiet'
      }
    case 'connectionCheckedOut':
      return { detail: `#${event.connectionId} after ${wholeMS(event.durationMS)}`, tone: 'quiet' }
    case 'connectionCheckedIn':
      return { detail: `#${event.connectionId}`, tone: 'quiet' }
    case 'connectionCheckOutFailed':
      return { detail: `${event.reason} after ${wholeMS(event.durationMS)}: ${event.error.message}`, tone: 'bad' }
    case 'connectionPoolCleared':
      return { detail: event.error.message, tone: 'bad' }
    case 'serverHeartbeatSucceeded':
      return { detail: `after ${wholeMS(event.durationMS)}`, tone: 'quiet' }
    case 'serverHeartbeatFailed':
      return { detail: `after ${wholeMS(event.durationMS)}: ${event.failure.message}`, tone: 'bad' }
    case 'serverDescriptionChanged': {
      const { previousDescription: before, newDescription: after } = event
      const detail = before.type === after.type ? `${after.type}, other facts` : `${before.type} → ${after.type}`
      return { detail, tone: 'mark' }
    }
    case 'topologyDescriptionChanged':
      return { detail: `now ${event.newDescription.type}`, tone: 'mark' }
    case 'connectionPoolReady':
      return { detail: '', tone: 'good' }
    case 'connectionCheckOutStarted':
    case 'serverHeartbeatStarted':
      return { detail: '', tone: 'quiet' }
    case 'connectionPoolCreated':
    case 'connectionPoolClosed':
    case 'serverOpening':
    case 'serverClosed':
    case 'topologyOpening':
    case 'topologyClosed':
      return { detail: '', tone: 'plain' }
  }
}

export function wholeMS(durationMS: number): string {
  return `${Math.round(durationMS)} ms`
}
