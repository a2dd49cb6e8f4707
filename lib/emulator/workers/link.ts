// Calls between workers: asked of objects that live in others, and carried out for others here.
import type { Activation, ThreadId } from '../../../binding'
import { HResult } from '../../hresult'
import { type Apartment, MultiThreaded } from '../apartment'
import type { Com } from '../com'
import { Host, type Place } from '../host'
import type { IncomingCall, Request } from '../incoming-call'
import { type CarriedCall, carryOut } from '../outgoing-call'
import { PointerRefusal } from '../pointer-refusal'
import { dropReply, type Reply, refusal } from '../reply'
import { Runner } from '../runner'
import { Switches } from '../switches'
import type { System } from '../system'
import type { Invocation, Target } from '../target'
import { Transit } from '../transit'
import { Exports } from './exports'
import { ForeignObject, type Owner, type Question } from './foreign-object'
import type { Peer, Postbox } from './post'
import { packInvocation, packReply, unpackInvocation, unpackReply, type WirePointer } from './wire'

/** `key` names a call of its asker. */
export interface LinkMessages {
  call: { key: number; caller: ThreadId; object: number; question: Question }
  activate: { key: number; caller: ThreadId; apartment: Apartment['kind']; activation: Activation }
  reply: { key: number; reply: Reply }
  /** The caller has canceled, and may still wait. */
  cancel: { key: number }
  /** The caller waits no more. */
  leave: { key: number }
  /** References on an object of the receiver's, for the worker that is named or for the sender. */
  count: { object: number; holder: Peer | null; by: number }
}

const nameOf = (peer: Peer, key: number): string => `${peer.incarnation}/${key}`

export class Link {
  readonly #com: Com
  readonly #system: System
  readonly #post: Postbox<LinkMessages>
  readonly #isThere: (peer: Peer) => boolean
  readonly #exports = new Exports()
  /** By incarnation. */
  readonly #owners = new Map<number, OtherWorker>()
  /** Calls that this worker has asked for and that are not answered. */
  readonly #asked = new Map<number, { owner: Peer; answer: (reply: Reply) => void }>()
  /** Calls that are carried out for others. */
  readonly #carried = new Map<string, { asker: Peer; call: CarriedCall }>()
  /** Where threads wait that stand for others' callers. */
  readonly #callers: MultiThreaded
  /** Where calls wait for others' answers. */
  readonly #waiting: MultiThreaded
  #lastKey = 0

