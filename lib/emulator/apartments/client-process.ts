// The process of the program itself.
import type { System } from '../threads/system'
import { Faults } from './faults'
import { Host } from './host'
import { EmulatedProcess } from './process'

export class ClientProcess extends EmulatedProcess {
  /** The host of the objects that JavaScript implements. */
  readonly host: Host

  constructor(system: System) {
    super(system)
    this.host = new Host('program', new Faults(system.clock))
  }
}
