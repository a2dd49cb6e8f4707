// The messages of calls between workers.
import type { Operation, ThreadId } from '../../../binding'
import type { EmulatedApartment } from '../apartments/thread-stack'
import type { Reply } from '../calls/reply'
import type { OrdinaryActivation } from '../servers/foreign-classes'
import type { Peer } from './messages'

/** `id`: a number that the requesting worker has given to the call. Operations and replies are packed (serialize). */
export interface WorkerCallMessages {
  call: { id: number; caller: ThreadId; object: number; operation: Operation }
  activate: {
    id: number
    caller: ThreadId
    apartment: EmulatedApartment['kind']
    activation: OrdinaryActivation
  }
  reply: { id: number; reply: Reply }
  /** The caller has canceled the call. It may still wait for the reply. */
  cancel: { id: number }
  /** The caller no longer waits. */
  leave: { id: number }
  /** Changes the count of references on an object of the receiver. `holder`: null for the sender. */
  count: { object: number; holder: Peer | null; by: number }
}
