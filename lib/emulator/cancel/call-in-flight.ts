// A call in flight: its thread is blocked until the reply comes or a cancel timeout has passed.
import type { Done, HRESULT, Seconds, ThreadId } from '../../../binding'
import { HResult, RPC_C_CANCEL_INFINITE_TIMEOUT } from '../../errors/hresult'
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
import type { Thread, ThreadDriver } from '../threads/thread'
import { setCancelObject } from './cancel-operations'

export interface CallInFlightOptions extends Living {
  startedAt: Milliseconds
  /** When the reply comes, where that is known from the start. */
  completesAt?: Milliseconds
  /** Called inside the first Cancel that takes effect: the server sees it at once (S2). */
  onCancel?: () => void
  /** The number of the worker that serves the call; undefined for this one. */
  server?: number | undefined
  /** The calling thread in its events; undefined for `thread`. */
  caller?: ThreadId | undefined
}

/**
 * Two moments can end the call: when the reply comes, and when a cancel timeout has passed. The call sets no timer
 * itself; the code that made it calls `end` at `endsAt` (ThreadDriver).
 */
export class CallInFlight implements CancelMethods, PendingCancel, Living {
  place: Living['place']
  readonly id: CallId = takeEventId()
  readonly #caller: ThreadId
  readonly #system: System
  readonly #thread: Thread
  readonly #options: CallInFlightOptions
  readonly #driver: ThreadDriver
  readonly #timed: boolean
  readonly #servedHere: boolean
  readonly #onCancel: (() => void) | undefined
  #completesAt: Milliseconds
  #releasedAt: Milliseconds = Number.POSITIVE_INFINITY
  /** The shortest cancel timeout of other worker threads that `#releasedAt` reflects. */
  #foreignCancelTimeout: Seconds = RPC_C_CANCEL_INFINITE_TIMEOUT
  /** The first cancel has taken effect: the server was notified. */
  #notified = false
  readonly state: CancelState
  #registered: CountedObject | undefined
  #whenDecided: Done | undefined

  constructor(system: System, thread: Thread, driver: ThreadDriver, options: CallInFlightOptions) {
    this.#system = system
    this.#thread = thread
    this.#options = options
    this.#driver = driver
    const { completesAt = Number.POSITIVE_INFINITY, onCancel, server, caller } = options
    this.#caller = caller ?? thread.id
    this.#timed = completesAt < Number.POSITIVE_INFINITY
    this.#servedHere = server === undefined
    this.state = new CancelState({
      flags: thread.cancellationEnabled ? 0 : StateFlag.disabled, // E5: the state at this moment counts
      timed: this.#timed,
      server,
      changed: () => {
        this.#applyForeignCancels()
        this.#driver.catchUp()
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

  /** Registers a cancel object for the call on its thread, as a proxy does. */
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

  /** When the call returns. A reply or a Cancel can make that earlier. */
  get endsAt(): Milliseconds {
    this.#applyForeignCancels()
    return Math.min(this.#completesAt, this.#releasedAt)
  }

  /** Publishes that the call has returned to its caller. */
  publishReturn(hresult: HRESULT, released: boolean): void {
    this.#publish(released ? 'call:released' : 'call:returned', hresult)
  }

  #publish(type: 'call:registered' | 'call:returned' | 'call:released', hresult: HRESULT): void {
    this.#system.events.publishCall(type, this.id, this.#caller, () => ({ hresult }))
  }

  /** The reply has come. */
  complete(): void {
    if (!this.state.pending) return
    this.#completesAt = Math.min(this.#completesAt, this.#system.clock.now())
    this.#driver.catchUp()
  }

  /** Cancels the call at once, even while cancellation is disabled: for the thread's own message filter (M1). */
  releaseNow(): void {
    if (!this.state.pending) return
    this.state.cancel()
    this.#releaseAfter(0)
    this.#driver.catchUp()
  }

  /** The call returns, at `endsAt`. False when it was released before its reply came. */
  end(): boolean {
    const completed = this.#completesAt <= this.#releasedAt
    this.state.end(completed ? 'completed' : 'released')
    // Even while cancel operations are blocked.
    if (this.#registered) this.#thread.cancelObjects.remove(this.#registered)
    this.#registered?.release()
    this.#registered = undefined
    this.#system.live.calls.delete(this)
    this.#whenDecided?.(this.conclude())
    return completed
  }

  // CancelMethods: C3 to C7

  cancel(seconds: Seconds, caller: ThreadId): HRESULT | PendingCancel {
    this.#driver.catchUp()
    if (this.state.disabled) return HResult.CO_E_CANCEL_DISABLED
    // One moment for all decisions: the call must not complete between two of them.
    const now = this.#now
    // A call that has its reply may be below a nested call on the stack, and returns only after that one.
    const completed = this.state.completed || this.#completesAt <= now
    if (completed) return HResult.RPC_E_CALL_COMPLETE
    if (!this.state.pending) return HResult.RPC_E_CALL_CANCELED
    const first = this.state.cancel()
    // The second Cancel fails (C4), but a shorter timeout takes effect (C7).
    this.#releaseAfter(this.#cancelTimeout(seconds, caller), now)
    const decided = this.endsAt <= this.#now
    this.#driver.catchUp()
    if (!first) return HResult.RPC_E_CALL_CANCELED
    return decided ? this.conclude() : this
  }

  testCancel(): HRESULT {
    this.#driver.catchUp()
    if (this.state.canceled) return HResult.RPC_E_CALL_CANCELED
    return this.state.completed ? HResult.RPC_E_CALL_COMPLETE : HResult.RPC_S_CALLPENDING
  }

  // PendingCancel: at most one, because a second Cancel does not wait

  get decidedAt(): Milliseconds {
    return this.endsAt
  }

  conclude(): HRESULT {
    if (this.state.pending) this.#driver.catchUp(this.endsAt)
    return this.state.completed ? HResult.RPC_E_CALL_COMPLETE : HResult.S_OK
  }

  whenDecided(done: Done): void {
    if (this.state.pending) this.#whenDecided = done
    else done(this.conclude())
  }

  /** The moment of a cancel: that of a timeout may lie in the past. */
  get #now(): Milliseconds {
    return this.#driver.moment ?? this.#system.clock.now()
  }

  /**
   * The cancel timeout in milliseconds (C6). 0 for a server in JavaScript on this JavaScript thread: it makes no
   * progress while Cancel puts the thread to sleep.
   */
  #cancelTimeout(seconds: Seconds, caller: ThreadId): Milliseconds {
    return caller !== POOL_THREAD && !this.#timed && this.#servedHere ? 0 : cancelTimeoutOf(seconds)
  }

  /** The call is canceled: it returns after a cancel timeout at the latest. */
  #releaseAfter(timeout: Milliseconds, now = this.#now): void {
    const first = !this.#notified
    this.#notified = true
    this.#releasedAt = Math.min(this.#releasedAt, now + timeout)
    if (!first) return
    this.#system.events.publishCall('call:canceled', this.id, this.#caller, () => ({}))
    this.#onCancel?.()
  }

  /** Other worker threads set the canceled flag and the timeout in shared memory. */
  #applyForeignCancels(): void {
    if (!this.state.canceled || !this.state.pending) return
    const timeout = this.state.foreignCancelTimeout
    if (timeout === this.#foreignCancelTimeout && this.#notified) return
    this.#foreignCancelTimeout = timeout
    this.#releaseAfter(cancelTimeoutOf(timeout))
  }
}

/** The cancel object of a call. Other threads may hold references on it after the call has returned. */
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
