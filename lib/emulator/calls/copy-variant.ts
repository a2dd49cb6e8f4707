// Variants as they go from one apartment to another: copied, each pointer replaced by one for the other side.
import type { BindingPointer, ScalarValue, Variant } from '../../../binding'

export type PointerCopier = (pointer: BindingPointer) => BindingPointer

const copyScalar = (type: string, value: ScalarValue, copy: PointerCopier): ScalarValue => {
  if (value === null || typeof value !== 'object') return value
  if (type === 'dispatch' || type === 'unknown') return copy(value as BindingPointer)
  return { ...value } // a Decimal
}

/** What `copy` throws it throws as well; then nothing keeps what was copied before. */
export const copyVariant = (variant: Variant, copy: PointerCopier): Variant => {
  if (variant.type !== 'array')
    return 'value' in variant
      ? { ...variant, value: copyScalar(variant.type, variant.value, copy) }
      : { ...variant }
  const { element, dimensions, elements } = variant
  return {
    ...variant,
    dimensions: dimensions.map(each => ({ ...each })),
    elements: elements.map(each =>
      element === 'variant'
        ? copyVariant(each as Variant, copy)
        : copyScalar(element, each as ScalarValue, copy),
    ),
  }
}
