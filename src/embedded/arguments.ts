import { Binary } from '../bson/index.ts'
import { CommandFailure } from './failure.ts'
import { type BSONDocument, type BSONNumber, type BSONValue, isDocument, isNumber, typeNameOf } from './query/index.ts'
import { wholeInt64 } from './query/numbers.ts'

/** Which fields a document of a command may have. A field stands in one of the two lists, or it is unknown. */
export interface FieldRules {
  readonly taken: readonly string[]
  /** Fields that a server knows and this one does not, with what they are for. */
  readonly refused?: Readonly<Record<string, string>>
}

/**
 * Reads the fields of a command, or of a statement in it. `place` is where they stand, as error messages name it: `find`,
 * `update.updates`.
 */
export class Arguments {
  readonly place: string
  readonly body: BSONDocument

  constructor(place: string, body: BSONDocument) {
    this.place = place
    this.body = body
  }

  has(field: string): boolean {
    return this.body.has(field)
  }

  /** Null counts as absent, as it does on the server for most fields. */
  value(field: string): BSONValue | undefined {
    return this.body.get(field) ?? undefined
  }

  required(field: string): BSONValue {
    const value = this.body.get(field)
    if (value !== undefined) return value
    throw new CommandFailure('IDLFailedToParse', `BSON field '${this.place}.${field}' is missing but a required field`)
  }

  document(field: string): BSONDocument | undefined {
    const value = this.value(field)
    if (value === undefined || isDocument(value)) return value
    throw this.wrongType(field, value, 'object')
  }

  requiredDocument(field: string): BSONDocument {
    const value = this.required(field)
    if (isDocument(value)) return value
    throw this.wrongType(field, value, 'object')
  }

  array(field: string): readonly BSONValue[] | undefined {
    const value = this.value(field)
    if (value === undefined || Array.isArray(value)) return value
    throw this.wrongType(field, value, 'array')
  }

  /** A required array of documents, each as the arguments of its own place. */
  statements(field: string): Arguments[] {
    const value = this.required(field)
    if (!Array.isArray(value)) throw this.wrongType(field, value, 'array')
    return value.map((statement, index) => {
      if (isDocument(statement)) return new Arguments(`${this.place}.${field}`, statement)
      throw this.wrongType(`${field}.${index}`, statement, 'object')
    })
  }

  string(field: string): string | undefined {
    const value = this.value(field)
    if (value === undefined || typeof value === 'string') return value
    throw this.wrongType(field, value, 'string')
  }

  requiredString(field: string): string {
    const value = this.required(field)
    if (typeof value === 'string') return value
    throw this.wrongType(field, value, 'string')
  }

  /** A yes or no; a number counts as yes unless it is 0. */
  boolean(field: string, absent = false): boolean {
    const value = this.value(field)
    if (value === undefined) return absent
    if (typeof value === 'boolean') return value
    if (isNumber(value)) return wholeInt64(value) !== 0n
    throw this.wrongType(field, value, 'bool')
  }

  /** A whole number of any numeric type. */
  whole(field: string): number | undefined {
    const value = this.value(field)
    if (value === undefined) return undefined
    if (!isNumber(value)) throw this.wrongType(field, value, 'long')
    return Number(this.#wholeOf(field, value))
  }

  /** A whole number that is not negative. */
  count(field: string): number | undefined {
    const value = this.whole(field)
    if (value === undefined || value >= 0) return value
    throw new CommandFailure(51024, `BSON field '${field}' value must be >= 0, actual value '${value}'`)
  }

  requiredInt64(field: string): bigint {
    const value = this.required(field)
    if (isNumber(value)) return this.#wholeOf(field, value)
    throw this.wrongType(field, value, 'long')
  }

  uuid(field: string): Uint8Array {
    const value = this.required(field)
    if (!(value instanceof Binary)) throw this.wrongType(field, value, 'binData')
    if (value.sub_type === Binary.SUBTYPE_UUID && value.length() === 16) return value.value()
    throw new CommandFailure(
      'InvalidOptions',
      `BSON field '${this.place}.${field}' must be a UUID of 16 bytes, subtype 4`
    )
  }

  /** Refuses what the rules do not take. A refused field may stand there as long as it says no. */
  check(rules: FieldRules, elsewhere: (field: string) => boolean = () => false): void {
    for (const [field, value] of this.body) {
      if (rules.taken.includes(field) || elsewhere(field)) continue
      const purpose =
        rules.refused !== undefined && Object.hasOwn(rules.refused, field) ? rules.refused[field] : undefined
      if (purpose === undefined) {
        throw new CommandFailure('IDLUnknownField', `BSON field '${this.place}.${field}' is an unknown field.`)
      }
      if (value === false || value === null) continue
      throw new CommandFailure(
        'NotImplemented',
        `'${this.place}.${field}' is not supported: the embedded deployment has no ${purpose}`
      )
    }
  }

  wrongType(field: string, value: BSONValue, expected: string): CommandFailure {
    return new CommandFailure(
      'TypeMismatch',
      `BSON field '${this.place}.${field}' is the wrong type '${typeNameOf(value)}', expected type '${expected}'`
    )
  }

  #wholeOf(field: string, value: BSONNumber): bigint {
    const whole = wholeInt64(value)
    if (whole !== undefined) return whole
    throw new CommandFailure(
      'BadValue',
      `BSON field '${this.place}.${field}' must be a whole number, not ${value.toString()}`
    )
  }
}
