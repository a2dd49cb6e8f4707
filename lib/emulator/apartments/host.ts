// Whose objects they are: a process with a server in it, and the calls that are under way to it.

import { quantity } from '../objects/live-objects'
import type { EmulatedApartment } from './apartment'
import type { Faults } from './faults'

/** Where something is carried out. */
export interface Place {
  readonly apartment: EmulatedApartment
  readonly host: Host
}

/** What keeps a process: objects that live there, calls on their way there, methods from their arrival to their end. */
type Use = 'object' | 'call' | 'method'

export class Host {
  /** The server's ProgID, or 'program' for the program itself. */
  readonly name: string
  readonly faults: Faults
  /** The number of the worker that it is in, where that is another one. */
  readonly worker: number | undefined
  /** Marshaled calls whose callers wait. */
  readonly calls = new Set<{ serverDied(): void }>()
  /** References that the server has on objects it was given; they end with it. */
  readonly given = new Set<{ release(): void }>()
  readonly #whenUnused: () => void
  readonly #whenEnded: () => void
  #alive = true
  readonly #uses: Record<Use, number> = { object: 0, call: 0, method: 0 }

  /** `whenUnused`: no object is left, and no call runs. `whenEnded`: its threads end. */
  constructor(
    name: string,
    faults: Faults,
    whenUnused: () => void = () => {},
    whenEnded: () => void = () => {},
    worker?: number,
  ) {
    this.name = name
    this.worker = worker
    this.faults = faults
    this.#whenUnused = whenUnused
    this.#whenEnded = whenEnded
  }

  get alive(): boolean {
    return this.#alive
  }

  /** Why it is not unused, as a leak check says it. */
  get uses(): string {
    const { object, call, method } = this.#uses
    const keeps = quantity(this.given.size, 'object')
    return `used by ${quantity(object, 'object')}, ${quantity(call, 'call')} and ${quantity(method, 'method')}, and keeping ${keeps} of others`
  }

  use(by: Use): void {
    this.#uses[by]++
  }

  unuse(by: Use): void {
    this.#uses[by]--
    const { object, call, method } = this.#uses
    if (object + call + method === 0 && this.#alive) this.#whenUnused()
  }

  /** The process ends; its callers hear of it. */
  end(): void {
    if (!this.#alive) return
    this.#alive = false
    for (const call of [...this.calls]) call.serverDied()
    for (const each of [...this.given]) each.release()
    this.#whenEnded()
  }
}
