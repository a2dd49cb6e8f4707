// Calls between workers: to objects that live in other workers, and calls from there that are carried out here.
import type { Activation, Operation, ThreadId } from '../../../binding'
import { discardOutcome } from '../../calls/outcome'
import { HResult } from '../../errors/hresult'
import { MultiThreadedApartment } from '../apartments/apartment'
import { Faults } from '../apartments/faults'
import { Host, type Place } from '../apartments/host'
import { type EmulatedApartment, ThreadStack } from '../apartments/thread-stack'
import { MarshaledPointer } from '../calls/marshaled-pointer'
import { type CallForWorker, callForWorker } from '../calls/outgoing-call'
import { type Reply, refusal } from '../calls/reply'
import type { Request, RunningCall } from '../calls/request'
import { requestOf } from '../calls/target'
import type { Com } from '../client/com'
import type { System } from '../threads/system'
import { ExportedObjects } from './exported-objects'
import { ForeignObject, type ObjectOwner } from './foreign-object'
import type { AddressedMessage, MessageSender, Peer } from './messages'
import {
  type Pack,
  packOperation,
  packReply,
  unpackOperation,
  unpackReply,
  type WirePointer,
} from './serialize'

/** `key` names a call of its asker. */
export interface WorkerCallMessages {
  call: { key: number; caller: ThreadId; object: number; operation: Operation }
  activate: { key: number; caller: ThreadId; apartment: EmulatedApartment['kind']; activation: Activation }
  reply: { key: number; reply: Reply }
  /** The caller has canceled, and may still wait. */
  cancel: { key: number }
  /** The caller waits no more. */
  leave: { key: number }
  /** References on an object of the receiver's, for the worker that is named or for the sender. */
  count: { object: number; holder: Peer | null; by: number }
}

const servedKey = (peer: Peer, key: number): string => `${peer.incarnation}/${key}`

export class CallsBetweenWorkers {
  readonly #com: Com
  readonly #system: System
  readonly #channel: MessageSender<WorkerCallMessages>
  readonly #isAlive: (peer: Peer) => boolean
  readonly #exported = new ExportedObjects()
  /** By incarnation. */
  readonly #owners = new Map<number, OtherWorker>()
  /** Calls that this worker has asked for and that are not answered. */
  readonly #requested = new Map<number, { owner: Peer; answer: (reply: Reply) => void }>()
  /** Calls that are carried out for others. */
  readonly #served = new Map<string, { asker: Peer; call: CallForWorker }>()
  /** Where threads wait that stand for others' callers. */
  readonly #callers: MultiThreadedApartment
  /** Where calls wait for others' answers. */
  readonly #waiting: MultiThreadedApartment
  #lastRequestId = 0

