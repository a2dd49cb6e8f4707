// Time as the emulated COM sees it: what time it is, what happens later, and how a thread sleeps.
import type { Bell } from './sharing'

/** A moment or a span; fractions count. */
export type Milliseconds = number

export interface Timer {
  /** It does not fire any more; nothing when it has. */
  cancel(): void
}

/** The only source of time in the emulator, so that one driven by a test can take its place. */
export interface Clock {
  /** Never goes back. */
  now(): Milliseconds
  /** Fires once, never before its time, however long that is, and keeps the process alive until then. */
  after(ms: Milliseconds, fire: () => void): Timer
  /** In a later turn of the event loop, in the order of the requests. */
  soon(run: () => void): void
  /** Puts the JavaScript thread to sleep; it may wake up early, and does when the bell rings. */
  block(ms: Milliseconds, bell?: Bell): void
}

/** setTimeout takes anything longer for 1 ms. */
const LONGEST_TIMEOUT = 0x7fffffff

class SystemTimer implements Timer {
  readonly #due: Milliseconds
  readonly #fire: () => void
  #timeout: NodeJS.Timeout | undefined

  constructor(ms: Milliseconds, fire: () => void) {
    this.#due = performance.now() + ms
    this.#fire = fire
    this.#check()
  }

  cancel(): void {
    clearTimeout(this.#timeout)
  }

  // setTimeout counts in the event loop's rounded milliseconds and can be early by a fraction of one, so the
  // same check that chains long waits also sees to it that no wait ends before its time.
  #check(): void {
    const left = Math.max(0, this.#due - performance.now())
    this.#timeout = setTimeout(
      () => {
        if (performance.now() < this.#due) this.#check()
        else this.#fire()
      },
      Math.min(Math.ceil(left), LONGEST_TIMEOUT),
    )
  }
}

/** Nobody ever notifies: only the time ends it. */
const silence: Bell = { words: new Int32Array(new SharedArrayBuffer(4)), index: 0, value: 0 }

/** The computer's own time. Reads the globals at each call, so that a test's fake timers reach it. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after: (ms, fire) => new SystemTimer(ms, fire),
  soon: run => void setImmediate(run),
  block: (ms, { words, index, value } = silence) => {
    if (ms > 0) Atomics.wait(words, index, value, ms)
  },
}
