// Conversion of JavaScript values to VARIANTs.
import { types } from 'node:util'
import type {
  ArrayVariant,
  BindingPointer,
  Block,
  Cells,
  ScalarType,
  ScalarValue,
  Variant,
} from '../../binding'
import * as validate from '../errors/validate'
import { flatShapeOf, inside, type Shape, shapeOf } from './arrays'
import { type BlockType, blockOf, isBlockType, newBlock } from './blocks'
import { CELLS_FROM, CellWriter } from './cells'
import { ComDecimal } from './decimal'
import { toOleDate } from './ole-date'
import { numberRange, type Spot, toScalar } from './scalars'
import { Budget, finish, type Steps } from './slices'
import { ByRef, ComErrorValue, type PointerType, TypedVariant, type VariantTypeName } from './values'

/** An object or function that can be passed as a pointer. */
export interface PointerArgument {
  type: PointerType
  /** Calls `put` with the pointer, now or when the pointer is known. */
  into(put: (pointer: BindingPointer) => void): void
}

/** Finds the pointer for an object or function; undefined for a value that cannot be passed as one. */
export type FindPointer = (value: object, spot: Spot) => PointerArgument | undefined

const INT64_MAX = 2n ** 63n - 1n

/** The element type of an array type; undefined for a scalar one. */
export const elementOf = (type: VariantTypeName): ScalarType | 'variant' | undefined =>
  type.endsWith('[]') ? (type.slice(0, -2) as ScalarType | 'variant') : undefined

/** The lower bounds of an array: of each dimension, or one for all. */
export type LowerBounds = number | readonly number[]

/** Converts a value to a VARIANT of its default type; throws TypeError or RangeError with its place. */
export const toVariant = (value: unknown, spot: Spot, pointers: FindPointer): Variant => {
  switch (typeof value) {
    case 'undefined':
      return { type: 'empty' }
    case 'boolean':
      return { type: 'bool', value }
    case 'string':
      return { type: 'bstr', value }
    case 'number':
      // -0 is a floating-point number: an integer cannot represent it.
      return { type: Object.is(value | 0, value) ? 'i4' : 'r8', value }
    case 'bigint': {
      const type = value > INT64_MAX ? 'ui8' : 'i8'
      return { type, value: toScalar(type, value, spot) }
    }
    case 'object':
      if (value === null) return { type: 'null' }
      return objectVariant(value, spot, pointers)
    case 'function':
      return pointerVariant(value, spot, pointers) ?? refuse(value, spot)
    default:
      return refuse(value, spot)
  }
}

const objectVariant = (value: object, spot: Spot, pointers: FindPointer): Variant => {
  if (Array.isArray(value)) return arrayVariant('variant', value, spot, pointers)
  if (value instanceof TypedVariant) return typedVariant(value, spot, pointers)
  if (types.isDate(value)) return { type: 'date', value: toOleDate(spot.where, spot.place(), value) }
  if (value instanceof ComErrorValue) return { type: 'error', value: value.hresult }
  if (value instanceof ComDecimal) {
    const type = value.kind === 'currency' ? 'cy' : 'decimal'
    return { type, value: toScalar(type, value, spot) }
  }
  const data = blockOf(value)
  if (data) {
    const { element, block } = data
    return { type: 'array', element, dimensions: [{ length: block.length, lower: 0 }], elements: block }
  }
  return pointerVariant(value, spot, pointers) ?? refuse(value, spot)
}

const pointerVariant = (value: object, spot: Spot, pointers: FindPointer): Variant | undefined => {
  const pointed = pointers(value, spot)
  if (!pointed) return undefined
  const variant: Variant = { type: pointed.type, value: null }
  pointed.into(pointer => {
    variant.value = pointer
  })
  return variant
}

const refuse = (value: unknown, { where, place }: Spot): never => {
  if (value instanceof ByRef)
    throw new TypeError(`${where}: ${place()} can not be passed by reference: only a whole argument can`)
  const plain =
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  const hint = plain ? '; thread.implement makes one of an object with methods' : ''
  throw new TypeError(
    `${where}: ${place()} must be a value that Automation has a type for, got ${validate.describe(value)}${hint}`,
  )
}

/** Converts a TypedVariant. */
const typedVariant = (
  { converted, type, value, lower }: TypedVariant,
  spot: Spot,
  pointers: FindPointer,
): Variant => (converted ? { ...converted } : explicitVariant(type, value, spot, pointers, lower))

/** Converts a value to a given type; throws TypeError or RangeError with its place. */
export const explicitVariant = (
  type: VariantTypeName,
  value: unknown,
  spot: Spot,
  pointers: FindPointer,
  lower?: LowerBounds,
): Variant => {
  const element = elementOf(type)
  if (element) return withLower(arrayVariant(element, value, spot, pointers), spot, lower)
  const variant: Variant = { type: type as ScalarType }
  scalarInto(type as ScalarType, value, spot, pointers, result => {
    if (result !== undefined) variant.value = result
  })
  return variant
}

const INT32_MAX = 2 ** 31 - 1

