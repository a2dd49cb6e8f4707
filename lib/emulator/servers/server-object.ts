// An object of an emulated server as COM has it: counted, living in an apartment, called late bound.
import type { InterfaceId, Variant } from '../../../binding'
import { failed, HResult } from '../../errors/hresult'
import { releasePointers } from '../../values/from-variant'
import type { EmulatedApartment } from '../apartments/apartment'
import type { Host, Place } from '../apartments/host'
import type { ThreadStack } from '../apartments/thread-stack'
import { copyVariant } from '../calls/copy-variant'
import { marshalInvocation, outsOf } from '../calls/marshal'
import { MarshaledPointer, pointerTo } from '../calls/marshaled-pointer'
import { makeCall } from '../calls/outgoing-call'
import { dropReply, type Reply, refusal, success } from '../calls/reply'
import { runInApartment } from '../calls/run-in-apartment'
import type { Request, ServedCall } from '../calls/served-call'
import { type Invocation, Target } from '../calls/target'
import { quantity } from '../objects/live-objects'
import type { System } from '../threads/system'
import { type ArgumentPlaces, placesFor } from './argument-binding'
import { Connections } from './connections'
import type { Method } from './definition'
import { EmulatedCall } from './emulated-call'
import { EmulatedObject, type Stub } from './emulated-object'
import { Enumerator } from './enumerator'
import { errorReply } from './error-reply'
import { DISPID_NEWENUM, type Member } from './members'
import { type ReferenceHolder, RemoteObject } from './remote-object'
import { fromClient, type ServerValue, toClient } from './server-values'

/** The server that an object belongs to. */
export interface Server extends Place {
  readonly system: System
  /** Its ProgID, as the source of its errors. */
  readonly name: string
}

class ServerObject extends Target implements Stub {
  readonly object: EmulatedObject
  readonly #server: Server
  readonly #connections = new Connections()

  /** Its first reference is its maker's. */
  constructor(server: Server, object: EmulatedObject) {
    super(server.system.live)
    this.#server = server
    this.object = object
    server.host.use('object')
    object.stubs.set(server.host, this)
  }

  get apartment(): EmulatedApartment {
    return this.#server.apartment
  }

  get host(): Host {
    return this.#server.host
  }

  get connections(): number {
    return this.#connections.sinks.length
  }

  override get kind(): string {
    return `an object of ${this.#server.name}`
  }

  override describe(): string {
    return `${super.describe()}, ${quantity(this.connections, 'event connection')}`
  }

  override get dispatches(): boolean {
    return true
  }

  override release(): void {
    super.release()
    if (this.references === 0) this.#end()
  }

  override lookUp(name: string): Reply {
    const value = this.object.members.dispidOf(name)
    return value === undefined ? refusal(HResult.DISP_E_UNKNOWNNAME) : success({ type: 'i4', value })
  }

  override invoke(incoming: ServedCall, invocation: Invocation): Reply | Promise<Reply> {
    const { members } = this.object
    const { member, kind, args, named } = invocation
    const byName = typeof member === 'string'
    const dispid = byName ? members.dispidOf(member) : member
    if (dispid === undefined) return refusal(HResult.DISP_E_UNKNOWNNAME)
    // Names of arguments can be asked for together with their member's name only.
    if (!byName && named.length > 0) return refusal(HResult.DISP_E_UNKNOWNNAME, args.length)
    const found = members.find(dispid)
    if (!found && dispid === DISPID_NEWENUM && (kind === 'call' || kind === 'get')) return this.#enumerate()
    const run = found && handlerOf(found, kind)
    if (!run) return refusal(HResult.DISP_E_MEMBERNOTFOUND)
    const places = placesFor(found, invocation)
    return 'hresult' in places ? places : this.#run(incoming, invocation, found, run, places)
  }

  override eventsOf(iid: InterfaceId | null): Reply {
    const { members } = this.object
    if (!members.events) return refusal(HResult.E_NOINTERFACE)
    const events = members.eventsFor(iid)
    if (!events) return refusal(HResult.CONNECT_E_NOCONNECTION)
    return { ...success(), events: { iid: events.iid, members: { ...events.members } } }
  }

