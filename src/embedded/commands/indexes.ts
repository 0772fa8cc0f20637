import type { Arguments, FieldRules } from '../arguments.ts'
import type { Command, Services } from '../command.ts'
import { collectionOf, toChange } from '../command.ts'
import { CommandFailure } from '../failure.ts'
import { type BSONDocument, type BSONValue, isDocument, isNumber, typeNameOf } from '../query/index.ts'
import { fields, int32, type Reply } from '../reply.ts'
import { type Collection, IndexDefinition, idIndexName } from '../store/index.ts'
import { listReply } from './collections.ts'

type IndexServices = Pick<Services, 'store' | 'cursors'>

export function indexCommands(services: IndexServices): Command[] {
  return [createIndexesCommand(services), listIndexesCommand(services), dropIndexesCommand(services)]
}

/** Indexes are kept and listed; only uniqueness acts, since nothing here is read through an index. */
const indexRules: FieldRules = {
  taken: ['key', 'name', 'unique', 'sparse', 'partialFilterExpression', 'hidden', 'v', 'background'],
  refused: {
    expireAfterSeconds: 'documents that expire',
    collation: 'indexes with a collation',
    storageEngine: 'storage engine options',
    wildcardProjection: 'wildcard indexes',
    weights: 'text search',
    default_language: 'text search',
    language_override: 'text search',
    textIndexVersion: 'text search',
    '2dsphereIndexVersion': 'geospatial search',
    bits: 'geospatial search',
    min: 'geospatial search',
    max: 'geospatial search',
    clustered: 'clustered collections',
    prepareUnique: 'indexes that become unique'
  }
}

function createIndexesCommand({ store }: IndexServices): Command {
  return {
    name: 'createIndexes',
    access: 'write',
    concerns: 'write',
    inStableAPI: true,
    collectionField: 'createIndexes',
    fields: { taken: ['indexes', 'commitQuorum'] },
    run: call => {
      const namespace = collectionOf(call, 'createIndexes')
      const statements = call.arguments.statements('indexes')
      if (statements.length === 0) throw new CommandFailure('BadValue', 'Must specify at least one index to create')
      const definitions = statements.map(definitionOf)
      const existed = toChange(store, namespace) !== undefined
      const collection = store.findOrCreate(namespace)
      const before = collection.indexes.length
      createAll(collection, definitions)
      const after = collection.indexes.length
      return fields<BSONValue>({
        numIndexesBefore: int32(before),
        numIndexesAfter: int32(after),
        createdCollectionAutomatically: !existed,
        ...(after === before ? { note: 'all indexes already exist' } : {})
      })
    }
  }
}

/** All of them or none. */
function createAll(collection: Collection, definitions: readonly IndexDefinition[]): void {
  const created: string[] = []
  try {
    for (const definition of definitions) {
      if (isThere(collection, definition)) continue
      collection.createIndex(definition)
      created.push(definition.name)
    }
  } catch (error) {
    for (const name of created) collection.dropIndex(name)
    throw error
  }
}

function definitionOf(given: Arguments): IndexDefinition {
  given.check(indexRules)
  const key = given.requiredDocument('key')
  const name = given.requiredString('name')
  if (key.size === 0) throw new CommandFailure('CannotCreateIndex', 'Index keys cannot be empty.')
  for (const [path, direction] of key) checkKeyPart(path, direction)
  const filter = filterOf(given)
  const definition: BSONDocument = fields<BSONValue>({ v: int32(2), key, name })
  for (const option of ['unique', 'sparse', 'hidden']) if (given.boolean(option)) definition.set(option, true)
  if (filter !== undefined) definition.set('partialFilterExpression', filter)
  const version = given.whole('v') ?? 2
  if (version !== 2)
    throw new CommandFailure('CannotCreateIndex', `indexes of version ${version} are not supported; only of 2`)
  return new IndexDefinition(definition)
}

/** Null is no way to leave it out. */
function filterOf(given: Arguments): BSONDocument | undefined {
  const filter = given.body.get('partialFilterExpression')
  if (filter === undefined || isDocument(filter)) return filter
  const text = `The field 'partialFilterExpression' must be an object, but got ${typeNameOf(filter)}`
  throw new CommandFailure('TypeMismatch', text)
}

