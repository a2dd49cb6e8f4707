// One emulated COM: the system with its jobs, classes and client process.
import { MultiThreadedApartment } from '../apartments/apartment'
import { ClientProcess } from '../apartments/client-process'
import { ThreadStack } from '../apartments/thread-stack'
import type { Clock } from '../clock/clock'
import { ClassRegistry } from '../servers/class-registry'
import type { ForeignClasses } from '../servers/foreign-classes'
import { HostProcesses } from '../servers/host-processes'
import type { Sharing } from '../threads/sharing'
import { System } from '../threads/system'
import { Jobs } from './job'
import { UnansweredCalls } from './unanswered-calls'

/** What an emulator shares with those of other worker threads. */
export interface ComSharing {
  readonly sharing: Sharing
  readonly foreignClasses: (com: Com) => ForeignClasses
}

export class Com {
  readonly system: System
  readonly jobs: Jobs
  readonly client: ClientProcess
  readonly classes: ClassRegistry
  readonly hosts: HostProcesses
  readonly unanswered: UnansweredCalls
  /** The threads of asynchronous calls: those that stand for their callers, and those of objects in process. */
  readonly asynchronous: MultiThreadedApartment

  constructor(clock: Clock, shared?: ComSharing) {
    this.system = new System(clock, shared?.sharing)
    this.classes = new ClassRegistry(shared?.foreignClasses(this))
    this.unanswered = new UnansweredCalls(this.system.live)
    this.jobs = new Jobs(this.system.live)
    this.client = new ClientProcess(this.system)
    this.hosts = HostProcesses.make(this.system)
    const { system } = this
    this.asynchronous = new MultiThreadedApartment(
      apartment =>
        new ThreadStack({ system, thread: system.threads.startForServer(), apartment: () => apartment }),
      ({ thread }) => system.threads.end(thread),
    )
  }
}
