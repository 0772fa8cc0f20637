/** `mongodb/lib/bulk/common`: what bulk writes come to. */
export { MongoBulkWriteError, WriteError } from 'cenote'
export { BulkWriteResult } from '../../mongoose_habits.ts'
