import { Int32, Timestamp } from '../../bson/index.ts'
import { CommandFailure } from '../failure.ts'
import { type BSONDocument, type BSONValue, decodeDocument, isDocument } from '../query/index.ts'
import { fields } from '../reply.ts'
import { displayDocument, namespaceOf, type Store, valueKey } from '../store/index.ts'
import type { Operation } from './operations.ts'
import { type Position, ranks, tokenOf } from './position.ts'
import { isWatched, type Scope, type WatchOptions } from './stage.ts'
import { updateDescription } from './update_description.ts'

export interface ChangeEvent {
  /** Behind it. */
  readonly position: Position
  readonly document: BSONDocument
  /** Whether nothing comes after it: what is watched is gone. */
  readonly isLast: boolean
}

type EventFields = Readonly<Record<string, BSONValue>>

/** What watchers are told of what happened: the pure half of a change stream. Source: the manual, "Change Events". */
export class EventMaker {
  readonly #scope: Scope
  readonly #options: WatchOptions
  /** The data as a majority has it by now. */
  readonly #storeNow: () => Store

  constructor(scope: Scope, options: WatchOptions, storeNow: () => Store) {
    this.#scope = scope
    this.#options = options
    this.#storeNow = storeNow
  }

  /** None, one, or one and the last. @throws {CommandFailure} for an image that is required and was not kept. */
  eventsOf(operation: Operation): ChangeEvent[] {
    const { body } = operation
    const namespace = textIn(body, 'ns')
    const command = documentIn(body, 'o')
    const told = this.#described(operation, namespace, command)
    if (told === undefined) return []
    const [operationType, described] = told
    const event = this.#event(operation, ranks.event, operationType, described)
    if (!this.#ends(operationType, namespace, command)) return [event]
    return [event, this.#event(operation, ranks.invalidate, 'invalidate', {})]
  }

  #event(operation: Operation, rank: number, operationType: string, described: EventFields): ChangeEvent {
    const { timestamp, index, wall, body, transaction } = operation
    const position = { timestamp, operation: index, rank, fragment: 0 }
    const isLast = rank === ranks.invalidate
    const isOfView = textIn(body, 'op') === 'c' && documentIn(body, 'o').has('viewOn')
    const uuid = this.#options.showExpandedEvents && !isLast && !isOfView ? body.get('ui') : undefined
    const document = fields<BSONValue>({
      _id: tokenOf(position),
      operationType,
      clusterTime: new Timestamp(timestamp),
      ...(uuid === undefined ? {} : { collectionUUID: uuid }),
      wallTime: wall,
      ...(transaction === undefined ? {} : Object.fromEntries(transaction)),
      ...described
    })
    return { position, document, isLast }
  }

  #described(operation: Operation, namespace: string, command: BSONDocument): [string, EventFields] | undefined {
    const kind = textIn(operation.body, 'op')
    if (kind === 'c') return this.#ofCatalogue(namespace, command)
    if (!isWatched(this.#scope, namespace) || operation.body.get('makesRoom') === true) return undefined
    return this.#ofDocument(kind, operation.body, namespace, command)
  }

  /** Whether it takes away what is watched. */
  #ends(operationType: string, namespace: string, command: BSONDocument): boolean {
    const scope = this.#scope
    if (scope.kind === 'database') return operationType === 'dropDatabase'
    if (scope.kind === 'cluster') return false
    return operationType === 'drop' || (operationType === 'rename' && this.#names(namespace, command))
  }

  /** The old or the new name of a collection is watched. */
  #names(namespace: string, command: BSONDocument): boolean {
    return isWatched(this.#scope, namespace) || isWatched(this.#scope, textIn(command, 'to'))
  }

  // ───────────────────────── documents ─────────────────────────

  #ofDocument(kind: string, body: BSONDocument, namespace: string, o: BSONDocument): [string, EventFields] | undefined {
    const ns = namespaceDocument(namespace)
    if (kind === 'i') return ['insert', { fullDocument: o, ns, documentKey: keyOf(o) }]
    if (kind === 'd') return ['delete', { ns, documentKey: keyOf(o), ...this.#before('delete', body, o) }]
    if (kind !== 'u') return undefined
    const documentKey = keyOf(documentIn(body, 'o2'))
    const updated = body.get('updated')
    if (!isDocument(updated))
      return ['replace', { fullDocument: o, ns, documentKey, ...this.#before('replace', body, documentKey) }]
    return [
      'update',
      {
        ...this.#after(body, namespace, o, documentKey),
        ns,
        documentKey,
        updateDescription: updateDescription(updated, o, this.#options.showExpandedEvents),
        ...this.#before('update', body, documentKey)
      }
    ]
  }

  #before(operationType: string, body: BSONDocument, documentKey: BSONDocument): EventFields {
    const { fullDocumentBeforeChange: wanted } = this.#options
    if (wanted === 'off') return {}
    const image = body.get('preImage')
    if (image === undefined && wanted === 'required') {
      const text =
        'Change stream was configured to require a pre-image for all update, delete and replace events, but the ' +
        `pre-image was not found for event: ${operationType} of ${displayDocument(documentKey)}`
      throw new CommandFailure('NoMatchingDocument', text)
    }
    return { fullDocumentBeforeChange: image ?? null }
  }

  /** Collections that keep the document before a change keep it after the change as well. */
  #after(body: BSONDocument, namespace: string, after: BSONDocument, documentKey: BSONDocument): EventFields {
    const { fullDocument: wanted } = this.#options
    if (wanted === 'default') return {}
    if (wanted === 'updateLookup') return { fullDocument: this.#current(body, namespace, documentKey) }
    if (body.has('preImage')) return { fullDocument: after }
    if (wanted === 'whenAvailable') return { fullDocument: null }
    const text =
      'Change stream was configured to require a post-image for all update events, but the post-image was not found ' +
      `for event: update of ${displayDocument(documentKey)}`
    throw new CommandFailure('NoMatchingDocument', text)
  }

  /** Null where it is gone, or its collection is another one by now. */
  #current(body: BSONDocument, namespace: string, documentKey: BSONDocument): BSONDocument | null {
    const collection = this.#storeNow().find(namespaceOf(namespace))
    const uuid = body.get('ui')
    if (collection === undefined || (uuid !== undefined && valueKey(uuid) !== valueKey(collection.uuid))) return null
    const record = collection.recordOf(documentKey.get('_id') ?? null)
    const bytes = record === undefined ? undefined : collection.bytesOf(record)
    return bytes === undefined ? null : decodeDocument(bytes)
  }

  // ───────────────────────── collections, indexes, databases ─────────────────────────

  #ofCatalogue(namespace: string, command: BSONDocument): [string, EventFields] | undefined {
    const [name = ''] = command.keys()
    if (name === 'dropDatabase') return this.#dropDatabase(namespaceOf(namespace).database)
    if (name === 'renameCollection') return this.#rename(namespace, command)
    if (!isWatched(this.#scope, namespace)) return undefined
    const ns = namespaceDocument(namespace)
    if (name === 'drop') return ['drop', { ns }]
    const operationDescription = descriptionOf(name, command)
    if (!this.#options.showExpandedEvents || operationDescription === undefined) return undefined
    return [name === 'collMod' ? 'modify' : name, { ns, operationDescription }]
  }

  #dropDatabase(database: string): [string, EventFields] | undefined {
    const watched = this.#scope.kind !== 'collection' && isWatched(this.#scope, `${database}.$cmd`)
    return watched ? ['dropDatabase', { ns: fields<BSONValue>({ db: database }) }] : undefined
  }

  #rename(namespace: string, command: BSONDocument): [string, EventFields] | undefined {
    if (!this.#names(namespace, command)) return undefined
    const to = namespaceDocument(textIn(command, 'to'))
    const dropTarget = command.get('dropTarget')
    const description = fields<BSONValue>({ to, ...(dropTarget === undefined ? {} : { dropTarget }) })
    const operationDescription = this.#options.showExpandedEvents ? { operationDescription: description } : {}
    return ['rename', { ns: namespaceDocument(namespace), to, ...operationDescription }]
  }
}

function descriptionOf(name: string, command: BSONDocument): BSONDocument | undefined {
  switch (name) {
    case 'create': {
      const options = new Map([...command].filter(([field]) => field !== 'create'))
      if (options.has('viewOn')) return options
      const key = fields<BSONValue>({ _id: new Int32(1) })
      const idIndex = fields<BSONValue>({ v: new Int32(2), key, name: '_id_' })
      return new Map<string, BSONValue>([...options, ['idIndex', idIndex]])
    }
    case 'collMod': {
      if (!command.has('index')) return documentIn(command, 'options')
      const index = documentIn(command, 'index')
      const hidden = index.get('hidden') === true
      return fields<BSONValue>({ index: fields<BSONValue>({ name: textIn(index, 'name'), hidden }) })
    }
    case 'createIndexes':
      return fields<BSONValue>({ indexes: [documentIn(command, 'createIndexes')] })
    case 'dropIndexes':
      return fields<BSONValue>({ indexes: [command.get('definition') ?? fields({ name: textIn(command, name) })] })
    default:
      return undefined
  }
}

function namespaceDocument(namespace: string): BSONDocument {
  const { database, collection } = namespaceOf(namespace)
  return fields<BSONValue>({ db: database, coll: collection })
}

function keyOf(document: BSONDocument): BSONDocument {
  return fields<BSONValue>({ _id: document.get('_id') ?? null })
}

function textIn(document: BSONDocument, field: string): string {
  const value = document.get(field)
  return typeof value === 'string' ? value : ''
}

function documentIn(document: BSONDocument, field: string): BSONDocument {
  const value = document.get(field)
  return isDocument(value) ? value : new Map()
}
