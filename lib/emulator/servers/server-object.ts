// The COM object of an EmulatedObject: reference-counted, in an apartment, called by Automation operations.
import type { InterfaceId, Invocation, MethodCall, Operation, Variant } from '../../../binding'
import { HResult } from '../../errors/hresult'
import { releasePointers } from '../../values/from-variant'
import { DISPID_NEWENUM, defaultMember } from '../../values/values'
import type { Host, Place } from '../apartments/host'
import type { EmulatedApartment } from '../apartments/thread-stack'
import { MarshaledPointer, pointerTo } from '../calls/marshaled-pointer'
import { type Reply, refusal, success } from '../calls/reply'
import type { RunningCall } from '../calls/request'
import { runInApartment } from '../calls/run-in-apartment'
import { Target } from '../calls/target'
import { quantity } from '../objects/live-objects'
import type { System } from '../threads/system'
import { placesFor } from './argument-binding'
import { Connections } from './connections'
import { indexesOf, invokeDefault } from './default-member'
import type { Method } from './definition'
import { descriptionOf } from './description'
import { EmulatedObject, type Stub } from './emulated-object'
import { Enumerator, iteratorOf } from './enumerator'
import { errorReply } from './error-reply'
import { runInterfaceMethod } from './interface-call'
import type { EmulatedInterface } from './interfaces'
import type { ServerMember } from './members'
import { runMethod } from './method-call'
import { RemoteObject } from './remote-object'
import type { Server } from './server'
import { argumentOf, receiveOuts, toClient } from './server-values'

class ServerObject extends Target implements Stub {
  readonly object: EmulatedObject
  readonly #server: Server
  readonly #connections = new Connections()
  #released = false

