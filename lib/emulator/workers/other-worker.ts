// Another worker, as the owner of objects that this one calls.
import type { Operation } from '../../../binding'
import { Faults } from '../apartments/faults'
import { Host, type Place } from '../apartments/host'
import type { EmulatedApartment } from '../apartments/thread-stack'
import { MarshaledPointer } from '../calls/marshaled-pointer'
import type { Reply } from '../calls/reply'
import type { RunningCall } from '../calls/request'
import type { System } from '../threads/system'
import { ForeignObject, type ObjectOwner } from './foreign-object'
import type { Peer } from './messages'
import type { WirePointer } from './serialize'

export interface OtherWorkerOptions {
  system: System
  /** The apartment whose threads wait for replies of other workers. */
  apartment: EmulatedApartment
  ask(owner: Peer, object: number, operation: Operation, call: RunningCall): Promise<Reply>
  release(owner: Peer, object: number, references: number): void
}

export class OtherWorker implements ObjectOwner {
  readonly place: Place
  readonly #peer: Peer
  readonly #options: OtherWorkerOptions
  readonly #objects = new Map<number, ForeignObject>()

  constructor(peer: Peer, options: OtherWorkerOptions) {
    this.#peer = peer
    this.#options = options
    const { system, apartment } = options
    const name = `worker ${peer.number}`
    const host = new Host(name, new Faults(system.clock), {}, peer.number)
    this.place = { apartment, host }
  }

  /** A pointer that a message has brought, with one of the owner's references. */
  pointer(wire: WirePointer): MarshaledPointer {
    const known = this.#objects.get(wire.object)
    if (known) {
      known.received()
      return new MarshaledPointer(known)
    }
    const object = new ForeignObject(this.#options.system.live, this, wire, () =>
      this.#objects.delete(wire.object),
    )
    this.#objects.set(wire.object, object)
    object.received()
    const pointer = new MarshaledPointer(object)
    object.release()
    return pointer
  }

  ask(object: number, operation: Operation, call: RunningCall): Promise<Reply> {
    return this.#options.ask(this.#peer, object, operation, call)
  }

  drop(object: number, references: number): void {
    this.#options.release(this.#peer, object, references)
  }
}
