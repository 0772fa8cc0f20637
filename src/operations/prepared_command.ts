import {
  type DecodeSite,
  type Document,
  type DocumentWriter,
  encodeDocument,
  encodeElements,
  type Long
} from '../bson/index.ts'
import {
  isDefaultReadConcern,
  isDefaultWriteConcern,
  type ReadConcern,
  readConcernDocument,
  type ReadPreference,
  type WriteConcern,
  writeConcernDocument
} from '../options/index.ts'
import type { Command, CommandTraits, DocumentSequence } from './command.ts'
import { collectionIn, cursorIdIn } from './command_subject.ts'

export interface CommandParts<Result> {
  readonly name: string
  readonly database: string
  /** Name first, then the arguments, without the read concern: what the user gave was encoded at the call. */
  readonly elements: Uint8Array
  readonly readConcern?: ReadConcern | undefined
  readonly readPreference?: ReadPreference | undefined
  readonly acknowledged?: boolean
  readonly sequence?: DocumentSequence | undefined
  readonly site?: DecodeSite | undefined
  readonly accept: Command<Result>['accept']
  readonly unacknowledged?: Command<Result>['unacknowledged']
}

/** A command whose bytes were made at the call. */
export class PreparedCommand<Result> implements Command<Result> {
  readonly name: string
  readonly database: string
  readonly traits: CommandTraits
  readonly readPreference: ReadPreference | undefined
  readonly acknowledged: boolean
  readonly sequence: DocumentSequence | undefined
  readonly site: DecodeSite | undefined
  readonly accept: Command<Result>['accept']
  readonly unacknowledged: Command<Result>['unacknowledged']
  readonly #elements: Uint8Array
  /** Undefined: the server's default. */
  readonly #readConcern: ReadConcern | undefined

  constructor(traits: CommandTraits, parts: CommandParts<Result>) {
    this.name = parts.name
    this.database = parts.database
    this.traits = traits
    this.readPreference = parts.readPreference
    this.acknowledged = parts.acknowledged ?? true
    this.sequence = parts.sequence
    this.site = parts.site
    this.accept = parts.accept
    this.unacknowledged = parts.unacknowledged
    this.#elements = parts.elements
    const { readConcern } = parts
    this.#readConcern = readConcern === undefined || isDefaultReadConcern(readConcern) ? undefined : readConcern
  }

  get tracedAs(): string | undefined {
    return this.traits.tracedAs
  }

  get collection(): string | undefined {
    return this.traits.namesCollection ? collectionIn(this.#elements) : undefined
  }

  get cursorId(): Long | undefined {
    return cursorIdIn(this.#elements)
  }

  writeTo(body: DocumentWriter, ofSession?: ReadConcern): void {
    body.append(this.#elements)
    if (this.#readConcern !== undefined || ofSession !== undefined)
      writeReadConcern(body, { ...this.#readConcern, ...ofSession })
  }
}

/** An undefined field is stored as null: left out of a filter, it would match more than was asked for. */
export function encodeUserDocument(document: Document): Uint8Array {
  return encodeDocument(document, false)
}

/** The elements of a user's document, to stand among a command's own. */
export function encodeUserElements(document: Document): Uint8Array {
  return encodeElements(document, false)
}

/** Writes an option if the user gave it. */
export function writeOption(body: DocumentWriter, key: string, value: unknown): void {
  if (value !== undefined) body.value(key, value, false)
}

/** Without a level where none was given: it is the server's, or the administrator's, to choose. */
export function writeReadConcern(body: DocumentWriter, readConcern: ReadConcern): void {
  body.value('readConcern', readConcernDocument(readConcern))
}

/** Nothing for the server's default. */
export function writeWriteConcern(body: DocumentWriter, writeConcern: WriteConcern): void {
  if (!isDefaultWriteConcern(writeConcern)) body.value('writeConcern', writeConcernDocument(writeConcern))
}
