import { badValue, CommandFailure } from '../failure.ts'
import { checkFieldPath } from '../query/field_path.ts'
import { type BSONDocument, type BSONValue, isDocument } from '../query/index.ts'
import { checkNamespace, isDatabaseName, type Namespace, serversDatabases } from '../store/index.ts'
import { checkVariableName } from './logic.ts'
import { typeText } from './operator.ts'
import { fieldsOf, stagesField, textField } from './stage.ts'

/** Writes the documents in the place of all that a collection has. */
export interface OutStage {
  readonly name: '$out'
  readonly target: Namespace
}

/** Writes each document to the one that has the same fields, or beside all that are there. */
export interface MergeStage {
  readonly name: '$merge'
  readonly target: Namespace
  /** The fields in which documents have to agree. Undefined: the stage names none, which means the `_id`. */
  readonly on: readonly string[] | undefined
  /** What becomes of a document that is there: a word, or a pipeline that makes another one of it. */
  readonly whenMatched: WhenMatched | readonly BSONDocument[]
  readonly whenNotMatched: WhenNotMatched
  /** Expressions over the document that comes, by the names under which the pipeline of `whenMatched` sees them. */
  readonly variables: BSONDocument
}

export type OutputStage = OutStage | MergeStage

const whenMatched = ['replace', 'keepExisting', 'merge', 'fail'] as const
const whenNotMatched = ['insert', 'discard', 'fail'] as const

type WhenMatched = (typeof whenMatched)[number]
type WhenNotMatched = (typeof whenNotMatched)[number]

/** The codes by which a server refuses to write to a collection or a database of its own. */
const refusals = {
  $out: { collection: 17385, database: 31321 },
  $merge: { collection: 31319, database: 31320 }
} as const

/**
 * Reads a stage that writes; `database` is that of its aggregate.
 * @throws {CommandFailure} for one that makes no sense, whatever the documents are.
 */
export function readOutputStage(stage: BSONDocument, database: string): OutputStage | undefined {
  const [first, ...others] = stage
  if (first === undefined || others.length > 0) return undefined
  const [name, operand] = first
  if (name === '$out') return readOut(operand, database)
  return name === '$merge' ? readMerge(operand, database) : undefined
}

function readOut(operand: BSONValue, database: string): OutStage {
  if (typeof operand === 'string') return { name: '$out', target: targetOf('$out', database, operand) }
  if (!isDocument(operand))
    throw new CommandFailure(16990, `$out takes a string or an object, but found ${typeText(operand)}`)
  const fields = fieldsOf('$out', operand, ['db', 'coll'], ['timeseries'])
  if (fields.has('timeseries'))
    throw new CommandFailure('NotImplemented', '$out.timeseries: the embedded deployment has no time series')
  return { name: '$out', target: targetOf('$out', textField('$out', fields, 'db'), textField('$out', fields, 'coll')) }
}

function readMerge(operand: BSONValue, database: string): MergeStage {
  if (typeof operand !== 'string' && !isDocument(operand))
    throw new CommandFailure('TypeMismatch', `$merge takes a string or an object, but found ${typeText(operand)}`)
  const given = typeof operand === 'string' ? new Map([['into', operand]]) : operand
  const fields = fieldsOf('$merge', given, ['into'], ['on', 'let', 'whenMatched', 'whenNotMatched'])
  const target = intoTarget(fields.get('into') ?? null, database)
  const matched = matchedOf(fields.get('whenMatched') ?? 'merge')
  const unmatched = choiceOf('whenNotMatched', fields.get('whenNotMatched') ?? 'insert', whenNotMatched)
  if ((matched === 'keepExisting' || matched === 'fail') && unmatched !== 'insert')
    throw new CommandFailure(
      51181,
      `$merge cannot have whenMatched '${matched}' together with whenNotMatched '${unmatched}': only with 'insert'`
    )
  const on = fields.has('on') ? onOf(fields.get('on') ?? null) : undefined
  const variables = variablesOf(fields.get('let'), matched, unmatched)
  return { name: '$merge', target, on, whenMatched: matched, whenNotMatched: unmatched, variables }
}

