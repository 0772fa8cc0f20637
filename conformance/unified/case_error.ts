import { AssertionError } from 'node:assert'

/**
 * The case itself fails: what it expects did not happen, or it asks for what nobody knows. Never an error that a case
 * expects.
 */
export class CaseError extends AssertionError {
  constructor(message: string) {
    super({ message })
  }
}
