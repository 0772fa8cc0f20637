import { CommandFailure } from '../failure.ts'
import type { MatchPosition } from './conditions.ts'
import type { Expression } from './context.ts'
import { splitPath } from './paths.ts'
import { type BSONDocument, type BSONValue, isDocument } from './values.ts'

/** What happens to fields that the tree does not name: dropped by `include`, kept by the others. */
export type ProjectionMode = 'include' | 'exclude' | 'add'

/** What is done with the field that a path ends at. */
export type ProjectionLeaf =
  | { readonly kind: 'include' | 'exclude' | 'positional' }
  | { readonly kind: 'compute'; readonly expression: Expression }
  | { readonly kind: 'slice'; readonly skip: number | undefined; readonly limit: number }
  | { readonly kind: 'elemMatch'; readonly matches: (element: BSONValue) => boolean }

/** A level of paths. The flags say whether a leaf of that kind stands anywhere below. */
export interface ProjectionBranch {
  readonly kind: 'branch'
  readonly children: Map<string, ProjectionNode>
  computes: boolean
  positional: boolean
}

type ProjectionNode = ProjectionLeaf | ProjectionBranch

export function emptyBranch(): ProjectionBranch {
  return { kind: 'branch', children: new Map(), computes: false, positional: false }
}

/** Puts a leaf at the end of a path. Two paths may not meet in one leaf, nor one path end inside another. */
export function addLeaf(root: ProjectionBranch, path: string, leafNode: ProjectionLeaf): void {
  const components = splitPath(path)
  let branch = root
  for (const [at, name] of components.entries()) {
    if (leafNode.kind === 'compute') branch.computes = true
    if (leafNode.kind === 'positional') branch.positional = true
    const child = branch.children.get(name)
    if (at === components.length - 1) {
      if (child !== undefined) throw new CommandFailure(31250, `path collision at ${path}`)
      branch.children.set(name, leafNode)
    } else if (child === undefined) {
      const below = emptyBranch()
      branch.children.set(name, below)
      branch = below
    } else if (child.kind === 'branch') {
      branch = child
    } else {
      const remaining = components.slice(at + 1).join('.')
      throw new CommandFailure(31249, `path collision at ${path} remaining portion ${remaining}`)
    }
  }
}

/** Applies a tree to a document. The document stays as it is; the result may share values with it. */
export function applyTree(
  root: ProjectionBranch,
  mode: ProjectionMode,
  document: BSONDocument,
  found?: MatchPosition
): BSONDocument {
  return new Application(mode, document, found?.index).document(root, document, true)
}

class Application {
  readonly #mode: ProjectionMode
  readonly #root: BSONDocument
  readonly #index: number | undefined

  constructor(mode: ProjectionMode, root: BSONDocument, index: number | undefined) {
    this.#mode = mode
    this.#root = root
    this.#index = index
  }

  /** `seeking`: no array has been cut to the position that the filter found yet. */
  document(branch: ProjectionBranch, document: BSONDocument, seeking: boolean): BSONDocument {
    const result: BSONDocument = new Map()
    for (const [name, value] of document) {
      const node = branch.children.get(name)
      const projected = node === undefined ? this.#unnamed(value) : this.#named(node, value, seeking)
      if (projected !== undefined) result.set(name, projected)
    }
    if (branch.computes) this.#compute(branch, document, result)
    return result
  }

  #unnamed(value: BSONValue): BSONValue | undefined {
    return this.#mode === 'include' ? undefined : value
  }

  #named(node: ProjectionNode, value: BSONValue, seeking: boolean): BSONValue | undefined {
    switch (node.kind) {
      case 'include':
        return value
      case 'exclude':
        return undefined
      case 'compute':
        return this.#mode === 'add' ? node.expression(this.#root) : undefined
      case 'slice':
        return Array.isArray(value) ? sliced(value, node.skip, node.limit) : value
      case 'elemMatch': {
        const index = Array.isArray(value) ? value.findIndex(node.matches) : -1
        return Array.isArray(value) && index >= 0 ? value.slice(index, index + 1) : undefined
      }
      case 'positional':
        return Array.isArray(value) && seeking ? this.#cut(value) : value
      case 'branch':
        return this.#below(node, value, seeking)
    }
  }

  #below(branch: ProjectionBranch, value: BSONValue, seeking: boolean): BSONValue | undefined {
    if (isDocument(value)) return this.document(branch, value, seeking)
    if (Array.isArray(value)) {
      const cut = branch.positional && seeking
      return (cut ? this.#cut(value) : value)
        .map(element => this.#below(branch, element, seeking && !cut))
        .filter(element => element !== undefined)
    }
    return branch.computes ? this.document(branch, new Map(), seeking) : this.#unnamed(value)
  }

  /** The one element that the filter matched. */
  #cut(array: readonly BSONValue[]): BSONValue[] {
    if (this.#index === undefined) {
      throw new CommandFailure(51246, 'the positional operator ".$" found no matching element in the array')
    }
    const element = array[this.#index]
    if (element === undefined) {
      throw new CommandFailure(
        51247,
        `the positional operator ".$" stands at an array of ${array.length} elements, and the filter matched at index ${this.#index} of another`
      )
    }
    return [element]
  }

  /** Fields that are computed: new ones come last, in the order in which the specification names them. */
  #compute(branch: ProjectionBranch, document: BSONDocument, result: BSONDocument): void {
    for (const [name, node] of branch.children) {
      const exists = document.has(name)
      let value: BSONValue | undefined
      if (node.kind === 'compute' && !(exists && this.#mode === 'add')) value = node.expression(this.#root)
      else if (node.kind === 'branch' && node.computes && !exists) value = this.document(node, new Map(), false)
      if (value !== undefined) result.set(name, value)
    }
  }
}

/** `$slice`: the first or last `limit` elements, or `limit` of them after `skip`, which counts from the end if negative. */
function sliced(array: readonly BSONValue[], skip: number | undefined, limit: number): BSONValue[] {
  if (skip === undefined) return limit < 0 ? array.slice(limit) : array.slice(0, limit)
  const start = skip < 0 ? Math.max(0, array.length + skip) : skip
  return array.slice(start, start + limit)
}
