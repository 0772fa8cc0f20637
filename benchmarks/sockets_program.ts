/**
 * The floor: the bytes that cenote sends, written to bare sockets, and replies that are counted and not looked at. Its
 * argument is a task as JSON; it prints what it measured as JSON. No Node driver that writes and reads once for an operation
 * can cost less.
 */
import { connect, type Socket } from 'node:net'
import { Binary, type Document, encodeDocument, Long, ObjectId, Timestamp } from '../src/bson/index.ts'
import { identifier, withoutIdentifier } from './documents.ts'
import type { Measured } from './measures.ts'
import { clusterSeconds, clusterSignature } from './server/reply.ts'
import type { Loop } from './workloads/workload.ts'

export interface ForeignTask {
  readonly uri: string
  readonly workload: NonNullable<Loop['foreign']>
  readonly database: string
  readonly collection: string
  readonly operations: number
  readonly inFlight: number
  readonly poolSize: number
}

const task = JSON.parse(process.argv[2] ?? '') as ForeignTask
const headBytes = 21

function requestOf({ workload, collection, database }: ForeignTask): Buffer {
  const own: Record<ForeignTask['workload'], Document> = {
    ping: { ping: 1 },
    findOne: { find: collection, filter: { _id: identifier(0, ObjectId) }, limit: 1, singleBatch: true },
    find: { find: collection, filter: {}, batchSize: 1_000 },
    insertOne: {
      insert: collection,
      documents: [{ ...withoutIdentifier(0), _id: identifier(0, ObjectId) }],
      ordered: true,
      txnNumber: Long.ONE
    }
  }
  const body = encodeDocument({
    ...own[workload],
    lsid: { id: new Binary(Buffer.alloc(16, 1), Binary.SUBTYPE_UUID) },
    $clusterTime: { clusterTime: Timestamp.fromBits(1, clusterSeconds), signature: clusterSignature },
    $db: database
  })
  const head = Buffer.alloc(headBytes)
  head.writeInt32LE(headBytes + body.length, 0)
  head.writeInt32LE(2013, 12)
  return Buffer.concat([head, body])
}

/** One request at a time, as often as it is told. */
class Asker {
  readonly #socket: Socket
  readonly #request: Buffer
  #toDo = 0
  #missing = 0
  #done: () => void = () => undefined

  constructor(port: number, request: Buffer) {
    this.#request = request
    const buffer = Buffer.allocUnsafe(1 << 16)
    const onread = { buffer, callback: (length: number) => this.#read(buffer, length) }
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true, onread })
  }

  ask(times: number): Promise<void> {
    return new Promise(resolve => {
      this.#done = resolve
      this.#toDo = times
      this.#socket.write(this.#request)
    })
  }

  end(): void {
    this.#socket.destroy()
  }

  #read(buffer: Buffer, length: number): boolean {
    // A reply begins where a chunk does: the next is asked for once the one before is there.
    if (this.#missing === 0) this.#missing = buffer.readInt32LE(0)
    this.#missing -= length
    if (this.#missing > 0) return true
    if (--this.#toDo === 0) this.#done()
    else this.#socket.write(this.#request)
    return true
  }
}

async function measured(): Promise<Measured> {
  const { uri, operations, inFlight, poolSize } = task
  const port = Number(new URL(uri).port)
  const askers = Array.from({ length: Math.min(inFlight, poolSize) }, () => new Asker(port, requestOf(task)))
  const each = Math.ceil(operations / askers.length)
  const run = (): Promise<unknown> => Promise.all(askers.map(asker => asker.ask(each)))
  await run()
  const beganMS = performance.now()
  const began = process.cpuUsage()
  await run()
  const { user, system } = process.cpuUsage(began)
  const elapsedMS = performance.now() - beganMS
  for (const asker of askers) asker.end()
  const done = each * askers.length
  return { cpuUS: (user + system) / done, operationsPerSecond: (done * 1000) / elapsedMS }
}

console.log(JSON.stringify(await measured()))
