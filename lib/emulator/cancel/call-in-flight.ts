// A call in flight: a thread that is blocked until the reply is there or a Cancel has waited long enough, and the cancel object that a proxy registers for it.
import type { Done, HRESULT, Seconds, ThreadId } from '../../../binding'
import { HResult } from '../../errors/hresult'
import type { CallId } from '../../events/publish/event'
import { takeEventId } from '../../events/publish/publisher'
import type { Milliseconds } from '../clock/clock'
import {
  type CancelMethods,
  cancelTimeoutOf,
  type PendingCancel,
  POOL_THREAD,
} from '../objects/cancel-methods'
import { CancelState, StateFlag } from '../objects/cancel-state'
import { CountedObject } from '../objects/counted-object'
import type { Living } from '../objects/live-objects'
import type { System } from '../threads/system'
import type { Keeper, Thread } from '../threads/thread'
import { setCancelObject } from './cancel-operations'

export interface CallInFlightOptions extends Living {
  startedAt: Milliseconds
  /** When the server is done, where that is known from the start. */
  completesAt?: Milliseconds
  /** Told about the first Cancel that takes effect, inside it: the server is to know at once (S2). */
  onCancel?: () => void
  /** The number of the worker thread that serves it, where that is another one. */
  server?: number | undefined
  /** The thread that its events are about, where another stands for it. */
  caller?: ThreadId | undefined
}

/**
 * Knows the two moments that can end it, when the reply is there and when a Cancel has waited long enough, and
 * sets no timer itself: whoever began it ends it when its time has come (Keeper).
 */
export class CallInFlight implements CancelMethods, PendingCancel, Living {
  /** What its events carry. */
  readonly id: CallId = takeEventId()
  /** The thread that called. */
  readonly #caller: ThreadId
  readonly #system: System
  readonly #thread: Thread
  readonly #options: CallInFlightOptions
  readonly #keeper: Keeper
  readonly #timed: boolean
  readonly #servedHere: boolean
  readonly #onCancel: (() => void) | undefined
  #completesAt: Milliseconds
  #releasedAt: Milliseconds = Number.POSITIVE_INFINITY
  /** Of the cancels heard of so far: other worker threads' as well. */
  #appliedCancelTimeout: Seconds | undefined
  readonly state: CancelState
  #registered: CountedObject | undefined
  #whenDecided: Done | undefined

  constructor(system: System, thread: Thread, keeper: Keeper, options: CallInFlightOptions) {
    this.#system = system
    this.#thread = thread
    this.#options = options
    this.#keeper = keeper
    const { completesAt = Number.POSITIVE_INFINITY, onCancel, server, caller } = options
    this.#caller = caller ?? thread.id
    this.#timed = completesAt < Number.POSITIVE_INFINITY
    this.#servedHere = server === undefined
    this.state = new CancelState({
      flags: thread.cancellationEnabled ? 0 : StateFlag.disabled, // E5: as it is now, for good
      timed: this.#timed,
      server,
      changed: () => {
        this.#applyForeignCancels()
        this.#keeper.keepUp()
      },
    })
    this.#completesAt = completesAt
    this.#onCancel = onCancel
    system.live.calls.add(this)
  }

