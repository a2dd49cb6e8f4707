// Exact decimal numbers: Automation's CURRENCY and DECIMAL, which JavaScript's numbers can't hold.
import type { Decimal } from '../../binding'
import * as validate from '../errors/validate'

export type DecimalKind = 'currency' | 'decimal'

const CURRENCY_SCALE = 4
const CURRENCY_MIN = -(2n ** 63n)
const CURRENCY_MAX = 2n ** 63n - 1n
const DIGITS_MAX = 2n ** 96n - 1n
const SCALE_MAX = 28
/** Longer text holds no more digits than fit, and takes long to convert. */
const TEXT_MAX = 200

const number = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,3}))?$/i

const range: Record<DecimalKind, string> = {
  currency: 'a number of at most four decimals from -922337203685477.5808 to 922337203685477.5807',
  decimal: 'a number that fits 96 bits and at most 28 decimals',
}

/** Moves the decimal point without changing the value; undefined when it would lose digits. */
const rescaled = (digits: bigint, from: number, to: number): bigint | undefined => {
  if (to >= from) return digits * 10n ** BigInt(to - from)
  const divisor = 10n ** BigInt(from - to)
  return digits % divisor === 0n ? digits / divisor : undefined
}

/** A currency (64 bits, four decimals) or a decimal (96 bits, up to 28 decimals), exactly. Immutable. */
export class ComDecimal {
  /** Which of Automation's two types it is passed as: VT_CY or VT_DECIMAL. */
  readonly kind: DecimalKind
  /** All its digits without the sign: the absolute value times ten to the power of `scale`. */
  readonly digits: bigint
  /** How many of the digits are decimals: 4 for a currency, 0 to 28 for a decimal. */
  readonly scale: number
  readonly negative: boolean

  private constructor(kind: DecimalKind, { digits, scale, negative }: Decimal) {
    this.kind = kind
    this.digits = digits
    this.scale = scale
    this.negative = negative
  }

  /**
   * The number that a string (`'12.50'`, `'-1e-3'`), a number (as JavaScript writes it: 0.1 is one tenth) or a
   * bigint stands for; of another ComDecimal the one of this kind. Default kind: 'decimal'. Throws RangeError
   * where it does not fit exactly: nothing is rounded. TypeError for anything else.
   */
  static from(value: string | number | bigint | ComDecimal, kind: DecimalKind = 'decimal'): ComDecimal {
    const where = 'ComDecimal.from'
    validate.oneOf(where, 'kind', kind, ['currency', 'decimal'] as const)
    return decimalFrom(where, 'value', value, kind)
  }

  /** @internal A currency of so many ten-thousandths. */
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

  /** Exactly, without an exponent: `'-12.50'`. A decimal keeps its trailing zeros, a currency has none. */
  toString(): string {
    const all = this.digits.toString().padStart(this.scale + 1, '0')
    const whole = all.slice(0, all.length - this.scale)
    let fraction = all.slice(all.length - this.scale)
    if (this.kind === 'currency') fraction = fraction.replace(/0+$/, '')
    const sign = this.negative && this.digits > 0n ? '-' : ''
    return `${sign}${whole}${fraction && `.${fraction}`}`
  }

  /** The nearest number that JavaScript has. */
  toNumber(): number {
    return Number(this.toString())
  }

  /** As toString: JSON has no exact numbers. */
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
  // Zeros at the end may go where there is no room for them; other digits may not.
  while (fitting > 0 && (fitting > SCALE_MAX || value > DIGITS_MAX) && value % 10n === 0n) {
    value /= 10n
    fitting--
  }
  if (fitting > SCALE_MAX || value > DIGITS_MAX) return undefined
  return ComDecimal.ofDecimal({ digits: value, scale: fitting, negative })
}

/** What `ComDecimal.from` does, for whoever else takes such numbers. */
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
