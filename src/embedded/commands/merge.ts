import { compileVariables, type MergeStage, type Variable, withVariables } from '../aggregation/index.ts'
import { isNullish } from '../aggregation/operator.ts'
import { toChange } from '../command.ts'
import { CommandFailure } from '../failure.ts'
import {
  type BSONDocument,
  type BSONValue,
  compileUpdate,
  decodeDocument,
  isDocument,
  prepareForInsert,
  type QueryContext,
  splitPath,
  type Update
} from '../query/index.ts'
import { type Collection, idIndexName, type RecordId, valueKey } from '../store/index.ts'
import {
  applyUpdate,
  insertContext,
  insertUpsert,
  runInsert,
  updateContext,
  type WriteContext,
  type WriteServices
} from './writes.ts'

/** A document of the pipeline, and what leads to the one of the target that it belongs to. */
interface Merged {
  readonly document: BSONDocument
  /** Its fields that have to agree, by their paths. */
  readonly fields: BSONDocument
}

/** The unique index that says which document of the target agrees. */
interface Matching {
  readonly index: string
  readonly paths: readonly string[]
  keyOf(merged: Merged): string
}

/**
 * What `$merge` does with the documents that its pipeline gives. All of them are tried; the first failure is what the command
 * fails with, and the others stay. Source: the manual, "$merge (aggregation)".
 * @throws {CommandFailure} where no index says that the fields of `on` are those of one document.
 */
export function mergingOf(
  services: WriteServices,
  stage: MergeStage,
  context: WriteContext
): (documents: readonly BSONDocument[]) => void {
  const merge = new Merge(services, stage, context, matchingOf(services, stage, context))
  return documents => {
    // Each is looked at before the first is written.
    const merged = documents.map(document => merge.prepared(document))
    let failure: CommandFailure | undefined
    for (const each of merged) {
      try {
        merge.write(each)
      } catch (error) {
        if (!(error instanceof CommandFailure)) throw error
        failure ??= error
      }
    }
    if (failure !== undefined) throw failure
  }
}

class Merge {
  readonly #services: WriteServices
  readonly #stage: MergeStage
  readonly #context: WriteContext
  readonly #matching: Matching
  readonly #variables: readonly Variable[]

  constructor(services: WriteServices, stage: MergeStage, context: WriteContext, matching: Matching) {
    this.#services = services
    this.#stage = stage
    this.#context = context
    this.#matching = matching
    this.#variables = compileVariables('$merge', stage.variables, context)
  }

  prepared(given: BSONDocument): Merged {
    const { paths } = this.#matching
    const needsId = paths.includes('_id') && !given.has('_id')
    const document = needsId ? prepareForInsert(given, insertContext(this.#services)) : given
    return {
      document,
      fields: new Map(paths.map((path): [string, BSONValue] => [path, requiredValue(document, path)]))
    }
  }

  write(merged: Merged): void {
    const { whenMatched } = this.#stage
    const collection = this.#services.store.find(this.#stage.target)
    const matching = this.#matching
    const record = whenMatched === 'fail' ? undefined : collection?.ownerOf(matching.index, matching.keyOf(merged))
    if (collection === undefined || record === undefined) this.#writeUnmatched(merged)
    else if (whenMatched !== 'keepExisting') this.#change(collection, record, merged)
  }

  #change(collection: Collection, record: RecordId, { document }: Merged): void {
    const bytes = collection.bytesOf(record)
    if (bytes === undefined) throw new TypeError(`${collection.namespace} has no record ${record} to merge with`)
    const selected = { record, bytes, document: decodeDocument(bytes), found: {} }
    applyUpdate(collection, this.#updateOf(document), selected, this.#context)
  }

  #writeUnmatched({ document, fields }: Merged): void {
    const { whenMatched, whenNotMatched, target } = this.#stage
    if (whenNotMatched === 'discard') return
    if (whenNotMatched === 'fail') {
      const text = '$merge could not find a matching document in the target collection for at least one document'
      throw new CommandFailure('MergeStageNoMatchingDocument', text)
    }
    const services = this.#services
    // A pipeline is for documents that are there.
    const context = this.#context
    if (whenMatched === 'fail' || typeof whenMatched !== 'string')
      runInsert(services, services.store.findOrCreate(target), document, context.bypassesValidation)
    else insertUpsert(services, target, fields, this.#updateOf(document), context)
  }

  #updateOf(document: BSONDocument): Update {
    const { whenMatched } = this.#stage
    const context = updateContext(this.#services, this.#context)
    if (typeof whenMatched !== 'string')
      return compileUpdate(whenMatched, withVariables(context, this.#variables, document))
    if (whenMatched === 'replace') return compileUpdate(document, context)
    return compileUpdate(new Map([[whenMatched === 'merge' ? '$set' : '$setOnInsert', document]]), context)
  }
}

function matchingOf({ store }: WriteServices, { target, on }: MergeStage, { strings }: QueryContext): Matching {
  const present = toChange(store, target)
  const paths = on ?? ['_id']
  const wanted = paths.toSorted().join('\0')
  const isById = wanted === '_id'
  // No index has a collation here: what is the same by one can be two different keys.
  if (on !== undefined && strings !== undefined) throw notUnique()
  if (isById) return { index: idIndexName, paths, keyOf: ({ document }) => valueKey(document.get('_id') ?? null) }
  const index = present?.indexes.find(
    ({ unique, key, document }) =>
      unique && !document.has('partialFilterExpression') && [...key.keys()].sort().join('\0') === wanted
  )
  if (index === undefined) throw notUnique()
  return {
    index: index.name,
    paths,
    keyOf: ({ document }) => {
      const [key = ''] = index.keysOf(document).keys()
      return key
    }
  }
}

function notUnique(): CommandFailure {
  return new CommandFailure(51183, 'Cannot find index to verify that join fields will be unique')
}

/** What the document has at the path, through documents alone. */
function requiredValue(document: BSONDocument, path: string): BSONValue {
  let value: BSONValue | undefined = document
  for (const name of splitPath(path)) value = isDocument(value) ? value.get(name) : undefined
  if (Array.isArray(value)) throw new CommandFailure(51185, `$merge write error: 'on' field '${path}' is an array`)
  if (!isNullish(value)) return value
  throw new CommandFailure(51132, `$merge write error: 'on' field '${path}' cannot be missing, null or undefined`)
}
