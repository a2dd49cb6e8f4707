// The cancel object of a call that a thread of another worker makes.
import type { Done, HRESULT, Seconds, ThreadId } from '../../../binding'
import { failed, HResult } from '../../errors/hresult'
import type { Clock, Milliseconds } from '../clock/clock'
import {
  type CancelMethods,
  cancelTimeoutOf,
  type PendingCancel,
  POOL_THREAD,
} from '../objects/cancel-methods'
import { StateFlag } from '../objects/cancel-state'
import { CountedObject } from '../objects/counted-object'
import type { LiveObjects } from '../objects/live-objects'
import type { HeldState } from './held-state'

export class ForeignCancelObject extends CountedObject implements CancelMethods {
  readonly #clock: Clock
  readonly #held: HeldState

  /** Releases `held` with its last reference. */
  constructor(live: LiveObjects, clock: Clock, held: HeldState) {
    super(live)
    this.#clock = clock
    this.#held = held
  }

  override get kind(): string {
    return 'the cancel object of a call of another worker'
  }

  override get cancelMethods(): CancelMethods {
    return this
  }

  override release(): void {
    super.release()
    if (this.references === 0) this.#held.release()
  }

  cancel(seconds: Seconds, caller: ThreadId): HRESULT | PendingCancel {
    const held = this.#held
    const { flags, result } = held
    if (flags & StateFlag.disabled) return HResult.CO_E_CANCEL_DISABLED
    if (flags & StateFlag.completed) return HResult.RPC_E_CALL_COMPLETE
    if (failed(result)) return result
    if (flags & StateFlag.released) return HResult.RPC_E_CALL_CANCELED
    // A worker that sleeps until Cancel returns can't serve the call meanwhile.
    const timeout = caller !== POOL_THREAD && held.servedHere ? 0 : seconds
    const before = held.cancel(timeout)
    if (before & StateFlag.completed) return HResult.RPC_E_CALL_COMPLETE
    if (before & (StateFlag.canceled | StateFlag.released)) return HResult.RPC_E_CALL_CANCELED
    if (flags & StateFlag.notifyOnly || timeout === 0) return result
    return new ForeignPendingCancel(this.#clock, held, this.#clock.now() + cancelTimeoutOf(timeout))
  }

  testCancel(): HRESULT {
    const { flags } = this.#held
    if (flags & StateFlag.canceled) return HResult.RPC_E_CALL_CANCELED
    return flags & StateFlag.completed ? HResult.RPC_E_CALL_COMPLETE : HResult.RPC_S_CALLPENDING
  }
}

/** A Cancel that waits for a call of another worker. */
class ForeignPendingCancel implements PendingCancel {
  readonly #clock: Clock
  readonly #held: HeldState
  readonly #until: Milliseconds

  constructor(clock: Clock, held: HeldState, until: Milliseconds) {
    this.#clock = clock
    this.#held = held
    this.#until = until
  }

  get decidedAt(): Milliseconds {
    return this.#held.over ? 0 : this.#until
  }

  conclude(): HRESULT {
    return this.#held.flags & StateFlag.completed ? HResult.RPC_E_CALL_COMPLETE : HResult.S_OK
  }

  whenDecided(done: Done): void {
    const decide = () => {
      stop()
      timer.cancel()
      done(this.conclude())
    }
    // The notification may be about an earlier call that had the same slot.
    const check = () => {
      if (this.#held.over) decide()
    }
    const stop = this.#held.whenOver(check)
    // Keeps the process alive until then.
    const timer = this.#clock.after(this.#until - this.#clock.now(), decide)
    check()
  }
}
