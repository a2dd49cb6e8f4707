// What can be switched on in a server to see how a program takes it, and what the server has counted.
import type { HRESULT } from '../../../binding'
import type { Clock, Milliseconds, Timer } from '../clock/clock'
import type { Rejection } from './message-filter'

export class ServerCounters {
  /** Processes that were started for a local server. */
  starts = 0
  /** Calls of members that the server has seen. */
  calls = 0
  /** Methods that ended otherwise than by giving up. */
  finished = 0
  /** Methods that ended with RPC_E_CALL_CANCELED. */
  canceled = 0
  /** Replies that nobody took: their callers had been released before. */
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
    this.#goOn()
  }

  get neverStarts(): boolean {
    return this.#neverStarts
  }

  set neverStarts(on: boolean) {
    this.#neverStarts = on
    this.#goOn()
  }

  /** Calls back as soon as the server does anything; at once where it does. Returns how to give the waiting up. */
  whenAwake(starting: boolean, go: () => void): () => void {
    if (!this.#hang && !(starting && this.#neverStarts)) {
      go()
      return () => {}
    }
    let rest: (() => void) | undefined
    const again = () => {
      rest = this.whenAwake(starting, go)
    }
    this.#waiting.add(again)
    return () => {
      this.#waiting.delete(again)
      rest?.()
    }
  }

  #goOn(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const again of waiting) again()
  }
}

/** A call's way to its server: as long as the latency, and until the server takes calls up. */
export class Delivery {
  readonly #faults: Faults
  readonly #starting: boolean
  readonly #arrived: (refusal: HRESULT | null) => void
  #timer: Timer | undefined
  #stopWaiting: (() => void) | undefined

  constructor(faults: Faults, starting: boolean, arrived: (refusal: HRESULT | null) => void) {
    this.#faults = faults
    this.#starting = starting
    this.#arrived = arrived
  }

  /** May arrive at once. */
  begin(startedAt: Milliseconds): void {
    const { clock, latency } = this.#faults
    if (latency > 0) this.#timer = clock.after(startedAt + latency - clock.now(), () => this.#knock())
    else this.#knock()
  }

  /** The call is over. */
  leave(): void {
    this.#timer?.cancel()
    this.#stopWaiting?.()
  }

  #knock(): void {
    this.#stopWaiting = this.#faults.whenAwake(this.#starting, () => this.#arrived(this.#faults.fail))
  }
}
