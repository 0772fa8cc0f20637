import { CaseError } from './case_error.ts'
import type { ExpectedEvent, ExpectedEvents, Fields } from './format.ts'
import { type EntityValues, requireMatch, shown } from './matching.ts'
import { eventTypeOf, type ObservedEvent } from './observed_client.ts'

/** The events of a client, one by one; what is not expected is a failure unless the case allows more at the end. */
export function requireEvents(
  { client, eventType = 'command', events: expected, ignoreExtraEvents = false }: ExpectedEvents,
  observed: readonly ObservedEvent[],
  entities: EntityValues
): void {
  const actual = observed.filter(({ type }) => type === eventType)
  const told = (): string =>
    `${client} told: ${actual.map(({ name, fields }) => briefly(name, fields)).join(', ') || 'nothing'}`
  expected.forEach((event, index) => {
    const found = actual[index]
    if (found === undefined) throw new CaseError(`event ${index + 1}, ${nameOf(event)}, did not come; ${told()}`)
    try {
      requireEvent(event, found, entities)
    } catch (error) {
      throw error instanceof CaseError ? new CaseError(`event ${index + 1}: ${error.message}; ${told()}`) : error
    }
  })
  if (actual.length > expected.length && !ignoreExtraEvents)
    throw new CaseError(`${actual.length} events came, not ${expected.length}; ${told()}`)
}

/** How many of the events so far are as expected. */
export function countEvents(
  expected: ExpectedEvent,
  observed: readonly ObservedEvent[],
  entities: EntityValues
): number {
  checkEvent(expected)
  return observed.filter(event => fits(expected, event, entities)).length
}

function fits(expected: ExpectedEvent, actual: ObservedEvent, entities: EntityValues): boolean {
  try {
    requireEvent(expected, actual, entities)
    return true
  } catch (error) {
    if (error instanceof CaseError) return false
    throw error
  }
}

function requireEvent(expected: ExpectedEvent, actual: ObservedEvent, entities: EntityValues): void {
  const name = nameOf(expected)
  if (name !== actual.name) throw new CaseError(`${briefly(actual.name, actual.fields)} came, not ${name}`)
  checkEvent(expected)
  for (const [field, value] of Object.entries(expected[name] ?? {})) {
    const check = checks[field]
    const path = `${name}.${field}`
    if (check === undefined) throw new CaseError(`${path} is unknown to this runner`)
    check({ value, actual, path, entities })
  }
}

/** An expectation that this runner does not understand fails even where no event comes. */
function checkEvent(expected: ExpectedEvent): void {
  const name = nameOf(expected)
  const unknown = Object.keys(expected[name] ?? {}).find(field => !Object.hasOwn(checks, field))
  if (unknown !== undefined) throw new CaseError(`${name}.${unknown} is unknown to this runner`)
}

interface FieldCheck {
  readonly value: unknown
  readonly actual: ObservedEvent
  readonly path: string
  readonly entities: EntityValues
}

const same = ({ value, actual, path, entities }: FieldCheck): void =>
  requireMatch(value, actual.fields[fieldOf(path)], path, entities)

/** `has…`: whether the event has the field at all. */
const has =
  (field: string) =>
  ({ value, actual, path }: FieldCheck): void => {
    const found = actual.fields[field]
    if ((found !== undefined && found !== null) !== value)
      throw new CaseError(`${path} is ${shown(found)}, not ${shown(value)}`)
  }

/** Of a description the format knows the type alone. */
const description = ({ value, actual, path, entities }: FieldCheck): void => {
  const { type } = actual.fields[fieldOf(path)] as { type: string }
  requireMatch(value, { type }, path, entities)
}

const checks: Readonly<Record<string, (check: FieldCheck) => void>> = {
  command: same,
  reply: same,
  commandName: same,
  databaseName: same,
  reason: same,
  interruptInUseConnections: same,
  awaited: same,
  hasServiceId: has('serviceId'),
  hasServerConnectionId: has('serverConnectionId'),
  previousDescription: description,
  newDescription: description
}

function fieldOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1)
}

function nameOf(event: ExpectedEvent): string {
  const [name = '(nameless)'] = Object.keys(event)
  return name
}

function briefly(name: string, fields: Fields): string {
  const subject = eventTypeOf(name) === 'command' ? fields['commandName'] : undefined
  return typeof subject === 'string' ? `${name} ${subject}` : name
}
