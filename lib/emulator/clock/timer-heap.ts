// A binary heap of timers: the earliest first; of those due at the same moment, the first one added.
import type { Milliseconds } from './clock'

export interface TimerHeapItem {
  readonly due: Milliseconds
  /** Increases with each item added. */
  readonly number: number
  /** Used by the heap only. 'due': in the list of items that are due. */
  place: number | 'due' | 'none'
}

const isBefore = (one: TimerHeapItem, other: TimerHeapItem): boolean =>
  one.due < other.due || (one.due === other.due && one.number < other.number)

export class TimerHeap<Item extends TimerHeapItem> {
  /** The item at place p is before those at 2p + 1 and 2p + 2. */
  readonly #heap: Item[] = []
  /** The items that are due, in order. */
  readonly #due: Item[] = []

  get first(): Item | undefined {
    return this.#due[0] ?? this.#heap[0]
  }

  /** All items, in order. */
  get all(): Item[] {
    return [...this.#due, ...this.#heap].sort((one, other) => (isBefore(one, other) ? -1 : 1))
  }

  /** The items that are due at a moment, in order. */
  dueBy(moment: Milliseconds): readonly Item[] {
    for (let next = this.#heap[0]; next && next.due <= moment; next = this.#heap[0]) {
      this.delete(next)
      next.place = 'due'
      this.#due.push(next)
    }
    return this.#due
  }

  add(item: Item): void {
    this.#rise(item, this.#heap.length)
  }

  /** False when the heap does not have the item. */
  delete(item: Item): boolean {
    const { place } = item
    if (place === 'none') return false
    item.place = 'none'
    if (place === 'due') this.#due.splice(this.#due.indexOf(item), 1)
    else {
      // The last item takes its place and moves from there to where it belongs.
      const last = this.#heap.pop()
      if (last && last !== item) this.#sink(last, place)
    }
    return true
  }

  #put(item: Item, place: number): void {
    this.#heap[place] = item
    item.place = place
  }

  #rise(item: Item, from: number): void {
    let place = from
    while (place > 0) {
      const above = (place - 1) >>> 1
      const other = this.#heap[above]
      if (!other || isBefore(other, item)) break
      this.#put(other, place)
      place = above
    }
    this.#put(item, place)
  }

  #sink(item: Item, from: number): void {
    let place = from
    for (;;) {
      let below = place * 2 + 1
      const [left, right] = [this.#heap[below], this.#heap[below + 1]]
      if (left && right && isBefore(right, left)) below++
      const other = this.#heap[below]
      if (!other || isBefore(item, other)) break
      this.#put(other, place)
      place = below
    }
    // The item came from another branch, and may be before the one above.
    this.#rise(item, place)
  }
}
