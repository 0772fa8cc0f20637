import { badValue, CommandFailure } from '../failure.ts'
import { compileArrayFilters } from './array_filters.ts'
import { encodeDocument } from './codec.ts'
import { equalValues } from './compare.ts'
import type { MatchPosition } from './conditions.ts'
import { type CompileModifier, modifiers, type UpdateContext } from './modifiers.ts'
import { splitPath } from './paths.ts'
import { compileUpdatePipeline } from './pipeline.ts'
import { addRename, renameTarget } from './rename.ts'
import { checkStorable, withIdFirst, withTimestamps } from './storable.ts'
import { type ArrayFilters, UpdateTree } from './update_tree.ts'
import { type BSONDocument, type BSONValue, copyDocument, isDocument, typeNameOf } from './values.ts'

/** What stands beside the update in its statement. */
export interface UpdateOptions {
  readonly arrayFilters?: readonly BSONValue[] | undefined
  /** All documents that match: a replacement cannot do that. */
  readonly multi?: boolean | undefined
}

export interface UpdatedDocument {
  readonly document: BSONDocument
  readonly bytes: Uint8Array
  /** Whether any byte is another one: what `nModified` counts. */
  readonly changed: boolean
}

/** A compiled update: operators, a replacement or a pipeline. */
export interface Update {
  readonly kind: 'operators' | 'replacement' | 'pipeline'
  /**
   * The paths, with dots, of which its operators say the whole value, even if parts of it stay as they were. Undefined: it
   * replaces the document.
   */
  readonly wholePaths: ReadonlySet<string> | undefined
  /** The document as the update leaves it; the one given stays as it is. `found` is what the filter recorded for it. */
  apply(document: BSONDocument, found?: MatchPosition): UpdatedDocument
  /** What an upsert makes of the document that its filter describes. `_id` may still be missing. */
  insert(described: BSONDocument): BSONDocument
}

/** Compiles the `u` of an update statement. Whatever is wrong with it whatever the document is refused here. */
export function compileUpdate(
  update: BSONDocument | readonly BSONValue[],
  context: UpdateContext,
  options: UpdateOptions = {}
): Update {
  if (!(update instanceof Map)) {
    refuseArrayFilters(options, 'a pipeline')
    return whole('pipeline', compileUpdatePipeline(update, context))
  }
  const [first] = update.keys()
  if (first?.startsWith('$') === true) return operators(update, context, options)
  refuseArrayFilters(options, 'a replacement document')
  if (options.multi === true) {
    throw new CommandFailure('FailedToParse', 'multi update is not supported for replacement-style update')
  }
  for (const name of update.keys()) {
    if (name.startsWith('$')) {
      throw new CommandFailure(
        'DollarPrefixedFieldName',
        `the dollar ($) prefixed field '${name}' is not allowed in an update's replacement document`
      )
    }
  }
  return whole('replacement', () => withTimestamps(update, context.timestamp))
}

function refuseArrayFilters(options: UpdateOptions, kind: string): void {
  if (options.arrayFilters !== undefined && options.arrayFilters.length > 0) {
    throw new CommandFailure('FailedToParse', `arrayFilters may not be specified with ${kind}`)
  }
}

/** Updates that give the whole new document: it keeps the old one's `_id`. */
function whole(kind: 'replacement' | 'pipeline', run: (document: BSONDocument) => BSONDocument): Update {
  const replaced = (document: BSONDocument): BSONDocument => {
    const result = run(document)
    const id = document.get('_id')
    return id === undefined ? result : withIdFirst(result, result.get('_id') ?? id)
  }
  return {
    kind,
    wholePaths: kind === 'replacement' ? undefined : new Set(),
    apply: document => finished(document, replaced(document)),
    insert: described => replaced(described)
  }
}

function operators(update: BSONDocument, context: UpdateContext, options: UpdateOptions): Update {
  const arrayFilters = compileArrayFilters(options.arrayFilters ?? [], context)
  const compiler = new OperatorCompiler(context, arrayFilters)
  for (const [operator, operand] of update) compiler.operator(operator, operand)
  compiler.checkArrayFiltersUsed()
  const applied = (document: BSONDocument, position: number | undefined, inserting: boolean): BSONDocument => {
    const working = copyDocument(document)
    compiler.tree.apply(working, position, inserting)
    return working
  }
  return {
    kind: 'operators',
    wholePaths: wholePathsOf(update),
    apply: (document, found) => finished(document, applied(document, found?.index, false)),
    insert: described => applied(described, undefined, true)
  }
}

