// An object that a method of an emulated server was passed: a client's, another server's, or one of its own.
import type { Invocation, Variant } from '../../../binding'
import { memberName, succeeded } from '../../errors/call-error'
import { ComError } from '../../errors/errors'
import { HResult } from '../../errors/hresult'
import * as validate from '../../errors/validate'
import { discardOutcome, releasePointers } from '../../values/from-variant'
import type { Value } from '../../values/values'
import { marshalOperation } from '../calls/marshal'
import { MarshaledPointer } from '../calls/marshaled-pointer'
import type { Reply } from '../calls/reply'
import { callFromApartment } from '../calls/run-in-apartment'
import { requestOf, type Target } from '../calls/target'
import type { OwnObject } from './own-object'
import type { Server } from './server'
import { argumentOf, fromClient, receiveOuts } from './server-values'

/** An argument of a method: as ComResult, with RemoteObjects for objects. */
export type ServerValue = Value<RemoteObject>

/** The call in which the object was passed. */
export interface ReferenceHolder {
  /** The server that was passed the object. */
  readonly server: Server
  /** Releases the object when the call is over, unless the object is kept until then. */
  untilOver(object: RemoteObject): void
}

export interface RemoteSetOptions {
  /** The indexes of an indexed property. */
  args?: readonly unknown[] | undefined
}

const indexesIn = (where: string, options: unknown): readonly unknown[] => {
  const { args } = validate.options<RemoteSetOptions>(where, options, { args: true })
  return validate.list(where, 'options.args', args)
}

/**
 * An object that a client passed. It can be called until the method has ended, and longer after `keep`. A call blocks
 * the server's thread, as every COM call does; a single-threaded client or server executes incoming calls while it
 * waits. The methods take the same arguments as those of a ComObject, and reject with ComError as those do.
 */
export class RemoteObject {
  readonly #holder: ReferenceHolder
  #target: Target | null
  #kept = false

  private constructor(holder: ReferenceHolder, target: Target) {
    this.#holder = holder
    this.#target = target
    target.addRef()
    holder.server.host.references.add(this)
    holder.untilOver(this)
  }

  /** @internal Takes a reference of its own. */
  static make(holder: ReferenceHolder, target: Target): RemoteObject {
    return new RemoteObject(holder, target)
  }

  /** @internal The object; null after `release`. */
  get target(): Target | null {
    return this.#target
  }

  /** The EmulatedObject itself, if the object is one of this server; else null. */
  get object(): OwnObject | null {
    return this.#target && this.#holder.server.ownObject(this.#target)
  }

  /**
   * Calls a method, or gets a property with arguments, as `ComObject.call`. A ByRef argument then has its new value.
   */
  async call(member: string | number, args?: readonly unknown[]): Promise<ServerValue> {
    return this.#invoke('call', member, validate.list('RemoteObject.call', 'args', args))
  }

  /** Gets a property; `args` are the indexes of an indexed property. */
  async get(member: string | number, args?: readonly unknown[]): Promise<ServerValue> {
    return this.#invoke('get', member, validate.list('RemoteObject.get', 'args', args))
  }

  /** Sets a property. */
  async set(member: string | number, value: unknown, options?: RemoteSetOptions): Promise<void> {
    await this.#invoke('set', member, [...indexesIn('RemoteObject.set', options), value])
  }

  /** Sets a property to an object itself (DISPATCH_PROPERTYPUTREF). */
  async setReference(member: string | number, value: unknown, options?: RemoteSetOptions): Promise<void> {
    const where = 'RemoteObject.setReference'
    await this.#invoke('set-reference', member, [...indexesIn(where, options), value])
  }

  /** Keeps the object beyond the call: until `release`, or the end of the server. */
  keep(): this {
    this.#kept = true
    return this
  }

  /** @internal The call that passed the object is over. */
  dropUnlessKept(): void {
    if (!this.#kept) this.release()
  }

  /** Releases the object. A second call does nothing. */
  release(): void {
    const target = this.#target
    this.#target = null
    this.#holder.server.host.references.delete(this)
    target?.release()
  }

  async #invoke(
    kind: Invocation['kind'],
    member: string | number,
    args: readonly unknown[],
  ): Promise<ServerValue> {
    const { server } = this.#holder
    const where = memberName(validate.member('RemoteObject', member))
    const target = this.#target
    if (!target) throw new ComError(HResult.RPC_E_DISCONNECTED, where, 'the object was released; keep it')
    const values: Variant[] = []
    try {
      for (const [i, each] of args.entries())
        values.push(argumentOf(each, where, `argument ${i + 1}`, server.exporter))
    } catch (error) {
      for (const value of values) releasePointers(value)
      throw error
    }
    const marshaled = marshalOperation({ kind, member, args: values, named: [] }, MarshaledPointer.of)
    if (!('operation' in marshaled)) throw new ComError(marshaled.hresult, where)
    const request = requestOf(target, marshaled.operation, marshaled.release)
    const reply: Reply = await callFromApartment(server.system, where, server, request)
    const setting = kind === 'set' || kind === 'set-reference'
    const { value } = succeeded(where, reply, { passed: { positional: args.length, named: [], setting } })
    const remote = (each: Target) => RemoteObject.make(this.#holder, each)
    const result = value ? fromClient(value, remote) : undefined
    receiveOuts(args, reply.outs, remote)
    discardOutcome(reply)
    return result
  }
}
