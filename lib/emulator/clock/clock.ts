// Time as the emulated COM sees it: what time it is, what happens later, and how a thread sleeps.

/** A moment or a span; fractions count. */
export type Milliseconds = number

export interface Timer {
  /** It does not fire any more; nothing when it has. */
  cancel(): void
}

/** Notified when another worker has changed something that this one may be asleep for. */
export interface WakeWord {
  readonly words: Int32Array
  readonly index: number
  /** As it was when this was asked for. */
  readonly seen: number
}

/** The only source of time in the emulator. */
export interface Clock {
  /** How many timers are set that somebody waits for. */
  readonly timers: number
  /** Never goes back. */
  now(): Milliseconds
  /** Fires once, never before its time, however long that is, and keeps the process alive until then. */
  after(ms: Milliseconds, fire: () => void): Timer
  /**
   * In a later turn of the event loop. The tasks of one lane, such as a thread, keep their order; what is in
   * different lanes could happen in any order on real threads, and does where a seed decides. Without a lane a
   * task has one of its own.
   */
  soon(run: () => void, lane?: object): void
  /** Puts the JavaScript thread to sleep; it may wake up early, and does when the wake word changes. */
  block(ms: Milliseconds, wakeWord?: WakeWord): void
}
