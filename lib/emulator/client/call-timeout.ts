// A timeout of a thread: cancels the call that blocks it when the time has passed, and again each period (W1, W2).
import type { ThreadId } from '../../../binding'
import { HResult } from '../../errors/hresult'
import { cancelInBackground, withCancelObject } from '../cancel/cancel-operations'
import type { Milliseconds, Timer } from '../clock/clock'
import type { Living } from '../objects/live-objects'
import type { PoolWork } from '../threads/pool'
import type { System } from '../threads/system'

/** CoCancelCall with a timeout of 0 on a thread of the pool. `done` gets its result, at once or soon. */
export const cancelFromPool = (system: System, thread: ThreadId, done: (hresult: number) => void): void =>
  withCancelObject(system, thread, object => cancelInBackground(object, 0, done))

export class CallTimeout implements PoolWork, Living {
  place: Living['place']
  canceled = 0
  due: Milliseconds
  readonly #system: System
  readonly #thread: ThreadId
  readonly #repeat: Milliseconds
  readonly #ms: Milliseconds
  #timer: Timer

  constructor(system: System, thread: ThreadId, ms: Milliseconds, repeat: Milliseconds) {
    this.#system = system
    this.#thread = thread
    this.#ms = ms
    this.#repeat = repeat
    this.due = system.clock.now() + ms
    this.#timer = this.#fireAfter(ms)
    system.pool.add(this)
    system.live.watches.add(this)
  }

  describe(): string {
    return `a timeout of ${this.#ms} ms on thread ${this.#thread}, not disposed`
  }

  run(): void {
    this.#timer.cancel()
    this.due = this.#system.clock.now() + this.#repeat
    this.#timer = this.#fireAfter(this.#repeat)
    cancelFromPool(this.#system, this.#thread, hresult => {
      if (hresult === HResult.S_OK) this.canceled++
    })
  }

  stop(): number {
    this.#timer.cancel()
    this.#system.pool.delete(this)
    this.#system.live.watches.delete(this)
    return this.canceled
  }

  /** For the calls of emulated threads, which do not block JavaScript. */
  #fireAfter(ms: Milliseconds): Timer {
    return this.#system.clock.after(ms, () => this.run())
  }
}
