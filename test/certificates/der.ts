/** The few forms of DER that certificates are made of. Source: ITU-T X.690. */

/** A value with its tag and its length, below 64 KiB. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents)
  const { length } = content
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...head]), content])
}

export function sequence(...contents: readonly Uint8Array[]): Buffer {
  return der(0x30, ...contents)
}

export function set(...contents: readonly Uint8Array[]): Buffer {
  return der(0x31, ...contents)
}

/** Not negative. */
export function integer(value: number): Buffer {
  const hex = value.toString(16)
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  return der(0x02, (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes)
}

export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

export function utf8(text: string): Buffer {
  return der(0x0c, Buffer.from(text))
}

export function bitString(bytes: Uint8Array): Buffer {
  return der(0x03, Buffer.from([0]), bytes)
}

export function octetString(bytes: Uint8Array): Buffer {
  return der(0x04, bytes)
}

export function yes(): Buffer {
  return der(0x01, Buffer.from([0xff]))
}

/** `YYYYMMDDHHMMSSZ`: GeneralizedTime, whatever the year. */
export function time(at: Date): Buffer {
  return der(0x18, Buffer.from(`${at.toISOString().replace(/\D/g, '').slice(0, 14)}Z`))
}

function base128(part: number): number[] {
  const groups = [part & 0x7f]
  for (let rest = part >> 7; rest > 0; rest >>= 7) groups.unshift((rest & 0x7f) | 0x80)
  return groups
}