/** The operators that put a value at a path, whatever was there. */
const settingOperators: readonly string[] = [
  '$set',
  '$setOnInsert',
  '$inc',
  '$mul',
  '$min',
  '$max',
  '$currentDate',
  '$bit'
]

function wholePathsOf(update: BSONDocument): ReadonlySet<string> {
  const operands = settingOperators.map(operator => update.get(operator)).filter(isDocument)
  return new Set(operands.flatMap(operand => [...operand.keys()]))
}

class OperatorCompiler {
  readonly tree: UpdateTree
  readonly #context: UpdateContext
  readonly #arrayFilters: ArrayFilters
  readonly #usedIdentifiers = new Set<string>()

  constructor(context: UpdateContext, arrayFilters: ArrayFilters) {
    this.tree = new UpdateTree(arrayFilters)
    this.#context = context
    this.#arrayFilters = arrayFilters
  }

  operator(operator: string, operand: BSONValue): void {
    const compile = modifiers.get(operator)
    if (compile === undefined && operator !== '$rename') {
      throw new CommandFailure(
        'FailedToParse',
        `Unknown modifier: ${operator}. Expected a valid update modifier or pipeline-style update specified as an array`
      )
    }
    if (!isDocument(operand)) {
      throw new CommandFailure(
        'FailedToParse',
        `Modifiers operate on fields but ${operator} has a ${typeNameOf(operand)}; for example: {${operator}: {<field>: …}}`
      )
    }
    for (const [path, value] of operand) this.#field(compile, path, value)
  }

  #field(compile: CompileModifier | undefined, path: string, operand: BSONValue): void {
    const components = this.#components(path)
    if (compile === undefined) addRename(this.tree, components, this.#components(renameTarget(path, operand)))
    else this.tree.add(components, compile(operand, path, this.#context))
  }

  #components(path: string): readonly string[] {
    const components = splitPath(path)
    for (const [at, name] of components.entries()) {
      if (name === '') {
        throw new CommandFailure('EmptyFieldName', `the update path '${path}' contains an empty field name`)
      }
      if (name === '$' || name.startsWith('$[')) {
        if (at === 0) throw badValue(`cannot have '${name}' in the first position of the path '${path}'`)
        if (name !== '$') this.#useIdentifier(name, path)
      } else if (name.startsWith('$') && !(at > 0 && dbReferenceFields.has(name))) {
        throw new CommandFailure(
          'DollarPrefixedFieldName',
          `the dollar ($) prefixed field '${name}' in '${path}' is not valid for storage`
        )
      }
    }
    if (components.filter(name => name === '$').length > 1) {
      throw badValue(`too many positional (i.e. '$') elements found in path '${path}'`)
    }
    return components
  }

  #useIdentifier(name: string, path: string): void {
    if (name === '$[]') return
    const identifier = name.slice(2, -1)
    if (!name.endsWith(']') || !this.#arrayFilters.has(identifier)) {
      throw badValue(`no array filter found for identifier '${identifier}' in path '${path}'`)
    }
    this.#usedIdentifiers.add(identifier)
  }

  checkArrayFiltersUsed(): void {
    for (const identifier of this.#arrayFilters.keys()) {
      if (!this.#usedIdentifiers.has(identifier)) {
        throw new CommandFailure(
          'FailedToParse',
          `the array filter for identifier '${identifier}' was not used in the update`
        )
      }
    }
  }
}

const dbReferenceFields: ReadonlySet<string> = new Set(['$ref', '$id', '$db'])

function finished(before: BSONDocument, after: BSONDocument): UpdatedDocument {
  checkIdKept(before.get('_id'), after.get('_id'))
  checkStorable(after, 'InvalidIdField')
  const bytes = encodeDocument(after)
  return { document: after, bytes, changed: !sameBytes(bytes, encodeDocument(before)) }
}

/** The `_id` of a stored document is for ever. Equal by the simple order of strings: a collation must not blur it. */
export function checkIdKept(before: BSONValue | undefined, after: BSONValue | undefined): void {
  if (before === undefined || (after !== undefined && equalValues(before, after))) return
  throw new CommandFailure(
    'ImmutableField',
    "Performing an update on the path '_id' would modify the immutable field '_id'"
  )
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index])
}
