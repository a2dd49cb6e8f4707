// What keeps the process (in a worker, its thread) alive: calls that have not returned, and connections.
import * as timers from 'node:timers'

// Taken before a test installs fake timers, which keep nothing alive.
const { setInterval } = timers

/** The longest interval of a timer, in milliseconds. */
const LONGEST = 0x7fffffff

/** The number of reasons to stay alive, and the timer that keeps the process alive: COM threads do not. */
let reasons = 0
let timer: NodeJS.Timeout | undefined

const count = (change: 1 | -1): void => {
  reasons += change
  timer ??= setInterval(() => {}, LONGEST)
  if (reasons > 0) timer.ref()
  else timer.unref()
}

/** One reason to keep the process alive, which `unref` suspends. */
export class KeepAlive {
  #needed = false
  #referenced = true

  /** Whether there is a reason now. */
  set needed(on: boolean) {
    this.#change(on, this.#referenced)
  }

  ref(): void {
    this.#change(this.#needed, true)
  }

  unref(): void {
    this.#change(this.#needed, false)
  }

  #change(needed: boolean, referenced: boolean): void {
    const before = this.#needed && this.#referenced
    this.#needed = needed
    this.#referenced = referenced
    const now = needed && referenced
    if (now !== before) count(now ? 1 : -1)
  }
}

/** Keeps the process alive until a promise settles. */
export const aliveUntil = async <T>(promise: Promise<T>): Promise<T> => {
  count(1)
  try {
    return await promise
  } finally {
    count(-1)
  }
}
