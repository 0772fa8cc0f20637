import { Arguments } from '../arguments.ts'
import type { Call, Command, ReadServices, Services } from '../command.ts'
import { collectionOf, toChange } from '../command.ts'
import { badValue, CommandFailure } from '../failure.ts'
import { type BSONDocument, type BSONValue, compileFilter, encodeDocument } from '../query/index.ts'
import { fields, int32, int64, type Reply, type ReplyValue, empty } from '../reply.ts'
import { type CursorRegistry, ListedDocuments } from '../cursors.ts'
import { wasDropped, wasRenamed } from '../tail.ts'
import {
  cappedOptions,
  checkNamespace,
  type Collection,
  displayDocument,
  imagesOption,
  type Namespace,
  namespaceOf,
  validationActions,
  validationLevels,
  Validator,
  validatorOptions,
  valueKey,
  viewOptions
} from '../store/index.ts'
import { modifyIndex } from './modify_index.ts'
import { cursorReply } from './reads.ts'
import { viewIn } from './views.ts'

type CollectionServices = ReadServices & Pick<Services, 'cursors'>

export function collectionCommands(services: CollectionServices): Command[] {
  return [
    createCommand(services),
    modifyCommand(services),
    dropCommand(services),
    dropDatabaseCommand(services),
    renameCollectionCommand(services),
    listCollectionsCommand(services),
    listDatabasesCommand(services)
  ]
}

function createCommand(services: CollectionServices): Command {
  return {
    name: 'create',
    access: 'write',
    concerns: 'write',
    inStableAPI: true,
    collectionField: 'create',
    fields: {
      taken: ['capped', 'size', 'max', ...validatorOptions, imagesOption, 'viewOn', 'pipeline'],
      refused: {
        collation: 'collections with a collation',
        timeseries: 'time series',
        clusteredIndex: 'clustered collections',
        expireAfterSeconds: 'documents that expire',
        storageEngine: 'storage engine options',
        indexOptionDefaults: 'storage engine options',
        encryptedFields: 'encrypted fields'
      }
    },
    run: call => {
      const { store } = services
      const namespace = collectionOf(call, 'create')
      const view = viewIn(services, call, namespace)
      const collectionOptions = new Map([
        ...cappedOptionsOf(call.arguments),
        ...validationOptions(call.arguments),
        ...imageOptions(call.arguments)
      ])
      // Whatever is wrong with the filter is told before anything is made.
      Validator.of(collectionOptions)
      const options = view === undefined ? collectionOptions : viewOptions(view)
      const present = store.find(namespace)
      if (present === undefined) store.create(namespace, options)
      // One that is the same is no error since 7.0.
      else if (valueKey(present.options) !== valueKey(options)) throw differs(present)
      return empty
    }
  }
}

function cappedOptionsOf(given: Arguments): BSONDocument {
  const size = given.count('size')
  const max = given.count('max')
  if (given.boolean('capped')) {
    if (size !== undefined) return cappedOptions(size, max)
    throw new CommandFailure('InvalidOptions', "the 'size' field is required when 'capped' is true")
  }
  if (size === undefined && max === undefined) return new Map()
  const text = "the 'capped' field needs to be true when either the 'size' or 'max' fields are present"
  throw new CommandFailure('InvalidOptions', text)
}

function validationOptions(given: Arguments): BSONDocument {
  const validator = given.document('validator')
  const options: BSONDocument = validator === undefined ? new Map() : new Map([['validator', validator]])
  for (const [field, choices] of [
    ['validationLevel', validationLevels],
    ['validationAction', validationActions]
  ] as const) {
    const choice = given.string(field)
    if (choice === undefined) continue
    if (!choices.includes(choice))
      throw badValue(`Enumeration value '${choice}' for field '${given.place}.${field}' is not a valid value.`)
    options.set(field, choice)
  }
  return options
}

/** Nothing where change streams get no documents as they were: it is as if nobody had said it. */
function imageOptions(given: Arguments): BSONDocument {
  const images = given.document(imagesOption)
  if (images === undefined) return new Map()
  const checked = new Arguments(`${given.place}.${imagesOption}`, images)
  checked.check({ taken: ['enabled'] })
  checked.required('enabled')
  return checked.boolean('enabled') ? new Map([[imagesOption, fields<BSONValue>({ enabled: true })]]) : new Map()
}

