import { CommandFailure } from '../failure.ts'
import { type BSONDocument, type BSONValue, compileFilter, type Filter, isDocument } from '../query/index.ts'
import { fields } from '../reply.ts'

/** The options of a collection that say what its documents must be. */
export const validatorOptions: readonly string[] = ['validator', 'validationLevel', 'validationAction']
export const validationLevels: readonly string[] = ['off', 'moderate', 'strict']
/** A server that warns writes to its log, and takes the document. */
export const validationActions: readonly string[] = ['error', 'warn']

/** Refuses documents that a collection does not take. */
export class Validator {
  readonly #filter: BSONDocument
  readonly #matches: Filter
  /** Whether documents that are wrong already may stay wrong. */
  readonly #isModerate: boolean

  private constructor(filter: BSONDocument, isModerate: boolean) {
    this.#filter = filter
    this.#matches = compileFilter(filter)
    this.#isModerate = isModerate
  }

  /**
   * Undefined for the options of a collection that takes any document.
   * @throws {CommandFailure} for a filter that makes no sense, or that is not supported here.
   */
  static of(options: BSONDocument): Validator | undefined {
    const filter = options.get('validator')
    if (!isDocument(filter) || filter.size === 0) return undefined
    const validator = new Validator(filter, options.get('validationLevel') === 'moderate')
    const isLenient = options.get('validationLevel') === 'off' || options.get('validationAction') === 'warn'
    return isLenient ? undefined : validator
  }

  /** `before`: what was there. @throws {CommandFailure} for a document that does not match. */
  check(document: BSONDocument, before?: BSONDocument): void {
    if (this.#matches(document)) return
    if (this.#isModerate && before !== undefined && !this.#matches(before)) return
    const details = fields<BSONValue>({
      specifiedAs: this.#filter,
      reason: 'the document does not match the validator of the collection'
    })
    const errInfo = fields<BSONValue>({ failingDocumentId: document.get('_id') ?? null, details })
    throw new CommandFailure('DocumentValidationFailure', 'Document failed validation', { errInfo })
  }
}
