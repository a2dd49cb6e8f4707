// One emulated system: its clock, its threads, its counts, and whether cancel operations are blocked.
import { Census } from './census'
import type { Clock } from './clock'
import type { Thread } from './emulated-thread'
import { Threads } from './threads'

export class System {
  readonly census = new Census()
  readonly threads = new Threads(this.census)
  readonly clock: Clock
  #blocks = 0

  constructor(clock: Clock) {
    this.clock = clock
  }

  get cancelOperationsBlocked(): boolean {
    return this.#blocks > 0
  }

  /** Blocks cancel operations on all threads until the scope is disposed (O5). Scopes nest. */
  blockCancelOperations(): Disposable {
    this.#blocks++
    let on = true
    return {
      [Symbol.dispose]: () => {
        if (on) this.#blocks--
        on = false
      },
    }
  }

  /** Runs a callback as the thread that passed it in, in a later turn: never inside anybody's call. */
  post(thread: Thread, callback: () => void): void {
    this.clock.soon(() => this.threads.runAs(thread, callback))
  }
}
