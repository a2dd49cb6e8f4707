// What a thread is in the middle of: a stack of calls, of which only the innermost can end.
import type { JobId } from '../../../binding'
import type { Milliseconds, Timer } from '../clock/clock'
import type { Living } from '../objects/live-objects'
import type { System } from '../threads/system'
import type { Keeper, Thread } from '../threads/thread'
import type { EmulatedApartment } from './apartment'
import type { MessageFilter } from './message-filter'

/** Something a thread is in the middle of. */
export interface Frame extends Living {
  /** When it ends, as things stand; Infinity while that is not known. */
  readonly endsAt: Milliseconds
  /** Whether a single-threaded apartment takes incoming calls meanwhile, as one that waits pumps messages. */
  readonly pumps: boolean
  /** Its end has come, and it is off the stack. */
  end(): void
  /** Something else has begun on top of it. */
  covered?(): void
  /** It is the innermost again. */
  uncovered?(): void
}

export interface ThreadStackOptions {
  system: System
  thread: Thread
  apartment: (stack: ThreadStack) => EmulatedApartment
  /** A process stays alive for the threads of its own that are in the middle of something, not for a server's. */
  keepsProcess: boolean
}

/** Carries out what happens on one emulated thread. */
export class ThreadStack implements Keeper {
  readonly thread: Thread
  readonly apartment: EmulatedApartment
  /** The jobs it is carrying out, the innermost last. */
  readonly jobs: { readonly id: JobId }[] = []
  /** Of a single-threaded apartment: decides about calls that were rejected, and when messages arrive. */
  filter: MessageFilter | undefined
  /** Messages in the thread's queue. */
  messages = 0
  readonly #system: System
  readonly #keepsProcess: boolean
  readonly #frames: Frame[] = []
  #freeSince: Milliseconds
  #timer: { at: Milliseconds; timer: Timer } | undefined
  /** The moment that `keepUp` is under way for. */
  #until: Milliseconds | undefined

  constructor({ system, thread, apartment, keepsProcess }: ThreadStackOptions) {
    this.#system = system
    this.thread = thread
    this.#keepsProcess = keepsProcess
    this.#freeSince = system.clock.now()
    this.apartment = apartment(this)
    thread.keeper = this
  }

  /** The innermost thing it is in the middle of. */
  get top(): Frame | undefined {
    return this.#frames.at(-1)
  }

  get idle(): boolean {
    return this.#frames.length === 0
  }

  /** Since when it could have begun something new. */
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

  // Each call begins when the one before it returned, not when the event loop came round to it.
  keepUp(until: Milliseconds = this.#system.clock.now()): void {
    // What ends a call may begin the next, which may be over at once, and so on: a loop, not a recursion.
    if (this.#until !== undefined) {
      this.#until = Math.max(this.#until, until)
      return
    }
    this.#until = until
    for (let top = this.top; top && top.endsAt <= this.#until; top = this.top) {
      this.#freeSince = top.endsAt
      this.#frames.pop()
      top.end()
      if (this.idle) this.messages = 0 // who is back in its own loop takes them
      this.top?.uncovered?.()
      this.apartment.changed(this)
    }
    this.#until = undefined
    this.#setTimer()
  }

  /** The thread is ended in the middle of whatever it is doing, with its process. */
  kill(): void {
    for (let frame = this.#frames.pop(); frame; frame = this.#frames.pop()) frame.end()
    this.#setTimer()
  }

  /** One timer, for the innermost call; an idle thread has none and keeps no process alive. */
  #setTimer(): void {
    const endsAt = this.top?.endsAt
    const at = endsAt === Number.POSITIVE_INFINITY && !this.#keepsProcess ? undefined : endsAt
    if (at === this.#timer?.at) return
    this.#timer?.timer.cancel()
    this.#timer = undefined
    if (at === undefined) return
    const fire = () => {
      this.#timer = undefined
      this.keepUp()
    }
    this.#timer = { at, timer: this.#system.clock.after(at - this.#system.clock.now(), fire) }
  }
}

/** What carries out an emulated thread, if anything does. */
export const stackOf = (thread: Thread): ThreadStack | undefined =>
  thread.keeper instanceof ThreadStack ? thread.keeper : undefined
