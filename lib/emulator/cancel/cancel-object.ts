// A cancel object that JavaScript implements. A cancel takes effect at once; its owner is notified on its own thread.
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
  // `onCancel` often refers to the object's handle. A strong reference from here would keep that handle from being
  // collected. Therefore the handle holds the options, and this object does only while others hold references on it.
  readonly #options: WeakRef<CancelObjectOptions>
  #strongOptions: CancelObjectOptions | undefined
  #ownerHolds = true
  #notified = false
  readonly state: CancelState

  /** The owner's handle must hold `options` as long as it exists. */
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
    if (this.references === 0 || (this.references === 1 && this.#ownerHolds)) this.#strongOptions = undefined
  }

  /** Releases the reference of the owner's handle. */
  releaseByOwner(): void {
    this.#ownerHolds = false
    this.release()
  }

  /** The call that the object stands for has completed. */
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
    else
      this.#system.post(this.#owner, () => {
        if (!this.#owner.ended) options?.onCancel(seconds)
      })
  }
}
