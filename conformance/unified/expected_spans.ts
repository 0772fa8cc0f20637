import { Long, UUID } from '../../src/client/index.ts'
import { CaseError } from './case_error.ts'
import type { ExpectedSpan, ExpectedTracingMessages, Fields } from './format.ts'
import { type EntityValues, requireMatch } from './matching.ts'
import type { RecordedSpan } from './recording_tracer.ts'

/** The spans of a client, in the order in which they began, with those that stand in them. All of them must have ended. */
export function requireSpans(
  { client, spans: expected, ignoreExtraSpans = false }: ExpectedTracingMessages,
  roots: readonly RecordedSpan[],
  entities: EntityValues
): void {
  requireAll(expected, roots, { where: `spans of ${client}`, ignoreExtraSpans, entities })
}

interface Place {
  readonly where: string
  readonly ignoreExtraSpans: boolean
  readonly entities: EntityValues
}

function requireAll(expected: readonly ExpectedSpan[], actual: readonly RecordedSpan[], place: Place): void {
  const { where, ignoreExtraSpans } = place
  const told = `${where}: ${actual.map(({ name }) => name).join(', ') || 'none'}`
  let at = 0
  for (const span of expected) {
    if (ignoreExtraSpans) at = nextLike(span, actual, at, place)
    const found = actual[at++]
    if (found === undefined) throw new CaseError(`the span ${span.name} did not come; ${told}`)
    requireSpan(span, found, place)
  }
  if (actual.length > at && !ignoreExtraSpans)
    throw new CaseError(`${actual.length} spans came, not ${expected.length}; ${told}`)
}

/** The next span that fits; if none does, the next of its name, which is to say why it does not. */
function nextLike(expected: ExpectedSpan, actual: readonly RecordedSpan[], from: number, place: Place): number {
  const fitsIt = (span: RecordedSpan): boolean => {
    try {
      requireSpan(expected, span, place)
      return true
    } catch (error) {
      if (error instanceof CaseError) return false
      throw error
    }
  }
  const fits = actual.findIndex((span, index) => index >= from && fitsIt(span))
  if (fits >= 0) return fits
  const named = actual.findIndex(({ name }, index) => index >= from && name === expected.name)
  return named >= 0 ? named : actual.length
}

function requireSpan({ name, attributes, nested = [] }: ExpectedSpan, actual: RecordedSpan, place: Place): void {
  const where = `${place.where} > ${actual.name}`
  if (actual.name !== name) throw new CaseError(`${where}: its name is not ${name}`)
  if (actual.kind !== clientKind) throw new CaseError(`${where}: its kind is ${actual.kind}, not client`)
  if (!actual.hasEnded) throw new CaseError(`${where}: it has not ended`)
  requireMatch(attributes, withTypes(actual.attributes), where, place.entities)
  requireAll(nested, actual.nested, { ...place, where })
}

const clientKind = 2

/** Attributes have no types of BSON: those that are texts of other things become these again. */
function withTypes(attributes: RecordedSpan['attributes']): Fields {
  const { 'db.mongodb.lsid': session, 'db.mongodb.cursor_id': cursor, ...others } = attributes
  return {
    ...others,
    ...(session === undefined ? {} : { 'db.mongodb.lsid': { id: new UUID(String(session)) } }),
    ...(cursor === undefined ? {} : { 'db.mongodb.cursor_id': Long.fromString(String(cursor)) })
  }
}
