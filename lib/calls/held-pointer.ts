// Interface pointers, and which object of JavaScript stands for which: shared by all who are still using one.
import type { BindingPointer } from '../../binding'
import type { PointerType } from '../values/values'
import type { Caller } from './call-runner'

/**
 * The pointer behind a ComObject or ComImplementation. The binding's pointer is released when its owner has
 * released it and the calls and connections that use it are over; or, forgotten, when it is collected.
 */
export class Held {
  readonly pointer: BindingPointer
  readonly caller: Caller
  readonly type: PointerType
  #users = 1
  #released = false

  constructor(pointer: BindingPointer, caller: Caller, type: PointerType) {
    this.pointer = pointer
    this.caller = caller
    this.type = type
  }

  /** Its owner has given it up; it can't be used for anything new. */
  get released(): boolean {
    return this.#released
  }

  /** Its owner gives it up. A second time it does nothing. */
  release(): void {
    if (this.#released) return
    this.#released = true
    this.drop()
  }

  /** Keeps the pointer until `drop`, whatever its owner does. */
  take(): this {
    this.#users++
    return this
  }

  drop(): void {
    if (--this.#users === 0) this.pointer.release()
  }
}

const holders = new WeakMap<object, Held>()
const unresolved = new WeakSet<object>()

/** Makes a value stand for a pointer wherever one is taken. */
export const standFor = (value: object, held: Held): void => {
  holders.set(value, held)
}

/** The pointer that a value stands for. */
export const heldBy = (value: object): Held | undefined => holders.get(value)

/** Makes a function known as a chain of the dynamic view, which stands for a value yet to be asked for. */
export const markUnresolved = (chain: object): void => {
  unresolved.add(chain)
}

export const isUnresolved = (value: object): boolean => unresolved.has(value)

/** Whether a value can be passed as an object: it stands for a pointer, or can be called back. */
export const couldBePointer = (value: object): boolean =>
  holders.has(value) || (typeof value === 'function' && !unresolved.has(value))