/**
 * Of all that can be changed, what there is here: of a collection what its documents must be and whether changed ones are kept as
 * they were, of an index whether it is hidden, of a view what it shows.
 */
function modifyCommand(services: CollectionServices): Command {
  return {
    name: 'collMod',
    access: 'write',
    concerns: 'write',
    inStableAPI: true,
    collectionField: 'collMod',
    fields: {
      taken: [...validatorOptions, imagesOption, 'viewOn', 'pipeline', 'index'],
      refused: {
        timeseries: 'time series',
        expireAfterSeconds: 'documents that expire',
        cappedSize: 'capped collections that change',
        cappedMax: 'capped collections that change'
      }
    },
    run: call => {
      const namespace = collectionOf(call, 'collMod')
      const collection = services.store.find(namespace)
      if (collection === undefined)
        throw new CommandFailure(
          'NamespaceNotFound',
          `ns does not exist: ${namespace.database}.${namespace.collection}`
        )
      const view = viewIn(services, call, namespace)
      if ((view === undefined) !== (collection.view === undefined))
        throw new CommandFailure(
          'InvalidOptions',
          `collMod changes a view by its 'viewOn' and 'pipeline', and a collection by neither: ${collection.namespace}`
        )
      const given = call.arguments
      if (given.has('index')) {
        if (view !== undefined) throw new CommandFailure('InvalidOptions', 'a view has no indexes to change')
        if ([...validatorOptions, imagesOption].some(name => given.has(name)))
          throw new CommandFailure(
            'NotImplemented',
            'collMod changes either an index or the collection, not both at once'
          )
        return modifyIndex(collection, given)
      }
      if (view !== undefined) {
        collection.modify(viewOptions(view))
        return empty
      }
      const kept = [...collection.options].filter(([name]) => name !== imagesOption || !call.arguments.has(name))
      const options = new Map([...kept, ...validationOptions(call.arguments), ...imageOptions(call.arguments)])
      Validator.of(options)
      collection.modify(options)
      return empty
    }
  }
}

function differs({ namespace, options }: Collection): CommandFailure {
  const text = `namespace ${namespace} already exists, but with different options: ${displayDocument(options)}`
  return new CommandFailure('NamespaceExists', text)
}

function dropCommand({ store, cursors }: CollectionServices): Command {
  return {
    name: 'drop',
    access: 'write',
    concerns: 'write',
    inStableAPI: true,
    collectionField: 'drop',
    fields: { taken: [] },
    run: call => {
      const namespace = collectionOf(call, 'drop')
      const collection = store.find(namespace)
      if (collection === undefined) return empty
      store.drop(namespace)
      cursors.killOfNamespace(collection.namespace, wasDropped(collection))
      if (collection.view !== undefined) return fields({ ns: collection.namespace })
      return fields<BSONValue>({ nIndexesWas: int32(collection.indexes.length), ns: collection.namespace })
    }
  }
}

function dropDatabaseCommand({ store, cursors }: CollectionServices): Command {
  return {
    name: 'dropDatabase',
    access: 'write',
    concerns: 'write',
    inStableAPI: true,
    fields: { taken: [] },
    run: call => {
      const collections = store.collections(call.database)
      if (collections.size === 0) return empty
      for (const each of collections.values()) cursors.killOfNamespace(each.namespace, wasDropped(each))
      store.dropDatabase(call.database)
      return fields({ dropped: call.database })
    }
  }
}

