// Starts and ends the process of a local server, and loads a server into the client's process.
import type { MultiThreadedApartment, SingleThreadedApartment } from '../apartments/apartment'
import type { ClientProcess } from '../apartments/client-process'
import type { Faults } from '../apartments/faults'
import { Host } from '../apartments/host'
import { startMultiThreaded, startSingleThreaded } from '../apartments/start-apartment'
import type { EmulatedApartment } from '../apartments/thread-stack'
import type { Living } from '../objects/live-objects'
import type { System } from '../threads/system'
import { takeThreadId } from '../threads/thread-ids'
import type { Server } from './server'
import { newServer } from './server-object'

/** A local server's process while it runs, or a library in the client's process. */
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
  ended: () => void
}

export const startProcess = ({
  system,
  name,
  threading,
  faults,
  machine,
  ended,
}: ServerProcessOptions): RunningServer => {
  faults.counts.starts++
  system.events.publish('server:started', 0, () => ({ server: name }))
  const apartment: SingleThreadedApartment | MultiThreadedApartment =
    threading === 'sta' ? startSingleThreaded(system) : startMultiThreaded(system)
  const process: Living = { describe: () => `the process of ${name}, ${host.uses}` }
  system.live.processes.add(process)
  const endThreads = () => {
    system.live.processes.delete(process)
    system.events.publish('server:ended', 0, () => ({ server: name }))
    apartment.close()
    for (const stack of apartment.threads) {
      stack.kill()
      system.threads.end(stack.thread)
    }
  }
  const end = () => {
    ended()
    host.end()
  }
  const host: Host = new Host(name, faults, end, endThreads)
  // Windows takes the ids of processes and of threads from one set.
  if (machine === null) host.pid = takeThreadId()
  const server = newServer(system, name, { apartment, host })
  return { host, serverFor: () => server }
}

export interface LibraryOptions {
  system: System
  name: string
  threading: 'sta' | 'mta' | 'both'
  faults: Faults
  client: ClientProcess
}

/** Its objects live in their creator's apartment, or in one of COM's own where the threading does not allow that. */
export const loadLibrary = ({ system, name, threading, faults, client }: LibraryOptions): RunningServer => {
  const host = new Host(name, faults)
  const apartmentFor = (creator: EmulatedApartment): EmulatedApartment => {
    if (threading === 'both' || threading === creator.kind) return creator
    return threading === 'sta' ? client.hostApartment : client.multiThreaded
  }
  return { host, serverFor: creator => newServer(system, name, { apartment: apartmentFor(creator), host }) }
}
