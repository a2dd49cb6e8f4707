// Columns: an array of VARIANTs as its columns, those of numbers as Float64Arrays (the option `as`).
import type { ArrayVariant, Variant } from '../../binding'
import { isBlock, isCells } from './blocks'
import { Code, isNumeric } from './cells'
import { fillOf, fromVariant, type ObjectMaker } from './from-variant'
import { columnSteps, type Steps } from './slices'
import type { Column, Value } from './values'

const isNumericType = (type: string): boolean =>
  isNumeric((Code as Record<string, number>)[type] ?? Code.other)

/** Which columns have numbers only. */
const numericColumns = (
  { element, elements }: ArrayVariant,
  width: number,
): ((column: number) => boolean) => {
  if (isBlock(elements) || element !== 'variant') return () => isNumericType(element)
  const mixed = new Uint8Array(width)
  if (isCells(elements)) {
    const { types } = elements
    const isOther = Uint8Array.from({ length: 256 }, (_, code) => Number(!isNumeric(code)))
    for (let i = 0; i < types.length; )
      for (let c = 0; c < width; c++) if (isOther[types[i++] ?? 0]) mixed[c] = 1
  } else
    for (const [i, each] of elements.entries())
      if (!isNumericType((each as Variant).type)) mixed[i % width] = 1
  return column => mixed[column] === 0
}

/** The numbers of blocks and cells, by the index of their element. */
const numbersOf = ({ elements }: ArrayVariant): ArrayLike<number> | undefined => {
  if (isCells(elements)) return elements.slots
  // A block of bigints is not numeric, and is not read.
  return isBlock(elements) ? (elements as ArrayLike<number | bigint> as ArrayLike<number>) : undefined
}

/**
 * Converts a VARIANT to columns: the second dimension of an array counts them; an array of one dimension is one
 * column, and so is a single value, as which Excel returns a range of one cell. Undefined for an array of more
 * dimensions.
 */
export const columnsOf = <Object>(
  variant: Variant,
  objectOf: ObjectMaker<Object>,
): Steps<Column<Value<Object>>[]> | undefined => {
  if (variant.type !== 'array') return singleColumn(variant, objectOf)
  const [rows = { length: 0 }, columns = { length: 1 }, more] = variant.dimensions
  if (more) return undefined
  const width = columns.length
  return columnSteps({
    rows: rows.length,
    width,
    isNumeric: numericColumns(variant, width),
    numbers: numbersOf(variant),
    fill: fillOf(variant, objectOf),
  })
}

// biome-ignore lint/correctness/useYield: it has one step.
function* singleColumn<Object>(
  variant: Variant,
  objectOf: ObjectMaker<Object>,
): Steps<Column<Value<Object>>[]> {
  const value = fromVariant(variant, objectOf)
  return [typeof value === 'number' ? Float64Array.of(value) : [value]]
}
