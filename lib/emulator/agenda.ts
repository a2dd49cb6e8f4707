// What is to happen at known moments, in order: the earlier first, of the same moment what was added first.
import type { Milliseconds } from './clock'

export interface Moment {
  readonly due: Milliseconds
  /** Of all that was ever added, which one it is. */
  readonly number: number
}

export class Agenda<Item extends Moment> implements Iterable<Item> {
  readonly #items: Item[] = []

  get first(): Item | undefined {
    return this.#items[0]
  }

  at(index: number): Item | undefined {
    return this.#items[index]
  }

  /** How many are due at a moment. */
  dueBy(moment: Milliseconds): number {
    return this.#placeOf({ due: moment, number: Number.POSITIVE_INFINITY })
  }

  add(item: Item): void {
    this.#items.splice(this.#placeOf(item), 0, item)
  }

  /** False when it is not there. */
  delete(item: Item): boolean {
    const place = this.#placeOf(item)
    if (this.#items[place] !== item) return false
    this.#items.splice(place, 1)
    return true
  }

  [Symbol.iterator](): Iterator<Item> {
    return this.#items[Symbol.iterator]()
  }

  #placeOf({ due, number }: Moment): number {
    let [low, high] = [0, this.#items.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      const item = this.#items[middle] as Item
      if (item.due < due || (item.due === due && item.number < number)) low = middle + 1
      else high = middle
    }
    return low
  }
}
