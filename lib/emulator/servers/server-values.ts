// Conversion between Variants and the values that methods of emulated servers get and return.
import type { BindingPointer, Variant } from '../../../binding'
import type { ComDecimal } from '../../values/decimal'
import { fromVariant, type ObjectMaker } from '../../values/from-variant'
import type { Spot } from '../../values/scalars'
import { explicitVariant, type Pointers, toVariant } from '../../values/to-variant'
import type { ComErrorValue, VariantTypeName } from '../../values/values'
import { MarshaledPointer } from '../calls/marshaled-pointer'
import type { Target } from '../calls/target'

/** A value of a VARIANT, with an Object for each pointer. */
export type ValueWith<Object> =
  | undefined
  | null
  | boolean
  | number
  | bigint
  | string
  | Date
  | ComDecimal
  | ComErrorValue
  | Object
  | Uint8Array
  | ValueWith<Object>[]

/** A marshaled pointer to the COM object that a JavaScript object stands for; undefined where it stands for none. */
export type Exporter = (value: object) => MarshaledPointer | undefined

/** `objectOf` takes a reference of its own on the object it gets. */
export const fromClient = <Object>(
  variant: Variant,
  objectOf: (target: Target) => Object,
): ValueWith<Object> => {
  const maker = (pointer: BindingPointer) => objectOf(MarshaledPointer.of(pointer).target)
  // The conversion passes through what the maker makes, although its type names ComObjects only.
  return fromVariant(variant, maker as unknown as ObjectMaker) as unknown as ValueWith<Object>
}

/**
 * Makes a Variant of a value, of the type or of the value's own, with marshaled pointers to its objects. Throws
 * TypeError or RangeError for a value that Automation has no type for.
 */
export const toClient = (
  value: unknown,
  where: string,
  place: string,
  exporter: Exporter,
  type?: VariantTypeName,
): Variant => {
  const taken: MarshaledPointer[] = []
  const pointers: Pointers = each => {
    const pointer = exporter(each)
    if (!pointer) return undefined
    taken.push(pointer)
    return { type: pointer.target.dispatches ? 'dispatch' : 'unknown', into: put => put(pointer) }
  }
  const spot: Spot = { where, place: () => place, depth: 0 }
  try {
    return type === undefined
      ? toVariant(value, spot, pointers)
      : explicitVariant(type, value, spot, pointers)
  } catch (error) {
    for (const pointer of taken) pointer.release()
    throw error
  }
}
