import { Int32, Long, ObjectId, Timestamp } from '../../bson/index.ts'
import { CommandFailure } from '../failure.ts'
import { type BSONValue, isDocument } from '../query/index.ts'
import { offsetMinutes } from './date_text.ts'
import {
  compileNamed,
  isNullish,
  namedOperands,
  type Operator,
  type Operators,
  stringOperand,
  typeText
} from './operator.ts'

const dayMS = 86_400_000

/** Parts of a date whose UTC fields are those of the clock on the wall in the zone asked for. */
const parts: ReadonlyMap<string, (wall: Date) => number> = new Map([
  ['$year', wall => wall.getUTCFullYear()],
  ['$month', wall => wall.getUTCMonth() + 1],
  ['$dayOfMonth', wall => wall.getUTCDate()],
  ['$dayOfWeek', wall => wall.getUTCDay() + 1],
  ['$dayOfYear', dayOfYear],
  ['$hour', wall => wall.getUTCHours()],
  ['$minute', wall => wall.getUTCMinutes()],
  ['$second', wall => wall.getUTCSeconds()],
  ['$millisecond', wall => wall.getUTCMilliseconds()],
  ['$week', weekFromSunday],
  ['$isoDayOfWeek', isoDayOfWeek],
  ['$isoWeek', isoWeek],
  ['$isoWeekYear', wall => thursdayOf(wall).getUTCFullYear()]
])

export const dateOperators: Operators = [
  ...Array.from(parts, ([name, part]): [string, Operator] => [name, datePart(part, name === '$isoWeekYear')]),
  ['$dateToString', dateToString]
]

/** Takes a date, or `{ date, timezone }`. An ISO year is an int64, as on the server; the other parts are int32s. */
function datePart(part: (wall: Date) => number, wide: boolean): Operator {
  return (operand, compiler, name) => {
    const [only] = Array.isArray(operand) && operand.length === 1 ? operand : [operand]
    const named = isDocument(only) && only.has('date')
    const operands = named ? namedOperands(only, name, ['date'], ['timezone']) : new Map([['date', only ?? null]])
    const date = compileNamed(operands, 'date', compiler)
    const zone = compileNamed(operands, 'timezone', compiler)
    return scope => {
      const value = date(scope)
      const timezone = zone(scope)
      if (isNullish(value) || (operands.has('timezone') && isNullish(timezone))) return null
      const number = part(onTheWall(dateOf(name, value), name, timezone))
      return wide ? Long.fromNumber(number) : new Int32(number)
    }
  }
}

function dateOf(name: string, value: BSONValue): Date {
  if (value instanceof Date) return value
  if (value instanceof ObjectId) return value.getTimestamp()
  if (value instanceof Timestamp) return new Date(value.getHighBitsUnsigned() * 1000)
  throw new CommandFailure(16006, `${name}: can't convert from BSON type ${typeText(value)} to Date`)
}

function onTheWall(date: Date, name: string, timezone: BSONValue | undefined): Date {
  return new Date(date.getTime() + zoneOffset(date, name, timezone) * 60_000)
}

/** Minutes east of Greenwich at that time. */
function zoneOffset(date: Date, name: string, timezone: BSONValue | undefined): number {
  if (timezone === undefined) return 0
  const zone = stringOperand(`${name}'s timezone`, timezone, 40517)
  return offsetMinutes(zone) ?? offsetIn(zone, date)
}

function offsetIn(zone: string, date: Date): number {
  const wall = wallClock(zone).formatToParts(date)
  const field = (type: string): number => Number(wall.find(part => part.type === type)?.value ?? '0')
  const asUTC = new Date(0)
  asUTC.setUTCFullYear(field('year'), field('month') - 1, field('day'))
  asUTC.setUTCHours(field('hour'), field('minute'), field('second'), date.getUTCMilliseconds())
  return Math.round((asUTC.getTime() - date.getTime()) / 60_000)
}

function wallClock(zone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US-u-ca-iso8601', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric'
    })
  } catch {
    throw new CommandFailure(40485, `unrecognized time zone identifier: "${zone}"`)
  }
}

function startOfYear(date: Date): number {
  return new Date(0).setUTCFullYear(date.getUTCFullYear(), 0, 1)
}

function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - startOfYear(date)) / dayMS) + 1
}

