// An object that a method of an emulated server was given: a client's, another server's, or one of its own.
import type { Variant } from '../../../binding'
import { succeeded } from '../../calls/outcome'
import { memberName } from '../../errors/call-error'
import { ComError } from '../../errors/errors'
import { HResult } from '../../errors/hresult'
import * as validate from '../../errors/validate'
import { releasePointers } from '../../values/from-variant'
import { ByRef } from '../../values/values'
import type { Place } from '../apartments/host'
import type { ThreadStack } from '../apartments/thread-stack'
import { marshalInvocation } from '../calls/marshal'
import { MarshaledPointer } from '../calls/marshaled-pointer'
import { makeCall } from '../calls/outgoing-call'
import { dropReply, type Reply } from '../calls/reply'
import { runInApartment } from '../calls/run-in-apartment'
import type { Request } from '../calls/served-call'
import type { Invocation, Target } from '../calls/target'
import type { System } from '../threads/system'
import type { EmulatedObject } from './emulated-object'
import { type Exporter, fromClient, type ServerValue, toClient } from './server-values'

/** Whoever was given it. */
export interface ReferenceHolder extends Place {
  readonly system: System
  readonly exporter: Exporter
  /** The server's own object behind a COM object, if it is one. */
  ownObject(target: Target): EmulatedObject | null
  /** Has the reference given back when the call is over, unless the object is kept until then. */
  untilOver(object: RemoteObject): void
}

/** A whole argument, which may be one by reference. */
const argumentOf = (value: unknown, where: string, place: string, exporter: Exporter): Variant => {
  if (!(value instanceof ByRef)) return toClient(value, where, place, exporter)
  const variant = toClient(value.value, where, place, exporter, value.type)
  return { ...variant, byRef: value.type === undefined ? 'variant' : true }
}

/**
 * It can be called until the method has ended, and longer if it is kept. Calls block the server's thread, as
 * calls to objects do, and are calls of that thread: a client in a single-threaded apartment, or a server that
 * is, carries them out while it waits. They reject with ComError as those of a CountedObject.
 */
export class RemoteObject {
  readonly #holder: ReferenceHolder
  #target: Target | null
  #kept = false

  /** @internal Takes a reference of its own. */
  constructor(holder: ReferenceHolder, target: Target) {
    this.#holder = holder
    this.#target = target
    target.addRef()
    holder.host.given.add(this)
    holder.untilOver(this)
  }

  /** @internal The object; null once it was released. */
  get target(): Target | null {
    return this.#target
  }

  /** The object itself where it is one of this server's own; else null. */
  get object(): EmulatedObject | null {
    return this.#target && this.#holder.ownObject(this.#target)
  }

  /** Calls a method, or gets a property with arguments. A ByRef among them has its new value when it is back. */
  call(member: string | number, ...args: readonly unknown[]): Promise<ServerValue> {
    return this.#invoke('call', member, args)
  }

  /** Gets a property. */
  get(member: string | number, ...args: readonly unknown[]): Promise<ServerValue> {
    return this.#invoke('get', member, args)
  }

  /** Sets a property; the value comes last, after the indexes of an indexed one. */
  async set(member: string | number, ...args: readonly unknown[]): Promise<void> {
    await this.#invoke('set', member, args)
  }

  /** Sets a property to an object itself (DISPATCH_PROPERTYPUTREF). */
  async setReference(member: string | number, ...args: readonly unknown[]): Promise<void> {
    await this.#invoke('set-reference', member, args)
  }

  /** Keeps the object beyond the call: until `release`, or the end of the server. */
  keep(): this {
    this.#kept = true
    return this
  }

  /** @internal The call is over in which the object was given. */
  dropUnlessKept(): void {
    if (!this.#kept) this.release()
  }

  /** Gives it up. A second time it does nothing. */
  release(): void {
    const target = this.#target
    this.#target = null
    this.#holder.host.given.delete(this)
    target?.release()
  }

  async #invoke(
    kind: Invocation['kind'],
    member: string | number,
    args: readonly unknown[],
  ): Promise<ServerValue> {
    const { system, exporter } = this.#holder
    const where = memberName(validate.member('RemoteObject', member))
    const target = this.#target
    if (!target) throw new ComError(HResult.RPC_E_DISCONNECTED, where, 'the object was released; keep it')
    const values: Variant[] = []
    try {
      for (const [i, each] of args.entries())
        values.push(argumentOf(each, where, `argument ${i + 1}`, exporter))
    } catch (error) {
      for (const value of values) releasePointers(value)
      throw error
    }
    const under = marshalInvocation({ member, kind, args: values, named: [] }, pointer =>
      MarshaledPointer.of(pointer),
    )
    if (!('invocation' in under)) throw new ComError(under.hresult, where)
    const { invocation, release } = under
    const request: Request = {
      at: target,
      target,
      asked: { operation: 'invoke', name: member },
      perform: call => target.invoke(call, invocation),
      over: release,
    }
    const calling = (stack: ThreadStack) =>
      new Promise<Reply>(resolve => makeCall(system, stack, request, system.clock.now(), resolve))
    const reply = await runInApartment(system, where, this.#holder, calling).catch((error: unknown) => {
      release()
      throw error
    })
    const { value } = succeeded(where, reply) as Reply
    const remote = (each: Target) => new RemoteObject(this.#holder, each)
    const result = value ? fromClient(value, remote) : undefined
    for (const out of reply.outs) {
      const reference = args[out.position]
      if (reference instanceof ByRef) reference.value = fromClient(out.value, remote)
    }
    dropReply(reply)
    return result
  }
}
