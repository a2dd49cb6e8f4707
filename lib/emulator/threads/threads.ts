// All threads of one emulator by id, and which of them is calling.
import { AsyncLocalStorage } from 'node:async_hooks'
import type { ThreadId } from '../../../binding'
import { ComError } from '../../errors/errors'
import { HResult } from '../../errors/hresult'
import type { LiveObjects } from '../objects/live-objects'
import type { Sharing } from './sharing'
import { Thread } from './thread'
import { takeThreadId } from './thread-ids'

/** As which thread code runs, in each of the emulators it runs in. */
interface CallingThread {
  readonly threads: Threads
  readonly thread: Thread
  readonly outer: CallingThread | undefined
}

/** One for all emulators: it costs every promise of the process something, for good, once it has been used. */
const callingThread = new AsyncLocalStorage<CallingThread>()

/** What is left where one emulator's thread does not matter any more. */
const withoutEmulator = (threads: Threads, from: CallingThread | undefined): CallingThread | undefined => {
  if (!from || from.threads === threads) return from?.outer
  const outer = withoutEmulator(threads, from.outer)
  return outer === from.outer ? from : { ...from, outer }
}

export class Threads {
  /** The thread of all code that does not run as another one. It is not counted: it was there before us. */
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

  /** Undefined where the shared memory has no room for it. */
  start(): Thread | undefined {
    const thread = this.#make()
    if (thread) this.#live.threads.add(thread)
    return thread
  }

  /** A thread that the program did not start: a server's, or one of COM's own. It is not counted. */
  startForServer(): Thread {
    return this.#make() ?? this.startAnonymous()
  }

  /** A thread that nobody finds by an id. */
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

  /** All that have not ended. */
  get living(): Iterable<Thread> {
    return this.#byId.values()
  }

  /** Whether it is, or was, a thread of this emulator. */
  owns(thread: Thread): boolean {
    return this.#owned.has(thread)
  }

  /** The living thread of that id, 0 being the calling one (C1, O6). */
  find(id: ThreadId): Thread | undefined {
    return id === 0 ? this.current : this.#byId.get(id)
  }

  /** Runs a function, and whatever it sets in motion, as a thread. */
  runAs<T>(thread: Thread, run: () => T): T {
    // Entering a context costs every promise of the process something from then on: not where it changes nothing.
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
