/** Change streams: what models and connections tell of, from the time of the first write on. */
import { type Connection, Schema } from 'mongoose'
import type { Cases } from './cases.ts'

interface Told {
  readonly operationType: string
  readonly fullDocument?: { readonly n?: number }
}

async function written(connection: Connection) {
  const Thing = connection.model('Thing', new Schema({ n: Number }))
  await Thing.createCollection()
  const session = await connection.startSession()
  await Thing.create([{ n: 1 }], { session })
  const startAtOperationTime = session.operationTime
  await session.endSession()
  await Thing.updateOne({ n: 1 }, { n: 2 })
  await Thing.deleteOne({ n: 2 })
  return { Thing, startAtOperationTime }
}

const shown = ({ operationType, fullDocument }: Told): unknown[] => [operationType, fullDocument?.n]

export const changes: Cases = {
  'a model that is watched gives its changes one after the other': async connection => {
    const { Thing, startAtOperationTime } = await written(connection)
    const stream = Thing.watch([], { startAtOperationTime })
    const told = [await stream.next(), await stream.next(), await stream.next()]
    await stream.close()
    return told.map(each => shown(each as Told))
  },
  'a connection that is watched tells listeners, and that it was closed': async connection => {
    const { startAtOperationTime } = await written(connection)
    const stream = connection.watch([{ $match: { operationType: 'insert' } }], { startAtOperationTime })
    const told = await new Promise<unknown[]>((resolve, reject) => {
      stream.on('error', reject)
      stream.on('change', (change: Told) => resolve(shown(change)))
    })
    const closed = new Promise<string>(resolve => stream.on('close', () => resolve('closed')))
    await stream.close()
    return [told, await closed]
  }
}
