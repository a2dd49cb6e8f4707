// Nested JavaScript arrays as arrays of several dimensions, and back.
import type { Dimension } from '../../binding'
import type { Spot } from './scalars'

/** What Automation allows: dimensions of one array, and here also arrays within arrays. */
const DIMENSIONS_MAX = 60
/** More values than a SAFEARRAY of VARIANTs could hold on most hosts; arrays that share parts reach it fast. */
const VALUES_MAX = 2 ** 24

/** A value inside an array; throws RangeError where it stands too deep. */
export const inside = (spot: Spot, place: () => string): Spot => {
  if (spot.depth >= DIMENSIONS_MAX)
    throw new RangeError(
      `${spot.where}: ${spot.place()} is nested in more than ${DIMENSIONS_MAX} arrays, which is all that Automation allows`,
    )
  return { where: spot.where, place, depth: spot.depth + 1 }
}

/** Refuses what would never end: arrays that contain themselves, or far too much. */
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
  /** All elements, the last dimension varying fastest. */
  elements: unknown[]
  /** Where an element stands. */
  place: (index: number) => string
}

/** The array's dimensions: as many as are rectangular. What is nested further is an element. */
export const shapeOf = (array: readonly unknown[], spot: Spot): Shape => {
  survey(array, spot)
  const lengths = [array.length]
  // Array.from makes holes undefined, which `every` and `flatMap` would skip.
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

/** Elements laid out as nested arrays; lower bounds are not kept. */
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
