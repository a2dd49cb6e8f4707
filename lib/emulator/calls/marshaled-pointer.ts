// A marshaled pointer: one reference on an object, between marshal and unmarshal.
import type { BindingPointer, Variant } from '../../../binding'
import type { Target } from './target'

export class MarshaledPointer implements BindingPointer {
  /** It belongs to no thread. */
  readonly threadId = 0
  #target: Target | null

  /** Takes a reference of its own. */
  constructor(target: Target) {
    target.addRef()
    this.#target = target
  }

  /** A pointer in a marshaled Variant or operation. */
  static of(pointer: BindingPointer): MarshaledPointer {
    if (pointer instanceof MarshaledPointer) return pointer
    throw new TypeError('the emulator: expected a marshaled pointer')
  }

  /** Another marshaled pointer to the same object, with a reference of its own. */
  static copyOf(pointer: BindingPointer): MarshaledPointer {
    return new MarshaledPointer(MarshaledPointer.of(pointer).target)
  }

  get held(): boolean {
    return this.#target !== null
  }

  /** The object. Throws TypeError after `release` and `take`. */
  get target(): Target {
    if (this.#target) return this.#target
    throw new TypeError('the emulator: a marshaled pointer was used after it was released or unmarshaled')
  }

  /** Passes the reference on to the caller. */
  take(): Target {
    const { target } = this
    this.#target = null
    return target
  }

  release(): void {
    const target = this.#target
    this.#target = null
    target?.release()
  }
}

/** A Variant with a new marshaled pointer to an object. */
export const pointerTo = (target: Target): Variant => ({
  type: target.dispatches ? 'dispatch' : 'unknown',
  value: new MarshaledPointer(target),
})
