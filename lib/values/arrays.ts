// Conversion between nested JavaScript arrays and multidimensional arrays.
import type { Dimension } from '../../binding'
import type { Spot } from './scalars'

/** Automation's limit of dimensions, used for nested arrays as well. */
const DIMENSIONS_MAX = 60
/** A limit of values, beyond a SAFEARRAY of VARIANTs on most hosts. Arrays that share parts can reach it. */
const VALUES_MAX = 2 ** 24

/** The spot of a value inside an array. Throws RangeError for too deep nesting. */
export const inside = (spot: Spot, place: () => string): Spot => {
  if (spot.depth >= DIMENSIONS_MAX)
    throw new RangeError(
      `${spot.where}: ${spot.place()} is nested in more than ${DIMENSIONS_MAX} arrays, the limit of Automation`,
    )
  return { where: spot.where, place, depth: spot.depth + 1 }
}

/** Rejects arrays that contain themselves, or too many values. */
const survey = (array: readonly unknown[], spot: Spot): void => {
  const around = new Set<unknown>()
  let values = 0
  const enter = (each: readonly unknown[], at: Spot): void => {
    values += each.length
    if (values > VALUES_MAX)
      throw new RangeError(`${spot.where}: ${spot.place()} holds more than ${VALUES_MAX} values`)
    around.add(each)
    for (let i = 0; i < each.length; i++) {
      const value = each[i]
      if (typeof value !== 'object' || !Array.isArray(value)) continue
      const place = () => `${at.place()}[${i}]`
      if (around.has(value))
        throw new TypeError(`${spot.where}: ${place()} is cyclic: the array contains itself`)
      enter(value, inside(at, place))
    }
    around.delete(each)
  }
  enter(array, inside(spot, spot.place))
}

export interface Shape {
  dimensions: Dimension[]
  /** The number of elements. */
  count: number
  /** The innermost arrays in their order; together they have all elements, the last dimension varying fastest. */
  rows: readonly ArrayLike<unknown>[]
  /** The place of an element in messages. */
  place: (index: number) => string
}

/**
 * The dimensions of an array: as many as are arrays of one length. Other arrays in it are elements. Throws TypeError
 * when all elements of a dimension are arrays, of different lengths.
 */
export const shapeOf = (array: readonly unknown[], spot: Spot): Shape => {
  survey(array, spot)
  const lengths = [array.length]
  const place = (index: number): string => placeIn(lengths, index, spot)
  let rows: readonly (readonly unknown[])[] = [array]
  for (;;) {
    const first = rows[0]?.[0]
    if (!Array.isArray(first) || !rows.every(row => row.every(Array.isArray))) break
    const below = (rows.length === 1 ? Array.from(rows[0] ?? []) : rows.flat()) as (readonly unknown[])[]
    const other = below.findIndex(row => row.length !== first.length)
    if (other !== -1) throw raggedError(spot, place, first.length, other, below[other]?.length ?? 0)
    lengths.push(first.length)
    rows = below
  }
  return shapeOfRows(rows, lengths, place)
}

/** The shape of a typed array. */
export const flatShapeOf = (row: ArrayLike<unknown>, spot: Spot): Shape => {
  const lengths = [row.length]
  return shapeOfRows([row], lengths, index => placeIn(lengths, index, spot))
}

const shapeOfRows = (
  rows: readonly ArrayLike<unknown>[],
  lengths: readonly number[],
  place: Shape['place'],
): Shape => ({
  dimensions: lengths.map(length => ({ length, lower: 0 })),
  count: lengths.reduce((product, length) => product * length, 1),
  rows,
  place,
})

const placeIn = (lengths: readonly number[], index: number, spot: Spot): string => {
  let indexes = ''
  let rest = index
  for (const length of lengths.toReversed()) {
    indexes = `[${rest % length}]${indexes}`
    rest = Math.floor(rest / length)
  }
  return spot.place() + indexes
}

const elementsOf = (count: number): string => `${count} element${count === 1 ? '' : 's'}`

/** Padding would erase what the shorter rows do not mean to change. */
const raggedError = (
  { where }: Spot,
  place: Shape['place'],
  expected: number,
  index: number,
  got: number,
): TypeError =>
  new TypeError(
    `${where}: ${place(index)} has ${elementsOf(got)}, but ${place(0)} has ${expected}: rows must have one length; ` +
      "pad them with undefined (VT_EMPTY), or pass each as variant('variant[]', row) for an array of arrays",
  )
