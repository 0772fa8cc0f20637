/** Source: the transactions specification, whose names these are. */
export type TransactionState =
  | 'no transaction'
  | 'starting transaction'
  | 'transaction in progress'
  | 'transaction committed'
  | 'transaction aborted'

/** What happens to a session, as far as transactions go. */
export type TransactionInput =
  | 'startTransaction'
  | 'commitTransaction'
  | 'abortTransaction'
  /** Any other operation of the session begins. */
  | 'operation'
  /** A command that carries the transaction has been written to a connection. */
  | 'command'

export interface TransactionStep {
  readonly state: TransactionState
  /** Whether the server is to be told. `again`: if it was told the first time. */
  readonly tells: 'nobody' | 'server' | 'again'
}

export interface TransactionRefusal {
  readonly refusal: string
}

const to = (state: TransactionState, tells: TransactionStep['tells'] = 'nobody'): TransactionStep =>
  Object.freeze({ state, tells })
const refused = (refusal: string): TransactionRefusal => Object.freeze({ refusal })

const alreadyInProgress = refused('Transaction already in progress: commit or abort it before you start another one')
const notStarted = refused('No transaction started: call startTransaction first')

const table: Readonly<
  Record<TransactionState, Readonly<Record<TransactionInput, TransactionStep | TransactionRefusal>>>
> = {
  'no transaction': {
    startTransaction: to('starting transaction'),
    commitTransaction: notStarted,
    abortTransaction: notStarted,
    operation: to('no transaction'),
    command: to('no transaction')
  },
  'starting transaction': {
    startTransaction: alreadyInProgress,
    commitTransaction: to('transaction committed'),
    abortTransaction: to('transaction aborted'),
    operation: to('starting transaction'),
    command: to('transaction in progress')
  },
  'transaction in progress': {
    startTransaction: alreadyInProgress,
    commitTransaction: to('transaction committed', 'server'),
    abortTransaction: to('transaction aborted', 'server'),
    operation: to('transaction in progress'),
    command: to('transaction in progress')
  },
  'transaction committed': {
    startTransaction: to('starting transaction'),
    commitTransaction: to('transaction committed', 'again'),
    abortTransaction: refused(
      'Cannot call abortTransaction after calling commitTransaction: the transaction is committed, or about to be'
    ),
    operation: to('no transaction'),
    command: to('transaction committed')
  },
  'transaction aborted': {
    startTransaction: to('starting transaction'),
    commitTransaction: refused(
      'Cannot call commitTransaction after calling abortTransaction: start the transaction anew'
    ),
    abortTransaction: refused('Cannot call abortTransaction twice: the transaction is aborted already'),
    operation: to('no transaction'),
    command: to('transaction aborted')
  }
}

/** A session's next state, or why the call is refused; the state stays then. */
export function transactionStep(
  state: TransactionState,
  input: TransactionInput
): TransactionStep | TransactionRefusal {
  return table[state][input]
}

/** Whether commands of the session belong to a transaction. */
export function isActive(state: TransactionState): boolean {
  return state === 'starting transaction' || state === 'transaction in progress'
}
