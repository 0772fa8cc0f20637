/**
 * JSON Schema, as far as the schemas of the unified test format use it. A keyword that is not known here is an error: a rule
 * that is passed over would let through what it forbids.
 */
type Schema = boolean | Readonly<Record<string, unknown>>
type Instance = Readonly<Record<string, unknown>>

const annotations: ReadonlySet<string> = new Set(['$schema', 'title', 'definitions', '$defs', 'deprecated'])

/** Why `value` does not fit the schema, or undefined when it does. `root`: the schema that `$ref`s are looked up in. */
export function misfitOf(value: unknown, root: Schema): string | undefined {
  return misfit(value, root, { root, path: '$' })
}

interface Place {
  readonly root: Schema
  /** Of the value, from `$` on. */
  readonly path: string
}

function misfit(value: unknown, schema: Schema, place: Place): string | undefined {
  if (typeof schema === 'boolean') return schema ? undefined : `${place.path} must not be there`
  for (const [keyword, rule] of Object.entries(schema)) {
    if (annotations.has(keyword)) continue
    const check = keywords[keyword]
    if (check === undefined)
      throw new Error(`the schema has the keyword "${keyword}", which this validator does not know`)
    const found = check({ value, rule, schema, place })
    if (found !== undefined) return found
  }
  return undefined
}

interface Check {
  readonly value: unknown
  /** What the schema has under the keyword. */
  readonly rule: unknown
  readonly schema: Instance
  readonly place: Place
}

const keywords: Readonly<Record<string, (check: Check) => string | undefined>> = {
  $ref: ({ value, rule, place }) => misfit(value, referenced(place.root, rule as string), place),
  type: ({ value, rule, place }) => {
    const types = [rule].flat() as string[]
    return types.some(type => isOfType(value, type)) ? undefined : `${place.path} is not of type ${types.join(' or ')}`
  },
  enum: ({ value, rule, place }) =>
    (rule as unknown[]).includes(value) ? undefined : `${place.path} is none of ${JSON.stringify(rule)}`,
  const: ({ value, rule, place }) => (value === rule ? undefined : `${place.path} is not ${JSON.stringify(rule)}`),
  pattern: ({ value, rule, place }) =>
    typeof value !== 'string' || new RegExp(rule as string, 'u').test(value)
      ? undefined
      : `${place.path} does not match ${rule as string}`,
  required: ({ value, rule, place }) => {
    const missing = isObject(value) ? (rule as string[]).find(key => !Object.hasOwn(value, key)) : undefined
    return missing === undefined ? undefined : `${place.path} lacks "${missing}"`
  },
  properties: ({ value, rule, place }) => firstOfObject(value, key => misfitAt(value, key, own(rule, key), place)),
  patternProperties: ({ value, rule, place }) =>
    firstOfObject(value, key => first(patternsFor(rule, key), schema => misfitAt(value, key, schema, place))),
  additionalProperties: ({ value, rule, schema, place }) =>
    firstOfObject(value, key => {
      const known =
        own(schema['properties'], key) !== undefined || patternsFor(schema['patternProperties'], key).length > 0
      return known ? undefined : misfitAt(value, key, rule as Schema, place)
    }),
  minProperties: ({ value, rule, place }) =>
    isObject(value) && Object.keys(value).length < (rule as number)
      ? `${place.path} has fewer than ${rule as number} fields`
      : undefined,
  maxProperties: ({ value, rule, place }) =>
    isObject(value) && Object.keys(value).length > (rule as number)
      ? `${place.path} has more than ${rule as number} fields`
      : undefined,
  items: ({ value, rule, place }) =>
    Array.isArray(value)
      ? first([...value.keys()], index =>
          misfit(value[index], rule as Schema, { ...place, path: `${place.path}[${index}]` })
        )
      : undefined,
  minItems: ({ value, rule, place }) =>
    Array.isArray(value) && value.length < (rule as number)
      ? `${place.path} has fewer than ${rule as number} elements`
      : undefined,
  not: ({ value, rule, place }) =>
    misfit(value, rule as Schema, place) === undefined ? `${place.path} is what it must not be` : undefined,
  allOf: ({ value, rule, place }) => first(rule as Schema[], schema => misfit(value, schema, place)),
  anyOf: ({ value, rule, place }) => {
    const misfits = misfitsOf(value, rule, place)
    return misfits.includes(undefined) ? undefined : `${place.path} fits none of its forms: ${misfits.join('; ')}`
  },
  oneOf: ({ value, rule, place }) => {
    const misfits = misfitsOf(value, rule, place)
    const fitting = misfits.filter(found => found === undefined).length
    if (fitting === 1) return undefined
    return fitting > 1
      ? `${place.path} fits ${fitting} of its forms, not one`
      : `${place.path} fits none of its forms: ${misfits.join('; ')}`
  }
}

function misfitsOf(value: unknown, schemas: unknown, place: Place): (string | undefined)[] {
  return (schemas as Schema[]).map(schema => misfit(value, schema, place))
}

function misfitAt(value: unknown, key: string, schema: Schema | undefined, place: Place): string | undefined {
  if (schema === undefined) return undefined
  return misfit((value as Instance)[key], schema, { ...place, path: `${place.path}.${key}` })
}

function firstOfObject(value: unknown, find: (key: string) => string | undefined): string | undefined {
  return isObject(value) ? first(Object.keys(value), find) : undefined
}

function first<Item>(items: readonly Item[], find: (item: Item) => string | undefined): string | undefined {
  for (const item of items) {
    const found = find(item)
    if (found !== undefined) return found
  }
  return undefined
}

function own(schemas: unknown, key: string): Schema | undefined {
  return isObject(schemas) && Object.hasOwn(schemas, key) ? (schemas[key] as Schema) : undefined
}

function patternsFor(schemas: unknown, key: string): Schema[] {
  if (!isObject(schemas)) return []
  return Object.entries(schemas)
    .filter(([pattern]) => new RegExp(pattern, 'u').test(key))
    .map(([, schema]) => schema as Schema)
}

/** `#/definitions/x`, as a JSON pointer into the whole schema. */
function referenced(root: Schema, reference: string): Schema {
  let found: unknown = root
  for (const step of reference.split('/').slice(1)) found = isObject(found) ? found[step] : undefined
  if (found === undefined) throw new Error(`the schema refers to ${reference}, which it does not have`)
  return found as Schema
}

function isObject(value: unknown): value is Instance {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'object':
      return isObject(value)
    case 'array':
      return Array.isArray(value)
    case 'integer':
      return Number.isInteger(value)
    case 'null':
      return value === null
    default:
      return typeof value === type
  }
}
