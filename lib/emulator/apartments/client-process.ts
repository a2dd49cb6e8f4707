// The process that the program is: the apartments of its threads.

import type { System } from '../threads/system'
import { type Apartment, MultiThreaded, SingleThreaded } from './apartment'
import { Switches } from './faults'
import { Host } from './host'
import { Runner } from './thread-stack'

export class ClientProcess {
  /** Of the objects that JavaScript implements. */
  readonly host: Host
  /** Of all its threads that are in none of their own. */
  readonly multiThreaded: MultiThreaded
  readonly #system: System
  #hostApartment: SingleThreaded | undefined

  constructor(system: System) {
    this.#system = system
    this.host = new Host('program', new Switches(system.clock))
    this.multiThreaded = new MultiThreaded(apartment => this.#newRunner(0, () => apartment))
  }

  /** Where COM has objects live that need a single-threaded apartment, and were made by a thread that is in none. */
  get hostApartment(): SingleThreaded {
    if (!this.#hostApartment) {
      const runner = this.#newRunner(2, each => new SingleThreaded(each))
      this.#hostApartment = runner.apartment as SingleThreaded
      this.#hostApartment.open()
    }
    return this.#hostApartment
  }

  #newRunner(coInit: number, apartment: (runner: Runner) => Apartment): Runner {
    const system = this.#system
    const thread = system.threads.startForServer()
    thread.initialize(coInit)
    return new Runner({ system, thread, apartment, keepsProcess: true })
  }
}