  constructor(com: Com, post: Postbox<LinkMessages>, isThere: (peer: Peer) => boolean) {
    const { system } = com
    this.#com = com
    this.#system = system
    this.#post = post
    this.#isThere = isThere
    const newRunner = (apartment: Apartment) =>
      new Runner({
        system,
        thread: system.threads.nobody(),
        apartment: () => apartment,
        keepsProcess: false,
      })
    this.#callers = new MultiThreaded(newRunner)
    this.#waiting = new MultiThreaded(newRunner)
    // Who has ended meanwhile has no calls any more, and holds nothing.
    post.on('call', (message, from) => isThere(from) && this.#called(message, from))
    post.on('activate', (message, from) => isThere(from) && this.#activated(message, from))
    post.on('reply', ({ key, reply }, from) => this.#answered(key, reply, from))
    post.on('cancel', ({ key }, from) => this.#carried.get(nameOf(from, key))?.call.cancel())
    post.on('leave', ({ key }, from) => this.#carried.get(nameOf(from, key))?.call.leave())
    post.on('count', ({ object, holder, by }, from) => {
      const whose = holder ?? from
      if (isThere(whose)) this.#exports.count(object, whose.incarnation, by)
    })
  }

  /** What a client has to ask for, to get an object from another worker. */
  activation(owner: Peer, activation: Activation, client: Apartment): Request {
    const { kind: apartment } = client
    return {
      at: this.#ownerAt(owner).place,
      activation: true,
      asked: { operation: 'activate', name: activation.name },
      perform: call =>
        this.#ask(owner, call, key =>
          this.#post.send(owner, 'activate', { key, caller: call.caller, apartment, activation }),
        ),
    }
  }

  /** A worker has ended: its objects are gone, and what it held is given back. */
  bury(peer: Peer): void {
    this.#owners.get(peer.incarnation)?.place.host.end()
    this.#owners.delete(peer.incarnation)
    for (const [key, { owner, answer }] of [...this.#asked]) {
      if (owner.incarnation !== peer.incarnation) continue
      this.#asked.delete(key)
      answer(refusal(HResult.RPC_E_SERVER_DIED))
    }
    for (const { asker, call } of [...this.#carried.values()])
      if (asker.incarnation === peer.incarnation) call.leave()
    this.#exports.bury(peer)
  }

  // For OtherWorker

  /** @internal */
  ask(owner: Peer, object: number, question: Question, call: IncomingCall): Promise<Reply> {
    return this.#ask(owner, call, key =>
      this.#post.send(owner, 'call', { key, caller: call.caller, object, question }),
    )
  }

  /** @internal */
  get system(): System {
    return this.#system
  }

  /** @internal */
  get waiting(): Apartment {
    return this.#waiting
  }

  /** @internal A pointer for another worker, with a reference of its own. */
  pack(transit: Transit, receiver: Peer): WirePointer {
    const { target } = transit
    if (target instanceof ForeignObject) {
      const { owner, object } = target.wire
      if (owner.incarnation !== receiver.incarnation)
        this.#post.send(owner, 'count', { object, holder: receiver, by: 1 })
      return target.wire
    }
    const object = this.#exports.hold(target, receiver)
    return { owner: this.#post.me, object, dispatches: target.dispatches, iid: target.iid }
  }

  /** @internal */
  count(owner: Peer, object: number, by: number): void {
    if (this.#isThere(owner)) this.#post.send(owner, 'count', { object, holder: null, by })
  }

  /** Throws PointerRefusal for an object that is gone. */
  #unpack(wire: WirePointer): Transit {
    if (wire.owner.incarnation !== this.#post.me.incarnation) return this.#ownerAt(wire.owner).object(wire)
    const target = this.#exports.find(wire.object)
    if (target) return new Transit(target)
    throw new PointerRefusal(HResult.RPC_E_DISCONNECTED)
  }

  #ownerAt(peer: Peer): OtherWorker {
    const known = this.#owners.get(peer.incarnation)
    if (known) return known
    const made = new OtherWorker(this, peer)
    if (this.#isThere(peer)) this.#owners.set(peer.incarnation, made)
    else made.place.host.end()
    return made
  }

  async #ask(owner: Peer, call: IncomingCall, send: (key: number) => void): Promise<Reply> {
    for (;;) {
      const key = ++this.#lastKey
      const reply = await new Promise<Reply>(answer => {
        if (!this.#isThere(owner)) {
          answer(refusal(HResult.RPC_S_SERVER_UNAVAILABLE))
          return
        }
        this.#asked.set(key, { owner, answer })
        let left = false
        const tell = (kind: 'cancel' | 'leave') => {
          if (this.#asked.has(key)) this.#post.send(owner, kind, { key })
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
      if (decided !== 'again') return decided
    }
  }

  #answered(key: number, packed: Reply, from: Peer): void {
    const asked = this.#asked.get(key)
    if (asked?.owner.incarnation !== from.incarnation) return
    this.#asked.delete(key)
    asked.answer(unlessGone(() => unpackReply(packed, wire => this.#unpack(wire))))
  }

  #called({ key, caller, object, question }: LinkMessages['call'], from: Peer): void {
    const target = this.#exports.find(object)
    if (!target) {
      this.#answer(from, key, refusal(HResult.RPC_E_DISCONNECTED))
      return
    }
    const taken: Transit[] = []
    const take = (wire: WirePointer): Transit => {
      const transit = this.#unpack(wire)
      taken.push(transit)
      return transit
    }
    const over = () => {
      for (const transit of taken) transit.release()
    }
    const perform = unlessGone(() => performing(target, question, take))
    if (typeof perform === 'function') {
      const asked = askedBy(question)
      this.#carry(from, key, { at: target, target, asked, caller, perform, over })
    } else {
      over()
      this.#answer(from, key, perform)
    }
  }

  #activated({ key, caller, apartment, activation }: LinkMessages['activate'], from: Peer): void {
    const { registry, client } = this.#com
    // A library is loaded where its class was registered, for clients of the other worker into an apartment of this one.
    const home = apartment === 'sta' ? client.hostApartment : client.multiThreaded
    const request = registry.find(activation, home)
    if (typeof request === 'number') this.#answer(from, key, refusal(request))
    else this.#carry(from, key, { ...request, caller })
  }

  #carry(asker: Peer, key: number, request: Request): void {
    const name = nameOf(asker, key)
    this.#callers.deliver({
      before: undefined,
      after: undefined,
      begin: runner => {
        let over = false
        const call = carryOut(this.#system, runner, request, reply => {
          over = true
          this.#carried.delete(name)
          this.#answer(asker, key, reply)
        })
        if (!over) this.#carried.set(name, { asker, call })
        runner.keepUp()
      },
      refuse: hresult => this.#answer(asker, key, refusal(hresult)),
    })
  }

  #answer(asker: Peer, key: number, reply: Reply): void {
    if (this.#isThere(asker))
      this.#post.send(asker, 'reply', {
        key,
        reply: packReply(reply, pointer => this.pack(Transit.of(pointer), asker)),
      })
    dropReply(reply)
  }
}

/** How a call ends that was given a pointer to an object that is gone. */
const unlessGone = <T>(unpack: () => T): T | Reply => {
  try {
    return unpack()
  } catch (error) {
    if (error instanceof PointerRefusal) return refusal(error.hresult)
    throw error
  }
}

/** Another worker, as the owner of objects. */
class OtherWorker implements Owner {
  readonly place: Place
  readonly #link: Link
  readonly #peer: Peer
  readonly #objects = new Map<number, ForeignObject>()

  constructor(link: Link, peer: Peer) {
    this.#link = link
    this.#peer = peer
    const name = `worker ${peer.number}`
    const host = new Host(name, new Switches(link.system.clock), undefined, undefined, peer.number)
    this.place = { apartment: link.waiting, host }
  }

  /** A pointer that came, with one of the owner's references. */
  object(wire: WirePointer): Transit {
    const known = this.#objects.get(wire.object)
    if (known) {
      known.received()
      return new Transit(known)
    }
    const made = new ForeignObject(this.#link.system.census, this, wire, () =>
      this.#objects.delete(wire.object),
    )
    this.#objects.set(wire.object, made)
    made.received()
    const transit = new Transit(made)
    made.release()
    return transit
  }

  ask(object: number, question: Question, call: IncomingCall): Promise<Reply> {
    return this.#link.ask(this.#peer, object, question, call)
  }

  packed(invocation: Invocation): Invocation {
    return packInvocation(invocation, pointer => this.pointerTo(Transit.of(pointer)))
  }

  pointerTo(transit: Transit): WirePointer {
    return this.#link.pack(transit, this.#peer)
  }

  drop(object: number, references: number): void {
    this.#link.count(this.#peer, object, -references)
  }
}

/** What a question is about. */
const askedBy = (question: Question): Request['asked'] => {
  const { kind: operation } = question
  switch (operation) {
    case 'invoke':
      return { operation, name: question.invocation.member }
    case 'lookUp':
      return { operation, name: question.name }
    case 'next':
      return { operation, name: operation }
    case 'eventsOf':
    case 'advise':
    case 'unadvise':
      return { operation, name: question.iid ?? operation }
  }
}

/** Unpacks a question, which holds its pointers until it is over. */
const performing = (
  target: Target,
  question: Question,
  take: (wire: WirePointer) => Transit,
): Request['perform'] => {
  switch (question.kind) {
    case 'invoke': {
      const invocation = unpackInvocation(question.invocation, take)
      return call => target.invoke(call, invocation)
    }
    case 'lookUp':
      return call => target.lookUp(question.name, call)
    case 'next':
      return call => target.next(call, question.count)
    case 'eventsOf':
      return call => target.eventsOf(question.iid, call)
    case 'advise': {
      // The object keeps a reference of its own.
      const sink = take(question.sink)
      return call => target.advise(question.iid, sink, call)
    }
    case 'unadvise':
      return call => target.unadvise(question.iid, question.cookie, call)
  }
}