function checkKeyPart(path: string, direction: BSONValue): void {
  if (typeof direction === 'string' || path.includes('$**')) {
    const kind = typeof direction === 'string' ? direction : 'wildcard'
    throw new CommandFailure('NotImplemented', `an index of kind "${kind}" is not supported by the embedded deployment`)
  }
  if (!isNumber(direction)) {
    const text = `the value of "${path}" in an index key must be a number or a string, not ${typeNameOf(direction)}`
    throw new CommandFailure('CannotCreateIndex', text)
  }
  if (Number(direction.toString()) === 0 || path === '' || path.split('.').includes('')) {
    throw new CommandFailure(
      'CannotCreateIndex',
      `an index key cannot have the field "${path}" with ${direction.toString()}`
    )
  }
}

/** @throws {CommandFailure} when another index stands in the way. */
function isThere(collection: Collection, wanted: IndexDefinition): boolean {
  for (const existing of collection.indexes) {
    if (existing.name === idIndexName && wanted.sameKey(existing.key)) return true
    if (existing.name === wanted.name) {
      if (existing.sameOptions(wanted)) return true
      throw new CommandFailure(
        'IndexKeySpecsConflict',
        `An existing index has the same name as the requested index, ${wanted.name}, and another key or other options.`
      )
    }
    if (existing.sameOptions(wanted)) {
      throw new CommandFailure(
        'IndexOptionsConflict',
        `Index already exists with a different name: ${existing.name}; requested was ${wanted.name}`
      )
    }
  }
  return false
}

function listIndexesCommand({ store, cursors }: IndexServices): Command {
  return {
    name: 'listIndexes',
    access: 'read',
    concerns: 'none',
    inStableAPI: true,
    collectionField: 'listIndexes',
    fields: { taken: ['cursor'] },
    run: call => {
      const { database, collection: name } = collectionOf(call, 'listIndexes')
      const collection = toChange(store, { database, collection: name })
      if (collection === undefined)
        throw new CommandFailure('NamespaceNotFound', `ns does not exist: ${database}.${name}`)
      const documents = collection.indexes.map(({ document }) => document)
      return listReply(call, cursors, collection.namespace, documents)
    }
  }
}

function dropIndexesCommand({ store }: IndexServices): Command {
  return {
    name: 'dropIndexes',
    aliases: ['deleteIndexes'],
    access: 'write',
    concerns: 'write',
    inStableAPI: true,
    collectionField: 'dropIndexes',
    fields: { taken: ['index'] },
    run: call => {
      const { database, collection: name } = collectionOf(call, call.name)
      const collection = toChange(store, { database, collection: name })
      if (collection === undefined) throw new CommandFailure('NamespaceNotFound', `ns not found ${database}.${name}`)
      const before = collection.indexes.length
      for (const index of namedIndexes(collection, call.arguments.required('index'))) collection.dropIndex(index)
      return droppedReply(before)
    }
  }
}

function droppedReply(indexes: number): Reply {
  return fields({ nIndexesWas: int32(indexes) })
}

function namedIndexes(collection: Collection, index: BSONValue): string[] {
  if (index === '*') return collection.indexes.map(({ name }) => name).filter(name => name !== idIndexName)
  if (Array.isArray(index)) return index.flatMap(each => namedIndexes(collection, each))
  if (!isDocument(index) && typeof index !== 'string') {
    throw new CommandFailure('TypeMismatch', `an index is dropped by name or key, not by ${typeNameOf(index)}`)
  }
  const found = collection.indexes.find(each => (isDocument(index) ? each.sameKey(index) : each.name === index))
  if (found === undefined) {
    const text = isDocument(index)
      ? `can't find index with key: ${JSON.stringify([...index.keys()])}`
      : `index not found with name [${index}]`
    throw new CommandFailure('IndexNotFound', text)
  }
  if (found.name === idIndexName) throw new CommandFailure('InvalidOptions', 'cannot drop _id index')
  return [found.name]
}
