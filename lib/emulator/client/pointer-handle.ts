// The emulator's BindingPointers: interface pointers that JavaScript holds, each owned by a thread.
import type { BindingPointer, HRESULT, JobId, ThreadId } from '../../../binding'
import { HResult } from '../../errors/hresult'
import type { EmulatedApartment } from '../apartments/thread-stack'
import { type PointerCopier, PointerRefusal } from '../calls/marshal'
import { MarshaledPointer } from '../calls/marshaled-pointer'
import type { Target } from '../calls/target'
import type { LiveObjects, Living } from '../objects/live-objects'
import { collectedHandles, Reference } from '../objects/reference'
import type { JobWork } from './job'

/** A thread that owns pointers. */
export interface PointerHome {
  readonly id: ThreadId
  readonly apartment: EmulatedApartment
  readonly ended: boolean
  /** Released when the thread ends. */
  readonly pointers: Set<{ release(): void }>
  queue<Result>(work: JobWork<Result>): JobId
}

class PointerReference extends Reference<Target> implements Living {
  readonly #home: PointerHome

  constructor(home: PointerHome, target: Target, live: LiveObjects) {
    super(target, () => {
      home.pointers.delete(this)
      live.pointers.delete(this)
      target.release()
    })
    this.#home = home
    home.pointers.add(this)
    live.pointers.add(this)
    if (home.ended) this.release()
  }

  describe(): string {
    return `a pointer of thread ${this.#home.id} to ${this.object?.kind}`
  }
}

export class PointerHandle implements BindingPointer {
  readonly threadId: ThreadId
  readonly #home: PointerHome
  readonly #reference: PointerReference
  #held = true

  /** Takes over the caller's reference on the object. */
  constructor(home: PointerHome, target: Target, live: LiveObjects) {
    this.threadId = home.id
    this.#home = home
    this.#reference = new PointerReference(home, target, live)
    collectedHandles.register(this, this.#reference, this.#reference)
  }

  /** A marshaled pointer to the object, for a thread of the apartment; or the HRESULT of the refusal. */
  static marshal(pointer: BindingPointer, apartment: EmulatedApartment | null): MarshaledPointer | HRESULT {
    const target = PointerHandle.#handleOf(pointer).#reference.object
    if (!target) return HResult.RPC_E_DISCONNECTED
    if (apartment && PointerHandle.homeOf(pointer).apartment !== apartment) return HResult.RPC_E_WRONG_THREAD
    return new MarshaledPointer(target)
  }

  /** As `marshal`, for copying operations and replies; the copier throws PointerRefusal. */
  static marshalFrom(apartment: EmulatedApartment): PointerCopier {
    return pointer => {
      const marshaled = PointerHandle.marshal(pointer, apartment)
      if (typeof marshaled === 'number') throw new PointerRefusal(marshaled)
      return marshaled
    }
  }

  /** Unmarshals pointers for a thread. */
  static unmarshalTo(home: PointerHome, live: LiveObjects): PointerCopier {
    return pointer => new PointerHandle(home, MarshaledPointer.of(pointer).take(), live)
  }

  /** The thread that the pointer belongs to. */
  static homeOf(pointer: BindingPointer): PointerHome {
    return PointerHandle.#handleOf(pointer).#home
  }

  static #handleOf(pointer: BindingPointer): PointerHandle {
    if (pointer instanceof PointerHandle) return pointer
    throw new TypeError('expected a pointer made by this binding')
  }

  get held(): boolean {
    return this.#held
  }

  release(): void {
    if (!this.#held) return
    this.#held = false
    collectedHandles.unregister(this.#reference)
    this.#reference.release()
  }
}
