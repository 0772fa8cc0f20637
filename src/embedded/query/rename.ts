import { badValue } from '../failure.ts'
import { type Modifier, never, type UpdateTree } from './update_tree.ts'
import { type BSONDocument, type BSONValue, isDocument, typeNameOf } from './values.ts'

/** Stands at the path that a field is renamed from, so that no other operator may touch it. */
const placeholder: Modifier = { creates: never, apply: current => current }

/** Adds a `$rename` to the tree: the work is done at the new path. */
export function addRename(tree: UpdateTree, from: readonly string[], to: readonly string[]): void {
  const source = from.join('.')
  const target = to.join('.')
  if (source === target) throw badValue(`the source and target field for $rename must differ: ${source}`)
  if (from.some(isDynamic)) throw badValue(`the source field for $rename may not be dynamic: ${source}`)
  if (to.some(isDynamic)) throw badValue(`the destination field for $rename may not be dynamic: ${target}`)
  tree.add(from, placeholder)
  tree.add(to, {
    creates: root => holderOf(root, from, 'source')?.has(from.at(-1) ?? '') === true,
    apply: (current, { root }) => {
      const holder = holderOf(root, from, 'source')
      const value = holder?.get(from.at(-1) ?? '')
      if (holder === undefined || value === undefined) return current
      holderOf(root, to, 'destination')
      holder.delete(from.at(-1) ?? '')
      return value
    }
  })
}

/** The path that a field is renamed to. */
export function renameTarget(source: string, operand: BSONValue): string {
  if (typeof operand === 'string') return operand
  throw badValue(`the 'to' field for $rename must be a string: ${source} has one of type ${typeNameOf(operand)}`)
}

function isDynamic(component: string): boolean {
  return component === '$' || component.startsWith('$[')
}

/** The document that holds the last name of a path; undefined where there is none. Arrays have no part in renaming. */
function holderOf(root: BSONDocument, path: readonly string[], role: string): BSONDocument | undefined {
  let holder = root
  for (const name of path.slice(0, -1)) {
    const below = holder.get(name)
    if (Array.isArray(below)) {
      throw badValue(
        `the ${role} field of $rename cannot be an array element: '${path.join('.')}' goes through the array '${name}'`
      )
    }
    if (!isDocument(below)) return undefined
    holder = below
  }
  return holder
}
