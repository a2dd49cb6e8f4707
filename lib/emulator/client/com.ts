// Everything of one emulated COM that its rooms share.
import { ClientProcess } from '../apartments/client-process'
import type { Clock } from '../clock/clock'
import { ClassRegistry } from '../servers/class-registry'
import type { ForeignClasses } from '../servers/foreign-classes'
import type { Sharing } from '../threads/sharing'
import { System } from '../threads/system'
import { UnansweredCalls } from './implementation-object'
import { Jobs } from './job'

/** With the emulators of other worker threads. */
export interface ComSharing {
  readonly sharing: Sharing
  readonly foreignClasses: (com: Com) => ForeignClasses
}

export class Com {
  readonly system: System
  readonly jobs: Jobs
  readonly client: ClientProcess
  readonly classes: ClassRegistry
  readonly unanswered: UnansweredCalls

  constructor(clock: Clock, sharing?: ComSharing) {
    this.system = new System(clock, sharing?.sharing)
    this.classes = new ClassRegistry(sharing?.foreignClasses(this))
    this.unanswered = new UnansweredCalls(this.system.live)
    this.jobs = new Jobs(this.system.live)
    this.client = new ClientProcess(this.system)
  }
}
