import { bucketOperations } from './bucket_operations.ts'
import { clientOperations, cursorOperations } from './client_operations.ts'
import { collectionOperations } from './collection_operations.ts'
import { databaseOperations } from './database_operations.ts'
import type { OperationRows } from './row.ts'
import { sessionOperations } from './session_operations.ts'

export type TargetKind = 'client' | 'database' | 'collection' | 'cursor' | 'session' | 'bucket'

/** What can be asked of each kind of entity. An operation that is not in here is unknown: a case with it fails. */
export const operationTables: Readonly<Record<TargetKind, OperationRows>> = {
  client: clientOperations,
  database: databaseOperations,
  collection: collectionOperations,
  cursor: cursorOperations,
  session: sessionOperations,
  bucket: bucketOperations
}
