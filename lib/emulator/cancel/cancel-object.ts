// A cancel object that JavaScript implements: recorded at once, told on the thread that made it.
import type { CancelObjectOptions, HRESULT, Seconds, ThreadId } from '../../../binding'
import { failed, HResult } from '../../errors/hresult'
import { type CancelMethods, POOL_THREAD } from '../objects/cancel-methods'
import { CancelState, StateFlag } from '../objects/cancel-state'
import { CountedObject } from '../objects/counted-object'
import type { System } from '../threads/system'
import type { Thread } from '../threads/thread'

export class JavaScriptCancelObject extends CountedObject implements CancelMethods {
  readonly #system: System
  readonly #owner: Thread
  // An onCancel often refers to the very handle it was made with. Held from here, it would keep that handle from
  // ever being collected, so the handle holds it, and we do only while somebody else could still call Cancel.
  readonly #options: WeakRef<CancelObjectOptions>
  #strongOptions: CancelObjectOptions | undefined
  #makerHolds = true
  #notified = false
  readonly state: CancelState

  /** `options` must be held by the maker's handle while it is held itself. */
  constructor(system: System, owner: Thread, options: CancelObjectOptions) {
    super(system.live)
    this.#system = system
    this.#owner = owner
    this.#options = new WeakRef(options)
    this.state = new CancelState({
      flags: StateFlag.notifyOnly,
      result: options.cancelResult,
      changed: () => this.#notify(this.state.foreignCancelTimeout, POOL_THREAD),
    })
  }

  override get kind(): string {
    return 'a cancel object'
  }

  override get cancelMethods(): CancelMethods {
    return this
  }

  override addRef(): void {
    super.addRef()
    this.#strongOptions ??= this.#options.deref()
  }

  override release(): void {
    super.release()
    if (this.references === 0 || (this.references === 1 && this.#makerHolds)) this.#strongOptions = undefined
  }

  /** The maker's handle goes, and with it the reference it was made with. */
  releaseByMaker(): void {
    this.#makerHolds = false
    this.release()
  }

  /** The call it stands for is over. */
  complete(): void {
    if (this.state.pending && !this.state.canceled) this.state.end('completed')
  }

  cancel(seconds: Seconds, caller: ThreadId): HRESULT {
    if (this.state.completed) return HResult.RPC_E_CALL_COMPLETE
    if (failed(this.state.result)) return this.state.result
    if (!this.state.cancel()) return HResult.RPC_E_CALL_CANCELED
    this.#notify(seconds, caller)
    return this.state.result
  }

  testCancel(): HRESULT {
    if (this.state.canceled) return HResult.RPC_E_CALL_CANCELED
    return this.state.completed ? HResult.RPC_E_CALL_COMPLETE : HResult.RPC_S_CALLPENDING
  }

  #notify(seconds: Seconds, caller: ThreadId): void {
    if (this.#notified || !this.state.canceled) return
    this.#notified = true
    const options = this.#strongOptions ?? this.#options.deref()
    if (caller === this.#owner.id) options?.onCancel(seconds)
    // A thread that has ended meanwhile is told nothing: there is nobody left to tell.
    else
      this.#system.post(this.#owner, () => {
        if (!this.#owner.ended) options?.onCancel(seconds)
      })
  }
}
