import { type Document, prepareElements } from '../../bson/index.ts'
import { isAcknowledged } from '../../options/index.ts'
import { repeatableWrite } from '../command.ts'
import { errorIn } from '../error_replies.ts'
import { PreparedCommand, writeOption, writeWriteConcern } from '../prepared_command.ts'
import { refuseNoOperators, refuseOperators } from './statements.ts'
import type { WriteTarget } from './writes.ts'

/** What is to become of the document that is found. */
export type Modification =
  | { readonly kind: 'remove' }
  | { readonly kind: 'replace'; readonly replacement: Document }
  | { readonly kind: 'update'; readonly update: Document | readonly Document[] }

/** What the server tells of it. Nobody answers an unacknowledged one: then there is no `lastErrorObject`. */
export interface FoundAndModified {
  readonly value: Document | null
  readonly lastErrorObject?: Document
  readonly ok: 1
}

/**
 * Finds one document and changes it in one step. `further`: fields of the command as the server knows them, `new` and
 * `fields` among them; undefined means not given.
 * @throws {MongoInvalidArgumentError} for an update without operators, or a replacement with some.
 */
export function findAndModifyCommand<Result>(
  target: WriteTarget,
  query: Document,
  modification: Modification,
  further: Readonly<Record<string, unknown>>,
  resultOf: (found: FoundAndModified) => Result
): PreparedCommand<Result> {
  const { database, collection, writeConcern } = target
  if (modification.kind === 'update') refuseNoOperators(modification.update)
  if (modification.kind === 'replace') refuseOperators(modification.replacement)
  return new PreparedCommand<Result>(repeatableWrite, {
    name: 'findAndModify',
    database,
    acknowledged: isAcknowledged(writeConcern),
    elements: prepareElements(body => {
      body.string('findAndModify', collection)
      body.document('query', query, false)
      if (modification.kind === 'remove') body.boolean('remove', true)
      else body.value('update', modification.kind === 'update' ? modification.update : modification.replacement, false)
      for (const key in further) writeOption(body, key, further[key])
      writeWriteConcern(body, writeConcern)
    }),
    accept: reply => {
      const document = reply.document()
      const error = errorIn(document)
      if (error !== undefined) throw error
      const value = (document['value'] ?? null) as Document | null
      return resultOf({ value, lastErrorObject: document['lastErrorObject'] as Document, ok: 1 })
    },
    unacknowledged: () => resultOf({ value: null, ok: 1 })
  })
}
