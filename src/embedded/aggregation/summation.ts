import { Double, Int32, Long } from '../../bson/index.ts'
import { addDecimals, type DecimalNumber, finite, packDecimal, unpackDecimal } from '../query/decimal.ts'
import { type BSONNumber, type BSONValue, isNumber } from '../query/index.ts'
import { divideDecimals, exactDecimalOfDouble, integerResult } from './numeric.ts'

/**
 * The sum of any number of values, as `$sum` and `$avg` have it: integers exactly, doubles with the rounding error of
 * each addition carried along, decimals as decimals. What is no number counts as nothing.
 */
export class Summation {
  count = 0
  #integers = 0n
  #wide = false
  readonly #doubles = new CompensatedSum()
  #hasDoubles = false
  #decimals: DecimalNumber | undefined

  add(value: BSONValue | undefined): void {
    if (!isNumber(value)) return
    this.count += 1
    if (value instanceof Int32) this.#integers += BigInt(value.value)
    else if (value instanceof Long) {
      this.#integers += value.toBigInt()
      this.#wide = true
    } else if (value instanceof Double) {
      this.#doubles.add(value.value)
      this.#hasDoubles = true
    } else this.#decimals = addDecimals(this.#decimals ?? finite(0n, 0), unpackDecimal(value))
  }

  /** Of the widest type that was added: decimal, double, int64, int32. An int32 too small is an int64, that a double. */
  sum(): BSONNumber {
    const decimal = this.#decimalSum()
    if (decimal !== undefined) return packDecimal(decimal)
    return this.#hasDoubles ? new Double(this.#doubleSum()) : integerResult(this.#integers, this.#wide)
  }

  /** A decimal if there was one, else a double. Undefined where there were no numbers. */
  average(): BSONNumber | undefined {
    if (this.count === 0) return undefined
    const decimal = this.#decimalSum()
    if (decimal !== undefined) return packDecimal(divideDecimals(decimal, finite(BigInt(this.count), 0)))
    return new Double(this.#doubleSum() / this.count)
  }

  #doubleSum(): number {
    const total = this.#doubles.copy()
    const nearest = Number(this.#integers)
    total.add(nearest)
    total.add(Number(this.#integers - BigInt(nearest)))
    return total.value
  }

  #decimalSum(): DecimalNumber | undefined {
    if (this.#decimals === undefined) return undefined
    const others = this.#doubles.parts.map(exactDecimalOfDouble)
    return [finite(this.#integers, 0), ...others].reduce<DecimalNumber>(addDecimals, this.#decimals)
  }
}

/** A sum of doubles and, beside it, what its additions have rounded away so far. */
class CompensatedSum {
  #sum = 0
  #lost = 0
  /** The sum alone, which is right where infinities or NaN came in. */
  #plain = 0

  add(value: number): void {
    this.#plain += value
    const sum = this.#sum + value
    const other = sum - this.#sum
    this.#lost += this.#sum - (sum - other) + (value - other)
    this.#sum = sum
  }

  copy(): CompensatedSum {
    const copy = new CompensatedSum()
    copy.#sum = this.#sum
    copy.#lost = this.#lost
    copy.#plain = this.#plain
    return copy
  }

  get value(): number {
    const value = this.#sum + this.#lost
    return Number.isFinite(value) ? value : this.#plain
  }

  /** Two doubles whose exact sum it is. */
  get parts(): readonly number[] {
    return Number.isFinite(this.#sum + this.#lost) ? [this.#sum, this.#lost] : [this.#plain]
  }
}
