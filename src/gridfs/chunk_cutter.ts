/**
 * Cuts what is written into chunks. Bytes are copied only where a chunk is put together of several pieces; a piece that holds
 * whole chunks gives them as they lie in it. The room for a chunk grows with what is written: a small file needs little.
 */
export class ChunkCutter {
  readonly #chunkBytes: number
  #room: Uint8Array = empty
  #filled = 0

  constructor(chunkBytes: number) {
    this.#chunkBytes = chunkBytes
  }

  /** The chunks that are whole with this piece. Each is lent until the next is asked for. */
  *whole(piece: Uint8Array): Generator<Uint8Array, void, undefined> {
    let at = 0
    while (piece.length - at >= this.#chunkBytes - this.#filled) {
      const taken = this.#chunkBytes - this.#filled
      const part = piece.subarray(at, at + taken)
      at += taken
      if (this.#filled === 0) yield part
      else {
        this.#add(part)
        this.#filled = 0
        yield this.#room.subarray(0, this.#chunkBytes)
      }
    }
    if (at < piece.length) this.#add(piece.subarray(at))
  }

  /** What is left behind the last whole chunk; perhaps nothing. */
  rest(): Uint8Array {
    return this.#room.subarray(0, this.#filled)
  }

  #add(bytes: Uint8Array): void {
    const filled = this.#filled + bytes.length
    if (filled > this.#room.length) {
      const room = new Uint8Array(Math.min(this.#chunkBytes, Math.max(filled, 2 * this.#room.length)))
      room.set(this.rest())
      this.#room = room
    }
    this.#room.set(bytes, this.#filled)
    this.#filled = filled
  }
}

const empty = new Uint8Array(0)
