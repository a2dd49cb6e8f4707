// Changes the type of a value, as VariantChangeType does for the values that handlers put into typed references.
import type { HRESULT, Variant } from '../../../binding'
import { HResult } from '../../errors/hresult'
import { type IntegerType, toScalar } from '../../values/scalars'

type NumberType = IntegerType | 'r4' | 'r8'

const integers: readonly string[] = ['i1', 'ui1', 'i2', 'ui2', 'i4', 'ui4', 'int', 'uint', 'i8', 'ui8']
const numbers: readonly string[] = [...integers, 'r4', 'r8']

/** The value as a number; undefined if it is not one. VARIANT_TRUE is -1. */
const asNumber = ({ type, value }: { type: string; value?: unknown }): number | undefined => {
  if (type === 'empty') return 0
  if (type === 'bool') return value ? -1 : 0
  if (numbers.includes(type)) return Number(value)
  if (type !== 'bstr' || typeof value !== 'string' || value.trim() === '') return undefined
  if (/^(?:true|false)$/i.test(value)) return value.toLowerCase() === 'true' ? -1 : 0
  return Number.isNaN(Number(value)) ? undefined : Number(value)
}

/** Rounds to the nearest integer, and a half to the even one. */
const rounded = (value: number): number => {
  const below = Math.floor(value)
  if (value - below !== 0.5) return Math.round(value)
  return below % 2 === 0 ? below : below + 1
}

/** The value with another type; DISP_E_TYPEMISMATCH or DISP_E_OVERFLOW where there is none. */
export const changeType = (variant: Variant, type: Variant['type']): Variant | HRESULT => {
  if (variant.type === type) return variant
  if (variant.type === 'array' || type === 'array') return HResult.DISP_E_TYPEMISMATCH
  if (type === 'unknown' && variant.type === 'dispatch') return { ...variant, type }
  const number = asNumber(variant)
  if (type === 'bstr' && (variant.type === 'empty' || number !== undefined))
    return { type, value: variant.type === 'empty' ? '' : String(number) }
  if (number === undefined) return HResult.DISP_E_TYPEMISMATCH
  if (type === 'bool') return { type, value: number !== 0 }
  if (!numbers.includes(type)) return HResult.DISP_E_TYPEMISMATCH
  try {
    const given = integers.includes(type) ? rounded(number) : number
    const spot = { where: 'VariantChangeType', place: () => 'the value', depth: 0 }
    return { type, value: toScalar(type as NumberType, given, spot) }
  } catch {
    return HResult.DISP_E_OVERFLOW
  }
}
