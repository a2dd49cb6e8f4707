// Conversion of VARIANTs to JavaScript values.
import type {
  BindingPointer,
  CallOutcome,
  Decimal,
  HRESULT,
  ScalarType,
  ScalarValue,
  Variant,
} from '../../binding'
import { nested } from './arrays'
import { ComDecimal } from './decimal'
import { fromOleDate } from './ole-date'
import { ComErrorValue, type PointerType, type Value } from './values'

/** Makes the object for a pointer that COM returned. */
export type ObjectMaker<Object> = (pointer: BindingPointer, type: PointerType) => Object

const fromScalar = <Object>(
  type: ScalarType,
  value: ScalarValue,
  objectOf: ObjectMaker<Object>,
): Value<Object> => {
  switch (type) {
    case 'empty':
    case 'missing':
      return undefined
    case 'null':
      return null
    case 'bstr':
      return (value as string | null) ?? ''
    case 'date':
      return fromOleDate(value as number)
    case 'cy':
      return ComDecimal.ofTenThousandths(value as bigint)
    case 'decimal':
      return ComDecimal.ofDecimal(value as Decimal)
    case 'error':
      return new ComErrorValue(value as HRESULT)
    case 'dispatch':
    case 'unknown': {
      const pointer = value as BindingPointer | null | undefined
      return pointer ? objectOf(pointer, type) : null
    }
    default:
      return value as boolean | number | bigint
  }
}

/** Converts a VARIANT. Makes one object for every pointer in it. */
export const fromVariant = <Object>(variant: Variant, objectOf: ObjectMaker<Object>): Value<Object> => {
  if (variant.type !== 'array') return fromScalar(variant.type, variant.value, objectOf)
  const { element, dimensions, elements } = variant
  if (element === 'ui1' && dimensions.length === 1) return Uint8Array.from(elements as number[])
  const values = elements.map(each =>
    element === 'variant'
      ? fromVariant(each as Variant, objectOf)
      : fromScalar(element, each as ScalarValue, objectOf),
  )
  return nested<Value<Object>>(dimensions, values)
}

/** The pointer in a VARIANT of type 'dispatch' or 'unknown', unless it is null. */
export const pointerIn = (variant: Variant): { pointer: BindingPointer; type: PointerType } | undefined => {
  if (variant.type !== 'dispatch' && variant.type !== 'unknown') return undefined
  const pointer = variant.value as BindingPointer | null | undefined
  return pointer ? { pointer, type: variant.type } : undefined
}

/** Releases the pointers in a VARIANT that is not used. */
export const releasePointers = (variant: Variant | null): void => {
  if (!variant) return
  pointerIn(variant)?.pointer.release()
  if (variant.type !== 'array') return
  const { element, elements } = variant
  if (element === 'variant') for (const each of elements) releasePointers(each as Variant)
  if (element === 'dispatch' || element === 'unknown')
    for (const each of elements) (each as BindingPointer | null)?.release()
}

/** Releases the pointers in an outcome that is not used. */
export const discardOutcome = ({ value, outs }: CallOutcome): void => {
  releasePointers(value)
  for (const out of outs) releasePointers(out.value)
}
