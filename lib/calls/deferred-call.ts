// The call of a dynamic view that is not made yet: code that follows synchronously may change it.

/**
 * At most one call of a thread waits, until the microtask after it or the next call of the thread, whichever comes
 * first: calls keep their order.
 */
export class DeferredCall {
  #make: (() => void) | undefined

  get waits(): boolean {
    return this.#make !== undefined
  }

  /** Calls `make` once, unless the returned function withdraws the call. That function returns whether it did. */
  defer(make: () => void): () => boolean {
    this.make()
    this.#make = make
    queueMicrotask(() => {
      if (this.#make === make) this.make()
    })
    return () => {
      if (this.#make !== make) return false
      this.#make = undefined
      return true
    }
  }

  /** Makes the call that waits, if one does. */
  make(): void {
    const make = this.#make
    this.#make = undefined
    make?.()
  }
}
