import type { ClientSession } from '../../../src/client/index.ts'
import { CaseError } from '../case_error.ts'
import { optionsOf } from '../driver_options.ts'
import type { Fields, OperationStep } from '../format.ts'
import type { OperationRows, PerformSteps } from './row.ts'

const transactionOptions = ['readConcern', 'writeConcern', 'readPreference', 'maxCommitTimeMS'] as const

export const sessionOperations: OperationRows = {
  endSession: {
    needs: 'ClientSession.endSession',
    required: [],
    optional: [],
    run: (session: ClientSession) => session.endSession()
  },
  getSnapshotTime: { required: [], optional: [], run: (session: ClientSession) => session.snapshotTime },
  startTransaction: {
    needs: 'ClientSession.startTransaction',
    required: [],
    optional: transactionOptions,
    run: (session: ClientSession, given: Fields) => session.startTransaction(optionsOf(given))
  },
  commitTransaction: {
    needs: 'ClientSession.commitTransaction',
    required: [],
    optional: ['timeoutMS'],
    run: (session: ClientSession, given: Fields) => session.commitTransaction(given)
  },
  abortTransaction: {
    needs: 'ClientSession.abortTransaction',
    required: [],
    optional: ['timeoutMS'],
    run: (session: ClientSession, given: Fields) => session.abortTransaction(given)
  },
  withTransaction: {
    needs: 'ClientSession.withTransaction',
    required: ['callback'],
    optional: [...transactionOptions, 'timeoutMS'],
    steps: 'callback',
    run: async (session: ClientSession, { callback, ...options }: Fields, performSteps: PerformSteps) => {
      if (!Array.isArray(callback)) throw new CaseError('the callback of withTransaction is a list of operations')
      await session.withTransaction(() => performSteps(callback as readonly OperationStep[]), optionsOf(options))
    }
  }
}
