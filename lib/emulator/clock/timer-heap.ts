// What is to happen at known moments, in order: the earlier first, of the same moment what was added first.
import type { Milliseconds } from './clock'

export interface TimerHeapItem {
  readonly due: Milliseconds
  /** Of all that was ever added, which one it is. */
  readonly number: number
  /** Where the agenda has it; its own business. */
  place: number | 'ripe' | 'nowhere'
}

const isBefore = (one: TimerHeapItem, other: TimerHeapItem): boolean =>
  one.due < other.due || (one.due === other.due && one.number < other.number)

export class TimerHeap<Item extends TimerHeapItem> {
  /** Each before the two at twice its place: the first is known, and any can be taken out, however many there are. */
  readonly #heap: Item[] = []
  /** What has been due, in order. */
  readonly #due: Item[] = []

  get first(): Item | undefined {
    return this.#due[0] ?? this.#heap[0]
  }

  /** All, in order. */
  get all(): Item[] {
    return [...this.#due, ...this.#heap].sort((one, other) => (isBefore(one, other) ? -1 : 1))
  }

  /** What is due by a moment that has come. */
  dueBy(moment: Milliseconds): readonly Item[] {
    for (let next = this.#heap[0]; next && next.due <= moment; next = this.#heap[0]) {
      this.delete(next)
      next.place = 'ripe'
      this.#due.push(next)
    }
    return this.#due
  }

  add(item: Item): void {
    this.#rise(item, this.#heap.length)
  }

  /** False when it is not there. */
  delete(item: Item): boolean {
    const { place } = item
    if (place === 'nowhere') return false
    item.place = 'nowhere'
    if (place === 'ripe') this.#due.splice(this.#due.indexOf(item), 1)
    else {
      // The last one takes its place, and goes from there to where it belongs.
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
    // It may be before what is above: it came from another branch.
    this.#rise(item, place)
  }
}