/** Sets the lower bounds. Throws RangeError for another number of them, and for an index beyond 32 bits. */
const withLower = (array: ArrayVariant, spot: Spot, lower: LowerBounds | undefined): ArrayVariant => {
  if (lower === undefined) return array
  const { dimensions } = array
  const bounds = typeof lower === 'number' ? dimensions.map(() => lower) : lower
  if (bounds.length !== dimensions.length)
    throw new RangeError(
      `${spot.where}: options.lower must have a number for each dimension of ${spot.place()}, which has ${dimensions.length}; got ${bounds.length}`,
    )
  for (const [i, dimension] of dimensions.entries()) {
    dimension.lower = bounds[i] ?? 0
    if (dimension.lower + dimension.length - 1 > INT32_MAX)
      throw new RangeError(
        `${spot.where}: options.lower must leave indexes of at most ${INT32_MAX}, got ${dimension.lower} for ${dimension.length} elements`,
      )
  }
  return array
}

/** Calls `put` with the converted scalar, now, or later for a pointer that is not known yet. */
const scalarInto = (
  type: ScalarType,
  value: unknown,
  spot: Spot,
  pointers: FindPointer,
  put: (value: ScalarValue) => void,
): void => {
  if (type !== 'dispatch' && type !== 'unknown') {
    put(toScalar(type, value, spot))
    return
  }
  put(null)
  if (value === null) return
  const isObject = typeof value === 'object' || typeof value === 'function'
  const pointed = isObject ? pointers(value, spot) : undefined
  if (!pointed)
    throw validate.wrongType(
      spot.where,
      spot.place(),
      `a ComObject, what thread.implement made, a function or null (${type})`,
      value,
    )
  pointed.into(put)
}

const arrayVariant = (
  element: ScalarType | 'variant',
  value: unknown,
  spot: Spot,
  pointers: FindPointer,
): ArrayVariant => finish(arraySteps(element, value, spot, pointers))

/** Converts a value as `toVariant` does, in steps if it is a large array. */
export function* variantSteps(value: unknown, spot: Spot, pointers: FindPointer): Steps<Variant> {
  return Array.isArray(value)
    ? yield* arraySteps('variant', value, spot, pointers)
    : toVariant(value, spot, pointers)
}

/** Converts an array of one type, with as many dimensions as it is rectangular. */
function* arraySteps(
  element: ScalarType | 'variant',
  value: unknown,
  spot: Spot,
  pointers: FindPointer,
): Steps<ArrayVariant> {
  const data = blockOf(value)
  if (!data && !Array.isArray(value))
    throw validate.wrongType(spot.where, spot.place(), `an array (${element}[])`, value)
  const shape = data ? flatShapeOf(data.block, spot) : shapeOf(value as unknown[], spot)
  const { dimensions } = shape
  const at = (i: number): Spot => inside(spot, () => shape.place(i))
  if (element === 'variant') {
    const convert = (each: unknown, i: number): Variant => toVariant(each, at(i), pointers)
    const elements =
      shape.count < CELLS_FROM ? listOf(shape, convert) : yield* cellSteps(shape, spot, convert)
    return { type: 'array', element, dimensions, elements }
  }
  if (data?.element === element) return { type: 'array', element, dimensions, elements: data.block }
  const refuseArray = (each: unknown, i: number): void => {
    if (!Array.isArray(each)) return
    throw new TypeError(
      `${spot.where}: ${spot.place()} must be rectangular, as an array of ${element} is: ${shape.place(i)} is one array too many`,
    )
  }
  if (isBlockType(element)) {
    const convert = (each: unknown, i: number): ScalarValue => {
      refuseArray(each, i)
      return toScalar(element, each, at(i))
    }
    return { type: 'array', element, dimensions, elements: filledBlock(element, shape, convert) }
  }
  const elements: ScalarValue[] = new Array(shape.count).fill(null)
  eachIn(shape, (each, i) => {
    refuseArray(each, i)
    scalarInto(element, each, at(i), pointers, scalar => {
      elements[i] = scalar
    })
  })
  return { type: 'array', element, dimensions, elements }
}

/** Calls `visit` with each element, also with the holes of sparse arrays. */
const eachIn = ({ rows }: Shape, visit: (each: unknown, index: number) => void): void => {
  let index = 0
  for (const row of rows) for (let i = 0; i < row.length; i++) visit(row[i], index++)
}

const listOf = (shape: Shape, convert: (each: unknown, index: number) => Variant): Variant[] => {
  const list: Variant[] = []
  eachIn(shape, (each, i) => list.push(convert(each, i)))
  return list
}

const filledBlock = (
  element: BlockType,
  shape: Shape,
  convert: (each: unknown, index: number) => ScalarValue,
): Block => {
  const block = newBlock(element, shape.count)
  const range = numberRange(element)
  eachIn(shape, (each, i) => {
    // Most values are numbers that fit; `convert` converts or refuses the others.
    const fits = range && typeof each === 'number' && each >= range[0] && each <= range[1]
    block[i] = (fits && (element === 'r8' || Number.isInteger(each)) ? each : convert(each, i)) as never
  })
  return block
}

/** Writes an array of VARIANTs as Cells. `convert` converts what is no plain value. */
function* cellSteps(
  { rows, count }: Shape,
  spot: Spot,
  convert: (each: unknown, index: number) => Variant,
): Steps<Cells> {
  const cells = new CellWriter(count)
  const budget = new Budget()
  let first = 0
  for (const row of rows) {
    for (let from = 0; from < row.length; ) {
      const to = from + budget.take(row.length - from)
      cells.write(row, { first, from, to }, convert)
      if (budget.spend(to - from)) yield
      from = to
    }
    first += row.length
  }
  return cells.end(spot.where, spot.place)
}
