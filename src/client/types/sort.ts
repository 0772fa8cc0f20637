/** Ascending, descending, or by what the server computes, such as `{ $meta: 'textScore' }`. */
export type SortDirection = 1 | -1 | 'asc' | 'desc' | 'ascending' | 'descending' | { readonly $meta: string }

/** The order of results: one field, several fields (ascending), or fields with their directions. */
export type Sort =
  | string
  | readonly string[]
  | readonly [field: string, direction: SortDirection]
  | readonly (readonly [field: string, direction: SortDirection])[]
  | { readonly [field: string]: SortDirection }
  | ReadonlyMap<string, SortDirection>