  override advise(iid: InterfaceId, sink: MarshaledPointer): Reply {
    const events = this.#connectable(iid)
    if (typeof events === 'number') return refusal(events)
    // As most servers do: the event interface itself, or at least something late bound.
    if (sink.target.iid !== iid && !sink.target.dispatches) return refusal(HResult.CONNECT_E_CANNOTCONNECT)
    return this.#connections.advise(sink.take())
  }

  override unadvise(iid: InterfaceId, cookie: number): Reply {
    const events = this.#connectable(iid)
    return typeof events === 'number' ? refusal(events) : this.#connections.unadvise(cookie)
  }

  async fire(name: string, args: readonly unknown[]): Promise<number> {
    const members = this.object.members.events?.members ?? {}
    const lower = name.toLowerCase()
    const member = Object.hasOwn(members, lower) ? members[lower] : undefined
    if (member === undefined)
      throw new RangeError(
        `fire: ${this.#server.name} has no event ${name}; its events are ${Object.keys(members).join(', ') || 'none'}`,
      )
    const values: Variant[] = []
    try {
      for (const [i, each] of args.entries())
        values.push(toClient(each, name, `argument ${i + 1}`, this.#exporter))
      return await this.#tellAll(name, { member, kind: 'call', args: values, named: [] })
    } finally {
      for (const value of values) releasePointers(value)
    }
  }

  /** Tells every sink, one after the other; one that fails does not keep the others from hearing. */
  async #tellAll(name: string, invocation: Invocation): Promise<number> {
    const { system } = this.#server
    let delivered = 0
    for (const sink of this.#connections.sinks) {
      const under = marshalInvocation(invocation, again)
      if (!('invocation' in under)) continue
      const request: Request = {
        at: sink,
        target: sink,
        asked: { operation: 'fire', name },
        perform: call => sink.invoke(call, under.invocation),
        over: under.release,
      }
      const calling = (stack: ThreadStack) =>
        new Promise<Reply>(resolve => makeCall(system, stack, request, system.clock.now(), resolve))
      const reply = await runInApartment(system, 'fire', this, calling)
      if (!failed(reply.hresult)) delivered++
      dropReply(reply)
    }
    return delivered
  }

  readonly #exporter = (value: object): MarshaledPointer | undefined => exported(this.#server, value)

  #connectable(iid: InterfaceId): HResultFailure | null {
    const { members } = this.object
    if (!members.events) return HResult.E_NOINTERFACE
    return members.events.iid === iid ? null : HResult.CONNECT_E_NOCONNECTION
  }

  #enumerate(): Reply {
    const { object } = this
    try {
      const items = object.items?.()
      if (!items) return refusal(HResult.DISP_E_MEMBERNOTFOUND)
      const { system, name } = this.#server
      const enumerator = new Enumerator({
        system,
        at: this,
        name,
        items,
        toVariant: value => toClient(value, name, 'an item', this.#exporter),
        failure: error => this.#failure(error),
      })
      const value = pointerTo(enumerator)
      enumerator.release()
      return success(value)
    } catch (error) {
      return this.#failure(error)
    }
  }

