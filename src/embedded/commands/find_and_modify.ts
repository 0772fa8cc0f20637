import type { Arguments } from '../arguments.ts'
import type { Call, Command } from '../command.ts'
import { collectionOf, toChange } from '../command.ts'
import { CommandFailure, during } from '../failure.ts'
import { type BSONDocument, type BSONValue, compileProjection, type MatchPosition } from '../query/index.ts'
import { first, Query, queryContext } from '../query_arguments.ts'
import { fields, int32 } from '../reply.ts'
import {
  applyUpdate,
  bypassesValidation,
  compiledUpdate,
  insertUpsert,
  type WriteContext,
  type WriteServices
} from './writes.ts'

export function findAndModifyCommand(services: WriteServices): Command {
  return {
    name: 'findAndModify',
    aliases: ['findandmodify'],
    access: 'write',
    retryable: true,
    concerns: 'both',
    inStableAPI: true,
    collectionField: 'findAndModify',
    fields: {
      taken: [
        'query',
        'sort',
        'remove',
        'update',
        'new',
        'fields',
        'upsert',
        'arrayFilters',
        'hint',
        'collation',
        'let',
        'bypassDocumentValidation'
      ]
    },
    run: call => {
      checkCombination(call.arguments)
      const run = call.arguments.boolean('remove') ? remove : update
      const reply = call.statements.once(0, () => run(services, call))
      return call.statements.retried.length > 0 ? new Map([...reply, ['retriedStmtId', int32(0)]]) : reply
    }
  }
}

function checkCombination(given: Arguments): void {
  const remove = given.boolean('remove')
  if (remove && given.has('update')) throw unparsable('Cannot specify both an update and remove=true')
  if (remove && given.boolean('upsert')) throw unparsable('Cannot specify both upsert=true and remove=true')
  if (remove && given.boolean('new')) {
    throw unparsable("Cannot specify both new=true and remove=true; 'remove' always returns the deleted document")
  }
  if (!remove && !given.has('update')) throw unparsable('Either an update or remove=true must be specified')
}

const execution = 'Plan executor error during findAndModify'

function remove(services: WriteServices, call: Call): BSONDocument {
  const { matching, projected, collection } = prepared(services, call)
  return during(execution, () => {
    const selected = first(matching)
    if (selected === undefined) return reply(null, { n: int32(0) })
    collection?.remove(selected.record, selected.document)
    return reply(projected(selected.document, selected.found), { n: int32(1) })
  })
}

function update(services: WriteServices, call: Call): BSONDocument {
  const given = call.arguments
  const { matching, context, filter, projected, collection, namespace } = prepared(services, call)
  const compiled = compiledUpdate(services, given, 'update', context, false)
  const wantsNew = given.boolean('new')
  const upsert = given.boolean('upsert')
  return during(execution, () => {
    const selected = first(matching)
    if (selected !== undefined && collection !== undefined) {
      const updated = applyUpdate(collection, compiled, selected, context)
      const value = projected(wantsNew ? updated.document : selected.document, selected.found)
      return reply(value, { n: int32(1), updatedExisting: true })
    }
    if (!upsert) return reply(null, { n: int32(0), updatedExisting: false })
    const inserted = insertUpsert(services, namespace, filter, compiled, context)
    const upserted = inserted.get('_id') ?? null
    return reply(wantsNew ? projected(inserted, {}) : null, { n: int32(1), updatedExisting: false, upserted })
  })
}

function prepared(services: WriteServices, call: Call) {
  const given = call.arguments
  const namespace = collectionOf(call, call.name)
  const context: WriteContext = {
    ...queryContext(given, services),
    bypassesValidation: bypassesValidation(given)
  }
  const filter = given.document('query') ?? new Map<string, BSONValue>()
  const query = new Query({ filter, sort: given.document('sort'), hint: given.value('hint') }, context)
  const projection = given.document('fields')
  const project = projection === undefined ? undefined : compileProjection(projection, context)
  const collection = toChange(services.store, namespace)
  return {
    namespace,
    context,
    filter,
    collection,
    matching: query.select(collection),
    projected: (document: BSONDocument, found: MatchPosition): BSONDocument => project?.(document, found) ?? document
  }
}

function reply(value: BSONDocument | null, lastErrorObject: Readonly<Record<string, BSONValue>>): BSONDocument {
  return fields<BSONValue>({ lastErrorObject: fields(lastErrorObject), value })
}

function unparsable(message: string): CommandFailure {
  return new CommandFailure('FailedToParse', message)
}