  constructor(com: Com, post: MessageSender<WorkerCallMessages>, isThere: (peer: Peer) => boolean) {
    const { system } = com
    this.#com = com
    this.#system = system
    this.#channel = post
    this.#isAlive = isThere
    const newStack = (apartment: EmulatedApartment) =>
      new ThreadStack({
        system,
        thread: system.threads.startAnonymous(),
        apartment: () => apartment,
        keepsProcess: false,
      })
    this.#callers = new MultiThreadedApartment(newStack)
    this.#waiting = new MultiThreadedApartment(newStack)
    post.on('call', (message, from) => this.#serveCall(message, from))
    post.on('activate', (message, from) => isThere(from) && this.#serveActivation(message, from))
    post.on('reply', ({ key, reply }, from) => this.#received(key, reply, from))
    post.on('cancel', ({ key }, from) => this.#served.get(servedKey(from, key))?.call.cancel())
    post.on('leave', ({ key }, from) => this.#served.get(servedKey(from, key))?.call.leave())
    post.on('count', ({ object, holder, by }, from) => {
      const whose = holder ?? from
      // Who has ended meanwhile holds nothing any more.
      if (isThere(whose)) this.#exported.count(object, whose.incarnation, by)
    })
  }

  /** What a client has to ask for, to get an object from another worker. */
  activation(owner: Peer, activation: Activation, client: EmulatedApartment): Request {
    const { kind: apartment } = client
    return {
      at: this.#ownerAt(owner).place,
      activation: true,
      subject: { operation: 'activate', name: activation.name },
      perform: call =>
        this.#request(owner, call, key =>
          this.#channel.send(owner, 'activate', { key, caller: call.caller, apartment, activation }),
        ),
    }
  }

  /** A worker has ended: its objects are gone, and what it held is given back. */
  reclaim(peer: Peer): void {
    this.#owners.get(peer.incarnation)?.place.host.end()
    this.#owners.delete(peer.incarnation)
    for (const [key, { owner, answer }] of [...this.#requested]) {
      if (owner.incarnation !== peer.incarnation) continue
      this.#requested.delete(key)
      answer(refusal(HResult.RPC_E_SERVER_DIED))
    }
    for (const { asker, call } of [...this.#served.values()])
      if (asker.incarnation === peer.incarnation) call.leave()
    this.#exported.reclaim(peer)
  }

  // For OtherWorker

  /** @internal */
  ask(owner: Peer, object: number, operation: Operation, call: RunningCall): Promise<Reply> {
    const { caller } = call
    // Each attempt packs the operation anew, as each message brings references of its own.
    return this.#request(owner, call, key =>
      this.#sendPacked(owner, 'call', pack => ({
        key,
        caller,
        object,
        operation: packOperation(operation, pack),
      })),
    )
  }

  /** @internal */
  get system(): System {
    return this.#system
  }

  /** @internal */
  get waiting(): EmulatedApartment {
    return this.#waiting
  }

  /** @internal */
  count(owner: Peer, object: number, by: number): void {
    if (this.#isAlive(owner)) this.#channel.send(owner, 'count', { object, holder: null, by })
  }

  /** With the message go the references that its pointers bring along. */
  #sendPacked<Kind extends keyof WorkerCallMessages>(
    to: Peer,
    kind: Kind,
    message: (pack: Pack) => WorkerCallMessages[Kind],
  ): void {
    const counts: AddressedMessage<WorkerCallMessages>[] = []
    const packed = message(pointer => this.#pack(MarshaledPointer.of(pointer), to, counts))
    this.#channel.sendAll([...counts, [to, kind, packed] as AddressedMessage<WorkerCallMessages>])
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
    return { owner: this.#channel.me, object, dispatches: target.dispatches, iid: target.iid }
  }

  #unpack(wire: WirePointer): MarshaledPointer {
    const { owner, object } = wire
    const target =
      owner.incarnation === this.#channel.me.incarnation ? this.#exported.find(object) : undefined
    return target ? new MarshaledPointer(target) : this.#ownerAt(owner).object(wire)
  }

  /** One that has ended is there as what its objects are: gone. So is this very worker, of objects it has no more. */
  #ownerAt(peer: Peer): OtherWorker {
    const known = this.#owners.get(peer.incarnation)
    if (known) return known
    const made = new OtherWorker(this, peer)
    const { me } = this.#channel
    if (this.#isAlive(peer) && peer.incarnation !== me.incarnation) this.#owners.set(peer.incarnation, made)
    else made.place.host.end()
    return made
  }

  async #request(owner: Peer, call: RunningCall, send: (key: number) => void): Promise<Reply> {
    for (;;) {
      const key = ++this.#lastRequestId
      const reply = await new Promise<Reply>(answer => {
        if (!this.#isAlive(owner)) {
          answer(refusal(HResult.RPC_S_SERVER_UNAVAILABLE))
          return
        }
        this.#requested.set(key, { owner, answer })
        let left = false
        const tell = (kind: 'cancel' | 'leave') => {
          if (this.#requested.has(key)) this.#channel.send(owner, kind, { key })
        }
        send(key)
        call.onLeft(() => {
          left = true
          tell('leave')
        })
        // Who leaves in the same moment says only that: its server then knows that the reply is nobody's.
        call.onCancel(() =>
          queueMicrotask(() => {
            if (!left) tell('cancel')
          }),
        )
      })
      if (!reply.rejected) return reply
      const decided = await call.rejected(reply.rejected)
      if (decided !== 'retry') return decided
    }
  }

  #received(key: number, packed: Reply, from: Peer): void {
    const reply = unpackReply(packed, wire => this.#unpack(wire))
    const asked = this.#requested.get(key)
    if (asked?.owner.incarnation !== from.incarnation) {
      discardOutcome(reply)
      return
    }
    this.#requested.delete(key)
    asked.answer(reply)
  }

  #serveCall({ key, caller, object, operation: packed }: WorkerCallMessages['call'], from: Peer): void {
    const pointers: MarshaledPointer[] = []
    const operation = unpackOperation(packed, wire => {
      const pointer = this.#unpack(wire)
      pointers.push(pointer)
      return pointer
    })
    const over = () => {
      for (const pointer of pointers) pointer.release()
    }
    const target = this.#isAlive(from) ? this.#exported.find(object) : undefined
    if (target) this.#serve(from, key, { ...requestOf(target, operation, over), caller })
    else {
      over()
      this.#reply(from, key, refusal(HResult.RPC_E_DISCONNECTED))
    }
  }

  #serveActivation({ key, caller, apartment, activation }: WorkerCallMessages['activate'], from: Peer): void {
    const { classes, client } = this.#com
    // A library is loaded where its class was registered, for clients of the other worker into an apartment of this one.
    const home = apartment === 'sta' ? client.hostApartment : client.multiThreaded
    const request = classes.find(activation, home)
    if (typeof request === 'number') this.#reply(from, key, refusal(request))
    else this.#serve(from, key, { ...request, caller })
  }

  #serve(asker: Peer, key: number, request: Request): void {
    const name = servedKey(asker, key)
    this.#callers.deliver({
      before: undefined,
      after: undefined,
      begin: stack => {
        let over = false
        const call = callForWorker(this.#system, stack, request, reply => {
          over = true
          this.#served.delete(name)
          this.#reply(asker, key, reply)
        })
        if (!over) this.#served.set(name, { asker, call })
        stack.keepUp()
      },
      refuse: hresult => this.#reply(asker, key, refusal(hresult)),
    })
  }

  #reply(asker: Peer, key: number, reply: Reply): void {
    if (this.#isAlive(asker))
      this.#sendPacked(asker, 'reply', pack => ({ key, reply: packReply(reply, pack) }))
    discardOutcome(reply)
  }
}

