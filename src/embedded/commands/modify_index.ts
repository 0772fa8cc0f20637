import { Arguments, type FieldRules } from '../arguments.ts'
import { badValue, CommandFailure } from '../failure.ts'
import type { BSONValue } from '../query/index.ts'
import { fields, type Reply } from '../reply.ts'
import { type Collection, displayDocument, IndexDefinition, idIndexName } from '../store/index.ts'

/** Of all that can be changed of an index, what there is here: whether queries may use it. */
const rules: FieldRules = {
  taken: ['name', 'keyPattern', 'hidden'],
  refused: {
    expireAfterSeconds: 'documents that expire',
    prepareUnique: 'indexes that become unique',
    unique: 'indexes that become unique'
  }
}

/** The field `index` of a collMod. Tells whether the index was hidden, and whether it is. */
export function modifyIndex(collection: Collection, command: Arguments): Reply {
  const given = new Arguments('collMod.index', command.requiredDocument('index'))
  given.check(rules)
  const index = indexOf(collection, given)
  if (!given.has('hidden')) throw invalid('collMod.index has to say what of the index is to change: hidden')
  const hidden = given.boolean('hidden')
  if (hidden && index.name === idIndexName) throw badValue("can't hide _id index")
  if (hidden !== index.hidden) {
    const others = [...index.document].filter(([name]) => name !== 'hidden')
    collection.modifyIndex(new IndexDefinition(new Map(hidden ? [...others, ['hidden', true]] : others)))
  }
  return fields<BSONValue>({ hidden_old: index.hidden, hidden_new: hidden })
}

function indexOf({ indexes, namespace }: Collection, given: Arguments): IndexDefinition {
  const name = given.string('name')
  const key = given.document('keyPattern')
  if ((name === undefined) === (key === undefined))
    throw invalid("collMod.index names the index either by its 'name' or by its 'keyPattern'")
  const index = indexes.find(each => (key === undefined ? each.name === name : each.sameKey(key)))
  if (index !== undefined) return index
  throw new CommandFailure(
    'IndexNotFound',
    `cannot find index ${name ?? displayDocument(key ?? new Map())} for ns ${namespace}`
  )
}

function invalid(message: string): CommandFailure {
  return new CommandFailure('InvalidOptions', message)
}