  async #run(
    incoming: ServedCall,
    invocation: Invocation,
    member: Member,
    run: Method,
    places: ArgumentPlaces,
  ): Promise<Reply> {
    const { system } = this.#server
    const { counts } = this.host.faults
    const all = [...invocation.args, ...invocation.named.map(({ value }) => value)]
    const holder = new CallHolder(this.#server)
    const changed = new Map<number, Variant>()
    const args = places.map((place): Variant => all[place ?? -1] ?? { type: 'missing' })
    const call = new EmulatedCall(system, incoming, {
      object: this.object,
      member: member.name,
      kind: invocation.kind,
      count: ++counts.calls,
      args,
      fire: (name, values) => this.fire(name, values),
      setArgument: (index, value, type) => {
        const place = places[index] ?? -1
        const what = `the value of argument ${index}`
        const variant = toClient(value, member.name, what, this.#exporter, type)
        const before = changed.get(place)
        changed.set(place, variant)
        releasePointers(before ?? null)
      },
    })
    let reply: Reply
    try {
      const values = args.map((each): ServerValue => fromClient(each, holder.remote))
      const result: unknown = await run.apply(this.object.state, [call, ...values])
      const setting = invocation.kind === 'set' || invocation.kind === 'set-reference'
      const value = setting ? null : this.#resultOf(result, member)
      reply = {
        ...success(value),
        outs: outsOf(invocation, changed, variant => copyVariant(variant, again)),
      }
    } catch (error) {
      for (const variant of changed.values()) releasePointers(variant)
      reply =
        error instanceof UnsupportedResult
          ? error.reply
          : errorReply(error, this.#server.name, n => places[n - 1] ?? -1)
    }
    holder.over()
    if (reply.hresult === HResult.RPC_E_CALL_CANCELED) counts.canceled++
    else counts.finished++
    return reply
  }

  #resultOf(result: unknown, member: Member): Variant {
    try {
      return toClient(result, member.name, 'the result', this.#exporter)
    } catch (error) {
      throw new UnsupportedResult({
        ...this.#failure(error),
        hresult: error instanceof RangeError ? HResult.DISP_E_OVERFLOW : HResult.DISP_E_BADVARTYPE,
      })
    }
  }

  #failure(error: unknown): Reply {
    return errorReply(error, this.#server.name)
  }

  #end(): void {
    const { object } = this
    const { host, system } = this.#server
    object.stubs.delete(host)
    if (object.stubs.size === 0) object.whenGone?.()
    this.#connections.clear()
    const { onRelease } = object.definition
    if (onRelease && host.alive) {
      const telling = runInApartment(system, 'onRelease', this.#server, async () =>
        onRelease.call(object.state),
      )
      // What it throws is the program's own fault, and nobody else's to hear.
      telling.catch((error: unknown) =>
        system.clock.soon(() => {
          throw error
        }),
      )
    }
    host.unuse('object')
  }
}

type HResultFailure = typeof HResult.E_NOINTERFACE | typeof HResult.CONNECT_E_NOCONNECTION

/** A result that Automation has no type for. */
class UnsupportedResult extends Error {
  readonly reply: Reply

  constructor(reply: Reply) {
    super('the result can not be passed')
    this.reply = reply
  }
}

/** Holds what a method was given until it has ended. */
class CallHolder implements ReferenceHolder {
  readonly #server: Server
  #given: RemoteObject[] | undefined = []

  constructor(server: Server) {
    this.#server = server
  }

  get system(): System {
    return this.#server.system
  }

  get apartment(): EmulatedApartment {
    return this.#server.apartment
  }

  get host(): Host {
    return this.#server.host
  }

  readonly exporter = (value: object): MarshaledPointer | undefined => exported(this.#server, value)
  readonly remote = (target: Target): RemoteObject => new RemoteObject(this, target)

  ownObject(target: Target): EmulatedObject | null {
    return target instanceof ServerObject && target.host === this.host ? target.object : null
  }

  untilOver(object: RemoteObject): void {
    // What comes of a kept object after the call is kept as well.
    if (this.#given) this.#given.push(object)
    else object.keep()
  }

  over(): void {
    const given = this.#given ?? []
    this.#given = undefined
    for (const object of given) object.dropUnlessKept()
  }
}

const handlerOf = (member: Member, kind: Invocation['kind']): Method | undefined => {
  switch (kind) {
    case 'call':
      return member.call ?? member.get
    case 'get':
      return member.get
    case 'set':
      return member.set
    case 'set-reference':
      return member.setReference
  }
}

/** Another reference on an object that is on its way. */
const again = (pointer: object): MarshaledPointer =>
  new MarshaledPointer((pointer as MarshaledPointer).target)

/** A reference on what a JavaScript object stands for: an object of this server's, or one it was given. */
const exported = (server: Server, value: object): MarshaledPointer | undefined => {
  if (value instanceof RemoteObject) {
    if (!value.target) throw new TypeError('the object was released; keep it')
    return new MarshaledPointer(value.target)
  }
  return value instanceof EmulatedObject ? exportObject(server, value) : undefined
}

/** A reference on an object of the server's own, which begins or goes on to live in its apartment. */
export const exportObject = (server: Server, object: EmulatedObject): MarshaledPointer => {
  const known = object.stubs.get(server.host)
  if (known instanceof ServerObject) return new MarshaledPointer(known)
  const made = new ServerObject(server, object)
  const marshaled = new MarshaledPointer(made)
  made.release()
  return marshaled
}
