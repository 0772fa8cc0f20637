import { badValue, CommandFailure } from '../failure.ts'
import { compareStrings } from './compare.ts'
import { arrayIndexOf } from './paths.ts'
import { type BSONDocument, type BSONValue, isDocument, typeNameOf } from './values.ts'

/** How many nulls an update may put into an array to reach an index beyond its end. */
export const arrayPaddingMax = 1_500_000

/** What a modifier is told of the place that it works at. */
export interface Place {
  /** The document as it is at this moment. */
  readonly root: BSONDocument
  /** The path with positions in place of `$` and `$[…]`. */
  readonly path: string
  readonly inserting: boolean
}

/** One operator on one path, compiled. */
export interface Modifier {
  /** Whether a missing field comes into being, with the documents above it: then a value in the way is an error. */
  readonly creates: (root: BSONDocument) => boolean
  /** Only an upsert that inserts does it. */
  readonly onInsertOnly?: boolean
  /** The new value of the field; undefined is a missing field, before and after. */
  apply(current: BSONValue | undefined, place: Place): BSONValue | undefined
}

export const always = (): boolean => true
export const never = (): boolean => false

interface ModifierLeaf {
  readonly kind: 'leaf'
  readonly modifier: Modifier
}

/** Fields of a document or indices of an array; the name `$` is the position that the filter found. */
interface FieldsNode {
  readonly kind: 'fields'
  readonly children: Map<string, UpdateNode>
}

/** Elements of an array: all under the name `$[]`, those that an array filter matches under `$[identifier]`. */
interface ElementsNode {
  readonly kind: 'elements'
  readonly children: Map<string, UpdateNode>
}

type UpdateNode = ModifierLeaf | FieldsNode | ElementsNode

/** Array filters by their identifiers. */
export type ArrayFilters = ReadonlyMap<string, (element: BSONValue) => boolean>

/** All paths of an update in one tree, so that no two of them can meet, and new fields come in the order of names. */
export class UpdateTree {
  readonly #root: FieldsNode = { kind: 'fields', children: new Map() }
  readonly #arrayFilters: ArrayFilters

  constructor(arrayFilters: ArrayFilters) {
    this.#arrayFilters = arrayFilters
  }

  add(components: readonly string[], modifier: Modifier): void {
    let node: UpdateNode = this.#root
    for (const [at, name] of components.entries()) {
      const above = components.slice(0, at)
      if (node.kind === 'leaf' || (at > 0 && node.kind !== kindFor(name))) throw conflict(components, above)
      const children: Map<string, UpdateNode> = node.children
      const next = components[at + 1]
      const child = children.get(name)
      if (next === undefined) {
        if (child !== undefined) throw conflict(components, components)
        children.set(name, { kind: 'leaf', modifier })
        return
      }
      node = child ?? { kind: kindFor(next), children: new Map() }
      children.set(name, node)
    }
  }

  /** Changes the document in place. `position` is the index that the filter found, for `$`. */
  apply(document: BSONDocument, position: number | undefined, inserting: boolean): void {
    new Application(this.#arrayFilters, document, position, inserting).fields(this.#root, document, [])
  }
}

function kindFor(name: string): 'fields' | 'elements' {
  return name.startsWith('$[') ? 'elements' : 'fields'
}

function conflict(path: readonly string[], at: readonly string[]): CommandFailure {
  return new CommandFailure(
    'ConflictingUpdateOperators',
    `Updating the path '${path.join('.')}' would create a conflict at '${at.join('.')}'`
  )
}

class Application {
  readonly #arrayFilters: ArrayFilters
  readonly #root: BSONDocument
  readonly #position: number | undefined
  readonly #inserting: boolean

  constructor(arrayFilters: ArrayFilters, root: BSONDocument, position: number | undefined, inserting: boolean) {
    this.#arrayFilters = arrayFilters
    this.#root = root
    this.#position = position
    this.#inserting = inserting
  }

  fields(node: FieldsNode, container: BSONDocument | BSONValue[], path: readonly string[]): void {
    for (const [name, child] of this.#inOrder(node, path)) {
      const below = [...path, name]
      if (isDocument(container)) {
        const value = this.#value(child, container.get(name), below)
        if (value === undefined) container.delete(name)
        else container.set(name, value)
      } else {
        this.#element(child, container, below)
      }
    }
  }

