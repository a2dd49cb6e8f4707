// The machine's clock, or the fake timers that a test framework has installed in its place.
import * as timers from 'node:timers'
import type { Milliseconds, Timer, WakeWord } from './clock'

/** setTimeout treats any longer time as 1 ms. */
const LONGEST_TIMEOUT = 0x7fffffff

// Saved before a test can replace them.
const originals = { setTimeout, Date, performanceNow: performance.now, hrtime: process.hrtime }
// jsdom has no global setImmediate.
const { setImmediate: nextTurn, setInterval } = timers

/** Runs a function in a later turn of the event loop, after all promise jobs, even while fake timers are installed. */
export const laterTurn = (run: () => void): void => void nextTurn(run)

const faked = (): boolean => setTimeout !== originals.setTimeout

/** The same for all threads of the process, unlike performance.now(). */
const machineNow = (): Milliseconds => {
  const [seconds, nanoseconds] = originals.hrtime()
  return seconds * 1000 + nanoseconds / 1e6
}

/**
 * The function that gives the current time. While the timers are real, it is the machine's clock, even if Date is
 * replaced to pretend another day. With fake timers it is performance.now or, where that is not replaced
 * (node:test), Date. Where only setTimeout is replaced, time passes only when timers fire.
 */
const timeSource = (): unknown => {
  if (!faked()) return originals.hrtime
  if (performance.now !== originals.performanceNow) return performance.now
  return Date === originals.Date ? setTimeout : Date
}

const readTime = (from: unknown): Milliseconds => {
  if (from === originals.hrtime) return machineNow()
  if (from === performance.now) return performance.now()
  return from === Date ? Date.now() : 0
}

/** Reads the globals at each call, so that fake timers take effect whenever they are installed. */
export class MachineClock {
  readonly #onTimersGone: () => void
  #source: unknown
  #offset: Milliseconds = 0
  #last: Milliseconds = 0
  /** Referenced while something waits for an end that is not known: cheaper than a timer for each. */
  #keeper: NodeJS.Timeout | undefined
  #keeping = 0

  /** `onTimersGone` is called when fake timers were uninstalled: the timers set with them never fire. */
  constructor(onTimersGone: () => void) {
    this.#onTimersGone = onTimersGone
  }

  now(): Milliseconds {
    const from = timeSource()
    const reading = readTime(from)
    const gone = from !== this.#source && this.#source !== undefined && this.#source !== originals.hrtime
    if (from !== this.#source) {
      // Time continues from its last value; with the machine's clock, once the machine's time has reached it.
      if (from === originals.hrtime) this.#offset = Math.max(0, this.#last - reading)
      // Fake timers count in whole milliseconds; sums of whole milliseconds are exact.
      else this.#offset = Math.ceil(this.#last) - Math.floor(reading)
      this.#source = from
    }
    // Date was set back, or starts again.
    if (reading + this.#offset < this.#last) this.#offset = this.#last - reading
    this.#last = reading + this.#offset
    if (gone) this.#onTimersGone()
    return this.#last
  }

  /** `keepsProcess`: whether the timer keeps the process alive. */
  after(ms: Milliseconds, fire: () => void, keepsProcess = true): Timer {
    const arrived = (due: Milliseconds) => {
      this.#reach(due)
      fire()
    }
    const due = this.now() + ms
    return faked()
      ? new FakeTimer(ms, () => arrived(due), keepsProcess)
      : new RealTimer(ms, () => arrived(due), keepsProcess)
  }

  /** Keeps the process alive until it is canceled. Fake timers do not keep a process alive. */
  keepProcess(): Timer {
    if (faked()) return { cancel: () => {} }
    let on = true
    this.#keeper ??= setInterval(() => {}, LONGEST_TIMEOUT)
    if (this.#keeping++ === 0) this.#keeper.ref()
    return {
      cancel: () => {
        if (on && --this.#keeping === 0) this.#keeper?.unref()
        on = false
      },
    }
  }

  soon(run: () => void): void {
    // The global function may be that of fake timers.
    const set = globalThis.setImmediate ?? nextTurn
    set(run)
  }

  block(ms: Milliseconds, { words, index, seen: value }: WakeWord = NEVER_WOKEN): void {
    if (ms <= 0) return
    // The code that advances fake timers runs on this very thread: the time has to pass here.
    if (faked() && Number.isFinite(ms)) this.#reach(this.now() + ms)
    else Atomics.wait(words, index, value, ms)
  }

  /** Moves the time forward to a moment. */
  #reach(moment: Milliseconds): void {
    const now = this.now()
    if (now >= moment) return
    this.#offset += moment - now
    this.#last = moment
  }
}

/** For a sleep that only its timeout ends. */
const NEVER_WOKEN: WakeWord = { words: new Int32Array(new SharedArrayBuffer(4)), index: 0, seen: 0 }

/** A chain of timeouts. Each is cleared by the functions that set it, as timers may be replaced meanwhile. */
abstract class ChainedTimer implements Timer {
  readonly #set = setTimeout
  readonly #clear = clearTimeout
  readonly #keepsProcess: boolean
  #timeout: NodeJS.Timeout | undefined

  constructor(keepsProcess: boolean) {
    this.#keepsProcess = keepsProcess
  }

  cancel(): void {
    this.#clear(this.#timeout)
  }

  protected schedule(left: Milliseconds, passed: (ms: Milliseconds) => void): void {
    const ms = Math.min(Math.ceil(Math.max(0, left)), LONGEST_TIMEOUT)
    const set = this.#set
    this.#timeout = set(() => passed(ms), ms)
    if (!this.#keepsProcess) this.#timeout.unref?.()
  }
}

class RealTimer extends ChainedTimer {
  constructor(ms: Milliseconds, fire: () => void, keepsProcess: boolean) {
    super(keepsProcess)
    const due = machineNow() + ms
    // setTimeout counts in rounded milliseconds and can fire early by a fraction of one. The check that chains
    // long waits also prevents that.
    const check = () => {
      const left = due - machineNow()
      if (left > 0) this.schedule(left, check)
      else fire()
    }
    this.schedule(ms, check)
  }
}

/** Counts the time that the fake timers report, not the machine's. */
class FakeTimer extends ChainedTimer {
  constructor(ms: Milliseconds, fire: () => void, keepsProcess: boolean) {
    super(keepsProcess)
    let left = ms
    const passed = (span: Milliseconds) => {
      left -= span
      if (left > 0) this.schedule(left, passed)
      else fire()
    }
    this.schedule(left, passed)
  }
}
