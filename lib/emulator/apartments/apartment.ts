// Where objects live and calls to them are carried out: one thread that takes them one by one, or threads for all of them.
import type { HRESULT } from '../../../binding'
import { HResult } from '../../errors/hresult'
import { type Linked, LinkedQueue } from '../clock/linked-queue'
import type { Runner } from './thread-stack'

/** A call that has come to an apartment. */
export interface Arrival extends Linked<Arrival> {
  /** A thread of the apartment takes it up. */
  begin(runner: Runner): void
  /** The apartment is gone. */
  refuse(hresult: HRESULT): void
}

export interface Apartment {
  readonly kind: 'sta' | 'mta'
  deliver(arrival: Arrival): void
  /** Takes back one that was delivered and has not begun. */
  withdraw(arrival: Arrival): void
  /** A thread of it has got free, or waits again. */
  changed(runner: Runner): void
}

/** Calls are taken up one after the other, and while the thread waits in a call of its own. */
export class SingleThreaded implements Apartment {
  readonly kind = 'sta'
  readonly #runner: Runner
  readonly #arrivals = new LinkedQueue<Arrival>()
  readonly #whenFree: () => void
  #state: 'opening' | 'open' | 'closed' = 'opening'

  /** `whenFree`: what else the thread does when it has nothing to do. */
  constructor(runner: Runner, whenFree: () => void = () => {}) {
    this.#runner = runner
    this.#whenFree = whenFree
  }

  /** The thread has entered it. */
  open(): void {
    if (this.#state === 'opening') this.#state = 'open'
    this.changed()
  }

  /** The thread leaves it: who waits to come in is refused. */
  close(): void {
    this.#state = 'closed'
    for (let next = this.#arrivals.shift(); next; next = this.#arrivals.shift())
      next.refuse(HResult.RPC_E_DISCONNECTED)
  }

  deliver(arrival: Arrival): void {
    if (this.#state === 'closed') {
      arrival.refuse(HResult.RPC_E_DISCONNECTED)
      return
    }
    this.#arrivals.push(arrival)
    this.changed()
    this.#runner.keepUp()
  }

  withdraw(arrival: Arrival): void {
    if (this.#arrivals.first === arrival || arrival.before) this.#arrivals.remove(arrival)
  }

  changed(): void {
    while (this.#state === 'open' && (this.#runner.top?.pumps ?? true)) {
      const next = this.#arrivals.shift()
      if (!next) break
      next.begin(this.#runner)
    }
    this.#whenFree()
  }
}

/** Every call gets a thread of its own at once. */
export class MultiThreaded implements Apartment {
  readonly kind = 'mta'
  readonly #newRunner: (apartment: Apartment) => Runner
  readonly #whenFree = new WeakMap<Runner, () => void>()
  readonly #pool = new Set<Runner>()
  readonly #free = new Set<Runner>()
  #closed = false

  constructor(newRunner: (apartment: Apartment) => Runner) {
    this.#newRunner = newRunner
  }

  /** The threads that were started for calls. */
  get pool(): Iterable<Runner> {
    return this.#pool
  }

  /** A thread that is not of the pool enters; `whenFree` as in SingleThreaded. */
  enter(runner: Runner, whenFree: () => void): void {
    this.#whenFree.set(runner, whenFree)
  }

  close(): void {
    this.#closed = true
  }

  deliver(arrival: Arrival): void {
    if (this.#closed) {
      arrival.refuse(HResult.RPC_E_DISCONNECTED)
      return
    }
    const runner = this.#takeFree() ?? this.#newRunner(this)
    this.#pool.add(runner)
    arrival.begin(runner)
    // One that was not begun after all leaves the thread free without its ever having been busy.
    if (runner.idle) this.#free.add(runner)
    else runner.keepUp()
  }

  withdraw(): void {
    // They never wait.
  }

  changed(runner: Runner): void {
    this.#whenFree.get(runner)?.()
    if (runner.idle && this.#pool.has(runner)) this.#free.add(runner)
  }

  #takeFree(): Runner | undefined {
    for (const runner of this.#free) {
      this.#free.delete(runner)
      if (runner.idle) return runner
    }
    return undefined
  }
}