function intoTarget(into: BSONValue, database: string): Namespace {
  if (typeof into === 'string') {
    if (into === '') throw new CommandFailure(5786800, "the 'into' of $merge cannot be an empty string")
    return targetOf('$merge', database, into)
  }
  if (!isDocument(into))
    throw new CommandFailure(51178, `the 'into' of $merge must be a string or an object, but found ${typeText(into)}`)
  const fields = fieldsOf('$merge.into', into, [], ['db', 'coll'])
  if ((fields.get('coll') ?? '') === '')
    throw new CommandFailure(5786801, "the 'into' of $merge must have a 'coll' that is not empty")
  const named = fields.has('db') ? textField('$merge.into', fields, 'db') : database
  return targetOf('$merge', named, textField('$merge.into', fields, 'coll'))
}

function targetOf(name: OutputStage['name'], database: string, collection: string): Namespace {
  if (!isDatabaseName(database))
    throw new CommandFailure('InvalidNamespace', `Invalid ${name} target namespace: ${database}.${collection}`)
  const target = { database, collection }
  checkNamespace(target)
  if (collection.startsWith('system.'))
    throw new CommandFailure(refusals[name].collection, `Cannot ${name} to special collection: ${collection}`)
  if (serversDatabases.includes(database))
    throw new CommandFailure(refusals[name].database, `Cannot ${name} to internal database: ${database}`)
  return target
}

function matchedOf(value: BSONValue): MergeStage['whenMatched'] {
  if (Array.isArray(value)) return stagesField('$merge.whenMatched', value)
  if (typeof value === 'string') return choiceOf('whenMatched', value, whenMatched)
  throw new CommandFailure(
    51191,
    `the 'whenMatched' of $merge must be a string or an array, but found ${typeText(value)}`
  )
}

function choiceOf<Choice extends string>(field: string, value: BSONValue, choices: readonly Choice[]): Choice {
  if (typeof value !== 'string')
    throw new CommandFailure('TypeMismatch', `the '${field}' of $merge must be a string, not ${typeText(value)}`)
  const chosen = choices.find(choice => choice === value)
  if (chosen !== undefined) return chosen
  throw badValue(
    `Enumeration value '${value}' for field '$merge.${field}' is not a valid value: it is one of ${choices.join(', ')}`
  )
}

function onOf(value: BSONValue): readonly string[] {
  if (typeof value !== 'string' && !Array.isArray(value))
    throw new CommandFailure(
      51186,
      `the 'on' of $merge must be a string or an array of strings, but found ${typeText(value)}`
    )
  const paths = (Array.isArray(value) ? value : [value]).map(path => {
    if (typeof path === 'string') return path
    throw new CommandFailure(51134, `the elements of the 'on' of $merge must be strings, but found ${typeText(path)}`)
  })
  if (paths.length === 0) throw new CommandFailure(51187, "the 'on' of $merge must name at least one field")
  for (const [index, path] of paths.entries()) {
    checkFieldPath(path)
    if (paths.indexOf(path) < index)
      throw new CommandFailure(31465, `the 'on' of $merge has a duplicate field '${path}'`)
  }
  return paths
}

/** The pipeline sees the document that comes as `$$new`, unless it has variables of its own and nothing is inserted. */
function variablesOf(
  given: BSONValue | undefined,
  matched: MergeStage['whenMatched'],
  unmatched: WhenNotMatched
): BSONDocument {
  if (given !== undefined && !isDocument(given))
    throw new CommandFailure('TypeMismatch', `the 'let' of $merge must be an object, not ${typeText(given)}`)
  if (typeof matched === 'string') {
    if (given === undefined) return new Map()
    throw new CommandFailure(51199, `$merge takes 'let' where 'whenMatched' is a pipeline, and not with '${matched}'`)
  }
  if (given === undefined) return new Map([['new', '$$ROOT']])
  for (const name of given.keys()) checkVariableName(name)
  if ((given.get('new') ?? '$$ROOT') !== '$$ROOT')
    throw new CommandFailure(51273, "the 'let' of $merge may give the variable 'new' no other value than '$$ROOT'")
  return unmatched === 'insert' ? new Map([...given, ['new', '$$ROOT']]) : given
}
