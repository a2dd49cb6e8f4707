// A call in flight: a server that takes its time, a thread blocked in the call, and the cancel object a proxy registers.
import type { Done, HRESULT, Seconds, WaitOptions } from '../../binding'
import { HResult, RPC_C_CANCEL_INFINITE_TIMEOUT } from '../hresult'
import type { CancelMethods, PendingCancel } from './cancel-methods'
import { setCancelObject } from './cancel-operations'
import type { Milliseconds } from './clock'
import { ComObject } from './com-object'
import type { Keeper, Thread } from './emulated-thread'
import type { System } from './system'

/**
 * Knows the two moments that can end it, when the server is done and when a Cancel has waited long enough, and
 * sets no timer itself: whoever began it ends it when its time has come (Keeper).
 */
export class PendingWait implements CancelMethods, PendingCancel {
  readonly #system: System
  readonly #keeper: Keeper
  readonly #cancelable: boolean
  readonly #completesAt: Milliseconds
  #releasedAt: Milliseconds = Number.POSITIVE_INFINITY
  #canceled = false
  #state: 'pending' | 'completed' | 'released' = 'pending'
  #registered: { thread: Thread; object: ComObject } | undefined
  #tell: Done | undefined

  /** `startedAt` may lie in the past: a thread that was free then has not waited for the event loop. */
  constructor(system: System, thread: Thread, keeper: Keeper, startedAt: Milliseconds, ms: Milliseconds) {
    this.#system = system
    this.#keeper = keeper
    this.#cancelable = thread.cancellationEnabled // E5: as it is now, for good
    this.#completesAt = startedAt + ms
  }

  /** Registers a cancel object for the call, as a proxy does. */
  register(thread: Thread): HRESULT {
    const object = new WaitCancelObject(this.#system, this)
    const hr = setCancelObject(this.#system, thread, object)
    if (hr === HResult.S_OK) this.#registered = { thread, object }
    else object.release()
    return hr
  }

  /** When the call returns, as things stand. */
  get endsAt(): Milliseconds {
    return Math.min(this.#completesAt, this.#releasedAt)
  }

  /** That moment has come: the call returns. */
  end(): HRESULT {
    const completed = this.#completesAt <= this.#releasedAt
    this.#state = completed ? 'completed' : 'released'
    // Also while cancel operations are blocked: a call that has returned leaves nothing behind.
    this.#registered?.thread.cancelObjects.remove(this.#registered.object)
    this.#registered?.object.release()
    this.#registered = undefined
    this.#tell?.(this.conclude())
    return completed ? HResult.S_OK : HResult.RPC_E_CALL_CANCELED
  }

  // CancelMethods: C3 to C7

  cancel(seconds: Seconds): HRESULT | PendingCancel {
    this.#keeper.keepUp()
    if (!this.#cancelable) return HResult.CO_E_CANCEL_DISABLED
    if (this.#state === 'completed') return HResult.RPC_E_CALL_COMPLETE
    if (this.#state === 'released') return HResult.RPC_E_CALL_CANCELED
    const first = !this.#canceled
    this.#canceled = true
    // The second Cancel is refused (C4), but who has less patience than the first is heard (C7).
    if (seconds !== RPC_C_CANCEL_INFINITE_TIMEOUT)
      this.#releasedAt = Math.min(this.#releasedAt, this.#system.clock.now() + seconds * 1000)
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
}

/** The cancel object of a call, which lives on when somebody has kept it after the call. */
class WaitCancelObject extends ComObject {
  readonly #call: PendingWait

  constructor(system: System, call: PendingWait) {
    super(system.census)
    this.#call = call
  }

  override get cancelMethods(): CancelMethods {
    return this.#call
  }
}

/** A thread makes the call: the call in flight, or what the call returned because its cancel object was refused (O5). */
export const beginWait = (
  system: System,
  thread: Thread,
  keeper: Keeper,
  startedAt: Milliseconds,
  { ms, cancelable }: WaitOptions,
): PendingWait | HRESULT => {
  const call = new PendingWait(system, thread, keeper, startedAt, ms)
  if (!cancelable) return call // C14
  const hr = call.register(thread)
  return hr === HResult.S_OK ? call : hr
}
