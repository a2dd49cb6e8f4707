// The public interface of an emulator's clock.
import type { Milliseconds } from './clock'

/** The time of an emulator. A test can stop and move it. */
export interface EmulatorClock {
  /**
   * Milliseconds since an arbitrary moment; never decreases. While no clock is stopped and no fake timers are
   * installed, all threads of the process see the same time. A clock that is stopped before it is first read
   * stands at 0.
   */
  now(): Milliseconds
  /** Whether the clock is stopped. */
  readonly stopped: boolean
  /**
   * Stops the clock until the scope is disposed; then it continues from where it stood. While it is stopped,
   * everything that takes no time still happens, and nothing that takes time keeps the process alive. The fake
   * timers of a test framework do not move a stopped clock. Scopes nest. A call that blocks JavaScript moves a
   * stopped clock by as long as it lasts, and takes no time of the machine.
   */
  stop(): Disposable
  /**
   * Moves a stopped clock forward by so many milliseconds. Timers fire in the order of their times, each at its
   * exact time, and everything that a timer makes possible happens before the next one fires. Fulfils when all of
   * that has happened. Rejects with what a timer's function throws, with Error when the clock is not stopped or
   * is being moved already, with TypeError or RangeError for anything but an integer from 0 to 4294967294.
   */
  advance(ms: Milliseconds): Promise<void>
  /** Moves a stopped clock to the next moment at which a timer is due. Fulfils with false when there is none. */
  advanceToNext(): Promise<boolean>
  /** Fulfils after so many milliseconds. Keeps the process alive until then, like a timeout of the machine. */
  delay(ms: Milliseconds): Promise<void>
  /** Like AbortSignal.timeout, in the emulator's time: aborts with a TimeoutError. Does not keep the process alive. */
  timeout(ms: Milliseconds): AbortSignal
  /** The number of pending timers: of calls that take time, delays and retries, without those of signals. */
  readonly timers: number
}
