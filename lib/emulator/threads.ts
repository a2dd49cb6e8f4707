// All threads of one emulator by id, and which of them is calling.
import { AsyncLocalStorage } from 'node:async_hooks'
import type { ThreadId } from '../../binding'
import type { Census } from './census'
import { Thread } from './emulated-thread'
import { takeThreadId } from './ids'

export class Threads {
  /** The thread of all code that does not run as another one. It is not counted: it was there before us. */
  readonly main = new Thread(takeThreadId())
  readonly #census: Census
  readonly #byId = new Map<ThreadId, Thread>([[this.main.id, this.main]])
  readonly #mine = new WeakSet<Thread>([this.main])
  readonly #uncounted = new WeakSet<Thread>()
  readonly #calling = new AsyncLocalStorage<Thread>()

  constructor(census: Census) {
    this.#census = census
  }

  /** The calling thread. */
  get current(): Thread {
    return this.#calling.getStore() ?? this.main
  }

  start(): Thread {
    const thread = new Thread(takeThreadId())
    this.#mine.add(thread)
    this.#byId.set(thread.id, thread)
    this.#census.threads++
    return thread
  }

  /** A thread that the program did not start: a server's, or one of COM's own. It is not counted. */
  startForServer(): Thread {
    const thread = new Thread(takeThreadId())
    this.#mine.add(thread)
    this.#byId.set(thread.id, thread)
    this.#uncounted.add(thread)
    return thread
  }

  end(thread: Thread): void {
    if (thread.ended || thread === this.main) return
    this.#byId.delete(thread.id)
    if (!this.#uncounted.has(thread)) this.#census.threads--
    thread.end()
  }

  /** Whether it is, or was, a thread of this emulator. */
  owns(thread: Thread): boolean {
    return this.#mine.has(thread)
  }

  /** The living thread of that id, 0 being the calling one (C1, O6). */
  find(id: ThreadId): Thread | undefined {
    return id === 0 ? this.current : this.#byId.get(id)
  }

  /** Runs a function, and whatever it sets in motion, as a thread. */
  runAs<T>(thread: Thread, run: () => T): T {
    // Entering a context costs every promise of the process something from then on: not where it changes nothing.
    return thread === this.current ? run() : this.#calling.run(thread, run)
  }
}
