import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { BSON, type Document, encodeDocument, Int32, Long, Timestamp } from '../../src/bson/index.ts'
import { smallDocument } from '../../benchmarks/documents.ts'
import { collections } from '../../benchmarks/server/collections.ts'
import { clusterSeconds } from '../../benchmarks/server/reply.ts'
import { bestServer, type ServerKind, startCannedServer } from '../../benchmarks/server/start.ts'
import { decodeTable, encodeTable, replyTable } from '../../benchmarks/server/table.ts'

const moreToCome = 2
const exhaustAllowed = 1 << 16

/** Both where the native one can be built; the run says so where it cannot. */
function kinds(t: TestContext): ServerKind[] {
  return bestServer(text => t.diagnostic(text)) === 'native' ? ['native', 'JavaScript'] : ['JavaScript']
}

interface Answer {
  readonly responseTo: number
  readonly flags: number
  readonly document: Document
  readonly bytes: Buffer
}

/** One connection, requests by hand. */
class Conversation {
  readonly #socket: Socket
  #came: Buffer = Buffer.alloc(0)
  #requests = 0

  constructor(socket: Socket) {
    this.#socket = socket
  }

  static async begin(uri: string): Promise<Conversation> {
    const socket = connect(Number(new URL(uri).port), '127.0.0.1')
    await once(socket, 'connect')
    return new Conversation(socket)
  }

