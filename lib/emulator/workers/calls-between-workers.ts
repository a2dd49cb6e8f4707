// Calls between workers: asked of objects that live in others, and carried out for others here.
import type { Activation, ThreadId } from '../../../binding'
import { HResult } from '../../errors/hresult'
import { type Apartment, MultiThreaded } from '../apartments/apartment'
import { Switches } from '../apartments/faults'
import { Host, type Place } from '../apartments/host'
import { Runner } from '../apartments/thread-stack'
import { Transit } from '../calls/marshaled-pointer'
import { type CarriedCall, carryOut } from '../calls/outgoing-call'
import { dropReply, type Reply, refusal } from '../calls/reply'
import type { IncomingCall, Request } from '../calls/served-call'
import type { Target } from '../calls/target'
import type { Com } from '../client/com'
import type { System } from '../threads/system'
import { Exports } from './exported-objects'
import { ForeignObject, type Owner, type Question } from './foreign-object'
import type { Letter, Peer, Postbox } from './messages'
import { type Pack, packReply, unpackInvocation, unpackReply, type WirePointer } from './serialize'

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
    post.on('call', (message, from) => this.#called(message, from))
    post.on('activate', (message, from) => isThere(from) && this.#activated(message, from))
    post.on('reply', ({ key, reply }, from) => this.#answered(key, reply, from))
    post.on('cancel', ({ key }, from) => this.#carried.get(nameOf(from, key))?.call.cancel())
    post.on('leave', ({ key }, from) => this.#carried.get(nameOf(from, key))?.call.leave())
    post.on('count', ({ object, holder, by }, from) => {
      const whose = holder ?? from
      // Who has ended meanwhile holds nothing any more.
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
  ask(owner: Peer, object: number, question: (pack: Pack) => Question, call: IncomingCall): Promise<Reply> {
    const { caller } = call
    return this.#ask(owner, call, key =>
      this.#sendPacked(owner, 'call', pack => ({ key, caller, object, question: question(pack) })),
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

  /** @internal */
  count(owner: Peer, object: number, by: number): void {
    if (this.#isThere(owner)) this.#post.send(owner, 'count', { object, holder: null, by })
  }

  /** With the message go the references that its pointers bring along. */
  #sendPacked<Kind extends keyof LinkMessages>(
    to: Peer,
    kind: Kind,
    message: (pack: Pack) => LinkMessages[Kind],
  ): void {
    const counts: Letter<LinkMessages>[] = []
    const packed = message(pointer => this.#pack(Transit.of(pointer), to, counts))
    this.#post.sendAll([...counts, [to, kind, packed] as Letter<LinkMessages>])
  }

  /** A pointer for another worker, with a reference of its own. */
  #pack({ target }: Transit, receiver: Peer, counts: Letter<LinkMessages>[]): WirePointer {
    if (target instanceof ForeignObject) {
      const { owner, object } = target.wire
      if (owner.incarnation !== receiver.incarnation)
        counts.push([owner, 'count', { object, holder: receiver, by: 1 }])
      return target.wire
    }
    const object = this.#exports.hold(target, receiver)
    return { owner: this.#post.me, object, dispatches: target.dispatches, iid: target.iid }
  }

  #unpack(wire: WirePointer): Transit {
    const { owner, object } = wire
    const target = owner.incarnation === this.#post.me.incarnation ? this.#exports.find(object) : undefined
    return target ? new Transit(target) : this.#ownerAt(owner).object(wire)
  }

  /** One that has ended is there as what its objects are: gone. So is this very worker, of objects it has no more. */
  #ownerAt(peer: Peer): OtherWorker {
    const known = this.#owners.get(peer.incarnation)
    if (known) return known
    const made = new OtherWorker(this, peer)
    const { me } = this.#post
    if (this.#isThere(peer) && peer.incarnation !== me.incarnation) this.#owners.set(peer.incarnation, made)
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
    const reply = unpackReply(packed, wire => this.#unpack(wire))
    const asked = this.#asked.get(key)
    if (asked?.owner.incarnation !== from.incarnation) {
      dropReply(reply)
      return
    }
    this.#asked.delete(key)
    asked.answer(reply)
  }

  #called({ key, caller, object, question }: LinkMessages['call'], from: Peer): void {
    const taken: Transit[] = []
    const perform = performing(question, wire => {
      const transit = this.#unpack(wire)
      taken.push(transit)
      return transit
    })
    const over = () => {
      for (const transit of taken) transit.release()
    }
    const at = this.#isThere(from) ? this.#exports.find(object) : undefined
    if (at) {
      const request = { at, target: at, asked: askedBy(question), caller, over }
      this.#carry(from, key, { ...request, perform: call => perform(at, call) })
    } else {
      over()
      this.#answer(from, key, refusal(HResult.RPC_E_DISCONNECTED))
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
      this.#sendPacked(asker, 'reply', pack => ({ key, reply: packReply(reply, pack) }))
    dropReply(reply)
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

  ask(object: number, question: (pack: Pack) => Question, call: IncomingCall): Promise<Reply> {
    return this.#link.ask(this.#peer, object, question, call)
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
    case 'look-up':
      return { operation, name: question.name }
    case 'next':
      return { operation, name: operation }
    case 'events':
    case 'advise':
    case 'unadvise':
      return { operation, name: question.iid ?? operation }
  }
}

/** How the target of a question answers it. Its pointers are held until the question is over. */
const performing = (
  question: Question,
  take: (wire: WirePointer) => Transit,
): ((target: Target, call: IncomingCall) => Reply | Promise<Reply>) => {
  switch (question.kind) {
    case 'invoke': {
      const invocation = unpackInvocation(question.invocation, take)
      return (target, call) => target.invoke(call, invocation)
    }
    case 'look-up':
      return (target, call) => target.lookUp(question.name, call)
    case 'next':
      return (target, call) => target.next(call, question.count)
    case 'events':
      return (target, call) => target.eventsOf(question.iid, call)
    case 'advise': {
      // The object keeps a reference of its own.
      const sink = take(question.sink)
      return (target, call) => target.advise(question.iid, sink, call)
    }
    case 'unadvise':
      return (target, call) => target.unadvise(question.iid, question.cookie, call)
  }
}
