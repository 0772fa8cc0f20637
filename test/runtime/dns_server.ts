import { createSocket, type Socket } from 'node:dgram'

/** What a name is answered: a code of DNS other than 0, records, or nothing at all. */
export type Answer =
  | { readonly code: number }
  | { readonly srv: readonly { readonly name: string; readonly port: number }[] }
  | { readonly txt: readonly (readonly string[])[] }
  | 'silence'

const types = { txt: 16, srv: 33 } as const

/** A DNS server on loopback that knows what a test tells it. */
export class DNSServer {
  readonly #socket: Socket
  readonly #answers: Readonly<Record<string, Answer>>
  readonly asked: string[] = []

  static async listen(answers: Readonly<Record<string, Answer>>): Promise<DNSServer> {
    const server = new DNSServer(answers)
    await new Promise<void>(resolve => server.#socket.bind(0, '127.0.0.1', resolve))
    return server
  }

  private constructor(answers: Readonly<Record<string, Answer>>) {
    this.#answers = answers
    this.#socket = createSocket('udp4')
    this.#socket.on('message', (query, { port, address }) => {
      const reply = this.#replyTo(query)
      if (reply !== undefined) this.#socket.send(reply, port, address)
    })
  }

  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`
  }

  close(): Promise<void> {
    return new Promise(resolve => this.#socket.close(() => resolve()))
  }

  #replyTo(query: Buffer): Buffer | undefined {
    const { name, end } = nameAt(query, 12)
    this.asked.push(name)
    const answer = this.#answers[name] ?? { code: 3 }
    if (answer === 'silence') return undefined
    const records = recordsOf(answer)
    const header = Buffer.alloc(12)
    header.writeUInt16BE(query.readUInt16BE(0), 0)
    header.writeUInt16BE(0x8180 | ('code' in answer ? answer.code : 0), 2)
    header.writeUInt16BE(1, 4)
    header.writeUInt16BE(records.length, 6)
    return Buffer.concat([header, query.subarray(12, end + 4), ...records])
  }
}

function nameAt(message: Buffer, start: number): { name: string; end: number } {
  const labels: string[] = []
  let at = start
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return { name: labels.join('.'), end: at + 1 }
}

function recordsOf(answer: Exclude<Answer, 'silence'>): Buffer[] {
  if ('srv' in answer)
    return answer.srv.map(({ name, port }) =>
      record(types.srv, Buffer.concat([numbers(0, 5, port), encodedName(name)]))
    )
  if ('txt' in answer) return answer.txt.map(strings => record(types.txt, Buffer.concat(strings.map(counted))))
  return []
}

/** Named by a pointer to the question's name. */
function record(type: number, data: Buffer): Buffer {
  return Buffer.concat([numbers(0xc00c, type, 1, 0, 300, data.length), data])
}

function encodedName(name: string): Buffer {
  return Buffer.concat([...name.split('.').map(counted), Buffer.of(0)])
}

function counted(text: string): Buffer {
  return Buffer.concat([Buffer.of(text.length), Buffer.from(text, 'latin1')])
}

function numbers(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2)
  for (const [index, value] of values.entries()) bytes.writeUInt16BE(value, index * 2)
  return bytes
}
