// A pointer between two apartments: one reference on an object, which whoever it arrives at takes over.
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

  /** What arrived in a Variant. */
  static of(pointer: BindingPointer): MarshaledPointer {
    if (pointer instanceof MarshaledPointer) return pointer
    throw new TypeError('the emulator: a pointer on its way is no Transit')
  }

  get held(): boolean {
    return this.#target !== null
  }

  /** The object; throws once it was given back or taken. */
  get target(): Target {
    if (this.#target) return this.#target
    throw new TypeError('the emulator: a pointer on its way was used after it had arrived')
  }

  /** Another one, with a reference of its own. */
  copy(): MarshaledPointer {
    return new MarshaledPointer(this.target)
  }

  /** Hands the reference over. */
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

/** A Variant with a new pointer to an object. */
export const pointerTo = (target: Target): Variant => ({
  type: target.dispatches ? 'dispatch' : 'unknown',
  value: new MarshaledPointer(target),
})
