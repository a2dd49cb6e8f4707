// Values as methods of emulated servers see them, and what becomes of what they return.
import type { BindingPointer, Variant } from '../../../binding'
import type { ComDecimal } from '../../values/decimal'
import { fromVariant, type ObjectMaker } from '../../values/from-variant'
import type { Spot } from '../../values/scalars'
import { explicitVariant, type Pointers, toVariant } from '../../values/to-variant'
import type { ComErrorValue, VariantTypeName } from '../../values/values'
import { MarshaledPointer } from '../calls/marshaled-pointer'
import type { Target } from '../calls/target'
import type { RemoteObject } from './remote-object'

/** What a method is called with: as ComResult, with RemoteObjects for objects. */
export type ServerValue =
  | undefined
  | null
  | boolean
  | number
  | bigint
  | string
  | Date
  | ComDecimal
  | ComErrorValue
  | RemoteObject
  | Uint8Array
  | ServerValue[]

/** A reference on the COM object that a JavaScript object stands for. */
export type Exporter = (value: object) => MarshaledPointer | undefined

/** `objectOf` is given an object, on which it takes a reference of its own. */
export const fromClient = (variant: Variant, objectOf: (target: Target) => RemoteObject): ServerValue => {
  const maker = (pointer: BindingPointer) => objectOf(MarshaledPointer.of(pointer).target)
  // The conversion hands through what the maker makes, and knows only ComObjects by type.
  return fromVariant(variant, maker as unknown as ObjectMaker) as unknown as ServerValue
}

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
