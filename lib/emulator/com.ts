// Everything of one emulated COM that its rooms share.
import { ClientProcess } from './client-process'
import type { Clock } from './clock'
import { UnansweredCalls } from './implementation-object'
import { Jobs } from './job'
import { Registry } from './registry'
import { System } from './system'

export class Com {
  readonly system: System
  readonly jobs: Jobs
  readonly client: ClientProcess
  readonly registry = new Registry()
  readonly unanswered = new UnansweredCalls()

  constructor(clock: Clock) {
    this.system = new System(clock)
    this.jobs = new Jobs(this.system.census)
    this.client = new ClientProcess(this.system)
  }
}
