// Values as methods of emulated servers see them, and what becomes of what they return.
import type { Variant } from '../../../binding'
import { fromVariant } from '../../values/from-variant'
import type { Spot } from '../../values/scalars'
import { explicitVariant, type Pointers, toVariant } from '../../values/to-variant'
import type { Value, VariantTypeName } from '../../values/values'
import { MarshaledPointer } from '../calls/marshaled-pointer'
import type { Target } from '../calls/target'
import type { RemoteObject } from './remote-object'

/** The arguments of a method: as ComResult, with RemoteObjects for objects. */
export type ServerValue = Value<RemoteObject>

/** A reference on the COM object that a JavaScript object stands for. */
export type Exporter = (value: object) => MarshaledPointer | undefined

/** `objectOf` is given an object, on which it takes a reference of its own. */
export const fromClient = (variant: Variant, objectOf: (target: Target) => RemoteObject): ServerValue =>
  fromVariant(variant, pointer => objectOf(MarshaledPointer.of(pointer).target))

/**
 * The Variant that a value becomes, of a type or of its own, with references of its own on the objects in it.
 * Throws TypeError or RangeError for what Automation has no type for.
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
    const marshaled = exporter(each)
    if (!marshaled) return undefined
    taken.push(marshaled)
    return { type: marshaled.target.dispatches ? 'dispatch' : 'unknown', into: put => put(marshaled) }
  }
  const spot: Spot = { where, place: () => place, depth: 0 }
  try {
    return type === undefined
      ? toVariant(value, spot, pointers)
      : explicitVariant(type, value, spot, pointers)
  } catch (error) {
    for (const marshaled of taken) marshaled.release()
    throw error
  }
}
