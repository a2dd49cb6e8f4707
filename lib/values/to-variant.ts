// Conversion of JavaScript values to VARIANTs.
import { types } from 'node:util'
import type { ArrayVariant, BindingPointer, ScalarType, ScalarValue, Variant } from '../../binding'
import * as validate from '../errors/validate'
import { inside, shapeOf } from './arrays'
import { ComDecimal } from './decimal'
import { toOleDate } from './ole-date'
import { type Spot, toScalar } from './scalars'
import { ByRef, ComErrorValue, type PointerType, TypedVariant, type VariantTypeName } from './values'

/** An object or function that can be passed as a pointer. */
export interface PointerArgument {
  type: PointerType
  /** Calls `put` with the pointer, now or when the pointer is known. */
  into(put: (pointer: BindingPointer) => void): void
}

/** Finds the pointer for an object or function; undefined for a value that cannot be passed as one. */
export type FindPointer = (value: object, spot: Spot) => PointerArgument | undefined

const typedArrays = new Map<string, ScalarType>([
  ['Int8Array', 'i1'],
  ['Uint8Array', 'ui1'],
  ['Uint8ClampedArray', 'ui1'],
  ['Int16Array', 'i2'],
  ['Uint16Array', 'ui2'],
  ['Int32Array', 'i4'],
  ['Uint32Array', 'ui4'],
  ['Float32Array', 'r4'],
  ['Float64Array', 'r8'],
  ['BigInt64Array', 'i8'],
  ['BigUint64Array', 'ui8'],
])

const INT64_MAX = 2n ** 63n - 1n

/** The element type of an array type; undefined for a scalar one. */
export const elementOf = (type: VariantTypeName): ScalarType | 'variant' | undefined =>
  type.endsWith('[]') ? (type.slice(0, -2) as ScalarType | 'variant') : undefined

const arrayOf = (element: ArrayVariant['element'], elements: ArrayVariant['elements']): ArrayVariant => ({
  type: 'array',
  element,
  dimensions: [{ length: elements.length, lower: 0 }],
  elements,
})

/** The numbers of a typed array or buffer and their type; undefined for other values. */
const binary = (value: unknown): { element: ScalarType; numbers: (number | bigint)[] } | undefined => {
  if (types.isAnyArrayBuffer(value)) return { element: 'ui1', numbers: Array.from(new Uint8Array(value)) }
  if (!types.isTypedArray(value)) return undefined
  const element = typedArrays.get(value[Symbol.toStringTag])
  return element && { element, numbers: Array.from<number | bigint>(value) }
}

/** Converts a value to a VARIANT of its default type; throws TypeError or RangeError with its place. */
export const toVariant = (value: unknown, spot: Spot, pointers: FindPointer): Variant => {
  switch (typeof value) {
    case 'undefined':
      return { type: 'empty' }
    case 'boolean':
      return { type: 'bool', value }
    case 'string':
      return { type: 'bstr', value }
    case 'number':
      // -0 is a floating-point number: an integer cannot represent it.
      return { type: Object.is(value | 0, value) ? 'i4' : 'r8', value }
    case 'bigint': {
      const type = value > INT64_MAX ? 'ui8' : 'i8'
      return { type, value: toScalar(type, value, spot) }
    }
    case 'object':
      if (value === null) return { type: 'null' }
      return objectVariant(value, spot, pointers)
    case 'function':
      return pointerVariant(value, spot, pointers) ?? refuse(value, spot)
    default:
      return refuse(value, spot)
  }
}

const objectVariant = (value: object, spot: Spot, pointers: FindPointer): Variant => {
  if (Array.isArray(value)) return arrayVariant('variant', value, spot, pointers)
  if (value instanceof TypedVariant) return typedVariant(value, spot, pointers)
  if (types.isDate(value)) return { type: 'date', value: toOleDate(spot.where, spot.place(), value) }
  if (value instanceof ComErrorValue) return { type: 'error', value: value.hresult }
  if (value instanceof ComDecimal) {
    const type = value.kind === 'currency' ? 'cy' : 'decimal'
    return { type, value: toScalar(type, value, spot) }
  }
  const data = binary(value)
  if (data) return arrayOf(data.element, data.numbers)
  return pointerVariant(value, spot, pointers) ?? refuse(value, spot)
}

const pointerVariant = (value: object, spot: Spot, pointers: FindPointer): Variant | undefined => {
  const pointed = pointers(value, spot)
  if (!pointed) return undefined
  const variant: Variant = { type: pointed.type, value: null }
  pointed.into(pointer => {
    variant.value = pointer
  })
  return variant
}

const refuse = (value: unknown, { where, place }: Spot): never => {
  if (value instanceof ByRef)
    throw new TypeError(`${where}: ${place()} can not be passed by reference: only a whole argument can`)
  const plain =
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  const hint = plain ? '; thread.implement makes one of an object with methods' : ''
  throw new TypeError(
    `${where}: ${place()} must be a value that Automation has a type for, got ${validate.describe(value)}${hint}`,
  )
}

/** Converts a TypedVariant. */
const typedVariant = (typed: TypedVariant, spot: Spot, pointers: FindPointer): Variant =>
  typed.converted ?? explicitVariant(typed.type, typed.value, spot, pointers)

/** Converts a value to a given type; throws TypeError or RangeError with its place. */
export const explicitVariant = (
  type: VariantTypeName,
  value: unknown,
  spot: Spot,
  pointers: FindPointer,
): Variant => {
  const element = elementOf(type)
  if (element) return arrayVariant(element, value, spot, pointers)
  const variant: Variant = { type: type as ScalarType }
  scalarInto(type as ScalarType, value, spot, pointers, result => {
    if (result !== undefined) variant.value = result
  })
  return variant
}

/** Calls `put` with the converted scalar, now, or later for a pointer that is not known yet. */
const scalarInto = (
  type: ScalarType,
  value: unknown,
  spot: Spot,
  pointers: FindPointer,
  put: (value: ScalarValue) => void,
): void => {
  if (type !== 'dispatch' && type !== 'unknown') {
    put(toScalar(type, value, spot))
    return
  }
  put(null)
  if (value === null) return
  const isObject = typeof value === 'object' || typeof value === 'function'
  const pointed = isObject ? pointers(value, spot) : undefined
  if (!pointed)
    throw validate.wrongType(
      spot.where,
      spot.place(),
      `a ComObject, what thread.implement made, a function or null (${type})`,
      value,
    )
  pointed.into(put)
}

/** Converts an array of one type, with as many dimensions as it is rectangular. */
const arrayVariant = (
  element: ScalarType | 'variant',
  value: unknown,
  spot: Spot,
  pointers: FindPointer,
): ArrayVariant => {
  const data = binary(value)
  if (!data && !Array.isArray(value))
    throw validate.wrongType(spot.where, spot.place(), `an array (${element}[])`, value)
  const { dimensions, elements, place } = shapeOf(data?.numbers ?? (value as unknown[]), spot)
  const result: ArrayVariant['elements'] = new Array(elements.length).fill(null)
  for (const [i, each] of elements.entries()) {
    const at = inside(spot, () => place(i))
    if (element === 'variant') result[i] = toVariant(each, at, pointers)
    else {
      if (Array.isArray(each))
        throw new TypeError(
          `${spot.where}: ${spot.place()} must be rectangular, as an array of ${element} is: ${place(i)} is one array too many`,
        )
      scalarInto(element, each, at, pointers, scalar => {
        result[i] = scalar
      })
    }
  }
  return { type: 'array', element, dimensions, elements: result }
}
