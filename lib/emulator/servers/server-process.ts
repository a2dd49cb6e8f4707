// Starts and ends the process of a local server, and loads a server into a process.
import type { Faults } from '../apartments/faults'
import { Host, type HostCallbacks } from '../apartments/host'
import { EmulatedProcess } from '../apartments/process'
import type { EmulatedApartment } from '../apartments/thread-stack'
import type { Living } from '../objects/live-objects'
import type { System } from '../threads/system'
import type { Server } from './server'
import { newServer } from './server-object'

/** A local server's process while it runs, or a library in a process. */
export interface RunningServer {
  readonly host: Host
  /** The server for a client in an apartment. */
  serverFor(client: EmulatedApartment): Server
}

export interface ServerProcessOptions {
  system: System
  name: string
  threading: 'sta' | 'mta'
  faults: Faults
  /** The machine that it runs on; null for this one. */
  machine: string | null
  /** The process ends, because no object is left and no call runs, or because it is terminated. */
  ends: () => void
}

export const startProcess = ({
  system,
  name,
  threading,
  faults,
  machine,
  ends,
}: ServerProcessOptions): RunningServer => {
  faults.counts.starts++
  system.events.publish('server:started', 0, () => ({ server: name }))
  const process = new EmulatedProcess(system)
  const living: Living = { describe: () => `the process of ${name}, ${host.uses}` }
  system.live.processes.add(living)
  const whenEnded = () => {
    system.live.processes.delete(living)
    system.events.publish('server:ended', 0, () => ({ server: name }))
    process.endThreads()
  }
  const terminate = () => {
    if (!host.alive) return
    ends()
    host.end()
  }
  const host: Host = new Host(name, faults, { whenUnused: terminate, whenEnded })
  if (machine === null) host.process = { id: process.id, terminate }
  const server = newServer(system, name, { apartment: process.apartment(threading), host })
  return { host, serverFor: () => server }
}

export interface LibraryOptions {
  system: System
  name: string
  threading: 'sta' | 'mta' | 'both'
  faults: Faults
  /** The process that the library is loaded into. */
  process: EmulatedProcess
  callbacks?: HostCallbacks
}

/** Its objects live in their creator's apartment, or in one of COM's own where the threading does not allow that. */
export const loadLibrary = ({
  system,
  name,
  threading,
  faults,
  process,
  callbacks,
}: LibraryOptions): RunningServer => {
  const host = new Host(name, faults, callbacks)
  const apartmentFor = (creator: EmulatedApartment): EmulatedApartment =>
    threading === 'both' || threading === creator.kind ? creator : process.apartment(threading)
  return { host, serverFor: creator => newServer(system, name, { apartment: apartmentFor(creator), host }) }
}
