// The faults that a test can switch on in a server, and what the server has counted.
import type { HRESULT } from '../../../binding'
import { HResult } from '../../errors/hresult'
import type { Clock, Milliseconds, Timer } from '../clock/clock'
import type { Rejection } from './message-filter'

export class ServerCounters {
  /** Processes that were started for a local server. */
  starts = 0
  /** Calls of members. */
  calls = 0
  /** Methods that ended without RPC_E_CALL_CANCELED. */
  finished = 0
  /** Methods that ended with RPC_E_CALL_CANCELED. */
  canceled = 0
  /** Replies whose callers no longer waited. */
  dropped = 0
}

export class Faults {
  readonly counts = new ServerCounters()
  readonly clock: Clock
  latency: Milliseconds = 0
  fail: HRESULT | null = null
  /** Whether calls made from now on can be canceled. */
  cancelable = true
  #busy: { reason: Rejection; until: Milliseconds } | undefined
  #hang = false
  #neverStarts = false
  readonly #waiting = new Set<() => void>()

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** The reason for which the server rejects calls; null while it accepts them. */
  get rejection(): Rejection | null {
    return this.#busy && this.clock.now() < this.#busy.until ? this.#busy.reason : null
  }

  /** The server rejects calls for that time, unless another busy period begins or the result is disposed. */
  rejectCalls(reason: Rejection, ms: Milliseconds): Disposable {
    const period = { reason, until: this.clock.now() + ms }
    this.#busy = period
    return {
      [Symbol.dispose]: () => {
        if (this.#busy === period) this.#busy = undefined
      },
    }
  }

  get hang(): boolean {
    return this.#hang
  }

  set hang(on: boolean) {
    this.#hang = on
    this.#checkWaiting()
  }

  get neverStarts(): boolean {
    return this.#neverStarts
  }

  set neverStarts(on: boolean) {
    this.#neverStarts = on
    this.#checkWaiting()
  }

  /** Calls `proceed` once the server does not hang; may call it at once. Returns a function that ends the wait. */
  whenAwake(starting: boolean, proceed: () => void): () => void {
    if (!this.#hang && !(starting && this.#neverStarts)) {
      proceed()
      return () => {}
    }
    let stop: (() => void) | undefined
    const check = () => {
      stop = this.whenAwake(starting, proceed)
    }
    this.#waiting.add(check)
    return () => {
      this.#waiting.delete(check)
      stop?.()
    }
  }

  #checkWaiting(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const check of waiting) check()
  }
}

/**
 * How long the system waits for a server to register its class before an activation fails with
 * CO_E_SERVER_EXEC_FAILURE: two minutes on Windows, by Microsoft's description of event 10010; Wine waits 30 seconds.
 */
const SERVER_START_TIMEOUT: Milliseconds = 120_000

/** The delivery of a call to its server: takes the latency, and lasts while the server hangs. */
export class Delivery {
  readonly #faults: Faults
  readonly #starting: boolean
  readonly #delivered: (failure: HRESULT | null) => void
  #timer: Timer | undefined
  #startTimer: Timer | undefined
  #stopWaiting: (() => void) | undefined

  constructor(faults: Faults, starting: boolean, delivered: (failure: HRESULT | null) => void) {
    this.#faults = faults
    this.#starting = starting
    this.#delivered = delivered
  }

  /** May call `delivered` at once. */
  begin(startedAt: Milliseconds): void {
    const { clock, latency } = this.#faults
    if (latency > 0) this.#timer = clock.after(startedAt + latency - clock.now(), () => this.#deliver())
    else this.#deliver()
  }

  /** The call is over. */
  cancel(): void {
    this.#timer?.cancel()
    this.#startTimer?.cancel()
    this.#stopWaiting?.()
  }

  #deliver(): void {
    const faults = this.#faults
    if (this.#starting && faults.neverStarts)
      this.#startTimer = faults.clock.after(SERVER_START_TIMEOUT, () => this.#neverStarted())
    this.#stopWaiting = faults.whenAwake(this.#starting, () => {
      this.#startTimer?.cancel()
      this.#delivered(faults.fail)
    })
  }

  /** The server may have started since, and hang. */
  #neverStarted(): void {
    if (!this.#faults.neverStarts) return
    this.#stopWaiting?.()
    this.#delivered(HResult.CO_E_SERVER_EXEC_FAILURE)
  }
}
