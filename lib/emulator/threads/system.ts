// One emulated system: its clock, threads, events, live objects, and the block on cancel operations.
import { Publisher } from '../../events/publish/publisher'
import type { Clock, Milliseconds } from '../clock/clock'
import { LiveObjects, type Living } from '../objects/live-objects'
import { Pool } from './pool'
import type { Sharing } from './sharing'
import type { Thread } from './thread'
import { Threads } from './threads'

export class System {
  readonly live: LiveObjects
  readonly threads: Threads
  readonly clock: Clock
  /** What it shares with other worker threads; undefined for an emulator of its own. */
  readonly sharing: Sharing | undefined
  readonly events: Publisher
  readonly pool = new Pool()
  #securitySettled = false

  constructor(clock: Clock, sharing?: Sharing) {
    this.clock = clock
    this.sharing = sharing
    this.live = sharing?.live ?? new LiveObjects()
    this.threads = new Threads(this.live, sharing)
    this.events = new Publisher('emulator', () => clock.now())
  }

  get cancelOperationsBlocked(): boolean {
    return this.live.blocks.size > 0 || (this.sharing?.blocks ?? 0) > 0
  }

  /** Blocks cancel operations on all threads until the scope is disposed (O5). Scopes nest. */
  blockCancelOperations(): Disposable {
    const { blocks } = this.live
    const block: Living = { describe: () => 'a block on cancel operations' }
    blocks.add(block)
    this.sharing?.block(1)
    return {
      [Symbol.dispose]: () => {
        if (!blocks.delete(block)) return
        this.sharing?.block(-1)
      },
    }
  }

  /**
   * Settles the security of the process, by CoInitializeSecurity or by the first marshaled call. False when it
   * was settled before.
   */
  settleSecurity(): boolean {
    if (this.#securitySettled) return false
    this.#securitySettled = true
    return this.sharing?.settleSecurity() ?? true
  }

  /** Puts the JavaScript thread to sleep until a moment. The pool or another worker thread can make it earlier. */
  sleepUntil(moment: () => Milliseconds): void {
    this.pool.sleeps()
    for (;;) {
      const wakeWord = this.sharing?.wakeWord
      const now = this.clock.now()
      const end = moment()
      if (end <= now) return
      const work = this.pool.first
      if (work && work.due <= now) work.run()
      else this.clock.block(Math.min(end, work?.due ?? end) - now, wakeWord)
    }
  }

  /** Runs a callback on a thread in a later turn of the event loop, never inside another call. */
  post(thread: Thread, callback: () => void): void {
    this.clock.soon(() => this.threads.runAs(thread, callback), thread)
  }
}
