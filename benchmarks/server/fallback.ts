/**
 * The canned server where no C compiler is: what `native/canned_server.c` does, with the same arguments, table and replies.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { decodeTable, legacyHello, type TableRow } from './table.ts'

const headerBytes = 16
/** Behind the header, the flags and the kind of the first section. */
const bodyOffset = 21
const opQuery = 2004
const opMessage = 2013
const moreToCome = 2
const exhaustAllowed = 1 << 16
const cursorsMax = 1024
const cursorIdBase = 0x4000000000000000n

const handshakeDelayMS = Number(process.argv[2] ?? 0)
const recordFile = process.argv[3] === undefined ? undefined : openSync(process.argv[3], 'w')

let sent = 0
let connectionsSeen = 0

/** What cursors have left, by their identifier's low bits. */
const furtherBatches = new Int32Array(cursorsMax)
const collectionsOfCursors: string[] = []
let cursorsOpened = 0

class Replies {
  readonly #byKey: ReadonlyMap<string, TableRow>
  readonly #none: TableRow

  constructor(rows: readonly TableRow[]) {
    this.#byKey = new Map(rows.map(row => [`${row.command} ${row.collection}`, row]))
    const last = rows.at(-1)
    if (last === undefined) throw new Error('the table of replies is empty')
    this.#none = last
  }

  to(command: string, collection: string): TableRow {
    return this.#byKey.get(`${command} ${collection}`) ?? this.#byKey.get(`${command} `) ?? this.#none
  }
}

interface Answer {
  readonly reply: TableRow
  readonly responseTo: number
  readonly cursorId: bigint
  /** Answers on and on, as often; 0: once. */
  readonly repeatMS: number
}

class ServerConnection {
  readonly #socket: Socket
  readonly #replies: Replies
  readonly #number = ++connectionsSeen
  #told = 0
  #greeted = false
  #unread: Buffer = Buffer.alloc(0)

  constructor(socket: Socket, replies: Replies) {
    this.#socket = socket
    this.#replies = replies
    socket.setNoDelay(true)
    socket.on('data', chunk => this.#received(chunk))
    socket.on('error', () => socket.destroy())
  }

  #received(chunk: Buffer): void {
    this.#unread = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk])
    let at = 0
    while (this.#unread.length - at >= headerBytes) {
      const length = this.#unread.readInt32LE(at)
      if (length < bodyOffset + 7) {
        this.#socket.destroy()
        return
      }
      if (length > this.#unread.length - at) break
      const message = this.#unread.subarray(at, at + length)
      this.#record(message)
      this.#answer(message)
      at += length
    }
    this.#unread = this.#unread.subarray(at)
  }

  #record(message: Buffer): void {
    if (recordFile === undefined) return
    const head = Buffer.alloc(8)
    head.writeInt32LE(this.#number, 0)
    head.writeInt32LE(this.#told, 4)
    writeSync(recordFile, head)
    writeSync(recordFile, message)
  }

  #answer(message: Buffer): void {
    const first = !this.#greeted
    this.#greeted = true
    const once = { responseTo: message.readInt32LE(4), cursorId: 0n, repeatMS: 0 }
    if (message.readInt32LE(12) === opQuery) {
      this.#send({ ...once, reply: this.#replies.to(legacyHello, '') }, first ? handshakeDelayMS : 0)
      return
    }
    const flags = message.readInt32LE(headerBytes)
    if ((flags & moreToCome) !== 0) return
    const element = bodyOffset + 4
    const command = textFrom(message, element + 1)
    const value = element + 1 + command.length + 1
    const reply = this.#replies.to(command, collectionOf(message, command, element, value))
    if (isHello(command)) {
      const waitMS = awaitMS(message)
      const repeatMS = waitMS !== undefined && (flags & exhaustAllowed) !== 0 ? waitMS : 0
      this.#send({ ...once, reply, repeatMS }, waitMS ?? (first ? handshakeDelayMS : 0))
      return
    }
    let cursorId = 0n
    if (reply.furtherBatches > 0) cursorId = cursorOpened(reply)
    if (command === 'getMore') cursorId = cursorAfterBatch(message.readBigInt64LE(value))
    this.#send({ ...once, reply, cursorId }, reply.delayMS)
  }

  #send(answer: Answer, delayMS: number): void {
    if (delayMS < 0) return
    if (delayMS > 0) setTimeout(() => this.#sendDue(answer), delayMS)
    else this.#write(answer)
  }

  #sendDue(answer: Answer): void {
    if (this.#socket.destroyed) return
    this.#write(answer)
    if (answer.repeatMS > 0) this.#send({ ...answer, responseTo: sent }, answer.repeatMS)
  }

  #write({ reply, responseTo, cursorId, repeatMS }: Answer): void {
    const bytes = Buffer.from(reply.bytes)
    this.#told = ++sent
    bytes.writeInt32LE(sent, 4)
    bytes.writeInt32LE(responseTo, 8)
    if (bytes.readInt32LE(12) === opMessage) bytes.writeInt32LE(repeatMS > 0 ? moreToCome : 0, headerBytes)
    for (const offset of reply.timeOffsets) bytes.writeInt32LE(sent, offset)
    if (reply.cursorIdOffset !== undefined) bytes.writeBigInt64LE(cursorId, reply.cursorIdOffset)
    this.#socket.write(bytes)
  }
}

