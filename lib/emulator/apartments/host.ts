// A host: the process that objects live in, and the calls in flight to them.
import type { Timer } from '../clock/clock'
import { quantity } from '../objects/live-objects'
import type { Faults } from './faults'
import type { EmulatedApartment } from './thread-stack'

/** The apartment and process that execute a call. */
export interface Place {
  readonly apartment: EmulatedApartment
  readonly host: Host
}

/** The uses that keep a server's process running: its objects, calls in flight to them, and methods from delivery to end. */
type Use = 'object' | 'call' | 'method'

export class Host {
  /** The server's ProgID, 'program' for the program itself, or 'worker 2' for another worker. */
  readonly name: string
  readonly faults: Faults
  /** The number of the worker that it is in, where that is another one. */
  readonly worker: number | undefined
  /** The id of its process, where that is a process of its own on this machine. */
  pid: number | undefined
  /** Marshaled calls whose callers wait. */
  readonly calls = new Set<{ serverDied(): void }>()
  /** The server's references on objects of others; the end of the server releases them. */
  readonly references = new Set<{ release(): void }>()
  /** The timers of its methods; the end of the server cancels them. */
  readonly timers = new Set<Timer>()
  readonly #whenDone: () => void
  readonly #whenEnded: () => void
  #alive = true
  readonly #uses: Record<Use, number> = { object: 0, call: 0, method: 0 }

  /** `whenDone`: no object is left, and no call runs, or it was terminated. `whenEnded`: its threads end. */
  constructor(
    name: string,
    faults: Faults,
    whenDone: () => void = () => {},
    whenEnded: () => void = () => {},
    worker?: number,
  ) {
    this.name = name
    this.worker = worker
    this.faults = faults
    this.#whenDone = whenDone
    this.#whenEnded = whenEnded
  }

  get alive(): boolean {
    return this.#alive
  }

  /** Its uses, as a leak check lists them. */
  get uses(): string {
    const { object, call, method } = this.#uses
    const keeps = quantity(this.references.size, 'object')
    return `used by ${quantity(object, 'object')}, ${quantity(call, 'call')} and ${quantity(method, 'method')}, and keeping ${keeps} of others`
  }

  use(by: Use): void {
    this.#uses[by]++
  }

  unuse(by: Use): void {
    this.#uses[by]--
    const { object, call, method } = this.#uses
    if (object + call + method === 0 && this.#alive) this.#whenDone()
  }

  /** As TerminateProcess does. A second call does nothing. */
  terminate(): void {
    if (this.#alive) this.#whenDone()
  }

  /** Ends the process: pending calls fail, and its references are released. */
  end(): void {
    if (!this.#alive) return
    this.#alive = false
    for (const call of [...this.calls]) call.serverDied()
    for (const each of [...this.references]) each.release()
    for (const timer of this.timers) timer.cancel()
    this.timers.clear()
    this.#whenEnded()
  }
}
