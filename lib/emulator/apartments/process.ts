// An emulated process: its id, and the apartments that COM keeps in it.

import type { System } from '../threads/system'
import { takeThreadId } from '../threads/thread-ids'
import type { MultiThreadedApartment, SingleThreadedApartment } from './apartment'
import { startMultiThreaded, startSingleThreaded } from './start-apartment'
import type { EmulatedApartment } from './thread-stack'

export class EmulatedProcess {
  /** As on Windows, no thread has the id of a process. */
  readonly id: number
  readonly #system: System
  #singleThreaded: SingleThreadedApartment | undefined
  #multiThreaded: MultiThreadedApartment | undefined

  constructor(system: System, id = takeThreadId()) {
    this.id = id
    this.#system = system
  }

  /** The home of objects that need a single-threaded apartment and whose creator is not in one. */
  get singleThreaded(): SingleThreadedApartment {
    this.#singleThreaded ??= startSingleThreaded(this.#system)
    return this.#singleThreaded
  }

  /** The apartment of all threads that have none of their own. */
  get multiThreaded(): MultiThreadedApartment {
    this.#multiThreaded ??= startMultiThreaded(this.#system)
    return this.#multiThreaded
  }

  apartment(kind: EmulatedApartment['kind']): EmulatedApartment {
    return kind === 'sta' ? this.singleThreaded : this.multiThreaded
  }

  /** Whether it has the apartment. */
  has(apartment: EmulatedApartment | undefined): boolean {
    return this.#apartments.some(each => each === apartment)
  }

  /** Its threads end in the middle of what they do. */
  endThreads(): void {
    for (const apartment of this.#apartments) {
      apartment.close()
      for (const stack of apartment.threads) {
        stack.kill()
        this.#system.threads.end(stack.thread)
      }
    }
  }

  get #apartments(): (EmulatedApartment & { close(): void })[] {
    return [this.#singleThreaded, this.#multiThreaded].filter(each => each !== undefined)
  }
}
