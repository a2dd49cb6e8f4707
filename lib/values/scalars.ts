// Conversion of JavaScript values to scalars of a given Automation type.
import { types } from 'node:util'
import type { ScalarType, ScalarValue } from '../../binding'
import * as validate from '../errors/validate'
import { decimalFrom } from './decimal'
import { oleDays, toOleDate } from './ole-date'
import { ComErrorValue } from './values'

/** The place of a value, for the message that rejects it: the member, and the place among its arguments. */
export interface Spot {
  where: string
  /** `argument 2[1][0]`; a function, because most values are accepted. */
  place: () => string
  /** The number of arrays around the value. */
  depth: number
}

export type IntegerType = 'i1' | 'ui1' | 'i2' | 'ui2' | 'i4' | 'ui4' | 'int' | 'uint' | 'i8' | 'ui8'

const integers: Record<IntegerType, [min: bigint, max: bigint]> = {
  i1: [-128n, 127n],
  ui1: [0n, 255n],
  i2: [-32768n, 32767n],
  ui2: [0n, 65535n],
  i4: [-(2n ** 31n), 2n ** 31n - 1n],
  ui4: [0n, 2n ** 32n - 1n],
  int: [-(2n ** 31n), 2n ** 31n - 1n],
  uint: [0n, 2n ** 32n - 1n],
  i8: [-(2n ** 63n), 2n ** 63n - 1n],
  ui8: [0n, 2n ** 64n - 1n],
}

/** The range of a type whose values are numbers, all or the integers of it; undefined for other types. */
export const numberRange = (type: ScalarType): [min: number, max: number] | undefined => {
  if (type === 'r8') return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  if (type === 'i8' || type === 'ui8' || !Object.hasOwn(integers, type)) return undefined
  const [min, max] = integers[type as IntegerType]
  return [Number(min), Number(max)]
}

const wrongScalarType = ({ where, place }: Spot, expected: string, value: unknown): TypeError =>
  validate.wrongType(where, place(), expected, value)

const wrongScalarRange = ({ where, place }: Spot, expected: string, value: unknown): RangeError =>
  new RangeError(`${where}: ${place()} must be ${expected}, got ${validate.describe(value)}`)

const integer = (type: IntegerType, value: unknown, spot: Spot): number | bigint => {
  const [min, max] = integers[type]
  const wide = type === 'i8' || type === 'ui8'
  const expected = () => `an integer from ${min} to ${max} (${type})`
  if (typeof value !== 'number' && typeof value !== 'bigint') throw wrongScalarType(spot, expected(), value)
  if (typeof value === 'number' && !Number.isInteger(value)) throw wrongScalarRange(spot, expected(), value)
  if (value < min || value > max) throw wrongScalarRange(spot, expected(), value)
  return wide ? BigInt(value) : Number(value) + 0
}

const single = (value: unknown, spot: Spot): number => {
  if (typeof value !== 'number') throw wrongScalarType(spot, 'a number (r4)', value)
  const rounded = Math.fround(value)
  if (Number.isFinite(value) && !Number.isFinite(rounded))
    throw wrongScalarRange(spot, 'a number of at most 3.4028234663852886e38 (r4)', value)
  return rounded
}

const nothing = (type: ScalarType, value: unknown, spot: Spot): undefined => {
  if (value === undefined || (type === 'null' && value === null)) return undefined
  throw wrongScalarType(spot, `left out (${type})`, value)
}

/** Converts a value to a scalar that is no pointer; throws TypeError or RangeError. */
export const toScalar = (
  type: Exclude<ScalarType, 'dispatch' | 'unknown'>,
  value: unknown,
  spot: Spot,
): ScalarValue => {
  switch (type) {
    case 'empty':
    case 'null':
    case 'missing':
      return nothing(type, value, spot)
    case 'bool':
      if (typeof value === 'boolean') return value
      throw wrongScalarType(spot, 'a boolean', value)
    case 'r4':
      return single(value, spot)
    case 'r8':
      if (typeof value === 'number') return value
      throw wrongScalarType(spot, 'a number (r8)', value)
    case 'cy':
      return decimalFrom(spot.where, spot.place(), value, 'currency').tenThousandths
    case 'decimal': {
      const { digits, scale, negative } = decimalFrom(spot.where, spot.place(), value, 'decimal')
      return { digits, scale, negative }
    }
    case 'date':
      if (types.isDate(value)) return toOleDate(spot.where, spot.place(), value)
      if (typeof value === 'number') return oleDays(spot.where, spot.place(), value)
      throw wrongScalarType(spot, 'a Date, or days since 1899-12-30 (date)', value)
    case 'bstr':
      if (typeof value === 'string' || value === null) return value
      throw wrongScalarType(spot, 'a string, or null for a NULL BSTR (bstr)', value)
    case 'error':
      if (value instanceof ComErrorValue) return value.hresult
      return validate.hresult(spot.where, spot.place(), value)
    default:
      return integer(type, value, spot)
  }
}
