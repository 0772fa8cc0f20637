import { type OnReadOpts, Socket } from 'node:net'
import { addressOf } from '../failures.ts'
import type { Target, Transport, TransportError, TransportOptions } from '../runtime.ts'
import { asError, type Dial, failureToDial, failureWhenOpen, socketOptions } from './dial.ts'

export class PlainDial implements Dial {
  readonly socket: Socket
  stage: Transport['stage'] = 'connect'
  readonly peerSubject = undefined
  readonly #target: Target

  constructor(target: Target, options: TransportOptions, onread: OnReadOpts) {
    this.#target = target
    const socket = new Socket(socketOptions(options, onread))
    this.socket = socket
    try {
      socket.connect(target.kind === 'unix' ? { path: target.path } : { host: target.host, port: target.port })
    } catch (error) {
      // Node refuses some targets by throwing (a port out of range). The caller is told as of any other failure, later.
      setImmediate(() => socket.destroy(asError(error)))
    }
  }

  whenOpen(opened: () => void): void {
    this.socket.once('connect', () => {
      this.stage = 'open'
      opened()
    })
  }

  failure(error: NodeJS.ErrnoException): TransportError {
    return this.stage === 'open'
      ? failureWhenOpen(`to ${addressOf(this.#target)}`, error)
      : failureToDial(this.#target, error)
  }
}
