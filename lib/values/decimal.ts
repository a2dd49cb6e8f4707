// The class ComDecimal: Automation's CURRENCY and DECIMAL, which JavaScript numbers cannot represent.
import type { Decimal } from '../../binding'
import * as validate from '../errors/validate'

export type DecimalKind = 'currency' | 'decimal'

const CURRENCY_SCALE = 4
const CURRENCY_MIN = -(2n ** 63n)
const CURRENCY_MAX = 2n ** 63n - 1n
const DIGITS_MAX = 2n ** 96n - 1n
const SCALE_MAX = 28
/** The longest text to convert: longer text is slow, and has no more digits that fit. */
const TEXT_MAX = 200

const number = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,3}))?$/i

const range: Record<DecimalKind, string> = {
  currency: 'a number of at most four decimals from -922337203685477.5808 to 922337203685477.5807',
  decimal: 'a number that fits 96 bits and at most 28 decimals',
}

/** Changes the scale without changing the value; undefined when digits would be lost. */
const rescaled = (digits: bigint, from: number, to: number): bigint | undefined => {
  if (to >= from) return digits * 10n ** BigInt(to - from)
  const divisor = 10n ** BigInt(from - to)
  return digits % divisor === 0n ? digits / divisor : undefined
}

/**
 * An exact number: a currency (64 bits, 4 decimals) or a decimal (96 bits, up to 28 decimals). Immutable.
 *
 * @example
 * ComDecimal.from('12.50', 'currency').toString() // '12.5'
 */
export class ComDecimal {
  /** The Automation type: VT_CY or VT_DECIMAL. */
  readonly kind: DecimalKind
  /** All digits without the sign: the absolute value times 10 to the power of `scale`. */
  readonly digits: bigint
  /** The number of decimals: 4 for a currency, 0 to 28 for a decimal. */
  readonly scale: number
  readonly negative: boolean

  private constructor(kind: DecimalKind, { digits, scale, negative }: Decimal) {
    this.kind = kind
    this.digits = digits
    this.scale = scale
    this.negative = negative
  }

  /**
   * Converts a string (`'12.50'`, `'-1e-3'`), a number (by its decimal text: 0.1 is one tenth), a bigint or
   * another ComDecimal. Default kind: 'decimal'.
   *
   * @param value The value.
   * @param kind 'decimal' or 'currency'.
   * @throws RangeError for a value that does not fit exactly, because nothing is rounded; TypeError for other
   * types.
   */
  static from(value: string | number | bigint | ComDecimal, kind: DecimalKind = 'decimal'): ComDecimal {
    const where = 'ComDecimal.from'
    validate.oneOf(where, 'kind', kind, ['currency', 'decimal'] as const)
    return decimalFrom(where, 'value', value, kind)
  }

  /** @internal A currency, from ten-thousandths. */
  static ofTenThousandths(value: bigint): ComDecimal {
    const negative = value < 0n
    return new ComDecimal('currency', { digits: negative ? -value : value, scale: CURRENCY_SCALE, negative })
  }

  /** @internal */
  static ofDecimal(value: Decimal): ComDecimal {
    return new ComDecimal('decimal', value)
  }

  /** @internal The value in ten-thousandths. */
  get tenThousandths(): bigint {
    const digits = rescaled(this.digits, this.scale, CURRENCY_SCALE) ?? 0n
    return this.negative ? -digits : digits
  }

  /** The exact text without an exponent: `'-12.50'`. A decimal keeps trailing zeros, a currency does not. */
  toString(): string {
    const all = this.digits.toString().padStart(this.scale + 1, '0')
    const whole = all.slice(0, all.length - this.scale)
    let fraction = all.slice(all.length - this.scale)
    if (this.kind === 'currency') fraction = fraction.replace(/0+$/, '')
    const sign = this.negative && this.digits > 0n ? '-' : ''
    return `${sign}${whole}${fraction && `.${fraction}`}`
  }

  /** The nearest JavaScript number. */
  toNumber(): number {
    return Number(this.toString())
  }

  /** The same as toString, because JSON numbers are not exact. */
  toJSON(): string {
    return this.toString()
  }
}

const parsed = (text: string): Decimal | undefined => {
  const match = text.length <= TEXT_MAX ? number.exec(text) : null
  if (!match) return undefined
  const [, sign, whole = '', fraction = '', exponent = '0'] = match
  if (whole === '' && fraction === '') return undefined
  return {
    digits: BigInt(whole + fraction),
    scale: fraction.length - Number(exponent),
    negative: sign === '-',
  }
}

const asCurrency = ({ digits, scale, negative }: Decimal): ComDecimal | undefined => {
  const amount = rescaled(digits, scale, CURRENCY_SCALE)
  if (amount === undefined) return undefined
  const value = negative ? -amount : amount
  return value >= CURRENCY_MIN && value <= CURRENCY_MAX ? ComDecimal.ofTenThousandths(value) : undefined
}

const asDecimal = ({ digits, scale, negative }: Decimal): ComDecimal | undefined => {
  let fitting = Math.max(scale, 0)
  let value = rescaled(digits, scale, fitting) ?? 0n
  // Trailing zeros can be dropped when they do not fit; other digits cannot.
  while (fitting > 0 && (fitting > SCALE_MAX || value > DIGITS_MAX) && value % 10n === 0n) {
    value /= 10n
    fitting--
  }
  if (fitting > SCALE_MAX || value > DIGITS_MAX) return undefined
  return ComDecimal.ofDecimal({ digits: value, scale: fitting, negative })
}

/** Implements ComDecimal.from; `where` and `what` are for messages. */
export const decimalFrom = (where: string, what: string, value: unknown, kind: DecimalKind): ComDecimal => {
  if (value instanceof ComDecimal && value.kind === kind) return value
  const isNumber = typeof value === 'number' || typeof value === 'bigint' || value instanceof ComDecimal
  if (!isNumber && typeof value !== 'string')
    throw validate.wrongType(where, what, 'a number, bigint, string or ComDecimal', value)
  const decimal = parsed(String(value))
  const fitting = decimal && (kind === 'currency' ? asCurrency(decimal) : asDecimal(decimal))
  if (fitting) return fitting
  const got = value instanceof ComDecimal ? value.toString() : validate.describe(value)
  throw new RangeError(`${where}: ${what} must be ${range[kind]}, got ${got}`)
}
