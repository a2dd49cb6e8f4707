// One reference on an object, which a handle holds and releases once.
import type { CountedObject } from './counted-object'

/** It is not part of its handle, so that it can be released after the handle was collected. */
export class Reference<Counted extends CountedObject = CountedObject> {
  #object: Counted | null
  readonly #release: () => void

  constructor(object: Counted, release = () => object.release()) {
    this.#object = object
    this.#release = release
  }

  /** Null once the reference was released. */
  get object(): Counted | null {
    return this.#object
  }

  release(): void {
    if (!this.#object) return
    this.#object = null
    this.#release()
  }
}

/** Releases the reference of a handle that was collected. */
export const collectedHandles = new FinalizationRegistry<Reference>(reference => reference.release())
