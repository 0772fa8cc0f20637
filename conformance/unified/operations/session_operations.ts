import type { ClientSession } from '../../../src/client/index.ts'
import { type OperationRows, unbuilt } from './row.ts'

export const sessionOperations: OperationRows = {
  endSession: {
    needs: 'ClientSession.endSession',
    required: [],
    optional: [],
    run: (session: ClientSession) => session.endSession()
  },
  getSnapshotTime: { required: [], optional: [], run: (session: ClientSession) => session.snapshotTime },
  startTransaction: unbuilt('transactions'),
  commitTransaction: unbuilt('transactions'),
  abortTransaction: unbuilt('transactions'),
  withTransaction: unbuilt('transactions')
}
