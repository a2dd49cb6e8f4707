// The function comScope: releases the objects that calls inside it have returned.
import { heldPointerOf } from '../calls/held-pointer'
import { currentScope, PointerScope, runInScope } from '../calls/pointer-scope'
import * as validate from '../errors/validate'
import type { ComImplementation, ComObject, DynamicView } from './thread-and-objects'

/** Releases objects when it is closed. Made by `comScope`. */
export interface ComScope extends Disposable {
  /**
   * Calls a function in the scope. The objects that the function gets from calls, also after an `await`, belong to the
   * scope. Returns what the function returns. Throws TypeError for anything but a function.
   */
  run<T>(callback: () => T): T
  /**
   * Lets an object outlive the scope. A scope around this one, if there is one, then releases it. Returns the object.
   * Throws TypeError for a value that is no object of COM, and does nothing for an object of another scope.
   */
  keep<T extends ComObject | ComImplementation | DynamicView>(object: T): T
  /**
   * Releases the objects of the scope, the last one first. An object that a call inside it returns later is released at
   * once. A second call does nothing.
   */
  close(): void
}

const ADVICE = 'its scope had ended: scope.keep(object) lets it outlive the scope'

class Scope implements ComScope {
  readonly #pointers = new PointerScope(ADVICE, currentScope())

  run<T>(callback: () => T): T {
    return runInScope(this.#pointers, validate.callback<() => T>('ComScope.run', 'callback', callback))
  }

  keep<T extends ComObject | ComImplementation | DynamicView>(object: T): T {
    const isObject = (typeof object === 'object' && object !== null) || typeof object === 'function'
    const held = isObject ? heldPointerOf(object) : undefined
    if (!held)
      throw validate.wrongType('ComScope.keep', 'object', 'an object of COM, or a view of one', object)
    if (held.scope !== this.#pointers) return object
    held.keep()
    this.#pointers.outer?.add(held)
    return object
  }

  close(): void {
    this.#pointers.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

const runToEnd = async <T>(callback: (scope: ComScope) => T): Promise<Awaited<T>> => {
  const scope = new Scope()
  try {
    return await scope.run(() => callback(scope))
  } finally {
    scope.close()
  }
}

/**
 * Releases the objects that calls inside a scope have returned, without waiting for the garbage collector.
 *
 * `await comScope(async scope => { … })` calls the function, and releases the objects when its promise has settled:
 * results of calls, items of collections, objects that are created, and what `implement` makes; not connections and
 * threads. `scope.keep(object)` and `object.keep()` keep an object, such as one that the function returns. Scopes nest.
 * A scope follows its function through everything that the function awaits (AsyncLocalStorage). Functions that run at
 * the same time therefore do not release one another's objects.
 *
 * `using scope = comScope()` makes a scope for several functions: `scope.run(callback)` calls one in it. The declaration
 * does not enter the scope, because it would also enter it for the caller of an async function.
 *
 * @example
 * using scope = comScope()
 * await scope.run(() => fill(excel))
 */
export function comScope(): ComScope
/**
 * Calls a function in a scope, and closes the scope when the function's promise has settled.
 *
 * @param callback Gets the scope; its result, or that of its promise, is the result.
 * @throws TypeError for anything but a function, and what the function throws.
 * @example
 * const total = await comScope(() => sum(excel))
 */
export function comScope<T>(callback: (scope: ComScope) => T): Promise<Awaited<T>>
export function comScope<T>(callback?: (scope: ComScope) => T): ComScope | Promise<Awaited<T>> {
  if (callback === undefined) return new Scope()
  return runToEnd(validate.callback<(scope: ComScope) => T>('comScope', 'callback', callback))
}
