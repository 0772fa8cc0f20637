import type { Document } from '../bson/index.ts'
import { deleteCommand, encodeDelete, updateCommand } from '../operations/index.ts'
import type { ClientCore } from './core.ts'
import { runOrExplain, writePlace } from './explain.ts'
import { type CollectionPlace, orRejected, serverLimit } from './targets.ts'
import type { DeleteOptions, DeleteResult, UpdateOptions, UpdateResult } from './types/index.ts'

/** `statement`: what is updated and how, as bytes. */
export function update<TSchema extends Document>(
  core: ClientCore,
  above: CollectionPlace,
  statement: Uint8Array,
  options: UpdateOptions,
  multi: boolean
): Promise<UpdateResult<TSchema>> {
  const { let: variables, comment, bypassDocumentValidation } = options
  const place = writePlace(above, options)
  const maxTimeMS = serverLimit(place, options.maxTimeMS)
  const further = { bypassDocumentValidation, let: variables, comment, maxTimeMS }
  const command = updateCommand(place, statement, multi, further)
  return runOrExplain(core, command, place, options) as Promise<UpdateResult<TSchema>>
}

export function remove(
  core: ClientCore,
  above: CollectionPlace,
  filter: Document,
  options: DeleteOptions,
  multi: boolean
): Promise<DeleteResult> {
  return orRejected(() => {
    const { hint, collation, let: variables, comment } = options
    const place = writePlace(above, options)
    const further = { let: variables, comment, maxTimeMS: serverLimit(place, options.maxTimeMS) }
    const command = deleteCommand(place, encodeDelete(filter, multi, { hint, collation }), multi, further)
    return runOrExplain(core, command, place, options) as Promise<DeleteResult>
  })
}
