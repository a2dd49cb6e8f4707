// The machine's own time, or that of the fake timers which a test framework has put in its place.
import type { Milliseconds, Timer, WakeWord } from './clock'

/** setTimeout takes anything longer for 1 ms. */
const LONGEST_TIMEOUT = 0x7fffffff

// As they were before any test could replace them.
const originals = { setTimeout, setImmediate, Date, performanceNow: performance.now, hrtime: process.hrtime }

/** A later turn of the machine's event loop, with all that promises had to do done, whatever has been replaced. */
export const laterTurn = (run: () => void): void => void originals.setImmediate(run)

const faked = (): boolean => setTimeout !== originals.setTimeout

/** Counts the same for all threads of the process, which performance.now() does not. */
const machineNow = (): Milliseconds => {
  const [seconds, nanoseconds] = originals.hrtime()
  return seconds * 1000 + nanoseconds / 1e6
}

/**
 * Whatever tells the time at this moment. Time follows the timers: where those are real it is the machine's, even
 * if Date was replaced to pretend another day. Of fake ones the clock is performance.now or, where that was left
 * alone (node:test), Date; where only setTimeout was replaced there is none but the timers that fire.
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

/** Reads the globals at each call, so that fake timers reach it whenever they are installed. */
export class MachineClock {
  readonly #onTimersGone: () => void
  #source: unknown
  #offset: Milliseconds = 0
  #last: Milliseconds = 0

  /** `onTimersGone`: fake timers were taken away, and what was set with them never fires. */
  constructor(onTimersGone: () => void) {
    this.#onTimersGone = onTimersGone
  }

  now(): Milliseconds {
    const from = timeSource()
    const told = readTime(from)
    const gone = from !== this.#source && this.#source !== undefined && this.#source !== originals.hrtime
    if (from !== this.#source) {
      // It goes on from where it was; with the machine, as soon as the machine has come as far.
      if (from === originals.hrtime) this.#offset = Math.max(0, this.#last - told)
      // Whole milliseconds, as fake timers count: sums of them are exact.
      else this.#offset = Math.ceil(this.#last) - Math.floor(told)
      this.#source = from
    }
    // A Date that was set back, or begins again.
    if (told + this.#offset < this.#last) this.#offset = this.#last - told
    this.#last = told + this.#offset
    if (gone) this.#onTimersGone()
    return this.#last
  }

  /** Unless `keepsProcess`, a process that has nothing else to do does not wait for it. */
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

  soon(run: () => void): void {
    setImmediate(run)
  }

  block(ms: Milliseconds, { words, index, seen: value }: WakeWord = NEVER_WOKEN): void {
    if (ms <= 0) return
    // Whoever drives fake timers sleeps here: nobody else on this JavaScript thread could move the time.
    if (faked() && Number.isFinite(ms)) this.#reach(this.now() + ms)
    else Atomics.wait(words, index, value, ms)
  }

  /** That moment has come. */
  #reach(moment: Milliseconds): void {
    const now = this.now()
    if (now >= moment) return
    this.#offset += moment - now
    this.#last = moment
  }
}

/** Nobody ever notifies: only the time ends it. */
const NEVER_WOKEN: WakeWord = { words: new Int32Array(new SharedArrayBuffer(4)), index: 0, seen: 0 }

/** A chain of timeouts, cleared by whatever has set them, as timers may be replaced meanwhile. */
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

  protected link(left: Milliseconds, passed: (ms: Milliseconds) => void): void {
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
    // setTimeout counts in the event loop's rounded milliseconds and can be early by a fraction of one, so the
    // same check that chains long waits also sees to it that no wait ends before its time.
    const check = () => {
      const left = due - machineNow()
      if (left > 0) this.link(left, check)
      else fire()
    }
    this.link(ms, check)
  }
}

/** Due when whoever drives it says so. */
class FakeTimer extends ChainedTimer {
  constructor(ms: Milliseconds, fire: () => void, keepsProcess: boolean) {
    super(keepsProcess)
    let left = ms
    const passed = (span: Milliseconds) => {
      left -= span
      if (left > 0) this.link(left, passed)
      else fire()
    }
    this.link(left, passed)
  }
}
