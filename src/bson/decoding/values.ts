/** Values of fixed length, and binary values, once their room is checked. All are made by the library's constructors. */
import { Binary, Decimal128, Long, ObjectId, Timestamp, UUID } from 'bson'
import { buffer, view } from './input.ts'

const decimalBytes = 16

/** The upper half of 2 ** 53, up to which all whole numbers are exact. */
const exactHighMax = 0x20_0000

/**
 * As the library makes them itself. Its published types leave the second argument out, without which the bytes would have
 * to be copied first; its version is therefore an exact one.
 */
const IdAt = ObjectId as unknown as new (bytes: Uint8Array, at: number) => ObjectId

export function objectIdAt(at: number): ObjectId {
  return new IdAt(buffer, at)
}

/** A number where it is exact, up to and with 2 ** 53 on both sides. */
export function int64At(at: number): number | Long {
  const low = view.getInt32(at, true)
  const high = view.getInt32(at + 4, true)
  const exact = (high >= -exactHighMax && high < exactHighMax) || (high === exactHighMax && low === 0)
  return exact ? high * 0x1_0000_0000 + (low >>> 0) : new Long(low, high)
}

export function dateAt(at: number): Date {
  return new Date(view.getInt32(at + 4, true) * 0x1_0000_0000 + view.getUint32(at, true))
}

export function timestampAt(at: number): Timestamp {
  return new Timestamp({ i: view.getUint32(at, true), t: view.getUint32(at + 4, true) })
}

export function decimalAt(at: number): Decimal128 {
  return new Decimal128(copied(at, at + decimalBytes))
}

export function binaryIn(start: number, end: number, subtype: number): Binary {
  const binary = new Binary(copied(start, end), subtype)
  return subtype === Binary.SUBTYPE_UUID && UUID.isValid(binary) ? binary.toUUID() : binary
}

function copied(start: number, end: number): Buffer {
  const copy = Buffer.allocUnsafe(end - start)
  buffer.copy(copy, 0, start, end)
  return copy
}
