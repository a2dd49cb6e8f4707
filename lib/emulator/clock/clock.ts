// The interface of the emulator's clocks: the time, timers, tasks of later turns, and sleep.

/** A moment or a span; may be fractional. */
export type Milliseconds = number

export interface Timer {
  /** Has no effect once the timer has fired. */
  cancel(): void
}

/** The word in shared memory on which this worker thread sleeps: another worker changes it to wake this one. */
export interface WakeWord {
  readonly words: Int32Array
  readonly index: number
  /** Its value when this object was made. A sleep that finds another value returns at once. */
  readonly seen: number
}

/** The only source of time in the emulator. */
export interface Clock {
  /** The number of timers that have not fired, without those of abort signals. */
  readonly timers: number
  /** Whether only the emulator's user moves it. */
  readonly stopped: boolean
  /** Never decreases. */
  now(): Milliseconds
  /** Fires once, never early, after a time of any length. Does not keep the process alive. */
  after(ms: Milliseconds, fire: () => void): Timer
  /**
   * Runs a task in a later turn of the event loop. The tasks of one lane, such as a thread, keep their order.
   * Tasks of different lanes could run in any order on real threads; under `Emulator.run` a seed chooses one.
   * A task without a lane has a lane of its own.
   */
  soon(run: () => void, lane?: object): void
  /** Puts the JavaScript thread to sleep. It may return early, and does when the wake word changes. */
  block(ms: Milliseconds, wakeWord?: WakeWord): void
}