function textFrom(message: Buffer, start: number): string {
  return message.toString('latin1', start, message.indexOf(0, start))
}

/** The value of the command's first element, or for `getMore` what its cursor is of. */
function collectionOf(message: Buffer, command: string, element: number, value: number): string {
  if (command === 'getMore') return collectionsOfCursors[slotOf(message.readBigInt64LE(value))] ?? ''
  return message[element] === 2 ? textFrom(message, value + 4) : ''
}

function isHello(command: string): boolean {
  return command === 'hello' || command.toLowerCase() === 'ismaster'
}

/** How long a hello may wait for a change, which never comes. */
function awaitMS(message: Buffer): number | undefined {
  const name = Buffer.from('maxAwaitTimeMS\0')
  const at = message.indexOf(name)
  if (at < 0) return undefined
  const value = at + name.length
  return message[at - 1] === 1 ? message.readDoubleLE(value) : message.readInt32LE(value)
}

function cursorOpened(reply: TableRow): bigint {
  const slot = cursorsOpened++ % cursorsMax
  furtherBatches[slot] = reply.furtherBatches
  collectionsOfCursors[slot] = reply.collection
  return cursorIdBase + BigInt(slot)
}

function slotOf(id: bigint): number {
  return Number(BigInt.asUintN(64, id) % BigInt(cursorsMax))
}

function cursorAfterBatch(id: bigint): bigint {
  const slot = slotOf(id)
  const left = (furtherBatches[slot] ?? 0) - 1
  furtherBatches[slot] = left
  return left > 0 ? id : 0n
}

let given: Buffer = Buffer.alloc(0)
const server = createServer()
server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  process.stdout.write(`${address.port}\n`)
})
// Connections that come before the table does wait: their clients are answered once it is there.
const early: Socket[] = []
let replies: Replies | undefined
server.on('connection', socket => {
  if (replies === undefined) early.push(socket)
  else new ServerConnection(socket, replies)
})
process.stdin.on('data', chunk => {
  given = Buffer.concat([given, chunk])
  if (replies !== undefined || given.length < 4 || given.length - 4 < given.readInt32LE(0)) return
  replies = new Replies(decodeTable(given.subarray(4)))
  for (const socket of early) new ServerConnection(socket, replies)
})
process.stdin.on('end', () => {
  if (recordFile !== undefined) closeSync(recordFile)
  process.exit()
})
