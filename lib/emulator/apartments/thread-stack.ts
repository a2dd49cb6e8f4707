// The stack of calls that an emulated thread is in, of which only the innermost can end; and the apartment it is in.
import type { HRESULT, JobId } from '../../../binding'
import type { Milliseconds, Timer } from '../clock/clock'
import type { Linked } from '../clock/linked-queue'
import type { CountedObject } from '../objects/counted-object'
import type { Living } from '../objects/live-objects'
import type { System } from '../threads/system'
import type { Thread, ThreadDriver } from '../threads/thread'
import type { MessageFilter } from './message-filter'

/** COM's logical thread: the same object in a call and in every call that it causes, on any thread. */
export type Causality = object

/** A call, a wait or a pause that occupies a thread. */
export interface Frame extends Living {
  /** The moment it ends, as known now; Infinity while it is not known. */
  readonly endsAt: Milliseconds
  /** Whether a single-threaded apartment begins incoming calls meanwhile: a waiting thread pumps messages. */
  readonly pumps: boolean
  /** The causality of the call that the thread executes in it. */
  readonly serves?: Causality
  /** The causality of the outgoing call that the thread waits for in it. */
  readonly waitsFor?: Causality
  /** Called at its end, after it was removed from the stack. */
  end(): void
  /** Another frame is about to be pushed on top of it. */
  covered?(): void
  /** It is the top of the stack again. */
  uncovered?(): void
}

/** A call that was delivered to an apartment. */
export interface QueuedCall extends Linked<QueuedCall> {
  /** A thread of the apartment begins it. */
  begin(stack: ThreadStack): void
  /** The apartment is gone. */
  refuse(hresult: HRESULT): void
}

/** The apartment in which objects live and calls to them are executed. */
export interface EmulatedApartment {
  readonly kind: 'sta' | 'mta'
  /** Its threads; in the multithreaded apartment those that were started for calls. */
  readonly threads: Iterable<ThreadStack>
  deliver(call: QueuedCall): void
  /** Removes a call that was delivered and has not begun. */
  withdraw(call: QueuedCall): void
  /** A thread of the apartment is free, or waits again. */
  changed(stack: ThreadStack): void
}

export interface ThreadStackOptions {
  system: System
  thread: Thread
  apartment: (stack: ThreadStack) => EmulatedApartment
}

/** A job on its thread. */
export interface JobLevel {
  readonly id: JobId
  /** The cancel object of the call that the job is nested in. */
  readonly outer: CountedObject | undefined
  /** The moment at which its timeout ends; Infinity without one, and once it was canceled. */
  readonly timesOutAt: Milliseconds
  /** Called at `timesOutAt`. Changes `timesOutAt`. */
  timeOut(): void
}

/** Begins and ends the calls of one emulated thread as time passes. */
export class ThreadStack implements ThreadDriver {
  readonly thread: Thread
  readonly apartment: EmulatedApartment
  /** The running jobs, the innermost last. */
  readonly jobs: JobLevel[] = []
  /** The message filter of a single-threaded apartment. */
  filter: MessageFilter | undefined
  /** Messages in the thread's queue. */
  messages = 0
  readonly #system: System
  readonly #frames: Frame[] = []
  #freeSince: Milliseconds
  #timer: { at: Milliseconds; timer: Timer } | undefined
  /** The moment that a running `catchUp` proceeds to. */
  #until: Milliseconds | undefined
  /** The moment of the timeout that ends now, which may lie in the past. */
  #timingOutAt: Milliseconds | undefined

  constructor({ system, thread, apartment }: ThreadStackOptions) {
    this.#system = system
    this.thread = thread
    this.#freeSince = system.clock.now()
    this.apartment = apartment(this)
    thread.driver = this
  }

  /** The innermost last. */
  get frames(): readonly Frame[] {
    return this.#frames
  }

  /** The innermost frame. */
  get top(): Frame | undefined {
    return this.#frames.at(-1)
  }

  get idle(): boolean {
    return this.#frames.length === 0
  }

  get moment(): Milliseconds {
    return this.#timingOutAt ?? this.#system.clock.now()
  }

  /** The moment at which its last frame ended. */
  get freeSince(): Milliseconds {
    return this.#freeSince
  }

  describe(): string {
    return `${this.apartment.kind}, ${this.top?.describe() ?? 'idle'}`
  }

  push(frame: Frame): void {
    this.top?.covered?.()
    this.#frames.push(frame)
  }

  // A call begins at the emulated moment at which the one before it returned, even if the event loop is late.
  catchUp(until?: Milliseconds): void {
    // The end of a call may begin the next one, which may end at once: a loop avoids deep recursion.
    if (this.#until !== undefined) {
      this.#until = Math.max(this.#until, until ?? this.#system.clock.now())
      return
    }
    // Reading the clock takes longer than this check.
    const nothingEnds = this.#nextEnd() === Number.POSITIVE_INFINITY
    if (nothingEnds) {
      this.#setTimer()
      return
    }
    this.#until = until ?? this.#system.clock.now()
    for (let top = this.top; top; top = this.top) {
      if (this.#timeOut(top.endsAt, this.#until)) continue
      if (top.endsAt > this.#until) break
      this.#freeSince = top.endsAt
      this.#frames.pop()
      top.end()
      if (this.idle) this.messages = 0 // the thread's own message loop removes them
      this.top?.uncovered?.()
      this.apartment.changed(this)
    }
    this.#until = undefined
    this.#setTimer()
  }

  /** Ends all frames: the thread's process has died. */
  kill(): void {
    for (let frame = this.#frames.pop(); frame; frame = this.#frames.pop()) frame.end()
    this.#setTimer()
  }

  /**
   * Ends the first timeout of a job that ends before the innermost frame, and not after `until`. False when there is
   * none. A call that returns at that very moment is in time.
   */
  #timeOut(endsAt: Milliseconds, until: Milliseconds): boolean {
    const first = this.#firstToTimeOut()
    if (!first || first.timesOutAt > until || first.timesOutAt >= endsAt) return false
    this.#timingOutAt = first.timesOutAt
    first.timeOut()
    this.#timingOutAt = undefined
    return true
  }

  #firstToTimeOut(): JobLevel | undefined {
    let first: JobLevel | undefined
    for (const job of this.jobs) if (!first || job.timesOutAt < first.timesOutAt) first = job
    return first
  }

  /** When the innermost frame or the timeout of a job ends; Infinity while that is not known. */
  #nextEnd(): Milliseconds {
    const { top } = this
    if (!top) return Number.POSITIVE_INFINITY
    return Math.min(top.endsAt, this.#firstToTimeOut()?.timesOutAt ?? Number.POSITIVE_INFINITY)
  }

  /** Sets the one timer, for the top of the stack and the timeouts of its jobs. */
  #setTimer(): void {
    const endsAt = this.#nextEnd()
    const at = endsAt === Number.POSITIVE_INFINITY ? undefined : endsAt
    if (at === this.#timer?.at) return
    this.#timer?.timer.cancel()
    this.#timer = undefined
    if (at === undefined) return
    const fire = () => {
      this.#timer = undefined
      this.catchUp()
    }
    const { clock } = this.#system
    const ms = at === Number.POSITIVE_INFINITY ? at : at - clock.now()
    this.#timer = { at, timer: clock.after(ms, fire) }
  }
}

/** The stack of a thread; undefined for a thread that runs no jobs and executes no calls, such as the main thread. */
export const stackOf = (thread: Thread): ThreadStack | undefined =>
  thread.driver instanceof ThreadStack ? thread.driver : undefined
