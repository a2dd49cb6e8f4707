// The process of the program itself: the apartments of its threads.
import type { System } from '../threads/system'
import type { MultiThreadedApartment, SingleThreadedApartment } from './apartment'
import { Faults } from './faults'
import { Host } from './host'
import { startMultiThreaded, startSingleThreaded } from './start-apartment'

export class ClientProcess {
  /** The host of the objects that JavaScript implements. */
  readonly host: Host
  /** The apartment of all threads that have none of their own. */
  readonly multiThreaded: MultiThreadedApartment
  readonly #system: System
  #hostApartment: SingleThreadedApartment | undefined

  constructor(system: System) {
    this.#system = system
    this.host = new Host('program', new Faults(system.clock))
    this.multiThreaded = startMultiThreaded(system)
  }

  /**
   * COM's host apartment: the home of objects that need a single-threaded apartment and were created by a thread
   * of the multithreaded one.
   */
  get hostApartment(): SingleThreadedApartment {
    this.#hostApartment ??= startSingleThreaded(this.#system)
    return this.#hostApartment
  }
}
