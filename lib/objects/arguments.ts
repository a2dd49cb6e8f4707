// The functions `variant` and `byRef`, and `omitted`: arguments with a type, by reference, or left out.
import type { ScalarType } from '../../binding'
import { couldBePointer } from '../calls/held-pointer'
import * as validate from '../errors/validate'
import type { Spot } from '../values/scalars'
import { elementOf, explicitVariant, type FindPointer } from '../values/to-variant'
import { ByRef, TypedVariant, type VariantTypeName } from '../values/values'
import type { ArgumentObject, ComArgument, ComResult } from './thread-and-objects'

const scalarTypes: readonly ScalarType[] = [
  'empty',
  'null',
  'missing',
  'bool',
  'i1',
  'ui1',
  'i2',
  'ui2',
  'i4',
  'ui4',
  'int',
  'uint',
  'i8',
  'ui8',
  'r4',
  'r8',
  'cy',
  'decimal',
  'date',
  'bstr',
  'error',
  'dispatch',
  'unknown',
]

/** Accepts the objects of every thread: the thread that the value will be passed to is not known yet. */
const anyThread: FindPointer = value =>
  couldBePointer(value) ? { type: 'dispatch', into: () => {} } : undefined

const holdsObjects = (type: VariantTypeName): boolean => /^(dispatch|unknown|variant)/.test(type)

/**
 * Gives a value an Automation type: `variant('i2', 5)`, `variant('cy', '12.50')`, `variant('dispatch',
 * null)`, `variant('i4[]', [[1, 2], [3, 4]])`, `variant('null')`. The value is converted now, unless the type
 * can hold objects. Integers may be numbers or bigints; 'cy' and 'decimal' take numbers, bigints, strings and
 * ComDecimals; 'date' takes a Date, or days since 1899-12-30; 'bstr' takes a string, or null for a NULL BSTR.
 * Throws TypeError for a value of another kind, RangeError for a value out of range.
 */
export const variant = (type: VariantTypeName, value?: unknown): TypedVariant => {
  const where = 'variant'
  if (typeof type !== 'string')
    throw validate.wrongType(where, 'type', "the name of a type, such as 'i2' or 'bstr[]'", type)
  const scalar = elementOf(type) ?? type
  if (type !== 'variant[]' && !scalarTypes.includes(scalar as ScalarType))
    throw new RangeError(
      `${where}: type must be one of ${scalarTypes.join(', ')}, or one of these or variant with [] for an array, got ${validate.describe(type)}`,
    )
  const spot: Spot = { where: `variant('${type}')`, place: () => 'value', depth: 0 }
  const converted = explicitVariant(type, value, spot, anyThread)
  return TypedVariant.make(type, value, holdsObjects(type) ? undefined : converted)
}

const typeless: readonly VariantTypeName[] = ['empty', 'null', 'missing']

/**
 * Passes an argument by reference: after a successful call, `.value` is the new value. The server gets a
 * reference to a VARIANT, like a variable of a script (VT_BYREF | VT_VARIANT), and may store any type. With a
 * type (`byRef(variant('i4', 0))`) it gets a reference to that type. Only whole arguments can be passed by
 * reference. Throws TypeError for a ByRef.
 */
export const byRef = <T extends ComResult = ComResult>(value?: ComArgument): ByRef<T, ArgumentObject> => {
  if (value instanceof ByRef) throw validate.wrongType('byRef', 'value', 'a value', value)
  if (!(value instanceof TypedVariant)) return ByRef.make<T, ArgumentObject>(value)
  return ByRef.make<T, ArgumentObject>(value.value, typeless.includes(value.type) ? undefined : value.type)
}

/** An optional argument that is omitted (VT_ERROR with DISP_E_PARAMNOTFOUND). */
export const omitted = TypedVariant.make('missing', undefined, { type: 'missing' })
