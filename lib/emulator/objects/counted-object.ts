// A reference-counted COM object with IUnknown and, where it is cancelable, ICancelMethodCalls.
import type { HRESULT, InterfaceId } from '../../../binding'
import { HResult, IID_ICancelMethodCalls, IID_IUnknown } from '../../errors/hresult'
import type { CancelMethods } from './cancel-methods'
import { type LiveObjects, type Living, quantity } from './live-objects'

/** The creator holds the first reference. */
export class CountedObject implements Living {
  place: Living['place']
  readonly #live: LiveObjects
  #references = 1
  #pins = 0

  constructor(live: LiveObjects) {
    this.#live = live
    live.objects.add(this)
  }

  /** What the object is, for the leak check. */
  get kind(): string {
    return 'an object with IUnknown'
  }

  describe(): string {
    return `${this.kind}: ${quantity(this.#references, 'reference')}`
  }

  /** Its ICancelMethodCalls, or null. */
  get cancelMethods(): CancelMethods | null {
    return null
  }

  get references(): number {
    return this.#references
  }

  addRef(): void {
    this.#references++
  }

  release(): void {
    this.#references--
    this.#removeIfUnused()
  }

  /** Keeps the object alive without a reference: for call contexts, on which a thread takes none (S5). */
  pin(): void {
    this.#pins++
  }

  unpin(): void {
    this.#pins--
    this.#removeIfUnused()
  }

  /** QueryInterface without its AddRef: S_OK or E_NOINTERFACE. */
  queryInterface(iid: InterfaceId): HRESULT {
    if (iid === IID_IUnknown) return HResult.S_OK
    if (iid === IID_ICancelMethodCalls && this.cancelMethods) return HResult.S_OK
    return HResult.E_NOINTERFACE
  }

  #removeIfUnused(): void {
    if (this.#references === 0 && this.#pins === 0) this.#live.objects.delete(this)
  }
}
