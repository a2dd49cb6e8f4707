// What threads of the system's pool do for an emulated thread, also while JavaScript sleeps.
import type { Milliseconds } from '../clock/clock'

/** Work of the pool that is due at a moment. */
export interface PoolWork {
  /** Infinity: never, unless `sleeps` changes it. */
  readonly due: Milliseconds
  /** Called when it is due and JavaScript sleeps. Moves `due`, or removes the work. */
  run(): void
  /** JavaScript goes to sleep: its event loop is silent from now on. */
  sleeps?(): void
}

export class Pool {
  readonly #work = new Set<PoolWork>()

  add(work: PoolWork): void {
    this.#work.add(work)
  }

  delete(work: PoolWork): void {
    this.#work.delete(work)
  }

  /** JavaScript goes to sleep. */
  sleeps(): void {
    for (const work of this.#work) work.sleeps?.()
  }

  /** The work that is due first. */
  get first(): PoolWork | undefined {
    let first: PoolWork | undefined
    for (const work of this.#work) if (!first || work.due < first.due) first = work
    return first
  }
}
