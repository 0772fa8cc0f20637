import type { LogRecord } from '../../src/client/index.ts'
import { CaseError } from './case_error.ts'
import type { ExpectedLogMessage, ExpectedLogMessages, Fields } from './format.ts'
import { type EntityValues, requireMatch, shown } from './matching.ts'

/** The messages of a client, one by one, without those that the case ignores; more than those fail it unless it allows them. */
export function requireLogMessages(
  { client, messages: expected, ignoreMessages = [], ignoreExtraMessages = false }: ExpectedLogMessages,
  records: readonly LogRecord[],
  entities: EntityValues
): void {
  const actual = records.filter(record => !ignoreMessages.some(ignored => fits(ignored, record, entities)))
  const told = (): string => `${client} logged: ${actual.map(({ message }) => message).join(', ') || 'nothing'}`
  expected.forEach((message, index) => {
    const found = actual[index]
    if (found === undefined) throw new CaseError(`message ${index + 1}, ${shown(message)}, did not come; ${told()}`)
    try {
      requireLogMessage(message, found, entities)
    } catch (error) {
      throw error instanceof CaseError ? new CaseError(`message ${index + 1}: ${error.message}; ${told()}`) : error
    }
  })
  if (actual.length > expected.length && !ignoreExtraMessages)
    throw new CaseError(`${actual.length} messages came, not ${expected.length}; ${told()}`)
}

function fits(expected: ExpectedLogMessage, record: LogRecord, entities: EntityValues): boolean {
  try {
    requireLogMessage(expected, record, entities)
    return true
  } catch (error) {
    if (error instanceof CaseError) return false
    throw error
  }
}

function requireLogMessage(expected: ExpectedLogMessage, record: LogRecord, entities: EntityValues): void {
  const { level, component, data, failureIsRedacted } = expected
  const { c, s, t: _t, ...fields } = record
  if (c !== component) throw new CaseError(`its component is ${c}, not ${component}`)
  if (s !== level) throw new CaseError(`its level is ${s}, not ${level}`)
  requireMatch(data, fields, 'data', entities)
  if (failureIsRedacted !== undefined && isRedacted(fields['failure']) !== failureIsRedacted)
    throw new CaseError(`failure should ${failureIsRedacted ? '' : 'not '}be redacted: ${shown(fields['failure'])}`)
}

/** Fields of a server's error that are harmless, in the words of the specification of command monitoring. */
const harmless: ReadonlySet<string> = new Set(['code', 'codeName', 'errorLabels'])

/** A server's error that shows nothing more of the reply. */
function isRedacted(failure: unknown): boolean {
  if (typeof failure !== 'object' || failure === null) throw new CaseError(`there is no failure: ${shown(failure)}`)
  const { errorResponse } = failure as Fields
  if (typeof errorResponse !== 'string') return false
  return Object.keys(JSON.parse(errorResponse) as object).every(key => harmless.has(key))
}
