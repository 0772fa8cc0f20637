import { CommandFailure } from '../failure.ts'
import type { MatchPosition } from './conditions.ts'
import { compileExpression, type Expression, type QueryContext, UnknownOperator } from './context.ts'
import { checkFieldPath } from './field_path.ts'
import { compileCondition } from './match.ts'
import { truncatedInt64 } from './numbers.ts'
import { addLeaf, applyTree, emptyBranch, type ProjectionLeaf, type ProjectionMode } from './projection_tree.ts'
import { type BSONDocument, type BSONValue, isDocument, isNumber, isTruthy, typeNameOf } from './values.ts'

/** A compiled projection. `found` is what the filter recorded for the same document; the positional operator needs it. */
export type Projection = (document: BSONDocument, found?: MatchPosition) => BSONDocument

/** `find` knows `$slice`, `$elemMatch` and the positional operator; in a `$project` stage they are no such things. */
export type ProjectionPlace = 'find' | 'stage'

export function compileProjection(
  specification: BSONDocument,
  context: QueryContext = {},
  place: ProjectionPlace = 'find'
): Projection {
  if (specification.size === 0) {
    if (place === 'find') return document => document
    throw new CommandFailure(51272, 'a projection needs at least one field')
  }
  const compiler = new ProjectionCompiler(context, place)
  compiler.level(specification, '')
  return compiler.projection(specification)
}

/** What the operators of a find projection may be used together with is settled when the whole of it has been read. */
class ProjectionCompiler {
  readonly #context: QueryContext
  readonly #place: ProjectionPlace
  readonly #root = emptyBranch()
  #mode: ProjectionMode | undefined
  #idIncluded: boolean | undefined
  #elemMatch = false
  #slice = false

  constructor(context: QueryContext, place: ProjectionPlace) {
    this.#context = context
    this.#place = place
  }

