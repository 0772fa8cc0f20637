/** What is done to a collection as a whole, and what is known of it. */
import type { Document } from '../bson/index.ts'
import { MongoAPIError } from '../errors/index.ts'
import { administrativeCommand, isMissingNamespace } from '../operations/index.ts'
import type { ClientCore } from './core.ts'
import { ListCollectionsCursor } from './list_cursors.ts'
import { type CollectionPlace, inherit, inheritInCursor, orRejected, runOptions, serverLimit } from './targets.ts'
import type { DropCollectionOptions, OperationOptions, RenameOptions } from './types/index.ts'

/** `to`: `database.collection` */
export function renameCollection(
  core: ClientCore,
  above: CollectionPlace,
  to: string,
  options: RenameOptions
): Promise<Document> {
  return orRejected(() => {
    const place = inherit(above, options)
    const { dropTarget, comment } = options
    const maxTimeMS = serverLimit(place, options.maxTimeMS)
    const fields = { renameCollection: `${place.database}.${place.collection}`, to, dropTarget, comment, maxTimeMS }
    return core.run(administrativeCommand('admin', fields, place.writeConcern), runOptions(place, options))
  })
}

/** True also when there was nothing to drop. */
export async function dropCollection(
  core: ClientCore,
  above: CollectionPlace,
  options: DropCollectionOptions
): Promise<boolean> {
  const place = inherit(above, options)
  const { comment } = options
  const fields = { drop: place.collection, comment, maxTimeMS: serverLimit(place, options.maxTimeMS) }
  try {
    await core.run(administrativeCommand(place.database, fields, place.writeConcern), runOptions(place, options))
  } catch (error) {
    if (!isMissingNamespace(error)) throw error
  }
  return true
}

/** What the collection was created with. */
export async function optionsOfCollection(
  core: ClientCore,
  above: CollectionPlace,
  options: OperationOptions
): Promise<Document> {
  const { timeoutMS, enableUtf8Validation } = options
  const place = inheritInCursor(above, { timeoutMS, enableUtf8Validation })
  const info = await new ListCollectionsCursor(core, place, { name: above.collection }, options).next()
  if (info === null) throw new MongoAPIError(`the collection ${above.database}.${above.collection} does not exist`)
  return info.options ?? {}
}