  /** Names in the order of their characters, indices before them and in the order of their numbers. */
  #inOrder(node: FieldsNode, path: readonly string[]): [string, UpdateNode][] {
    const children = new Map(node.children)
    const positional = children.get('$')
    if (positional !== undefined) {
      if (this.#position === undefined) {
        throw badValue(`the positional operator at '${path.join('.')}.$' did not find the match needed from the query`)
      }
      const name = String(this.#position)
      const same = children.get(name)
      children.delete('$')
      children.set(name, same === undefined ? positional : merged(same, positional, [...path, name]))
    }
    return Array.from(children).sort(([left], [right]) => compareNames(left, right))
  }

  #element(node: UpdateNode, array: BSONValue[], path: readonly string[]): void {
    const index = arrayIndexOf(path.at(-1) ?? '')
    if (index === undefined) {
      if (this.#creates(node)) throw notViable(path, array)
      return
    }
    const value = this.#value(node, array[index], path)
    if (index < array.length) {
      // An element that is unset leaves a null, so that the others keep their places.
      array[index] = value ?? null
    } else if (value !== undefined) {
      if (index - array.length > arrayPaddingMax) {
        throw new CommandFailure(
          'CannotBackfillArray',
          `'${path.join('.')}' is ${index - array.length} elements beyond the end of the array, which has ${array.length}; an update may add ${arrayPaddingMax} (arrayPaddingMax)`
        )
      }
      while (array.length < index) array.push(null)
      array.push(value)
    }
  }

  #value(node: UpdateNode, current: BSONValue | undefined, path: readonly string[]): BSONValue | undefined {
    if (node.kind === 'leaf') {
      if (!this.#acts(node.modifier)) return current
      return node.modifier.apply(current, { root: this.#root, path: path.join('.'), inserting: this.#inserting })
    }
    if (node.kind === 'elements') return this.#elements(node, current, path)
    if (current === undefined) {
      const created: BSONDocument = new Map()
      this.fields(node, created, path)
      return created.size === 0 ? undefined : created
    }
    if (isDocument(current) || Array.isArray(current)) this.fields(node, current, path)
    else if (this.#creates(node)) throw notViable([...path, node.children.keys().next().value ?? ''], current)
    return current
  }

  #elements(node: ElementsNode, array: BSONValue | undefined, path: readonly string[]): BSONValue {
    if (array === undefined) {
      throw badValue(`the path '${path.join('.')}' must exist in order to apply array updates`)
    }
    if (!Array.isArray(array)) {
      throw badValue(`cannot apply array updates to '${path.join('.')}', which is of type ${typeNameOf(array)}`)
    }
    for (const [index, element] of array.entries()) {
      const below = [...path, String(index)]
      const chosen = Array.from(node.children)
        .filter(([name]) => this.#chooses(name, element))
        .map(([, child]) => child)
      const [first, ...others] = chosen
      if (first === undefined) continue
      const all = others.reduce((together, child) => merged(together, child, below), first)
      array[index] = this.#value(all, element, below) ?? null
    }
    return array
  }

  #chooses(name: string, element: BSONValue): boolean {
    return name === '$[]' || this.#arrayFilters.get(name.slice(2, -1))?.(element) === true
  }

  #creates(node: UpdateNode): boolean {
    if (node.kind === 'leaf') return this.#acts(node.modifier) && node.modifier.creates(this.#root)
    return node.kind === 'elements' || Array.from(node.children.values()).some(child => this.#creates(child))
  }

  #acts(modifier: Modifier): boolean {
    return this.#inserting || modifier.onInsertOnly !== true
  }
}

/** Two nodes that came to the same place only in this document, such as `a.$` and `a.0`. */
function merged(left: UpdateNode, right: UpdateNode, path: readonly string[]): UpdateNode {
  if (left.kind === 'leaf' || right.kind === 'leaf' || left.kind !== right.kind) throw conflict(path, path)
  const children = new Map(left.children)
  for (const [name, child] of right.children) {
    const same = children.get(name)
    children.set(name, same === undefined ? child : merged(same, child, [...path, name]))
  }
  return { kind: left.kind, children }
}

function compareNames(left: string, right: string): number {
  const leftIndex = arrayIndexOf(left)
  const rightIndex = arrayIndexOf(right)
  if (leftIndex !== undefined && rightIndex !== undefined) return leftIndex - rightIndex
  if (leftIndex !== undefined) return -1
  return rightIndex !== undefined ? 1 : compareStrings(left, right)
}

function notViable(path: readonly string[], above: BSONValue): CommandFailure {
  return new CommandFailure(
    'PathNotViable',
    `Cannot create field '${path.at(-1) ?? ''}' in '${path.slice(0, -1).join('.')}', which is of type ${typeNameOf(above)}`
  )
}