  projection(specification: BSONDocument): Projection {
    const mode = this.#mode ?? this.#defaultMode()
    const idNamed = Array.from(specification.keys()).some(name => name === '_id' || name.startsWith('_id.'))
    if (mode === 'include' && (!idNamed || this.#idIncluded === true)) addLeaf(this.#root, '_id', { kind: 'include' })
    if (mode === 'exclude' && this.#idIncluded === false) addLeaf(this.#root, '_id', { kind: 'exclude' })
    return (document, found) => applyTree(this.#root, mode, document, found)
  }

  /** For projections of nothing but `_id`, `$slice` and `$elemMatch`. */
  #defaultMode(): ProjectionMode {
    if (this.#slice) return 'exclude'
    return this.#elemMatch || this.#idIncluded === true ? 'include' : 'exclude'
  }

  level(specification: BSONDocument, prefix: string): void {
    for (const [name, value] of specification) this.#field(`${prefix}${name}`, value)
  }

  #field(path: string, value: BSONValue): void {
    if (this.#place === 'find' && /(?:^|\.)\$(?:$|\.)/.test(path)) {
      this.#positional(path, value)
      return
    }
    checkFieldPath(path)
    if (typeof value === 'boolean' || isNumber(value)) {
      this.#yesOrNo(path, isTruthy(value))
    } else if (isDocument(value)) {
      this.#document(path, value)
    } else {
      this.#compute(path, value)
    }
  }

  #yesOrNo(path: string, included: boolean): void {
    if (path === '_id') {
      this.#idIncluded = included
      return
    }
    this.#settle(included ? 'include' : 'exclude', path)
    addLeaf(this.#root, path, { kind: included ? 'include' : 'exclude' })
  }

  #settle(mode: ProjectionMode, path: string): void {
    if (this.#mode !== undefined && this.#mode !== mode) {
      if (mode === 'include')
        throw new CommandFailure(31253, `Cannot do inclusion on field ${path} in exclusion projection`)
      throw new CommandFailure(31254, `Cannot do exclusion on field ${path} in inclusion projection`)
    }
    this.#mode = mode
  }

  #document(path: string, value: BSONDocument): void {
    const [first] = value
    if (first === undefined) {
      throw new CommandFailure(51270, `an empty sub-projection is not a valid value; there is one at path ${path}`)
    }
    const [operator, operand] = first
    if (!operator.startsWith('$')) {
      this.level(value, `${path}.`)
    } else if (this.#place === 'find' && operator === '$slice') {
      this.#slice = true
      addLeaf(this.#root, path, sliceLeaf(operand))
    } else if (this.#place === 'find' && operator === '$elemMatch') {
      this.#addElemMatch(path, operand)
    } else if (operator === '$meta') {
      throw new CommandFailure('NotImplemented', `projection by $meta (field "${path}") is not supported`)
    } else {
      this.#compute(path, value)
    }
  }

  #compute(path: string, expression: BSONValue): void {
    if (this.#mode === 'exclude') {
      throw new CommandFailure(31252, `Cannot use an expression other than $meta in an exclusion projection (${path})`)
    }
    this.#mode = 'include'
    if (path === '_id') this.#idIncluded = false
    addLeaf(this.#root, path, { kind: 'compute', expression: this.#expression(expression, path) })
  }

  /** An operator that stands right in the projection is looked up by its own rules; those further in are not. */
  #expression(expression: BSONValue, path: string): Expression {
    try {
      return compileExpression(this.#context, expression, `projection of "${path}"`)
    } catch (error) {
      if (!(error instanceof UnknownOperator && isDocument(expression) && expression.has(error.operator))) throw error
      throw new CommandFailure(
        31325,
        `Unknown expression ${error.operator}: the embedded deployment evaluates no such operator`
      )
    }
  }

  #addElemMatch(path: string, operand: BSONValue): void {
    if (!isDocument(operand)) {
      throw new CommandFailure(31274, `$elemMatch: object required, but got ${typeNameOf(operand)}`)
    }
    if (this.#root.positional) throw new CommandFailure(31255, 'Cannot specify positional operator and $elemMatch.')
    if (path.includes('.')) throw new CommandFailure(31275, 'Cannot use $elemMatch projection on a nested field.')
    this.#elemMatch = true
    const condition = compileCondition(new Map([['$elemMatch', operand]]), this.#context)
    addLeaf(this.#root, path, { kind: 'elemMatch', matches: element => condition.onValue([element]) })
  }

  #positional(path: string, value: BSONValue): void {
    const components = path.split('.')
    const operators = components.filter(component => component === '$').length
    if (operators > 1) throw new CommandFailure(31287, `Cannot use positional operator twice: ${path}`)
    if (components.at(-1) !== '$' || components.length === 1) {
      throw new CommandFailure(
        31394,
        `the positional operator may stand only at the end of a path, which "${path}" is not`
      )
    }
    if (typeof value !== 'boolean' && !isNumber(value)) {
      throw new CommandFailure(31271, 'positional projection cannot be used with an expression or a literal')
    }
    if (!isTruthy(value))
      throw new CommandFailure(31395, `positional projection cannot be used with exclusion: ${path}`)
    if (this.#elemMatch) throw new CommandFailure(31256, 'Cannot specify positional operator and $elemMatch.')
    if (this.#root.positional) {
      throw new CommandFailure(31276, 'Cannot specify more than one positional projection per query.')
    }
    const array = components.slice(0, -1).join('.')
    checkFieldPath(array)
    this.#settle('include', array)
    addLeaf(this.#root, array, { kind: 'positional' })
  }
}

function sliceLeaf(operand: BSONValue): ProjectionLeaf {
  if (isNumber(operand)) return { kind: 'slice', skip: undefined, limit: clampedInt32(operand) }
  if (!Array.isArray(operand)) throw new CommandFailure(31273, '$slice only supports numbers and [skip, limit] arrays')
  const [skip, limit] = operand
  if (skip === undefined || limit === undefined || operand.length > 2) {
    throw new CommandFailure(31272, '$slice array argument should be of form [skip, limit]')
  }
  if (!isNumber(skip)) {
    throw new CommandFailure(31257, `$slice expects the skip argument to be a number, got ${typeNameOf(skip)}`)
  }
  if (!isNumber(limit)) {
    throw new CommandFailure(31258, `$slice expects the limit argument to be a number, got ${typeNameOf(limit)}`)
  }
  const count = clampedInt32(limit)
  if (count <= 0) throw new CommandFailure(31259, `$slice limit must be positive, got ${count}`)
  return { kind: 'slice', skip: clampedInt32(skip), limit: count }
}

/** As the server reads a number where it wants an int32: cut towards zero, and to the ends of the range. */
function clampedInt32(value: BSONValue): number {
  const whole = isNumber(value) ? (truncatedInt64(value) ?? 0n) : 0n
  return Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Number(whole)))
}
