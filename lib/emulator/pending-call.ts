// A call in flight: a thread that is blocked until the reply is there or a Cancel has waited long enough, and the cancel object that a proxy registers for it.
import type { Done, HRESULT, Seconds, ThreadId } from '../../binding'
import { HResult, RPC_C_CANCEL_INFINITE_TIMEOUT } from '../hresult'
import { type CancelMethods, type PendingCancel, POOL_THREAD } from './cancel-methods'
import { setCancelObject } from './cancel-operations'
import type { Milliseconds } from './clock'
import { ComObject } from './com-object'
import type { Keeper, Thread } from './emulated-thread'
import type { System } from './system'

export interface PendingCallOptions {
  /** When the server is done, where that is known from the start. */
  completesAt?: Milliseconds
  /** Told about the first Cancel that takes effect, inside it: the server is to know at once (S2). */
  onCancel?: () => void
}

/**
 * Knows the two moments that can end it, when the reply is there and when a Cancel has waited long enough, and
 * sets no timer itself: whoever began it ends it when its time has come (Keeper).
 */
export class PendingCall implements CancelMethods, PendingCancel {
  readonly #system: System
  readonly #keeper: Keeper
  readonly #cancelable: boolean
  readonly #onCancel: (() => void) | undefined
  #completesAt: Milliseconds
  #releasedAt: Milliseconds = Number.POSITIVE_INFINITY
  #canceled = false
  #state: 'pending' | 'completed' | 'released' = 'pending'
  #registered: { thread: Thread; object: ComObject } | undefined
  #tell: Done | undefined

  constructor(
    system: System,
    thread: Thread,
    keeper: Keeper,
    { completesAt = Number.POSITIVE_INFINITY, onCancel }: PendingCallOptions,
  ) {
    this.#system = system
    this.#keeper = keeper
    this.#cancelable = thread.cancellationEnabled // E5: as it is now, for good
    this.#completesAt = completesAt
    this.#onCancel = onCancel
  }

  /** Registers a cancel object for the call, as a proxy does. */
  register(thread: Thread): HRESULT {
    const object = new CallCancelObject(this.#system, this)
    const hr = setCancelObject(this.#system, thread, object)
    if (hr === HResult.S_OK) this.#registered = { thread, object }
    else object.release()
    return hr
  }

  /** When the call returns, as things stand. */
  get endsAt(): Milliseconds {
    return Math.min(this.#completesAt, this.#releasedAt)
  }

  /** The reply is there. */
  complete(): void {
    if (this.#state !== 'pending') return
    this.#completesAt = Math.min(this.#completesAt, this.#system.clock.now())
    this.#keeper.keepUp()
  }

  /** The thread's own message filter cancels the call, whether or not others may (M1). */
  abandon(): void {
    if (this.#state !== 'pending') return
    const first = !this.#canceled
    this.#canceled = true
    this.#releasedAt = Math.min(this.#releasedAt, this.#system.clock.now())
    if (first) this.#onCancel?.()
    this.#keeper.keepUp()
  }

  /** That moment has come: the call returns. False when it was released, and its reply is nobody's. */
  end(): boolean {
    const completed = this.#completesAt <= this.#releasedAt
    this.#state = completed ? 'completed' : 'released'
    // Also while cancel operations are blocked: a call that has returned leaves nothing behind.
    this.#registered?.thread.cancelObjects.remove(this.#registered.object)
    this.#registered?.object.release()
    this.#registered = undefined
    this.#tell?.(this.conclude())
    return completed
  }

  // CancelMethods: C3 to C7

  cancel(seconds: Seconds, caller: ThreadId): HRESULT | PendingCancel {
    this.#keeper.keepUp()
    if (!this.#cancelable) return HResult.CO_E_CANCEL_DISABLED
    if (this.#state === 'completed') return HResult.RPC_E_CALL_COMPLETE
    if (this.#state === 'released') return HResult.RPC_E_CALL_CANCELED
    const first = !this.#canceled
    this.#canceled = true
    // The second Cancel is refused (C4), but who has less patience than the first is heard (C7).
    const patience = this.#patience(seconds, caller)
    this.#releasedAt = Math.min(this.#releasedAt, this.#system.clock.now() + patience)
    if (first) this.#onCancel?.()
    const decided = this.endsAt <= this.#system.clock.now()
    this.#keeper.keepUp()
    if (!first) return HResult.RPC_E_CALL_CANCELED
    return decided ? this.conclude() : this
  }

  testCancel(): HRESULT {
    this.#keeper.keepUp()
    if (this.#canceled) return HResult.RPC_E_CALL_CANCELED
    return this.#state === 'completed' ? HResult.RPC_E_CALL_COMPLETE : HResult.RPC_S_CALLPENDING
  }

  // PendingCancel: there is one at most, since a second Cancel does not wait

  get decidedAt(): Milliseconds {
    return this.endsAt
  }

  conclude(): HRESULT {
    if (this.#state === 'pending') this.#keeper.keepUp(this.endsAt)
    return this.#state === 'completed' ? HResult.RPC_E_CALL_COMPLETE : HResult.S_OK
  }

  whenDecided(tell: Done): void {
    if (this.#state === 'pending') this.#tell = tell
    else tell(this.conclude())
  }

  /**
   * How long Cancel leaves the server, which its timeout only suggests (C6). A server in JavaScript does not get
   * on while its canceller puts the JavaScript thread to sleep: there is nothing to wait for then.
   */
  #patience(seconds: Seconds, caller: ThreadId): Milliseconds {
    if (caller !== POOL_THREAD && this.#completesAt === Number.POSITIVE_INFINITY) return 0
    return seconds === RPC_C_CANCEL_INFINITE_TIMEOUT ? Number.POSITIVE_INFINITY : seconds * 1000
  }
}

/** The cancel object of a call, which lives on when somebody has kept it after the call. */
class CallCancelObject extends ComObject {
  readonly #call: PendingCall

  constructor(system: System, call: PendingCall) {
    super(system.census)
    this.#call = call
  }

  override get cancelMethods(): CancelMethods {
    return this.#call
  }
}
