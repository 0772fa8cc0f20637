import type { Document } from '../bson/index.ts'
import { findAndModifyCommand, type FoundAndModified, type Modification } from '../operations/index.ts'
import type { ClientCore } from './core.ts'
import { runOrExplain, writePlace } from './explain.ts'
import { sortDocument } from './sorting.ts'
import { type CollectionPlace, orRejected, serverLimit } from './targets.ts'
import type { FindOneAndUpdateOptions } from './types/index.ts'

/** Which version of a document `findOneAndUpdate` and `findOneAndReplace` return. */
export const ReturnDocument: { readonly BEFORE: 'before'; readonly AFTER: 'after' } = Object.freeze({
  BEFORE: 'before',
  AFTER: 'after'
})

/** What `findOneAndDelete`, `…Replace` and `…Update` have in common: the first two take some of the last one's options. */
export function findOneAnd(
  core: ClientCore,
  above: CollectionPlace,
  filter: Document,
  modification: Modification,
  options: FindOneAndUpdateOptions
): Promise<unknown> {
  return orRejected(() => {
    const { returnDocument, upsert, arrayFilters, bypassDocumentValidation, hint, collation, comment } = options
    const place = writePlace(above, options)
    const further = {
      sort: sortDocument(options.sort),
      fields: options.projection,
      new: returnDocument === 'after' ? true : undefined,
      upsert,
      arrayFilters,
      bypassDocumentValidation,
      hint,
      collation,
      let: options.let,
      comment,
      maxTimeMS: serverLimit(place, options.maxTimeMS)
    }
    const resultOf: (found: FoundAndModified) => unknown = options.includeResultMetadata === true ? whole : valueOf
    const command = findAndModifyCommand(place, filter, modification, further, resultOf)
    return runOrExplain(core, command, place, options)
  })
}

function whole(found: FoundAndModified): FoundAndModified {
  return found
}

function valueOf({ value }: FoundAndModified): Document | null {
  return value
}
