import type { BSONDocument, BSONValue } from '../query/index.ts'

/** A compiled expression inside this folder: besides the document it sees variables. Undefined is a missing value. */
export type Evaluate = (scope: Scope) => BSONValue | undefined

/** What an expression sees: the whole document, and the variables bound around it, the innermost first. */
export class Scope {
  readonly root: BSONDocument
  readonly #binding: Binding | undefined

  constructor(root: BSONDocument, binding?: Binding) {
    this.root = root
    this.#binding = binding
  }

  /** The same variables around another document. */
  over(root: BSONDocument): Scope {
    return new Scope(root, this.#binding)
  }

  bind(name: string, value: BSONValue | undefined): Scope {
    return new Scope(this.root, { name, value, outer: this.#binding })
  }

  /** The compiler has checked that the variable is bound; its value may be missing all the same. */
  lookup(name: string): BSONValue | undefined {
    let binding = this.#binding
    while (binding !== undefined && binding.name !== name) binding = binding.outer
    return binding?.value
  }
}

interface Binding {
  readonly name: string
  readonly value: BSONValue | undefined
  readonly outer: Binding | undefined
}
