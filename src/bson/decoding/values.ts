/** Values of fixed length, and binary values, once their room is checked. All are made by the library's constructors. */
import { Binary, Decimal128, Long, ObjectId, Timestamp, UUID } from 'bson'
import { buffer, view } from './input.ts'

const objectIdBytes = 12
const decimalBytes = 16

/** The upper half of 2 ** 53, up to which all whole numbers are exact. */
const exactHighMax = 0x20_0000

/** One for all: the library copies the bytes into numbers. */
const lentId = new Uint8Array(objectIdBytes)
const lentIdView = new DataView(lentId.buffer)

export function objectIdAt(at: number): ObjectId {
  lentIdView.setInt32(0, view.getInt32(at))
  lentIdView.setInt32(4, view.getInt32(at + 4))
  lentIdView.setInt32(8, view.getInt32(at + 8))
  return new ObjectId(lentId)
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
