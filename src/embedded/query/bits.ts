import { Binary } from '../../bson/index.ts'
import { badValue } from '../failure.ts'
import { wholeInt64 } from './numbers.ts'
import { type BSONValue, isNumber, typeNameOf } from './values.ts'

const bitOperators = {
  $bitsAllSet: { wanted: true, quantifier: 'every' },
  $bitsAnySet: { wanted: true, quantifier: 'some' },
  $bitsAllClear: { wanted: false, quantifier: 'every' },
  $bitsAnyClear: { wanted: false, quantifier: 'some' }
} as const

export type BitOperator = keyof typeof bitOperators

export function isBitOperator(operator: string): operator is BitOperator {
  return Object.hasOwn(bitOperators, operator)
}

/** The test of the positions that the operand names, on whole numbers of 64 bits and on binaries, lowest byte first. */
export function bitTest(operator: BitOperator, operand: BSONValue): (value: BSONValue | undefined) => boolean {
  const { wanted, quantifier } = bitOperators[operator]
  const positions = positionsOf(operator, operand)
  return value => {
    const isSet = bitsOf(value)
    return isSet !== undefined && positions[quantifier](position => isSet(position) === wanted)
  }
}

function positionsOf(operator: BitOperator, operand: BSONValue): readonly number[] {
  if (Array.isArray(operand)) return operand.map(position => positionOf(operator, position))
  if (operand instanceof Binary) return setBits(operand.length() * 8, bitOfBinary(operand))
  if (!isNumber(operand)) {
    throw badValue(`${operator} takes an array of positions, a number or a BinData, not ${typeNameOf(operand)}`)
  }
  const mask = wholeInt64(operand)
  if (mask === undefined || mask < 0n) throw badValue(`${operator} takes a whole number from 0 to 2^63 - 1 as its mask`)
  return setBits(64, bitOfInteger(mask))
}

function positionOf(operator: BitOperator, position: BSONValue): number {
  const whole = isNumber(position) ? wholeInt64(position) : undefined
  if (whole === undefined || whole < 0n || whole > 0x7fff_ffffn) {
    throw badValue(`${operator}: bit positions are whole numbers from 0 to 2^31 - 1`)
  }
  return Number(whole)
}

type BitReader = (position: number) => boolean

function bitsOf(value: BSONValue | undefined): BitReader | undefined {
  if (value instanceof Binary) return bitOfBinary(value)
  const whole = isNumber(value) ? wholeInt64(value) : undefined
  return whole === undefined ? undefined : bitOfInteger(whole)
}

/** In two's complement: beyond the highest bit stands the sign. */
function bitOfInteger(value: bigint): BitReader {
  return position => ((value >> BigInt(Math.min(position, 63))) & 1n) === 1n
}

function bitOfBinary(binary: Binary): BitReader {
  const bytes = binary.value()
  return position => (((bytes[Math.floor(position / 8)] ?? 0) >> (position % 8)) & 1) === 1
}

function setBits(count: number, isSet: BitReader): number[] {
  return Array.from({ length: count }, (_, position) => position).filter(isSet)
}
