// The threads of one emulator, and which of them is the calling thread.
import { AsyncLocalStorage } from 'node:async_hooks'
import type { ThreadId } from '../../../binding'
import { ComError } from '../../errors/errors'
import { HResult } from '../../errors/hresult'
import type { LiveObjects } from '../objects/live-objects'
import type { Sharing } from './sharing'
import { Thread } from './thread'
import { takeThreadId } from './thread-ids'

/** The thread that code runs on, for each emulator that it runs in. */
interface CallingThread {
  readonly threads: Threads
  readonly thread: Thread
  readonly outer: CallingThread | undefined
}

/** One for all emulators: once used, each AsyncLocalStorage slows down every promise of the process. */
const callingThread = new AsyncLocalStorage<CallingThread>()

/** The context without the thread of one emulator. */
const withoutEmulator = (threads: Threads, from: CallingThread | undefined): CallingThread | undefined => {
  if (!from || from.threads === threads) return from?.outer
  const outer = withoutEmulator(threads, from.outer)
  return outer === from.outer ? from : { ...from, outer }
}

export class Threads {
  /** The thread of all code that does not run on another one. Not counted as started by the program. */
  readonly main: Thread
  readonly #live: LiveObjects
  readonly #sharing: Sharing | undefined
  readonly #byId = new Map<ThreadId, Thread>()
  readonly #owned = new WeakSet<Thread>()

  constructor(live: LiveObjects, sharing?: Sharing) {
    this.#live = live
    this.#sharing = sharing
    const main = this.#make()
    if (!main) throw new ComError(HResult.E_OUTOFMEMORY, 'Emulator')
    this.main = main
  }

  /** The calling thread. */
  get current(): Thread {
    let each = callingThread.getStore()
    while (each && each.threads !== this) each = each.outer
    return each?.thread ?? this.main
  }

  /** Undefined when the shared memory is full. */
  start(): Thread | undefined {
    const thread = this.#make()
    if (thread) this.#live.threads.add(thread)
    return thread
  }

  /** A thread of a server or of COM itself. Not counted as started by the program. */
  startForServer(): Thread {
    return this.#make() ?? this.startAnonymous()
  }

  /** A thread with the id 0, which `find` does not find. */
  startAnonymous(): Thread {
    const thread = new Thread(0)
    this.#owned.add(thread)
    return thread
  }

  end(thread: Thread): void {
    if (thread.ended || thread === this.main) return
    this.#byId.delete(thread.id)
    this.#live.threads.delete(thread)
    thread.end()
  }

  /** The threads that have not ended, without anonymous ones. */
  get living(): Iterable<Thread> {
    return this.#byId.values()
  }

  /** Whether it is or was a thread of this emulator. */
  owns(thread: Thread): boolean {
    return this.#owned.has(thread)
  }

  /** The living thread with an id; the calling thread for 0 (C1, O6). */
  find(id: ThreadId): Thread | undefined {
    return id === 0 ? this.current : this.#byId.get(id)
  }

  /** Runs a function on a thread, with the promises and timers that it creates. */
  runAs<T>(thread: Thread, run: () => T): T {
    // The first context slows down every promise of the process: not entered where it would change nothing.
    if (thread === this.current) return run()
    return callingThread.run(
      { threads: this, thread, outer: withoutEmulator(this, callingThread.getStore()) },
      run,
    )
  }

  #make(): Thread | undefined {
    const shared = this.#sharing?.newThread()
    if (shared === null) return undefined
    const thread = new Thread(shared?.id ?? takeThreadId(), shared)
    this.#owned.add(thread)
    this.#byId.set(thread.id, thread)
    return thread
  }
}
