// Everything of one emulated COM that its rooms share.
import { ClientProcess } from '../apartments/client-process'
import type { Clock } from '../clock/clock'
import { Registry } from '../servers/class-registry'
import type { Elsewhere } from '../servers/foreign-classes'
import type { Sharing } from '../threads/sharing'
import { System } from '../threads/system'
import { UnansweredCalls } from './implementation-object'
import { Jobs } from './job'

/** With the emulators of other worker threads. */
export interface Joined {
  readonly sharing: Sharing
  readonly elsewhere: (com: Com) => Elsewhere
}

export class Com {
  readonly system: System
  readonly jobs: Jobs
  readonly client: ClientProcess
  readonly registry: Registry
  readonly unanswered: UnansweredCalls

  constructor(clock: Clock, together?: Joined) {
    this.system = new System(clock, together?.sharing)
    this.registry = new Registry(together?.elsewhere(this))
    this.unanswered = new UnansweredCalls(this.system.live)
    this.jobs = new Jobs(this.system.live)
    this.client = new ClientProcess(this.system)
  }
}
