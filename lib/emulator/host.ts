// Whose objects they are: a process with a server in it, and the calls that are under way to it.
import type { Apartment } from './apartment'
import type { Switches } from './switches'

/** Where something is carried out. */
export interface Place {
  readonly apartment: Apartment
  readonly host: Host
}

export class Host {
  /** The server's ProgID, or 'program' for the program itself. */
  readonly name: string
  readonly switches: Switches
  /** The number of the worker that it is in, where that is another one. */
  readonly worker: number | undefined
  /** Marshaled calls whose callers wait. */
  readonly calls = new Set<{ serverDied(): void }>()
  /** References that the server has on objects it was given; they end with it. */
  readonly given = new Set<{ release(): void }>()
  readonly #whenUnused: () => void
  readonly #whenEnded: () => void
  #alive = true
  #uses = 0

  /** `whenUnused`: no object is left, and no call runs. `whenEnded`: its threads end. */
  constructor(
    name: string,
    switches: Switches,
    whenUnused: () => void = () => {},
    whenEnded: () => void = () => {},
    worker?: number,
  ) {
    this.name = name
    this.worker = worker
    this.switches = switches
    this.#whenUnused = whenUnused
    this.#whenEnded = whenEnded
  }

  get alive(): boolean {
    return this.#alive
  }

  /** Something in it keeps it: an object, a call. */
  use(): void {
    this.#uses++
  }

  unuse(): void {
    if (--this.#uses === 0 && this.#alive) this.#whenUnused()
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
