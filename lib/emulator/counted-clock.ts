// A clock that says how many of its timers are pending.
import type { Clock, Milliseconds, Timer } from './clock'
import type { Bell } from './sharing'

export class CountedClock implements Clock {
  readonly #clock: Clock
  #pending = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get timers(): number {
    return this.#pending
  }

  now(): Milliseconds {
    return this.#clock.now()
  }

  after(ms: Milliseconds, fire: () => void): Timer {
    let pending = true
    const over = () => {
      if (pending) this.#pending--
      pending = false
    }
    this.#pending++
    const timer = this.#clock.after(ms, () => {
      over()
      fire()
    })
    return {
      cancel: () => {
        over()
        timer.cancel()
      },
    }
  }

  soon(run: () => void): void {
    this.#clock.soon(run)
  }

  block(ms: Milliseconds, bell?: Bell): void {
    this.#clock.block(ms, bell)
  }
}
