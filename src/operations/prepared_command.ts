import { type Document, type DocumentWriter, encodeDocument, prepareElements } from '../bson/index.ts'
import {
  isAcknowledged,
  isDefaultReadConcern,
  isDefaultWriteConcern,
  type ReadConcern,
  readConcernDocument,
  type ReadPreference,
  type WriteConcern,
  writeConcernDocument
} from '../options/index.ts'
import type { Command, CommandKind, DocumentSequence } from './command.ts'

export interface CommandParts<Result> {
  readonly name: string
  readonly database: string
  readonly kind: CommandKind
  readonly retryable?: boolean
  readonly readPreference?: ReadPreference | undefined
  readonly readConcern?: ReadConcern | undefined
  readonly writeConcern?: WriteConcern | undefined
  readonly limitsServerTime?: boolean
  readonly takesSession?: boolean
  readonly sequence?: DocumentSequence | undefined
  /** Name first, then the arguments. Runs at once: what the user gave is encoded at the call. */
  readonly write: (body: DocumentWriter) => void
  readonly accept: Command<Result>['accept']
  readonly unacknowledged?: Command<Result>['unacknowledged']
}

/** A command whose bytes were made at the call. */
export class PreparedCommand<Result> implements Command<Result> {
  readonly name: string
  readonly database: string
  readonly kind: CommandKind
  readonly retryable: boolean
  readonly readPreference: ReadPreference | undefined
  readonly acknowledged: boolean
  readonly limitsServerTime: boolean
  readonly takesSession: boolean
  readonly sequence: DocumentSequence | undefined
  readonly accept: Command<Result>['accept']
  readonly unacknowledged: Command<Result>['unacknowledged']
  readonly #elements: Uint8Array

  constructor(parts: CommandParts<Result>) {
    const { readConcern, writeConcern } = parts
    this.name = parts.name
    this.database = parts.database
    this.kind = parts.kind
    this.retryable = parts.retryable ?? false
    this.readPreference = parts.readPreference
    this.acknowledged = writeConcern === undefined || isAcknowledged(writeConcern)
    this.limitsServerTime = parts.limitsServerTime ?? true
    this.takesSession = parts.takesSession ?? true
    this.sequence = parts.sequence
    this.accept = parts.accept
    this.unacknowledged = parts.unacknowledged
    this.#elements = prepareElements(body => {
      parts.write(body)
      if (readConcern !== undefined && !isDefaultReadConcern(readConcern))
        body.value('readConcern', readConcernDocument(readConcern))
      if (writeConcern !== undefined && !isDefaultWriteConcern(writeConcern))
        body.value('writeConcern', writeConcernDocument(writeConcern))
    })
  }

  writeTo(body: DocumentWriter): void {
    body.append(this.#elements)
  }
}

/** An undefined field is stored as null: left out of a filter, it would match more than was asked for. */
export function encodeUserDocument(document: Document): Uint8Array {
  return encodeDocument(document, false)
}

/** The elements of a document without its length and end, to stand among a command's own. */
export function elementsOf(encoded: Uint8Array): Uint8Array {
  return encoded.subarray(4, encoded.length - 1)
}

/** Writes an option if the user gave it. */
export function writeOption(body: DocumentWriter, key: string, value: unknown): void {
  if (value !== undefined) body.value(key, value, false)
}
