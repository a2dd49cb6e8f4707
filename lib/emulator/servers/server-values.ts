// Conversion between Variants and the values that methods of emulated servers get and return.
import type { OutArgument, Variant } from '../../../binding'
import { fromVariant } from '../../values/from-variant'
import type { Spot } from '../../values/scalars'
import { explicitVariant, type FindPointer, toVariant } from '../../values/to-variant'
import { ByRef, type Value, type VariantTypeName } from '../../values/values'
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
    return type === undefined
      ? toVariant(value, spot, pointers)
      : explicitVariant(type, value, spot, pointers)
  } catch (error) {
    for (const pointer of taken) pointer.release()
    throw error
  }
}

/** Makes a Variant of a whole argument, which may be by reference. */
export const argumentOf = (value: unknown, where: string, place: string, exporter: Exporter): Variant => {
  if (!(value instanceof ByRef)) return toClient(value, where, place, exporter)
  const variant = toClient(value.value, where, place, exporter, value.type)
  return { ...variant, byRef: value.type === undefined ? 'variant' : true }
}

/** Puts the values that by-reference arguments have after a call into the ByRefs that were passed. */
export const receiveOuts = <Object>(
  args: readonly unknown[],
  outs: readonly OutArgument[],
  objectOf: (target: Target) => Object,
): void => {
  for (const { position, value } of outs) {
    const reference = args[position]
    if (reference instanceof ByRef) (reference as { value: unknown }).value = fromClient(value, objectOf)
  }
}
