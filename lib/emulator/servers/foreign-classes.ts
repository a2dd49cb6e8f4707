// Classes and monikers that other worker threads have registered.
import type { Activation, Apartment, ClassServers } from '../../../binding'
import type { EmulatedApartment } from '../apartments/thread-stack'
import type { Request } from '../calls/request'
import type { HostProcess } from './host-process'

export interface ForeignClasses {
  /**
   * Lets other workers find a class or moniker of this worker by its name, in lower case. Returns a function that
   * undoes it. Throws RangeError for a name that another worker has registered, and for a full memory.
   */
  publish(where: string, kind: 'class' | 'moniker', name: string, servers: Servers): () => void
  /** The class of another worker with that ProgID or CLSID. */
  class(name: string): ForeignClass | undefined
  /** The moniker of another worker that the display name begins with. `prefix`: the length of the moniker. */
  moniker(displayName: string): (ForeignClass & { prefix: number }) | undefined
}

/** Where a class has its servers. */
export type Servers = Omit<ClassServers, 'hresult'>

/** An activation that needs no host process. */
export type OrdinaryActivation = Exclude<Activation, { kind: 'hosted' }>

export interface ForeignClass {
  /** The request of a client in an apartment for an object. */
  request(activation: OrdinaryActivation, client: EmulatedApartment): Request
  readonly servers: Servers
  /** The request for an object in a host process of this worker. */
  hosted(process: HostProcess, apartment: Apartment | null, name: string): Request
}
