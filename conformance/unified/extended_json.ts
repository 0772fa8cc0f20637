import { EJSON } from '../../src/client/index.ts'

/** Keys that begin a value in Extended JSON. What else begins with `$` is an operator, of the server or of the test format. */
const wrappers: ReadonlySet<string> = new Set([
  '$oid',
  '$symbol',
  '$numberInt',
  '$numberLong',
  '$numberDouble',
  '$numberDecimal',
  '$binary',
  '$uuid',
  '$code',
  '$timestamp',
  '$regularExpression',
  '$dbPointer',
  '$date',
  '$minKey',
  '$maxKey',
  '$undefined'
])

/** Plain JSON as the driver's values: types that are written out are kept, plain numbers stay numbers. */
export function valueOf(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(valueOf)
  if (typeof json !== 'object' || json === null) return json
  const keys = Object.keys(json)
  if (keys[0] !== undefined && wrappers.has(keys[0])) {
    const { value } = EJSON.deserialize({ value: json }, { relaxed: false }) as { value: unknown }
    return value
  }
  const entries = Object.entries(json).map(([key, value]) => [key, valueOf(value)])
  return Object.fromEntries(entries) as unknown
}
