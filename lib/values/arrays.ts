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
      if (!Array.isArray(value)) continue
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
  /** All elements; the last dimension varies fastest. */
  elements: unknown[]
  /** The place of an element in messages. */
  place: (index: number) => string
}

/** The dimensions of an array: as many as are rectangular. Arrays that are nested deeper are elements. */
export const shapeOf = (array: readonly unknown[], spot: Spot): Shape => {
  survey(array, spot)
  const lengths = [array.length]
  // Array.from turns holes into undefined; `every` and `flatMap` would skip them.
  let elements: unknown[] = Array.from(array)
  for (;;) {
    const [first] = elements
    if (!Array.isArray(first)) break
    const { length } = first
    if (!elements.every((each): each is unknown[] => Array.isArray(each) && each.length === length)) break
    lengths.push(length)
    elements = elements.flatMap(each => Array.from(each))
  }
  const place = (index: number): string => {
    let indexes = ''
    let rest = index
    for (const length of lengths.toReversed()) {
      indexes = `[${rest % length}]${indexes}`
      rest = Math.floor(rest / length)
    }
    return spot.place() + indexes
  }
  return { dimensions: lengths.map(length => ({ length, lower: 0 })), elements, place }
}

/** Elements as nested arrays. Lower bounds are lost. */
export const nested = <T>(dimensions: readonly Dimension[], elements: readonly T[]): Nested<T>[] => {
  let level: Nested<T>[] = [...elements]
  for (let i = dimensions.length - 1; i > 0; i--) {
    const length = dimensions[i]?.length ?? 0
    const count = dimensions.slice(0, i).reduce((product, dimension) => product * dimension.length, 1)
    const below = level
    level = Array.from({ length: count }, (_, n) => below.slice(n * length, (n + 1) * length))
  }
  return level
}

export type Nested<T> = T | Nested<T>[]