  send(command: Document, flags = 0): void {
    const body = encodeDocument({ ...command, $db: 'admin' })
    const head = Buffer.alloc(21)
    head.writeInt32LE(head.length + body.length, 0)
    head.writeInt32LE(++this.#requests, 4)
    head.writeInt32LE(2013, 12)
    head.writeInt32LE(flags, 16)
    this.#socket.write(Buffer.concat([head, body]))
  }

  sendLegacyHello(): void {
    const body = Buffer.concat([
      Buffer.alloc(4),
      Buffer.from('admin.$cmd\0'),
      Buffer.alloc(8),
      encodeDocument({ ismaster: 1 })
    ])
    const head = Buffer.alloc(16)
    head.writeInt32LE(head.length + body.length, 0)
    head.writeInt32LE(++this.#requests, 4)
    head.writeInt32LE(2004, 12)
    this.#socket.write(Buffer.concat([head, body]))
  }

  async next(): Promise<Answer> {
    while (this.#came.length < 4 || this.#came.length < this.#came.readInt32LE(0)) {
      const [chunk] = (await once(this.#socket, 'data')) as [Buffer]
      this.#came = Buffer.concat([this.#came, chunk])
    }
    const bytes = this.#came.subarray(0, this.#came.readInt32LE(0))
    this.#came = this.#came.subarray(bytes.length)
    const start = bytes.readInt32LE(12) === 1 ? 36 : 21
    const document = BSON.deserialize(bytes.subarray(start), { promoteValues: false })
    return { responseTo: bytes.readInt32LE(8), flags: bytes.readInt32LE(16), document, bytes }
  }

  ask(command: Document, flags = 0): Promise<Answer> {
    this.send(command, flags)
    return this.next()
  }

  end(): void {
    this.#socket.destroy()
  }
}

async function withServer<Result>(
  kind: ServerKind,
  work: (talk: Conversation, uri: string) => Promise<Result>
): Promise<Result> {
  const server = await startCannedServer({ kind })
  const talk = await Conversation.begin(server.uri)
  try {
    return await work(talk, server.uri)
  } finally {
    talk.end()
    await server.stop()
  }
}

/** All kinds of requests, in an order that leaves nothing to chance. */
async function allReplies(talk: Conversation, uri: string): Promise<string[]> {
  talk.sendLegacyHello()
  const answers = [await talk.next()]
  for (const collection of Object.values(collections).filter(name => name !== 'never' && name !== 'late'))
    for (const command of ['find', 'insert', 'update', 'delete', 'aggregate'])
      answers.push(await talk.ask({ [command]: collection }))
  for (const command of ['hello', 'isMaster', 'ismaster', 'ping', 'bulkWrite', 'killCursors', 'strange'])
    answers.push(await talk.ask({ [command]: 1 }))
  const { port } = new URL(uri)
  // Not the digits alone: texts of documents may have the same.
  return answers.map(({ bytes }) => bytes.toString('latin1').replaceAll(`127.0.0.1:${port}`, '127.0.0.1:PORT'))
}

test('both servers answer with the same bytes', async t => {
  const [first = [], ...others] = await Promise.all(kinds(t).map(kind => withServer(kind, allReplies)))
  assert.ok(first.length > 30)
  for (const other of others) assert.deepEqual(other, first)
})

test('each reply tells a later signed cluster time, and the request that it answers', async t => {
  for (const kind of kinds(t))
    await withServer(kind, async talk => {
      for (let increment = 1; increment <= 3; increment++) {
        const { responseTo, document } = await talk.ask({ ping: 1 })
        assert.equal(responseTo, increment)
        const time = Timestamp.fromBits(increment, clusterSeconds)
        assert.deepEqual(document['$clusterTime'].clusterTime, time)
        assert.deepEqual(document['operationTime'], time)
      }
    })
})

test('the primary says that it is one of MongoDB 8.2', async t => {
  for (const kind of kinds(t))
    await withServer(kind, async (talk, uri) => {
      const { document } = await talk.ask({ hello: 1 })
      assert.equal(document['maxWireVersion'].value, 27)
      assert.equal(document['logicalSessionTimeoutMinutes'].value, 30)
      assert.equal(document['setName'], new URL(uri).searchParams.get('replicaSet'))
      assert.equal(document['primary'], new URL(uri).host)
    })
})

test('a cursor of 100,000 documents ends after 100 batches, by the side of another', async t => {
  for (const kind of kinds(t))
    await withServer(kind, async talk => {
      const open = async (): Promise<Long> =>
        (await talk.ask({ find: collections.hundredThousand })).document['cursor'].id
      const [id, other] = [await open(), await open()]
      assert.notDeepEqual(id, other)
      for (let batch = 2; batch <= 100; batch++) {
        const { cursor } = (await talk.ask({ getMore: id })).document
        assert.equal(cursor.nextBatch.length, 1_000)
        assert.deepEqual(cursor.id, batch === 100 ? Long.ZERO : id)
      }
      assert.deepEqual((await talk.ask({ getMore: other })).document['cursor'].id, other)
    })
})

test('a hello that waits is answered late, and again and again when that was allowed', async t => {
  for (const kind of kinds(t))
    await withServer(kind, async (talk, uri) => {
      const waiting = { hello: 1, topologyVersion: {}, maxAwaitTimeMS: new Int32(10) }
      talk.send(waiting)
      talk.send({ ping: 1 })
      assert.deepEqual([(await talk.next()).responseTo, (await talk.next()).responseTo], [2, 1])
      const streaming = await Conversation.begin(uri)
      const first = await streaming.ask(waiting, exhaustAllowed)
      const second = await streaming.next()
      assert.deepEqual([first.flags, second.flags], [moreToCome, moreToCome])
      assert.deepEqual([first.responseTo, second.responseTo], [1, first.bytes.readInt32LE(4)])
      streaming.end()
    })
})

test('what asks for no reply gets none, nor does what is never answered', async t => {
  for (const kind of kinds(t))
    await withServer(kind, async talk => {
      talk.send({ endSessions: [] }, moreToCome)
      talk.send({ find: collections.never })
      assert.equal((await talk.ask({ ping: 1 })).responseTo, 3)
    })
})

test('the table of replies comes out as it went in', () => {
  const rows = replyTable('127.0.0.1:27017')
  assert.deepEqual(decodeTable(encodeTable(rows).subarray(4)), rows)
})

test('a small document has 267 bytes', async t => {
  await withServer(kinds(t)[0] ?? 'JavaScript', async talk => {
    const { document } = await talk.ask({ find: collections.small })
    const [found] = document['cursor'].firstBatch as Document[]
    assert.equal(encodeDocument(found ?? {}).length, 267)
    const made = smallDocument(0, BSON.ObjectId)
    assert.deepEqual(BSON.deserialize(encodeDocument(found ?? {})), BSON.deserialize(encodeDocument(made)))
  })
})
