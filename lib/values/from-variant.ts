// Conversion of VARIANTs to JavaScript values.
import type {
  ArrayVariant,
  BindingPointer,
  Block,
  CallOutcome,
  Cells,
  Decimal,
  HRESULT,
  ScalarType,
  ScalarValue,
  Variant,
} from '../../binding'
import { isBlock, isBlockType, isCells, newBlock } from './blocks'
import { Code, isNumeric, NULL_TEXT, slotViews, TextReader } from './cells'
import { ComDecimal } from './decimal'
import { fromOleDate } from './ole-date'
import { type Fill, finish, nestedSteps, type RowMaker, type Steps } from './slices'
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

const listFill = <Object>(
  element: ArrayVariant['element'],
  elements: readonly (ScalarValue | Variant)[],
  objectOf: ObjectMaker<Object>,
): Fill<Value<Object>> => {
  const convert = (each: ScalarValue | Variant): Value<Object> =>
    element === 'variant'
      ? fromVariant(each as Variant, objectOf)
      : fromScalar(element, each as ScalarValue, objectOf)
  return (into, at, from, count) => {
    for (let i = 0; i < count; i++) into[at + i] = convert(elements[from + i])
  }
}

const blockFill = <Object>(element: ArrayVariant['element'], block: Block): Fill<Value<Object>> => {
  if (element === 'cy' || element === 'date' || element === 'error')
    return (into, at, from, count) => {
      // These types have no objects.
      for (let i = 0; i < count; i++)
        into[at + i] = fromScalar(element, block[from + i], undefined as never) as Value<Object>
    }
  return (into, at, from, count) => {
    for (let i = 0; i < count; i++) into[at + i] = block[from + i]
  }
}

const cellFill = <Object>(cells: Cells, objectOf: ObjectMaker<Object>): Fill<Value<Object>> => {
  const { types, slots, others } = cells
  const { words, signed, unsigned } = slotViews(cells)
  const texts = new TextReader(cells)
  const cell = (i: number): Value<Object> => {
    switch (types[i]) {
      case Code.empty:
      case Code.missing:
        return undefined
      case Code.null:
        return null
      case Code.bool:
        return slots[i] !== 0
      case Code.bstr: {
        const length = words[2 * i + 1] as number
        return length === NULL_TEXT ? '' : texts.at(words[2 * i] as number, length)
      }
      case Code.date:
        return fromOleDate(slots[i] as number)
      case Code.cy:
        return ComDecimal.ofTenThousandths(signed[i] as bigint)
      case Code.i8:
        return signed[i]
      case Code.ui8:
        return unsigned[i]
      case Code.error:
        return new ComErrorValue(slots[i] as number)
      case Code.other:
        return fromVariant(others[slots[i] as number] as Variant, objectOf)
      default:
        return slots[i]
    }
  }
  return (into, at, from, count) => {
    for (let i = 0; i < count; i++) into[at + i] = cell(from + i)
  }
}

/** 0 for the code of a type whose slot is its value, else 1. */
const isOther = Uint8Array.from({ length: 256 }, (_, code) => (isNumeric(code) ? 0 : 1))

/**
 * Makes the rows that have numbers only, as most ranges do. All arrays that are made here hold numbers, so that V8 does
 * not box them.
 */
const numberRows = ({ types, slots }: Cells): RowMaker<number> => {
  return (from, width) => {
    let others = 0
    for (let i = from; i < from + width; i++) others += isOther[types[i] as number] as number
    if (others > 0) return undefined
    const row = new Array<number>(width)
    for (let i = 0; i < width; i++) row[i] = slots[from + i] as number
    return row
  }
}

/** Converts elements of an array, in any order of them. */
export const fillOf = <Object>(
  { element, elements }: ArrayVariant,
  objectOf: ObjectMaker<Object>,
): Fill<Value<Object>> => {
  if (isBlock(elements)) return blockFill(element, elements)
  return isCells(elements) ? cellFill(elements, objectOf) : listFill(element, elements, objectOf)
}

/** The elements as a block, copied unless `owned`: it is in a CallOutcome, whose blocks belong to the receiver. */
export const asBlock = ({ element, elements }: ArrayVariant, owned: boolean): Block | undefined => {
  if (!isBlockType(element) || isCells(elements)) return undefined
  if (isBlock(elements)) return owned ? elements : elements.slice()
  const block = newBlock(element, elements.length)
  for (const [i, each] of elements.entries()) block[i] = each as never
  return block
}

/** Converts an array as `fromVariant` does, in steps. */
export const arraySteps = <Object>(
  array: ArrayVariant,
  objectOf: ObjectMaker<Object>,
  owned: boolean,
): Steps<Value<Object>> | Uint8Array => {
  const bytes = array.element === 'ui1' && array.dimensions.length === 1 ? asBlock(array, owned) : undefined
  if (bytes) return bytes as Uint8Array
  const { dimensions, elements } = array
  const rowOf = isCells(elements) ? numberRows(elements) : undefined
  return nestedSteps<Value<Object>>(dimensions, fillOf(array, objectOf), rowOf)
}

/** Converts a VARIANT. Makes one object for every pointer in it. */
export const fromVariant = <Object>(variant: Variant, objectOf: ObjectMaker<Object>): Value<Object> => {
  if (variant.type !== 'array') return fromScalar(variant.type, variant.value, objectOf)
  const steps = arraySteps(variant, objectOf, false)
  return steps instanceof Uint8Array ? steps : finish(steps)
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
  if (isBlock(elements)) return
  if (isCells(elements)) for (const each of elements.others) releasePointers(each)
  else if (element === 'variant') for (const each of elements) releasePointers(each as Variant)
  else if (element === 'dispatch' || element === 'unknown')
    for (const each of elements) (each as BindingPointer | null)?.release()
}

/** Releases the pointers in an outcome that is not used. */
export const discardOutcome = ({ value, outs }: CallOutcome): void => {
  releasePointers(value)
  for (const out of outs) releasePointers(out.value)
}
