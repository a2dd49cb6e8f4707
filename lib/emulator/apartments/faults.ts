// The faults that a test can switch on in a server, and what the server has counted.
import type { HRESULT } from '../../../binding'
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
  busy: { reason: Rejection } | null = null
  #hang = false
  #neverStarts = false
  readonly #waiting = new Set<() => void>()

  constructor(clock: Clock) {
    this.clock = clock
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

/** The delivery of a call to its server: takes the latency, and lasts while the server hangs. */
export class Delivery {
  readonly #faults: Faults
  readonly #starting: boolean
  readonly #delivered: (failure: HRESULT | null) => void
  #timer: Timer | undefined
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
    this.#stopWaiting?.()
  }

  #deliver(): void {
    this.#stopWaiting = this.#faults.whenAwake(this.#starting, () => this.#delivered(this.#faults.fail))
  }
}
