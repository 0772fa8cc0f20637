/** The other side broke a rule of the mechanism. The message is a clause, such as "its nonce does not extend the client's". */
export class MechanismViolation extends Error {
  override get name(): string {
    return 'MechanismViolation'
  }
}
