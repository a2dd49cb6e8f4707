// Interface pointers as JavaScript holds them, each at home in the apartment of a thread.
import type { BindingPointer, HRESULT, JobId, ThreadId } from '../../../binding'
import { HResult } from '../../errors/hresult'
import type { EmulatedApartment } from '../apartments/apartment'
import { MarshaledPointer } from '../calls/marshaled-pointer'
import { PointerRefusal } from '../calls/pointer-refusal'
import type { Target } from '../calls/target'
import type { LiveObjects, Living } from '../objects/live-objects'
import type { JobWork } from './job'

/** A thread that pointers belong to. */
export interface PointerHome {
  readonly id: ThreadId
  readonly apartment: EmulatedApartment
  readonly ended: boolean
  /** Released when the thread ends. */
  readonly pointers: Set<Cell>
  queue<Result>(work: JobWork<Result>): JobId
}

/** One reference on an object. Lives apart from its handle, so that it can be given back after it. */
class Cell implements Living {
  readonly #home: PointerHome
  readonly #live: LiveObjects
  #target: Target | null

  constructor(home: PointerHome, target: Target, live: LiveObjects) {
    this.#home = home
    this.#live = live
    this.#target = target
    home.pointers.add(this)
    live.pointers.add(this)
    if (home.ended) this.release()
  }

  get target(): Target | null {
    return this.#target
  }

  describe(): string {
    return `a pointer of thread ${this.#home.id} to ${this.#target?.kind}`
  }

  release(): void {
    const target = this.#target
    if (!target) return
    this.#target = null
    this.#home.pointers.delete(this)
    this.#live.pointers.delete(this)
    target.release()
  }
}

export type { Cell }

const forgotten = new FinalizationRegistry<Cell>(cell => cell.release())

export class PointerHandle implements BindingPointer {
  readonly threadId: ThreadId
  readonly #home: PointerHome
  readonly #cell: Cell
  #held = true

  constructor(home: PointerHome, cell: Cell) {
    this.threadId = home.id
    this.#home = home
    this.#cell = cell
    forgotten.register(this, cell, cell)
  }

  /** A reference of its own on the object behind a pointer, for a thread of that apartment; or why not. */
  static from(pointer: BindingPointer, apartment: EmulatedApartment | null): MarshaledPointer | HRESULT {
    const { target } = PointerHandle.#ours(pointer).#cell
    if (!target) return HResult.RPC_E_DISCONNECTED
    if (apartment && PointerHandle.homeOf(pointer).apartment !== apartment) return HResult.RPC_E_WRONG_THREAD
    return new MarshaledPointer(target)
  }

  /** The same, for copying Variants; throws PointerRefusal. */
  static departing =
    (apartment: EmulatedApartment) =>
    (pointer: BindingPointer): BindingPointer => {
      const marshaled = PointerHandle.from(pointer, apartment)
      if (typeof marshaled === 'number') throw new PointerRefusal(marshaled)
      return marshaled
    }

  /** The thread that it belongs to. */
  static homeOf(pointer: BindingPointer): PointerHome {
    return PointerHandle.#ours(pointer).#home
  }

  static #ours(pointer: BindingPointer): PointerHandle {
    if (pointer instanceof PointerHandle) return pointer
    throw new TypeError('expected a pointer made by this binding')
  }

  get held(): boolean {
    return this.#held
  }

  release(): void {
    if (!this.#held) return
    this.#held = false
    forgotten.unregister(this.#cell)
    this.#cell.release()
  }
}

/** A pointer for a thread, that takes over the reference. */
export const handleFor = (home: PointerHome, target: Target, live: LiveObjects): PointerHandle =>
  new PointerHandle(home, new Cell(home, target, live))

/** Brings what arrived in a Variant home. */
export const unmarshalFor =
  (home: PointerHome, live: LiveObjects) =>
  (pointer: BindingPointer): BindingPointer =>
    handleFor(home, MarshaledPointer.of(pointer).take(), live)
