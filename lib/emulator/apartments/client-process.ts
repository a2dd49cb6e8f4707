// The process that the program is: the apartments of its threads.

import type { System } from '../threads/system'
import { type EmulatedApartment, MultiThreadedApartment, SingleThreadedApartment } from './apartment'
import { Faults } from './faults'
import { Host } from './host'
import { ThreadStack } from './thread-stack'

export class ClientProcess {
  /** Of the objects that JavaScript implements. */
  readonly host: Host
  /** Of all its threads that are in none of their own. */
  readonly multiThreaded: MultiThreadedApartment
  readonly #system: System
  #hostApartment: SingleThreadedApartment | undefined

  constructor(system: System) {
    this.#system = system
    this.host = new Host('program', new Faults(system.clock))
    this.multiThreaded = new MultiThreadedApartment(apartment => this.#newStack(0, () => apartment))
  }

  /** Where COM has objects live that need a single-threaded apartment, and were made by a thread that is in none. */
  get hostApartment(): SingleThreadedApartment {
    if (!this.#hostApartment) {
      const stack = this.#newStack(2, each => new SingleThreadedApartment(each))
      this.#hostApartment = stack.apartment as SingleThreadedApartment
      this.#hostApartment.open()
    }
    return this.#hostApartment
  }

  #newStack(coInit: number, apartment: (stack: ThreadStack) => EmulatedApartment): ThreadStack {
    const system = this.#system
    const thread = system.threads.startForServer()
    thread.initialize(coInit)
    return new ThreadStack({ system, thread, apartment, keepsProcess: true })
  }
}
