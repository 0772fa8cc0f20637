import assert from 'node:assert/strict'
import { createHook } from 'node:async_hooks'
import { test } from 'node:test'
import type { Connection, Exchange } from '../../src/connection/index.ts'
import type { MessageWriter } from '../../src/wire/index.ts'
import { handConnection } from './hand_network.ts'
import { replyBytes } from './messages.ts'

const commands = 10_000

/** Starts itself again at each reply. */
class Pings implements Exchange {
  readonly expectsReply = true
  requestId = 0
  replies = 0

  write(message: MessageWriter, requestId: number): Uint8Array {
    this.requestId = requestId
    const body = message.begin(requestId)
    body.int32('ping', 1)
    body.string('$db', 'admin')
    message.endBody()
    return message.finish()
  }

  replied(_reply: unknown, connection: Connection): void {
    this.replies++
    connection.start(this)
  }

  failed(error: Error): void {
    throw error
  }

  sent(): void {}
}

test(`${commands} commands make no promise, timer or other asynchronous resource`, () => {
  const { connection, transport } = handConnection()
  const pings = new Pings()
  const reply = replyBytes({ responseTo: 0 })
  let made = 0
  const counter = createHook({ init: () => void made++ })
  connection.start(pings)
  const buffers = new Set<ArrayBufferLike>()
  counter.enable()
  try {
    for (let i = 0; i < commands; i++) {
      buffers.add(transport.writes.at(-1)!.buffer)
      transport.writes.length = 0
      reply.writeInt32LE(pings.requestId, 8)
      transport.handler.received(reply, reply.length)
    }
  } finally {
    counter.disable()
  }
  assert.equal(pings.replies, commands)
  assert.equal(made, 0)
  assert.equal(buffers.size, 1, 'one buffer serves them all')
})