  /** The caller owns the first reference. */
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
    return this.#connections.count
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
    if (this.references === 0) this.disconnect()
  }

  /** The server releases it: at its last reference, or when its host process is closed. */
  override disconnect(): void {
    if (this.#released) return
    this.#released = true
    this.#end()
  }

  ask(operation: Operation, call: RunningCall): Reply | Promise<Reply> {
    switch (operation.kind) {
      case 'look-up': {
        const value = this.object.members.dispidOf(operation.member)
        return value === undefined ? refusal(HResult.DISP_E_UNKNOWNNAME) : success({ type: 'i4', value })
      }
      case 'is': // needs no call to the server
      case 'server-process': // nor does this
      case 'next':
      case 'cancel-call': // a call object has these three
      case 'test-call':
      case 'wait-call':
        return refusal(HResult.E_NOINTERFACE)
      case 'method':
        return this.#callMethod(operation, call)
      case 'create-call':
        return this.#createCall(operation.iid)
      case 'events':
        return this.#events(operation.iid)
      case 'describe':
        return { ...success(), description: descriptionOf(this.object, operation.brief) }
      // A definition belongs to no type library.
      case 'describe-library':
        return refusal(HResult.E_NOTIMPL)
      case 'advise':
        return this.#advise(operation.iid, MarshaledPointer.of(operation.sink))
      case 'unadvise': {
        const failure = this.#connectFailure(operation.iid)
        return failure === null ? this.#connections.unadvise(operation.cookie) : refusal(failure)
      }
      default:
        return this.#invoke(operation, call)
    }
  }

  async fire(name: string, args: readonly unknown[], remote = this.#kept): Promise<number> {
    const { system, exporter } = this.#server
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
        values.push(argumentOf(each, name, `argument ${i + 1}`, exporter))
      const event: Invocation = { member, kind: 'call', args: values, named: [] }
      const { delivered, outs } = await this.#connections.fire(system, this, name, event)
      receiveOuts(args, outs, remote)
      for (const out of outs) releasePointers(out.value)
      return delivered
    } finally {
      for (const value of values) releasePointers(value)
    }
  }

  override get hasDefaultMember(): boolean {
    return this.object.members.find(defaultMember) !== undefined
  }

  /** An object that a handler has put into an argument of an event that no call has fired. */
  readonly #kept = (target: Target): RemoteObject =>
    RemoteObject.make({ server: this.#server, untilOver: object => object.keep() }, target)

  #invoke(invocation: Invocation, call: RunningCall): Reply | Promise<Reply> {
    const { members } = this.object
    const { member, kind, args, named } = invocation
    const byName = typeof member === 'string'
    const dispid = byName ? members.dispidOf(member) : member
    if (dispid === undefined) return refusal(HResult.DISP_E_UNKNOWNNAME)
    // GetIDsOfNames resolves names of arguments only in one call with the name of their member.
    if (!byName && named.length > 0) return refusal(HResult.DISP_E_UNKNOWNNAME, args.length)
    const found = members.find(dispid)
    if (!found && dispid === DISPID_NEWENUM && (kind === 'call' || kind === 'get')) return this.#enumerate()
    if (found?.plain && found.get && named.length === 0 && indexesOf(invocation) > 0) {
      const got = this.ask({ kind: 'get', member: dispid, args: [], named: [] }, call)
      return invokeDefault(this.#server, invocation, call, got)
    }
    const method = found && methodFor(found, kind)
    if (!method) return refusal(HResult.DISP_E_MEMBERNOTFOUND)
    const places = placesFor(found, invocation)
    if ('hresult' in places) return places
    return runMethod({
      server: this.#server,
      object: this.object,
      member: found,
      method,
      call,
      invocation,
      places,
      fire: (name, values, remote) => this.fire(name, values, remote),
    })
  }

  #callMethod(operation: MethodCall, call: RunningCall): Reply | Promise<Reply> {
    const of = this.#interfaceOf(operation.iid)
    if (!of) return refusal(HResult.E_NOINTERFACE)
    const called = of.find(operation.iid, operation.slot)
    // A description with other slots than the server's: a real program would crash or call another method.
    if (!called) return refusal(HResult.E_NOTIMPL)
    return runInterfaceMethod({
      server: this.#server,
      object: this.object,
      called,
      operation,
      call,
      fire: (name, values, remote) => this.fire(name, values, remote),
    })
  }

  /** ICallFactory::CreateCall. The client makes the call object; the value says whether its calls can be canceled (A4). */
  #createCall(iid: InterfaceId): Reply {
    const of = this.#interfaceOf(iid)
    if (of?.of.asyncIid !== iid) return refusal(HResult.E_NOINTERFACE)
    return success({ type: 'bool', value: of.cancelable })
  }

  #interfaceOf(iid: InterfaceId): EmulatedInterface | undefined {
    return this.object.members.interfaces.find(({ of }) => of.iid === iid || of.asyncIid === iid)
  }

  #events(iid: InterfaceId | null): Reply {
    const { members } = this.object
    if (!members.events) return refusal(HResult.E_NOINTERFACE)
    const events = members.eventsFor(iid)
    if (!events) return refusal(HResult.CONNECT_E_NOCONNECTION)
    return { ...success(), events: { iid: events.iid, members: { ...events.members } } }
  }

  #advise(iid: InterfaceId, sink: MarshaledPointer): Reply {
    // Nothing would release the sink.
    if (this.#released) return refusal(HResult.RPC_E_DISCONNECTED)
    const failure = this.#connectFailure(iid)
    if (failure !== null) return refusal(failure)
    // As in most servers, a sink needs the event interface or IDispatch.
    if (sink.target.iid !== iid && !sink.target.dispatches) return refusal(HResult.CONNECT_E_CANNOTCONNECT)
    return this.#connections.advise(sink.take())
  }

  /** Why the events of the interface can't be connected to; null where they can. */
  #connectFailure(iid: InterfaceId): ConnectFailure | null {
    const { members } = this.object
    if (!members.events) return HResult.E_NOINTERFACE
    return members.events.iid === iid ? null : HResult.CONNECT_E_NOCONNECTION
  }

  async #enumerate(): Promise<Reply> {
    const { object } = this
    const { system, name, exporter } = this.#server
    try {
      const { items } = object
      if (!items) return refusal(HResult.DISP_E_MEMBERNOTFOUND)
      const iterator = iteratorOf(await items())
      const enumerator = new Enumerator({
        system,
        at: this,
        name,
        iterator,
        toVariant: value => toClient(value, name, 'an item', exporter),
        failure: error => errorReply(error, name),
      })
      const value = pointerTo(enumerator)
      enumerator.release()
      return success(value)
    } catch (error) {
      return errorReply(error, name)
    }
  }

  #end(): void {
    const { object } = this
    const { host, system } = this.#server
    object.stubs.delete(host)
    if (object.stubs.size === 0) object.whenGone?.()
    this.#connections.clear()
    const { onRelease } = object.definition
    if (onRelease && host.alive) {
      const released = runInApartment(system, 'onRelease', this.#server, async () =>
        onRelease.call(object.state),
      )
      // No client can get an error of onRelease: it becomes an uncaught exception.
      released.catch((error: unknown) =>
        system.clock.soon(() => {
          throw error
        }),
      )
    }
    host.unuse('object')
  }
}

type ConnectFailure = typeof HResult.E_NOINTERFACE | typeof HResult.CONNECT_E_NOCONNECTION

const methodFor = (member: ServerMember, kind: Invocation['kind']): Method | undefined => {
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

/** A marshaled pointer to an object of the server's own, which is created in the apartment where it has no COM object. */
export const exportObject = (server: Server, object: EmulatedObject): MarshaledPointer => {
  const known = object.stubs.get(server.host)
  if (known instanceof ServerObject) return new MarshaledPointer(known)
  const made = new ServerObject(server, object)
  const pointer = new MarshaledPointer(made)
  made.release()
  return pointer
}

export const newServer = (system: System, name: string, { apartment, host }: Place): Server => {
  const server: Server = {
    system,
    name,
    apartment,
    host,
    exporter: value => {
      if (!(value instanceof RemoteObject))
        return value instanceof EmulatedObject ? exportObject(server, value) : undefined
      if (!value.target) throw new TypeError('the object was released; keep it')
      return new MarshaledPointer(value.target)
    },
    ownObject: target => (target instanceof ServerObject && target.host === host ? target.object : null),
  }
  return server
}
