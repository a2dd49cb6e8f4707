// A queue in the order things came, any of which can be taken out at the same cost however many there are.

/** Something that can stand in one queue at a time. */
export interface Linked<Item> {
  // Its place in the queue.
  before: Item | undefined
  after: Item | undefined
}

/** A linked list: an array would be searched, and a Map crawls over what was deleted at its head. */
export class LinkedQueue<Item extends Linked<Item>> {
  #first: Item | undefined
  #last: Item | undefined

  /** Whose turn is next. */
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