/** Another worker, as the owner of objects. */
class OtherWorker implements ObjectOwner {
  readonly place: Place
  readonly #calls: CallsBetweenWorkers
  readonly #peer: Peer
  readonly #objects = new Map<number, ForeignObject>()

  constructor(link: CallsBetweenWorkers, peer: Peer) {
    this.#calls = link
    this.#peer = peer
    const name = `worker ${peer.number}`
    const host = new Host(name, new Faults(link.system.clock), undefined, undefined, peer.number)
    this.place = { apartment: link.waiting, host }
  }

  /** A pointer that came, with one of the owner's references. */
  object(wire: WirePointer): MarshaledPointer {
    const known = this.#objects.get(wire.object)
    if (known) {
      known.received()
      return new MarshaledPointer(known)
    }
    const made = new ForeignObject(this.#calls.system.live, this, wire, () =>
      this.#objects.delete(wire.object),
    )
    this.#objects.set(wire.object, made)
    made.received()
    const marshaled = new MarshaledPointer(made)
    made.release()
    return marshaled
  }

  ask(object: number, operation: Operation, call: RunningCall): Promise<Reply> {
    return this.#calls.ask(this.#peer, object, operation, call)
  }

  drop(object: number, references: number): void {
    this.#calls.count(this.#peer, object, -references)
  }
}
