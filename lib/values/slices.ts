// Slices: the elements of an array become nested arrays or columns, a few thousand in each step.
import type { Dimension } from '../../binding'

/** Elements in one step, which takes a few milliseconds. */
export const SLICE = 16_384
/** The longest array that V8 allocates as such; a longer one grows. */
const ALLOCATED = 2 ** 25

export type Nested<T> = T | Nested<T>[]

/** Puts `count` elements, from the element at `from` on, into a list. */
export type Fill<T> = (into: T[], at: number, from: number, count: number) => void

/** A conversion in steps. */
export type Steps<T> = Generator<void, T, void>

/** Runs all steps now. */
export const finish = <T>(steps: Steps<T>): T => {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

/** Runs all steps, the first one now; the others each in a turn of its own. */
export const inTurns = <T>(steps: Steps<T>, nextTurn: () => Promise<void>): T | Promise<T> => {
  const { done, value } = steps.next()
  return done ? value : nextTurn().then(() => inTurns(steps, nextTurn))
}

/** Counts elements until a step has enough of them. */
export class Budget {
  #left = SLICE

  /** How many of these elements this step takes; at least one. */
  take(wanted: number): number {
    return Math.min(wanted, Math.max(this.#left, 1))
  }

  /** Whether the step is over. */
  spend(count: number): boolean {
    this.#left -= count
    if (this.#left > 0) return false
    this.#left = SLICE
    return true
  }
}

/** Makes a row of the elements from the one at `from` on; undefined where `fill` has to put them in. */
export type RowMaker<T> = (from: number, width: number) => T[] | undefined

/** Elements as nested arrays. Lower bounds are lost. */
export function* nestedSteps<T>(
  dimensions: readonly Dimension[],
  fill: Fill<T>,
  rowOf?: RowMaker<T>,
): Steps<Nested<T>[]> {
  const lengths = dimensions.map(({ length }) => length)
  const width = lengths.pop() ?? 0
  const budget = new Budget()
  let level: Nested<T>[][] = []
  const count = lengths.reduce((product, length) => product * length, 1)
  for (let r = 0; r < count; r++) {
    const made = width <= SLICE ? rowOf?.(r * width, width) : undefined
    const row: T[] = made ?? (width <= ALLOCATED ? new Array(width) : [])
    if (made && budget.spend(width)) yield
    for (let at = made ? width : 0; at < width; ) {
      const taken = budget.take(width - at)
      fill(row, at, r * width + at, taken)
      at += taken
      if (budget.spend(taken)) yield
    }
    // An empty row costs as much as a value.
    if (width === 0 && budget.spend(1)) yield
    level.push(row)
  }
  for (let i = lengths.length - 1; i > 0; i--) {
    const length = lengths[i] ?? 0
    const below = level
    const groups = lengths.slice(0, i).reduce((product, each) => product * each, 1)
    level = Array.from({ length: groups }, (_, n) => below.slice(n * length, (n + 1) * length))
  }
  return lengths.length === 0 ? (level[0] ?? []) : level
}

/** What columns are made of. */
export interface ColumnSource<T> {
  rows: number
  /** The number of columns. */
  width: number
  /** Whether a column has numbers only: it is a Float64Array. */
  isNumeric(column: number): boolean
  /** The numbers of all elements, where they are at hand. */
  numbers: ArrayLike<number> | undefined
  fill: Fill<T>
}

/** The elements of an array of one or two dimensions as columns. */
export function* columnSteps<T>(source: ColumnSource<T>): Steps<(Float64Array | T[])[]> {
  const { rows, width, isNumeric, numbers, fill } = source
  const budget = new Budget()
  const columns: (Float64Array | T[])[] = []
  const copied: [index: number, column: Float64Array][] = []
  const filled: [index: number, column: T[]][] = []
  for (let c = 0; c < width; c++) {
    const column = isNumeric(c) ? new Float64Array(rows) : new Array<T>(rows)
    columns.push(column)
    if (numbers && column instanceof Float64Array) copied.push([c, column])
    else filled.push([c, column as T[]])
    if (budget.spend(Math.ceil(rows / 16))) yield
  }
  // Several rows at once, because few elements are costly to fill; not all, which the processor does not keep at hand.
  const together = Math.max(1, Math.floor(2048 / Math.max(1, width)))
  const some: T[] = filled.length > 0 ? new Array(together * width) : []
  for (let from = 0; from < rows; from += together) {
    const to = Math.min(from + together, rows)
    if (numbers) for (const [c, column] of copied) copyRows(numbers, column, { from, to, first: c, width })
    if (filled.length > 0) fill(some, 0, from * width, (to - from) * width)
    for (const [c, column] of filled)
      for (let r = from, i = c; r < to; r++, i += width) column[r] = some[i] as T
    if (budget.spend((to - from) * width)) yield
  }
  return columns
}

const copyRows = (
  numbers: ArrayLike<number>,
  column: Float64Array,
  { from, to, first, width }: { from: number; to: number; first: number; width: number },
): void => {
  for (let r = from, i = from * width + first; r < to; r++, i += width) column[r] = numbers[i] as number
}
