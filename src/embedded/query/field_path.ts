import { CommandFailure } from '../failure.ts'

/** Refuses what can be no path of a sort, a projection or a pipeline stage: empty parts, null bytes, names with `$`. */
export function checkFieldPath(path: string): void {
  if (path === '') throw new CommandFailure(40352, 'a field path must not be empty')
  if (path.endsWith('.')) throw new CommandFailure(40353, `the field path "${path}" must not end with a dot`)
  for (const component of path.split('.')) {
    if (component === '') throw new CommandFailure(15998, `the field path "${path}" has an empty field name`)
    if (component.startsWith('$')) {
      throw new CommandFailure(
        16410,
        `the field path "${path}" has the name "${component}": names in it may not start with "$"; consider $getField or $setField`
      )
    }
    if (component.includes('\0'))
      throw new CommandFailure(16411, `the field path ${JSON.stringify(path)} has a null byte`)
  }
}
