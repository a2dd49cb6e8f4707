// The class Intermediate: the result of a call in the middle of a dynamic chain.
import { heldPointerOf } from '../calls/held-pointer'

/**
 * The result of a call in the middle of a chain: of `Open(path)` in `view.Open(path).Sheets(1).Name`. If the program
 * does not await it, its object is released at the end of the turn of the event loop in which its last use ends.
 */
export class Intermediate<Value, Found extends object> {
  readonly #promise: Promise<Value>
  readonly #path: string
  readonly #objectIn: (value: Value) => Found
  #users = 0
  /** The program has the result, and releases it. */
  #given = false

  /** `objectIn` throws TypeError for a result that is no object. */
  constructor(promise: Promise<Value>, path: string, objectIn: (value: Value) => Found) {
    this.#promise = promise
    this.#path = path
    this.#objectIn = objectIn
  }

  /** Passes the result to the program. */
  give(): Promise<Value> {
    this.#given = true
    return this.#promise
  }

  async use<T>(act: (object: Found) => Promise<T>): Promise<T> {
    this.#users++
    let object: Found | undefined
    try {
      object = this.#objectIn(await this.#promise)
      return await act(object)
    } finally {
      if (--this.#users === 0 && object) this.#releaseLater(object)
    }
  }

  /** Does not release at once, because a program may use the result several times, one after the other. */
  #releaseLater(object: Found): void {
    const advice = `it was only a part of a chain: await ${this.#path} to keep its object`
    setImmediate(() => {
      if (this.#users === 0 && !this.#given) heldPointerOf(object)?.release(advice)
    })
  }
}
