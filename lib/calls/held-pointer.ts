// Interface pointers with a count of their users, and the JavaScript objects that stand for them.
import type { BindingPointer } from '../../binding'
import type { PointerType } from '../values/values'
import type { Caller } from './call-runner'
import type { HostProcess, Receivers } from './host-process'

/** Releases pointers that their owners do not release. */
export interface PointerOwner {
  /** No longer releases the pointer. */
  delete(held: HeldPointer): void
}

/**
 * The pointer behind a ComObject or ComImplementation. The binding's pointer is released when the owner has
 * released it and all calls and connections that use it have ended, or when it is garbage-collected.
 */
export class HeldPointer {
  readonly pointer: BindingPointer
  readonly caller: Caller
  readonly type: PointerType
  /** The host process that the object is in, if any. */
  readonly host: HostProcess | undefined
  /** Of an object that JavaScript implements: who gets it. */
  receivers: Receivers | undefined
  /** The name of the object's class, or its moniker, if it is known without a call. */
  name: string | undefined
  /** The scope that releases it. */
  scope: PointerOwner | undefined
  #users = 1
  #released = false
  #advice = 'make a new one'

  constructor(pointer: BindingPointer, caller: Caller, type: PointerType, host?: HostProcess) {
    this.pointer = pointer
    this.caller = caller
    this.type = type
    this.host = host
    host?.enter(this)
  }

  /** Whether the owner has released it. It then takes no new calls. */
  get released(): boolean {
    return this.#released
  }

  /** The advice about a released object, for messages. */
  get advice(): string {
    return this.#advice
  }

  /** Releases it for the owner. A second call does nothing. */
  release(advice = this.#advice): void {
    if (this.#released) return
    // A deferred call may need the object.
    this.caller.deferred.make()
    this.#released = true
    this.#advice = advice
    this.keep()
    this.drop()
  }

  /** Removes it from its scope. Only its owner then releases it. */
  keep(): void {
    this.scope?.delete(this)
    this.scope = undefined
  }

  /** Adds a user: the pointer stays until `drop`, even when the owner releases it. */
  take(): this {
    this.#users++
    return this
  }

  drop(): void {
    if (--this.#users !== 0) return
    this.pointer.release()
    this.host?.leave(this)
  }
}

const holders = new WeakMap<object, HeldPointer>()
const unresolved = new WeakSet<object>()

/** Registers a value as an argument that stands for a pointer. */
export const registerPointer = (value: object, held: HeldPointer): void => {
  holders.set(value, held)
}

/** The pointer that a value stands for, if any. */
export const heldPointerOf = (value: object): HeldPointer | undefined => holders.get(value)

/** Registers a member of a dynamic view that was not awaited: it is no value yet. */
export const markUnresolved = (chain: object): void => {
  unresolved.add(chain)
}

export const isUnresolved = (value: object): boolean => unresolved.has(value)

/**
 * Whether a value can be passed as an object: it stands for a pointer, or is a function that COM can call.
 */
export const couldBePointer = (value: object): boolean =>
  holders.has(value) || (typeof value === 'function' && !unresolved.has(value))