function renameCollectionCommand({ store, cursors }: CollectionServices): Command {
  return {
    name: 'renameCollection',
    access: 'write',
    concerns: 'write',
    inStableAPI: false,
    adminOnly: true,
    fields: { taken: ['to', 'dropTarget'] },
    run: call => {
      const from = fullNamespace(call.arguments, 'renameCollection')
      const to = fullNamespace(call.arguments, 'to')
      const source = toChange(store, from)
      const target = toChange(store, to)
      if (source === undefined) {
        const text = `Source collection ${from.database}.${from.collection} does not exist`
        throw new CommandFailure('NamespaceNotFound', text)
      }
      if (source === target) throw new CommandFailure('IllegalOperation', "Can't rename a collection to itself")
      if (target !== undefined) {
        if (!call.arguments.boolean('dropTarget'))
          throw new CommandFailure('NamespaceExists', 'target namespace exists')
        cursors.killOfNamespace(target.namespace, wasDropped(target))
      }
      cursors.killOfNamespace(source.namespace, wasRenamed(source, source.namespace, `${to.database}.${to.collection}`))
      store.rename(from, to)
      return empty
    }
  }
}

function fullNamespace(given: Arguments, field: string): Namespace {
  const name = given.requiredString(field)
  const namespace = namespaceOf(name)
  if (!name.includes('.') || namespace.database === '') {
    throw new CommandFailure('InvalidNamespace', `Invalid namespace specified: '${name}'`)
  }
  checkNamespace(namespace)
  return namespace
}

function listCollectionsCommand({ store, cursors }: CollectionServices): Command {
  return {
    name: 'listCollections',
    access: 'read',
    concerns: 'none',
    inStableAPI: true,
    fields: { taken: ['filter', 'nameOnly', 'authorizedCollections', 'cursor'] },
    run: call => {
      const nameOnly = call.arguments.boolean('nameOnly')
      const matches = compileFilter(call.arguments.document('filter') ?? new Map())
      const documents = Array.from(store.collections(call.database), ([name, { uuid, options, view }]) => {
        const type = view === undefined ? 'collection' : 'view'
        if (nameOnly) return fields<BSONValue>({ name, type })
        if (view !== undefined) return fields<BSONValue>({ name, type, options, info: fields({ readOnly: true }) })
        return fields<BSONValue>({
          name,
          type,
          options,
          info: fields<BSONValue>({ readOnly: false, uuid }),
          idIndex: fields<BSONValue>({ v: int32(2), key: fields({ _id: int32(1) }), name: '_id_' })
        })
      }).filter(document => matches(document))
      return listReply(call, cursors, `${call.database}.$cmd.listCollections`, documents)
    }
  }
}

/** The whole list is known when the cursor is opened. */
export function listReply(call: Call, cursors: CursorRegistry, namespace: string, documents: BSONDocument[]): Reply {
  const options = new Arguments(`${call.name}.cursor`, call.arguments.document('cursor') ?? new Map())
  options.check({ taken: ['batchSize'] })
  const documentSource = new ListedDocuments(documents.map(encodeDocument), true)
  const source = { namespace, session: call.session, api: call.api, documents: documentSource }
  return cursorReply('firstBatch', namespace, cursors.open(source, options.count('batchSize') ?? Infinity))
}

function listDatabasesCommand({ store }: CollectionServices): Command {
  return {
    name: 'listDatabases',
    access: 'read',
    concerns: 'none',
    inStableAPI: true,
    adminOnly: true,
    fields: { taken: ['filter', 'nameOnly', 'authorizedDatabases'] },
    run: call => {
      const nameOnly = call.arguments.boolean('nameOnly')
      const matches = compileFilter(call.arguments.document('filter') ?? new Map())
      let totalBytes = 0
      const databases = Array.from(store.databases(), ([name, collections]) => {
        const bytes = [...collections.values()].reduce((sum, collection) => sum + collection.bytes, 0)
        const sizes = { sizeOnDisk: int64(bytes), empty: bytes === 0 }
        return { bytes, document: fields<BSONValue>({ name, ...(nameOnly ? {} : sizes) }) }
      }).filter(({ bytes, document }) => {
        const chosen = matches(document)
        if (chosen) totalBytes += bytes
        return chosen
      })
      const documents = databases.map(({ document }) => document)
      if (nameOnly) return fields<ReplyValue>({ databases: documents })
      const totalSizeMb = int64(Math.floor(totalBytes / 2 ** 20))
      return fields<ReplyValue>({ databases: documents, totalSize: int64(totalBytes), totalSizeMb })
    }
  }
}
