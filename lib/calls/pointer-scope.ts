// Scopes: objects that are released together, when a callback or a handler has ended.
import { AsyncLocalStorage } from 'node:async_hooks'
import type { HeldPointer, PointerOwner } from './held-pointer'

export class PointerScope implements PointerOwner {
  readonly outer: PointerScope | undefined
  readonly #advice: string
  readonly #pointers = new Set<HeldPointer>()
  #over = false

  /** `advice`: part of the message about an object that was released with the scope. */
  constructor(advice: string, outer?: PointerScope) {
    this.#advice = advice
    this.outer = outer
  }

  get over(): boolean {
    return this.#over
  }

  /** Adds a pointer. When the scope is over, the pointer is released at once. */
  add(held: HeldPointer): void {
    if (this.#over) {
      held.release(this.#advice)
      return
    }
    this.#pointers.add(held)
    held.scope = this
  }

  /** Removes a pointer, which then outlives the scope. */
  delete(held: HeldPointer): void {
    this.#pointers.delete(held)
  }

  /** Releases the pointers, the last one first. A second call does nothing. */
  close(): void {
    this.#over = true
    const pointers = [...this.#pointers].reverse()
    this.#pointers.clear()
    for (const held of pointers) held.release(this.#advice)
  }
}

const current = new AsyncLocalStorage<PointerScope | undefined>()

/** The scope of the running code, through everything that it awaits. */
export const currentScope = (): PointerScope | undefined => current.getStore()

/** Adds a new pointer to the scope of the running code, if there is one. Returns the pointer. */
export const inScope = (held: HeldPointer): HeldPointer => {
  currentScope()?.add(held)
  return held
}

/** Calls a function in a scope, or in none. */
export const runInScope = <T>(scope: PointerScope | undefined, run: () => T): T => current.run(scope, run)
