/** The statements of a client's bulk write as bytes, and how they are cut into commands. Source: the bulk write specification. */
import {
  type Document,
  type DocumentWriter,
  encodeDocument,
  EncodedDocumentArray,
  EncodedDocumentList,
  type EncodedDocuments,
  type ObjectIds
} from '../../bson/index.ts'
import type { ConnectionLimits } from '../../connection/index.ts'
import { MongoInvalidArgumentError } from '../../errors/index.ts'
import { writeOption } from '../prepared_command.ts'
import { type BulkKind, envelopeBytesMax } from './bulk_groups.ts'
import type { StatementOptions } from './statements.ts'
import { idOf, refuseTooLarge, withoutId } from './writes.ts'

/** Which of the statements one command has: from where the last one ended to `end`. */
export interface ClientBulkBatch {
  readonly end: number
  /** Those that its statements name, and no others. */
  readonly namespaces: EncodedDocuments
  /** Whether one of its statements may change several documents: it cannot be sent twice then. */
  readonly multi: boolean
}

/** "insert", "update" and "delete" are equally long, so that each statement has its namespace's number at one place. */
const namespaceNumberAt = 4 + 1 + 'insert'.length + 1

export class ClientBulkStatements {
  readonly documents: EncodedDocumentList = new EncodedDocumentList()
  // Of each statement: what it is, for the server's results say only its number.
  readonly #kinds: BulkKind[] = []
  /** Of an insert the document's `_id`. */
  readonly #ids: unknown[] = []
  /** Which of all namespaces it names, in the order of their first use. */
  readonly #namespaceNumbers: number[] = []
  /** Those that may change several documents, by their places. */
  readonly #multi: number[] = []
  readonly #namespaces: Uint8Array[] = []
  readonly #numbers = new Map<string, number>()
  readonly #acknowledged: boolean

  /** `acknowledged`: a server will say if a document is too large for it. What throws ends it: the rest is given up. */
  constructor(acknowledged: boolean) {
    this.#acknowledged = acknowledged
  }

  get count(): number {
    return this.#kinds.length
  }

  insert(namespace: string, document: Document, ids: ObjectIds): void {
    const id = idOf(document)
    const made = id === undefined ? ids.next() : undefined
    const out = this.#begin('insert', namespace, made ?? id)
    const before = out.length
    out.document('document', made === undefined ? document : withoutId(document), false, made)
    this.#checkStored(out.length - before)
    this.#end(out)
  }

  update(
    namespace: string,
    filter: Document,
    update: Document | readonly Document[],
    multi: boolean,
    options: StatementOptions
  ): void {
    const out = this.#begin('update', namespace)
    out.document('filter', filter, false)
    out.value('updateMods', update, false)
    this.#writeOptions(out, multi, options)
    this.#end(out)
  }

  replace(namespace: string, filter: Document, replacement: Document, options: StatementOptions): void {
    const out = this.#begin('update', namespace)
    out.document('filter', filter, false)
    const before = out.length
    out.document('updateMods', replacement, false)
    this.#checkStored(out.length - before)
    this.#writeOptions(out, false, options)
    this.#end(out)
  }

  delete(namespace: string, filter: Document, multi: boolean, options: StatementOptions): void {
    const out = this.#begin('delete', namespace)
    out.document('filter', filter, false)
    this.#writeOptions(out, multi, options)
    this.#end(out)
  }

  /** To be called behind the last one, once. */
  finish(): this {
    this.documents.finish()
    return this
  }

  kindOf(place: number): BulkKind | undefined {
    return this.#kinds[place]
  }

  idOf(place: number): unknown {
    return this.#ids[place]
  }

  /** Whether one at `start` or behind it may change several documents. */
  hasMultiFrom(start: number): boolean {
    return (this.#multi.at(-1) ?? -1) >= start
  }

  /**
   * How far a command goes that begins at `start`: as far as the connection takes it, together with the namespaces. Gives
   * its statements the numbers that their namespaces have in it. `commandBytes`: the command's own document.
   * @throws {MongoInvalidArgumentError} when not even one fits.
   */
  cut(start: number, commandBytes: number, { messageBytesMax, batchCountMax }: ConnectionLimits): ClientBulkBatch {
    const bytesMax = messageBytesMax - envelopeBytesMax - commandBytes
    const stop = Math.min(this.count, start + batchCountMax)
    const used: Uint8Array[] = []
    const numbers = new Map<number, number>()
    let end = start
    for (let bytes = 0; end < stop; end++) {
      const ofAll = this.#namespaceNumbers[end] as number
      const known = numbers.get(ofAll)
      const namespace = this.#namespaces[ofAll] as Uint8Array
      bytes += this.documents.bytesOf(end, end + 1) + (known === undefined ? namespace.length : 0)
      if (bytes > bytesMax) {
        if (end === start) throw doesNotFit(start, bytes, bytesMax)
        break
      }
      const number = known ?? used.push(namespace) - 1
      if (known === undefined) numbers.set(ofAll, number)
      if (number !== ofAll) this.#renumber(end, number)
    }
    const multi = this.#multi.some(place => place >= start && place < end)
    return { end, namespaces: new EncodedDocumentArray(used), multi }
  }

  #begin(kind: BulkKind, namespace: string, id?: unknown): DocumentWriter {
    const number = this.#numberOf(namespace)
    this.#kinds.push(kind)
    this.#ids.push(id)
    this.#namespaceNumbers.push(number)
    const out = this.documents.begin()
    out.beginDocument()
    out.int32(kind, number)
    return out
  }

  #end(out: DocumentWriter): void {
    out.endDocument()
    this.documents.end()
  }

  #writeOptions(out: DocumentWriter, multi: boolean, options: StatementOptions): void {
    out.boolean('multi', multi)
    if (multi) this.#multi.push(this.count - 1)
    for (const name in options) writeOption(out, name, options[name])
  }

  #numberOf(namespace: string): number {
    const known = this.#numbers.get(namespace)
    if (known !== undefined) return known
    if (typeof namespace !== 'string' || !/^[^.]+\../.test(namespace))
      throw new MongoInvalidArgumentError(
        `its namespace must be a string "database.collection", not ${JSON.stringify(namespace)}`
      )
    const number = this.#namespaces.push(encodeDocument({ ns: namespace })) - 1
    this.#numbers.set(namespace, number)
    return number
  }

  /** What nobody answers would be lost without a word. */
  #checkStored(bytes: number): void {
    if (!this.#acknowledged) refuseTooLarge(bytes)
  }

  #renumber(place: number, number: number): void {
    const bytes = this.documents.at(place)
    new DataView(bytes.buffer, bytes.byteOffset).setInt32(namespaceNumberAt, number, true)
  }
}

function doesNotFit(place: number, bytes: number, bytesMax: number): MongoInvalidArgumentError {
  return new MongoInvalidArgumentError(
    `model ${place} of the bulk write takes ${bytes} bytes with its namespace; a message to this server has room for ` +
      `${bytesMax} beside the command itself`
  )
}
