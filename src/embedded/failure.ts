/**
 * Numbers of the server's error table that the embedded deployment answers with. A number that stands here under no name
 * is called `Location<number>`, as on the server.
 */
export const failureCodes = {
  BadValue: 2,
  FailedToParse: 9,
  TypeMismatch: 14,
  Overflow: 15,
  InvalidBSON: 22,
  IndexNotFound: 27,
  PathNotViable: 28,
  CannotBackfillArray: 34,
  ConflictingUpdateOperators: 40,
  DollarPrefixedFieldName: 52,
  InvalidIdField: 53,
  NotSingleValueField: 54,
  EmptyFieldName: 56,
  ImmutableField: 66,
  InvalidOptions: 72,
  NotExactValueField: 111,
  NotImplemented: 238,
  NoQueryExecutionPlans: 291
} as const

export type FailureName = keyof typeof failureCodes

/**
 * A command, or one statement of it, cannot be carried out. The server turns it into a reply: `code`, `codeName`, the
 * message as `errmsg`, and `fields` beside them.
 */
export class CommandFailure extends Error {
  readonly code: number
  readonly codeName: string
  /** Further fields of the reply, such as `keyPattern` or `errInfo`. */
  readonly fields: Readonly<Record<string, unknown>>

  constructor(code: FailureName | number, message: string, fields: Readonly<Record<string, unknown>> = {}) {
    super(message)
    this.code = typeof code === 'number' ? code : failureCodes[code]
    this.codeName = typeof code === 'number' ? `Location${code}` : code
    this.fields = fields
  }

  override get name(): string {
    return 'CommandFailure'
  }
}

/** The failure for arguments that make no sense, which most are. */
export function badValue(message: string): CommandFailure {
  return new CommandFailure('BadValue', message)
}
