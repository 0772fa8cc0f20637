import { CommandFailure } from '../failure.ts'
import { UnknownOperator } from '../query/context.ts'
import { checkFieldPath } from '../query/field_path.ts'
import { type BSONDocument, type BSONValue, isDocument, type StringOrder } from '../query/index.ts'
import { operators } from './operators.ts'
import type { Evaluate, Scope } from './scope.ts'

/** Turns expressions into functions. It knows which variables are bound where the expression stands, and their time. */
export class Compiler {
  /** `$$NOW`: one time for the whole command. */
  readonly now: Date
  /** How strings compare, by the command's collation. */
  readonly strings: StringOrder
  readonly #variables: ReadonlySet<string>

  constructor(now: Date, strings: StringOrder, variables: Iterable<string>) {
    this.now = now
    this.strings = strings
    this.#variables = new Set(variables)
  }

  /** The compiler of an expression around which further variables are bound. */
  within(...variables: readonly string[]): Compiler {
    return new Compiler(this.now, this.strings, [...this.#variables, ...variables])
  }

  compile(expression: BSONValue): Evaluate {
    if (typeof expression === 'string')
      return expression.startsWith('$') ? this.#reference(expression) : () => expression
    if (Array.isArray(expression)) {
      const elements = expression.map(element => this.compile(element))
      return scope => elements.map(element => element(scope) ?? null)
    }
    return isDocument(expression) ? this.#document(expression) : () => expression
  }

  #document(expression: BSONDocument): Evaluate {
    const [first] = expression
    if (first === undefined || !first[0].startsWith('$')) return this.#fields(expression)
    const [name, operand] = first
    if (expression.size > 1) {
      const fields = Array.from(expression.keys()).join(', ')
      throw new CommandFailure(15983, `an object that is an expression must have exactly one field, not ${fields}`)
    }
    const operator = operators.get(name)
    if (operator === undefined) throw new UnknownOperator(name)
    return operator(operand, this, name)
  }

  /** A document of expressions; fields whose values are missing are left out. */
  #fields(expression: BSONDocument): Evaluate {
    const fields = Array.from(expression, ([name, value]) => {
      checkFieldPath(name)
      if (name.includes('.')) {
        throw new CommandFailure(16412, `the field name "${name}" of an object in an expression must not hold a dot`)
      }
      return { name, value: this.compile(value) }
    })
    return scope => {
      const document: BSONDocument = new Map()
      for (const field of fields) {
        const value = field.value(scope)
        if (value !== undefined) document.set(field.name, value)
      }
      return document
    }
  }

  /** `$a.b` or `$$variable.a.b`. */
  #reference(reference: string): Evaluate {
    if (!reference.startsWith('$$')) {
      if (reference === '$') throw new CommandFailure(16872, "'$' by itself is not a valid field path")
      return this.#path(scope => scope.root, reference.slice(1))
    }
    const [variable = '', ...rest] = reference.slice(2).split('.')
    const value = this.#variable(variable)
    return rest.length === 0 ? value : this.#path(value, rest.join('.'))
  }

  #path(from: Evaluate, path: string): Evaluate {
    checkFieldPath(path)
    const components = path.split('.')
    return scope => valueAt(from(scope), components, 0)
  }

  #variable(name: string): Evaluate {
    if (this.#variables.has(name)) return (scope: Scope) => scope.lookup(name)
    switch (name) {
      case 'ROOT':
      case 'CURRENT':
        return scope => scope.root
      case 'NOW':
        return () => this.now
      case 'REMOVE':
        return () => undefined
      default:
        throw new CommandFailure(17276, `Use of undefined variable: ${name}`)
    }
  }
}

/** As expressions see a path: arrays on the way are gone through, numbers in it are names alone. */
function valueAt(value: BSONValue | undefined, path: readonly string[], at: number): BSONValue | undefined {
  const name = path[at]
  if (name === undefined) return value
  if (isDocument(value)) return valueAt(value.get(name), path, at + 1)
  if (!Array.isArray(value)) return undefined
  return value.flatMap(element => {
    const below = isDocument(element) ? valueAt(element, path, at) : undefined
    return below === undefined ? [] : [below]
  })
}
