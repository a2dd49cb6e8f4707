// The stack of cancel objects of a thread's calls, the innermost on top.
import type { HRESULT } from '../../../binding'
import { failed, HResult } from '../../errors/hresult'
import type { CountedObject } from '../objects/counted-object'
import type { SharedThread } from '../objects/shared-state'

/** Holds a reference on each object (O2, O3), and publishes the topmost one to other worker threads. */
export class CancelStack {
  readonly #objects: CountedObject[] = []
  readonly #shared: SharedThread | undefined

  constructor(shared: SharedThread | undefined) {
    this.#shared = shared
  }

  get top(): CountedObject | undefined {
    return this.#objects.at(-1)
  }

  get depth(): number {
    return this.#objects.length
  }

  /** Returns E_OUTOFMEMORY when the shared memory is full. */
  push(object: CountedObject): HRESULT {
    const hr = object.cancelMethods?.state?.registered(this.#shared) ?? HResult.S_OK
    if (failed(hr)) return hr
    object.addRef()
    this.#objects.push(object)
    this.#showTop()
    return hr
  }

  pop(): void {
    this.#removeAt(this.#objects.length - 1)
  }

  /** Removes one registration of the object, from wherever it is. Calls that return in order have it on top. */
  remove(object: CountedObject): void {
    this.#removeAt(this.#objects.lastIndexOf(object))
  }

  clear(): void {
    while (this.#objects.length > 0) this.pop()
  }

  #removeAt(index: number): void {
    const object = this.#objects[index]
    if (!object) return
    this.#objects.splice(index, 1)
    this.#showTop()
    object.cancelMethods?.state?.unregistered()
    object.release()
  }

  #showTop(): void {
    this.#shared?.showTop(this.top?.cancelMethods?.state?.shared)
  }
}
