// The messages of calls between workers.
import type { Apartment, Architecture, Operation, ThreadId } from '../../../binding'
import type { EmulatedApartment } from '../apartments/thread-stack'
import type { Reply } from '../calls/reply'
import type { OrdinaryActivation } from '../servers/foreign-classes'
import type { Peer } from './messages'

/** A host process, as messages name it. */
export interface WireHost {
  readonly pid: number
  readonly architecture: Architecture
}

/** `id`: a number that the requesting worker has given to the call. Operations and replies are packed (serialize). */
export interface WorkerCallMessages {
  call: { id: number; caller: ThreadId; object: number; operation: Operation }
  activate: {
    id: number
    caller: ThreadId
    apartment: EmulatedApartment['kind']
    activation: OrdinaryActivation
  }
  /** Makes an object in the part of the sender's host process that is in the receiver. `apartment`: null as its class says. */
  'activate-hosted': {
    id: number
    caller: ThreadId
    host: WireHost
    apartment: Apartment | null
    name: string
  }
  reply: { id: number; reply: Reply }
  /** The caller has canceled the call. It may still wait for the reply. */
  cancel: { id: number }
  /** The caller no longer waits. */
  leave: { id: number }
  /** Changes the count of references on an object of the receiver. `holder`: null for the sender. */
  count: { object: number; holder: Peer | null; by: number }
  /** The owner of a host process to a worker that has a part of it. */
  host: { pid: number; does: 'close' | 'end' }
  /** To the owner: the part has ended. `exitCode`: of the process, which has ended by itself; null after `close`. */
  'host-part': { pid: number; exitCode: number | null }
}