/** Weeks begin on Sundays; days before the year's first Sunday are in week 0. */
function weekFromSunday(date: Date): number {
  return Math.floor((dayOfYear(date) + 6 - date.getUTCDay()) / 7)
}

function isoDayOfWeek(date: Date): number {
  return date.getUTCDay() === 0 ? 7 : date.getUTCDay()
}

/** The Thursday of the date's week: ISO 8601 gives a week to the year that its Thursday is in. */
function thursdayOf(date: Date): Date {
  return new Date(date.getTime() + (4 - isoDayOfWeek(date)) * dayMS)
}

function isoWeek(date: Date): number {
  return Math.ceil(dayOfYear(thursdayOf(date)) / 7)
}

const months = 'January February March April May June July August September October November December'.split(' ')

type Specifier = (wall: Date, offset: number) => string

/** What a format's specifiers stand for, given the date on the wall and its offset in minutes. */
const specifiers: ReadonlyMap<string, Specifier> = new Map<string, Specifier>([
  ['Y', wall => digits(wall.getUTCFullYear(), 4)],
  ['G', wall => digits(thursdayOf(wall).getUTCFullYear(), 4)],
  ['m', wall => digits(wall.getUTCMonth() + 1, 2)],
  ['b', wall => (months[wall.getUTCMonth()] ?? '').slice(0, 3)],
  ['B', wall => months[wall.getUTCMonth()] ?? ''],
  ['d', wall => digits(wall.getUTCDate(), 2)],
  ['j', wall => digits(dayOfYear(wall), 3)],
  ['H', wall => digits(wall.getUTCHours(), 2)],
  ['M', wall => digits(wall.getUTCMinutes(), 2)],
  ['S', wall => digits(wall.getUTCSeconds(), 2)],
  ['L', wall => digits(wall.getUTCMilliseconds(), 3)],
  ['w', wall => String(wall.getUTCDay() + 1)],
  ['u', wall => String(isoDayOfWeek(wall))],
  ['U', wall => digits(weekFromSunday(wall), 2)],
  ['V', wall => digits(isoWeek(wall), 2)],
  [
    'z',
    (_, offset) =>
      `${offset < 0 ? '-' : '+'}${digits(Math.trunc(Math.abs(offset) / 60), 2)}${digits(Math.abs(offset) % 60, 2)}`
  ],
  ['Z', (_, offset) => `${offset < 0 ? '-' : '+'}${digits(Math.abs(offset), 3)}`],
  ['%', () => '%']
])

function digits(value: number, least: number): string {
  return String(value).padStart(least, '0')
}

function dateToString(...[operand, compiler, name]: Parameters<Operator>): ReturnType<Operator> {
  const operands = namedOperands(operand, name, ['date'], ['format', 'timezone', 'onNull'])
  const evaluate = (field: string) => compileNamed(operands, field, compiler)
  const [date, format, timezone, onNull] = ['date', 'format', 'timezone', 'onNull'].map(evaluate)
  return scope => {
    const value = date?.(scope)
    if (isNullish(value)) return operands.has('onNull') ? onNull?.(scope) : null
    const given = format?.(scope)
    const zone = timezone?.(scope)
    if ((operands.has('format') && isNullish(given)) || (operands.has('timezone') && isNullish(zone))) return null
    const moment = dateOf(name, value)
    const offset = zoneOffset(moment, name, zone)
    const pattern = given === undefined ? defaultFormat(zone) : stringOperand(name, given, 18533)
    return formatted(pattern, onTheWall(moment, name, zone), offset)
  }
}

/** Ends in a Z in UTC alone. */
function defaultFormat(zone: BSONValue | undefined): string {
  const isUTC = typeof zone !== 'string' || offsetMinutes(zone) === 0
  return isUTC ? '%Y-%m-%dT%H:%M:%S.%LZ' : '%Y-%m-%dT%H:%M:%S.%L'
}

function formatted(pattern: string, wall: Date, offset: number): string {
  return pattern.replace(/%(.?)/gsu, (_, specifier: string) => {
    const part = specifiers.get(specifier)
    if (part !== undefined) return part(wall, offset)
    if (specifier === '') throw new CommandFailure(18535, "a date format must not end with an unmatched '%'")
    throw new CommandFailure(18536, `invalid format character '%${specifier}' in a date format`)
  })
}
