// The functions `variant` and `byRef`, and `omitted`: arguments with a type, by reference, or left out.
import type { ScalarType } from '../../binding'
import { couldBePointer } from '../calls/held-pointer'
import * as validate from '../errors/validate'
import { copyBlocks } from '../values/blocks'
import { scalarTypes } from '../values/cells'
import type { Spot } from '../values/scalars'
import { elementOf, explicitVariant, type FindPointer, type LowerBounds } from '../values/to-variant'
import { ByRef, TypedVariant, type VariantTypeName } from '../values/values'
import type { ArgumentObject, ComArgument, ComResult } from './thread-and-objects'

export interface VariantOptions {
  /** The lower bound of each dimension of an array, or one for all: a signed 32-bit integer. Default 0. */
  lower?: number | readonly number[] | undefined
}

/** Accepts the objects of every thread: the thread that the value will be passed to is not known yet. */
const anyThread: FindPointer = value =>
  couldBePointer(value) ? { type: 'dispatch', into: () => {} } : undefined

const holdsObjects = (type: VariantTypeName): boolean => /^(dispatch|unknown|variant)/.test(type)

/**
 * Gives a value an Automation type: `variant('i2', 5)`, `variant('cy', '12.50')`, `variant('dispatch',
 * null)`, `variant('i4[]', [[1, 2], [3, 4]])`, `variant('null')`. The value is converted now, unless the type
 * can hold objects. Integers may be numbers or bigints; 'cy' and 'decimal' take numbers, bigints, strings and
 * ComDecimals; 'date' takes a Date, or days since 1899-12-30; 'bstr' takes a string, or null for a NULL BSTR.
 * Array types take arrays, nested arrays of equal lengths, and typed arrays; `variant('i4[]', values, { lower: 1 })`
 * makes an array whose indexes begin at 1.
 *
 * @param type The name of the type, with `[]` for an array.
 * @param value The value, or the values of an array.
 * @param options The lower bounds of an array (`lower`).
 * @throws TypeError for a value of another kind, RangeError for a value out of range and for lower bounds of another
 * number than the array has dimensions.
 * @example
 * await object.call('SetPrice', [variant('cy', '12.50')])
 */
export const variant = (type: VariantTypeName, value?: unknown, options?: VariantOptions): TypedVariant => {
  const where = 'variant'
  if (typeof type !== 'string')
    throw validate.wrongType(where, 'type', "the name of a type, such as 'i2' or 'bstr[]'", type)
  const scalar = elementOf(type) ?? type
  if (type !== 'variant[]' && !scalarTypes.includes(scalar as ScalarType))
    throw new RangeError(
      `${where}: type must be one of ${scalarTypes.join(', ')}, or one of these or variant with [] for an array, got ${validate.describe(type)}`,
    )
  const spot: Spot = { where: `variant('${type}')`, place: () => 'value', depth: 0 }
  const lower = lowerOf(spot.where, type, options)
  const converted = explicitVariant(type, value, spot, anyThread, lower)
  if (holdsObjects(type)) return TypedVariant.make(type, value, undefined, lower)
  copyBlocks(converted)
  return TypedVariant.make(type, value, converted, lower)
}

const lowerOf = (where: string, type: VariantTypeName, options: unknown): LowerBounds | undefined => {
  const { lower } = validate.options<VariantOptions>(where, options, { lower: true })
  if (lower === undefined) return undefined
  if (!elementOf(type)) throw new TypeError(`${where}: options.lower is for arrays, such as '${type}[]'`)
  if (!Array.isArray(lower)) return validate.dispid(where, 'options.lower', lower)
  return lower.map((each, i) => validate.dispid(where, `options.lower[${i}]`, each))
}

const typeless: readonly VariantTypeName[] = ['empty', 'null', 'missing']

/**
 * Passes an argument by reference: after a successful call, `.value` is the new value. The server gets a
 * reference to a VARIANT, like a variable of a script (VT_BYREF | VT_VARIANT), and may store any type. With a
 * type (`byRef(variant('i4', 0))`) it gets a reference to that type. Only whole arguments can be passed by
 * reference.
 *
 * @param value The value to pass, with a type if it is made by `variant`.
 * @throws TypeError for a ByRef.
 * @example
 * const count = byRef<number>(0)
 * await object.call('Count', [count])
 * console.log(count.value)
 */
export const byRef = <T extends ComResult = ComResult>(value?: ComArgument): ByRef<T, ArgumentObject> => {
  if (value instanceof ByRef) throw validate.wrongType('byRef', 'value', 'a value', value)
  if (!(value instanceof TypedVariant)) return ByRef.make<T, ArgumentObject>(value)
  const type = typeless.includes(value.type) ? undefined : value.type
  return ByRef.make<T, ArgumentObject>(value.value, type, value.lower)
}

/**
 * An optional argument that is omitted (VT_ERROR with DISP_E_PARAMNOTFOUND).
 *
 * @example
 * await books.call('Open', [path, omitted, true])
 */
export const omitted = TypedVariant.make('missing', undefined, { type: 'missing' })
