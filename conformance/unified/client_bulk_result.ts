/**
 * The result of a client's bulk write as the format has it: results by place are documents with the places as keys, and
 * `upsertedId` alone tells of an upsert.
 */
export function plainResult(result: object): unknown {
  return Object.fromEntries(Object.entries(result).map(([name, value]) => [name, plainOf(value)]))
}

function plainOf(value: unknown): unknown {
  if (!(value instanceof Map)) return value
  const results = value as ReadonlyMap<number, { didUpsert?: boolean }>
  return Object.fromEntries([...results].map(([place, { didUpsert: _didUpsert, ...result }]) => [place, result]))
}
