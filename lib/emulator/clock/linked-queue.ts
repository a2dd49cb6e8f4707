// A first-in, first-out queue from which any item can be removed in constant time.

/** An item; it can be in one queue at a time. */
export interface Linked<Item> {
  // Its neighbors in the queue.
  before: Item | undefined
  after: Item | undefined
}

/** A linked list. An array would have to be searched, and a Map iterates over the entries deleted at its head. */
export class LinkedQueue<Item extends Linked<Item>> {
  #first: Item | undefined
  #last: Item | undefined

  get first(): Item | undefined {
    return this.#first
  }

  push(item: Item): void {
    item.before = this.#last
    if (this.#last) this.#last.after = item
    else this.#first = item
    this.#last = item
  }

  /** The item must be in the queue. */
  remove(item: Item): void {
    if (item.before) item.before.after = item.after
    else this.#first = item.after
    if (item.after) item.after.before = item.before
    else this.#last = item.before
    item.before = undefined
    item.after = undefined
  }

  shift(): Item | undefined {
    const item = this.#first
    if (item) this.remove(item)
    return item
  }
}
