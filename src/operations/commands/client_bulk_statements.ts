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

/** What a statement is, of which the server's result says only the number. */
interface StatementFacts {
  readonly kind: BulkKind
  readonly multi: boolean
  /** Which of all the namespaces it names, in the order of their first use. */
  readonly namespace: number
  /** Of an insert: the document's `_id`. */
  readonly id: unknown
}

/** "insert", "update" and "delete" are equally long, so that each statement has its namespace's number at one place. */
const namespaceNumberAt = 4 + 1 + 'insert'.length + 1

export class ClientBulkStatements {
  readonly documents: EncodedDocumentList = new EncodedDocumentList()
  readonly #facts: StatementFacts[] = []
  readonly #namespaces: Uint8Array[] = []
  readonly #numbers = new Map<string, number>()
  readonly #acknowledged: boolean
  #multiLast = -1

  /** `acknowledged`: a server will say if a document is too large for it. */
  constructor(acknowledged: boolean) {
    this.#acknowledged = acknowledged
  }

  get count(): number {
    return this.#facts.length
  }

  insert(namespace: string, document: Document, ids: ObjectIds): void {
    const id = idOf(document)
    const made = id === undefined ? ids.next() : undefined
    const stored = made === undefined ? document : withoutId(document)
    this.#add('insert', namespace, false, made ?? id, out => {
      this.#storable(out, () => out.document('document', stored, false, made))
    })
  }

  update(
    namespace: string,
    filter: Document,
    update: Document | readonly Document[],
    multi: boolean,
    options: StatementOptions
  ): void {
    this.#add('update', namespace, multi, undefined, out => {
      out.document('filter', filter, false)
      out.value('updateMods', update, false)
      out.boolean('multi', multi)
      writeOptions(out, options)
    })
  }

  replace(namespace: string, filter: Document, replacement: Document, options: StatementOptions): void {
    this.#add('update', namespace, false, undefined, out => {
      out.document('filter', filter, false)
      this.#storable(out, () => out.document('updateMods', replacement, false))
      out.boolean('multi', false)
      writeOptions(out, options)
    })
  }

  delete(namespace: string, filter: Document, multi: boolean, options: StatementOptions): void {
    this.#add('delete', namespace, multi, undefined, out => {
      out.document('filter', filter, false)
      out.boolean('multi', multi)
      writeOptions(out, options)
    })
  }

  /** To be called behind the last one, once. */
  finish(): this {
    this.documents.finish()
    return this
  }

  kindOf(place: number): BulkKind | undefined {
    return this.#facts[place]?.kind
  }

  idOf(place: number): unknown {
    return this.#facts[place]?.id
  }

  /** Whether one at `start` or behind it may change several documents. */
  hasMultiFrom(start: number): boolean {
    return this.#multiLast >= start
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
    let multi = false
    let end = start
    for (let bytes = 0; end < stop; end++) {
      const facts = this.#facts[end] as StatementFacts
      const known = numbers.get(facts.namespace)
      const namespace = this.#namespaces[facts.namespace] as Uint8Array
      bytes += this.documents.bytesOf(end, end + 1) + (known === undefined ? namespace.length : 0)
      if (bytes > bytesMax) {
        if (end === start) throw doesNotFit(start, bytes, bytesMax)
        break
      }
      const number = known ?? used.push(namespace) - 1
      numbers.set(facts.namespace, number)
      if (number !== facts.namespace) this.#renumber(end, number)
      multi ||= facts.multi
    }
    return { end, namespaces: new EncodedDocumentArray(used), multi }
  }

  #add(kind: BulkKind, namespace: string, multi: boolean, id: unknown, write: (out: DocumentWriter) => void): void {
    const number = this.#numberOf(namespace)
    this.documents.addWritten(out => {
      out.beginDocument()
      out.int32(kind, number)
      write(out)
      out.endDocument()
    })
    if (multi) this.#multiLast = this.count
    this.#facts.push({ kind, multi, namespace: number, id })
  }

  #numberOf(namespace: string): number {
    const known = this.#numbers.get(namespace)
    if (known !== undefined) return known
    const number = this.#namespaces.push(encodeDocument({ ns: namespace })) - 1
    this.#numbers.set(namespace, number)
    return number
  }

  /** What nobody answers would be lost without a word. */
  #storable(out: DocumentWriter, write: () => void): void {
    const before = out.length
    write()
    if (!this.#acknowledged) refuseTooLarge(out.length - before)
  }

  #renumber(place: number, number: number): void {
    const bytes = this.documents.at(place)
    new DataView(bytes.buffer, bytes.byteOffset).setInt32(namespaceNumberAt, number, true)
  }
}

function writeOptions(out: DocumentWriter, options: StatementOptions): void {
  for (const name in options) writeOption(out, name, options[name])
}

function doesNotFit(place: number, bytes: number, bytesMax: number): MongoInvalidArgumentError {
  return new MongoInvalidArgumentError(
    `model ${place} of the bulk write takes ${bytes} bytes with its namespace; a message to this server has room for ` +
      `${bytesMax} beside the command itself`
  )
}