  describe(): string {
    const { startedAt, describe } = this.#options
    const since = Math.round(this.#system.clock.now() - startedAt)
    return `a call by thread ${this.#caller}: ${describe()}, pending for ${since} ms${this.state.canceled ? ', canceled' : ''}`
  }

  /** Registers a cancel object for the call, as a proxy does. */
  register(): HRESULT {
    const thread = this.#thread
    const object = new CallCancelObject(this.#system, this)
    const hr = setCancelObject(this.#system, thread, object)
    this.#publish('call:registered', hr)
    if (hr === HResult.S_OK) this.#registered = object
    else {
      object.release()
      this.#system.live.calls.delete(this)
    }
    return hr
  }

  /** When the call returns, as things stand. */
  get endsAt(): Milliseconds {
    this.#applyForeignCancels()
    return Math.min(this.#completesAt, this.#releasedAt)
  }

  /** What its caller comes back with, as events tell it. */
  publishReturn(hresult: HRESULT, released: boolean): void {
    this.#publish(released ? 'call:released' : 'call:returned', hresult)
  }

  #publish(type: 'call:registered' | 'call:returned' | 'call:released', hresult: HRESULT): void {
    this.#system.events.publishCall(type, this.id, this.#caller, () => ({ hresult }))
  }

  /** The reply is there. */
  complete(): void {
    if (!this.state.pending) return
    this.#completesAt = Math.min(this.#completesAt, this.#system.clock.now())
    this.#keeper.keepUp()
  }

  /** The thread's own message filter cancels the call, whether or not others may (M1). */
  releaseNow(): void {
    if (!this.state.pending) return
    this.state.cancel()
    this.#releaseAfter(0)
    this.#keeper.keepUp()
  }

  /** That moment has come: the call returns. False when it was released, and its reply is nobody's. */
  end(): boolean {
    const completed = this.#completesAt <= this.#releasedAt
    this.state.end(completed ? 'completed' : 'released')
    // Also while cancel operations are blocked: a call that has returned leaves nothing behind.
    if (this.#registered) this.#thread.cancelObjects.remove(this.#registered)
    this.#registered?.release()
    this.#registered = undefined
    this.#system.live.calls.delete(this)
    this.#whenDecided?.(this.conclude())
    return completed
  }

  // CancelMethods: C3 to C7

  cancel(seconds: Seconds, caller: ThreadId): HRESULT | PendingCancel {
    this.#keeper.keepUp()
    if (this.state.disabled) return HResult.CO_E_CANCEL_DISABLED
    if (this.state.completed) return HResult.RPC_E_CALL_COMPLETE
    if (!this.state.pending) return HResult.RPC_E_CALL_CANCELED
    const first = this.state.cancel()
    // The second Cancel is refused (C4), but who has less patience than the first is heard (C7).
    this.#releaseAfter(this.#cancelTimeout(seconds, caller))
    const decided = this.endsAt <= this.#system.clock.now()
    this.#keeper.keepUp()
    if (!first) return HResult.RPC_E_CALL_CANCELED
    return decided ? this.conclude() : this
  }

  testCancel(): HRESULT {
    this.#keeper.keepUp()
    if (this.state.canceled) return HResult.RPC_E_CALL_CANCELED
    return this.state.completed ? HResult.RPC_E_CALL_COMPLETE : HResult.RPC_S_CALLPENDING
  }

  // PendingCancel: there is one at most, since a second Cancel does not wait

  get decidedAt(): Milliseconds {
    return this.endsAt
  }

  conclude(): HRESULT {
    if (this.state.pending) this.#keeper.keepUp(this.endsAt)
    return this.state.completed ? HResult.RPC_E_CALL_COMPLETE : HResult.S_OK
  }

  whenDecided(tell: Done): void {
    if (this.state.pending) this.#whenDecided = tell
    else tell(this.conclude())
  }

  /**
   * How long Cancel leaves the server, which its timeout only suggests (C6). A server in JavaScript does not get
   * on while its canceller puts the JavaScript thread to sleep: there is nothing to wait for then.
   */
  #cancelTimeout(seconds: Seconds, caller: ThreadId): Milliseconds {
    return caller !== POOL_THREAD && !this.#timed && this.#servedHere ? 0 : cancelTimeoutOf(seconds)
  }

  /** Canceled, and to be released after so long. */
  #releaseAfter(patience: Milliseconds): void {
    const first = this.#appliedCancelTimeout === undefined
    this.#appliedCancelTimeout = this.state.foreignCancelTimeout
    this.#releasedAt = Math.min(this.#releasedAt, this.#system.clock.now() + patience)
    if (!first) return
    this.#system.events.publishCall('call:canceled', this.id, this.#caller, () => ({}))
    this.#onCancel?.()
  }

  /** Other worker threads cancel it without our doing. */
  #applyForeignCancels(): void {
    if (!this.state.canceled || !this.state.pending) return
    const patience = this.state.foreignCancelTimeout
    if (patience !== this.#appliedCancelTimeout) this.#releaseAfter(cancelTimeoutOf(patience))
  }
}

/** The cancel object of a call, which lives on when somebody has kept it after the call. */
class CallCancelObject extends CountedObject {
  readonly #call: CallInFlight

  constructor(system: System, call: CallInFlight) {
    super(system.live)
    this.#call = call
  }

  override get kind(): string {
    return 'the cancel object of a call'
  }

  override get cancelMethods(): CancelMethods {
    return this.#call
  }
}
