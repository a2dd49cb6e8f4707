// Everything of one emulated COM that its rooms share.
import { ClientProcess } from './client-process'
import type { Clock } from './clock'
import type { Elsewhere } from './elsewhere'
import { UnansweredCalls } from './implementation-object'
import { Jobs } from './job'
import { Registry } from './registry'
import type { Sharing } from './sharing'
import { System } from './system'

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
    this.unanswered = new UnansweredCalls(this.system.census)
    this.jobs = new Jobs(this.system.census)
    this.client = new ClientProcess(this.system)
  }
}
