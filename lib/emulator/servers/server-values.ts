// Conversion between Variants and the values that methods of emulated servers get and return.
import type { Variant } from '../../../binding'
import { copyBlocks } from '../../values/blocks'
import { fromVariant } from '../../values/from-variant'
import type { Spot } from '../../values/scalars'
import { explicitVariant, type FindPointer, type LowerBounds, toVariant } from '../../values/to-variant'
import type { Value, VariantTypeName } from '../../values/values'
import { MarshaledPointer } from '../calls/marshaled-pointer'
import type { Target } from '../calls/target'

/** A marshaled pointer to the COM object that a JavaScript object stands for; undefined where it stands for none. */
export type Exporter = (value: object) => MarshaledPointer | undefined

/** `objectOf` takes a reference of its own on the object it gets. */
export const fromClient = <Object>(variant: Variant, objectOf: (target: Target) => Object): Value<Object> =>
  fromVariant(variant, pointer => objectOf(MarshaledPointer.of(pointer).target))

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
  lower?: LowerBounds,
): Variant => {
  const taken: MarshaledPointer[] = []
  const pointers: FindPointer = each => {
    const pointer = exporter(each)
    if (!pointer) return undefined
    taken.push(pointer)
    return { type: pointer.target.dispatches ? 'dispatch' : 'unknown', into: put => put(pointer) }
  }
  const spot: Spot = { where, place: () => place, depth: 0 }
  try {
    const variant =
      type === undefined
        ? toVariant(value, spot, pointers)
        : explicitVariant(type, value, spot, pointers, lower)
    copyBlocks(variant)
    return variant
  } catch (error) {
    for (const pointer of taken) pointer.release()
    throw error
  }
}
