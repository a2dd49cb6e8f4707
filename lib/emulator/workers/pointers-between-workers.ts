// Interface pointers between workers: to this worker's objects, and to objects of other workers.
import type { Operation } from '../../../binding'
import type { Place } from '../apartments/host'
import type { EmulatedApartment } from '../apartments/thread-stack'
import { MarshaledPointer } from '../calls/marshaled-pointer'
import type { Reply } from '../calls/reply'
import type { RunningCall } from '../calls/request'
import type { Target } from '../calls/target'
import type { System } from '../threads/system'
import type { WorkerCallMessages } from './call-messages'
import { ExportedObjects } from './exported-objects'
import { ForeignObject } from './foreign-object'
import type { AddressedMessage, MessageSender, Peer } from './messages'
import { OtherWorker } from './other-worker'
import type { Pack, WirePointer } from './serialize'

export interface PointersOptions {
  system: System
  channel: MessageSender<WorkerCallMessages>
  isAlive: (peer: Peer) => boolean
  /** The apartment whose threads wait for replies of other workers. */
  waiting: EmulatedApartment
  /** Makes a call to an object of another worker. */
  ask: (owner: Peer, object: number, operation: Operation, call: RunningCall) => Promise<Reply>
}

export class PointersBetweenWorkers {
  readonly #options: PointersOptions
  readonly #exported = new ExportedObjects()
  /** By incarnation. */
  readonly #owners = new Map<number, OtherWorker>()

  constructor(options: PointersOptions) {
    this.#options = options
    const { channel, isAlive } = options
    channel.on('count', ({ object, holder, by }, from) => {
      const { incarnation } = holder ?? from
      // What an ended worker held is reclaimed already.
      if (isAlive(holder ?? from)) this.#exported.count(object, incarnation, by)
    })
  }

  /** An object of this worker, by its number. */
  find(object: number): Target | undefined {
    return this.#exported.find(object)
  }

  /** The place of another worker's objects. */
  placeOf(owner: Peer): Place {
    return this.#ownerOf(owner).place
  }

  /** Sends a message, and the changes of reference counts that its pointers need, in one batch. */
  send<Kind extends keyof WorkerCallMessages>(
    to: Peer,
    kind: Kind,
    message: (pack: Pack) => WorkerCallMessages[Kind],
  ): void {
    const counts: AddressedMessage<WorkerCallMessages>[] = []
    const packed = message(pointer => this.#pack(MarshaledPointer.of(pointer), to, counts))
    this.#options.channel.sendAll([...counts, [to, kind, packed] as AddressedMessage<WorkerCallMessages>])
  }

  unpack(wire: WirePointer): MarshaledPointer {
    const { owner, object } = wire
    const target = this.#isThisWorker(owner) ? this.#exported.find(object) : undefined
    return target ? new MarshaledPointer(target) : this.#ownerOf(owner).pointer(wire)
  }

  /** Ends the host of a worker that has ended: its objects are disconnected. */
  endHost(peer: Peer): void {
    this.#owners.get(peer.incarnation)?.place.host.end()
    this.#owners.delete(peer.incarnation)
  }

  /** Releases the references of a worker that has ended. */
  reclaim(peer: Peer): void {
    this.#exported.reclaim(peer)
  }

  /** A pointer for another worker, with a reference of its own. */
  #pack(
    { target }: MarshaledPointer,
    receiver: Peer,
    counts: AddressedMessage<WorkerCallMessages>[],
  ): WirePointer {
    if (target instanceof ForeignObject) {
      const { owner, object } = target.wire
      if (owner.incarnation !== receiver.incarnation)
        counts.push([owner, 'count', { object, holder: receiver, by: 1 }])
      return target.wire
    }
    const object = this.#exported.hold(target, receiver)
    return { owner: this.#options.channel.me, object, dispatches: target.dispatches, iid: target.iid }
  }

  /** For an ended worker, and for an object of this worker that no longer exists, an owner whose host has ended. */
  #ownerOf(peer: Peer): OtherWorker {
    const known = this.#owners.get(peer.incarnation)
    if (known) return known
    const { system, waiting: apartment, ask, isAlive } = this.#options
    const release = (owner: Peer, object: number, references: number) =>
      this.#release(owner, object, references)
    const owner = new OtherWorker(peer, { system, apartment, ask, release })
    if (isAlive(peer) && !this.#isThisWorker(peer)) this.#owners.set(peer.incarnation, owner)
    else owner.place.host.end()
    return owner
  }

  #release(owner: Peer, object: number, references: number): void {
    const { channel, isAlive } = this.#options
    if (isAlive(owner)) channel.send(owner, 'count', { object, holder: null, by: -references })
  }

  #isThisWorker({ incarnation }: Peer): boolean {
    return incarnation === this.#options.channel.me.incarnation
  }
}
