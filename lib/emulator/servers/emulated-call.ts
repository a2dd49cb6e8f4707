// A call as the method of an emulated server sees it.
import type { ThreadId, Variant } from '../../../binding'
import * as validate from '../../errors/validate'
import type { VariantTypeName } from '../../values/values'
import type { RunningCall } from '../calls/request'
import type { Milliseconds } from '../clock/clock'
import type { System } from '../threads/system'
import type { OwnObject } from './own-object'

/** What methods and `create` alike can know of the call that they carry out. */
export class ServerSide {
  /** The thread that called. */
  readonly caller: ThreadId
  /** The thread the call is carried out on. */
  readonly threadId: ThreadId
  /** The apartment it is carried out in. */
  readonly apartment: 'sta' | 'mta'
  readonly #system: System
  readonly #incoming: RunningCall
  #controller: AbortController | undefined

  /** @internal Made for calls that come in. */
  constructor(system: System, incoming: RunningCall) {
    this.#system = system
    this.#incoming = incoming
    this.caller = incoming.caller
    this.threadId = incoming.stack.thread.id
    this.apartment = incoming.stack.apartment.kind
  }

  /**
   * Whether the client has canceled the call (S2). Nothing stops the method then but itself (S4); what it
   * returns is ignored. Never true for a direct call, which can't be canceled (C14).
   */
  testCancel(): boolean {
    return this.#incoming.canceled
  }

  /** Aborted when the client cancels: what is given it ends early, which `delay` and plain code don't. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      const controller = new AbortController()
      this.#controller = controller
      if (this.#incoming.canceled) controller.abort()
      else {
        const { thread } = this.#incoming.stack
        this.#incoming.onCancel(() => this.#system.post(thread, () => controller.abort()))
      }
    }
    return this.#controller.signal
  }

  /** Takes time, as a method that is at work and does not look whether it was canceled. */
  delay(ms: Milliseconds): Promise<void> {
    const checked = validate.milliseconds('call.delay', 'ms', ms)
    return new Promise(resolve => {
      this.#system.clock.after(checked, resolve)
    })
  }
}

/** Handed to `create`. */
export class ActivationCall extends ServerSide {
  /** What the client asked for: a ProgID, a CLSID in braces, or the name that a moniker stands for. */
  readonly name: string

  /** @internal */
  constructor(system: System, incoming: RunningCall, name: string) {
    super(system, incoming)
    this.name = name
  }
}

/** What the server knows of one call of a member. */
export interface CallDetails {
  object: OwnObject
  member: string
  kind: 'call' | 'get' | 'set' | 'set-reference'
  count: number
  args: readonly Variant[]
  fire(name: string, args: readonly unknown[]): Promise<number>
  setArgument(index: number, value: unknown, type: VariantTypeName | undefined): void
}

/** Handed to every method and property, as its first argument. */
export class EmulatedCall extends ServerSide {
  /** The object that is called; a method that returns it returns the object itself. */
  readonly object: OwnObject
  /** The member's name, as it was registered. */
  readonly member: string
  readonly kind: CallDetails['kind']
  /** How many calls of members the server has seen, this one included. */
  readonly count: number
  /** The arguments as they came, with their Automation types. */
  readonly args: readonly Variant[]
  readonly #details: CallDetails

  /** @internal */
  constructor(system: System, incoming: RunningCall, details: CallDetails) {
    super(system, incoming)
    this.object = details.object
    this.member = details.member
    this.kind = details.kind
    this.count = details.count
    this.args = details.args
    this.#details = details
  }

  /**
   * Fires an event of the object, with the thread blocked in each handler until it has replied. Fulfils with how
   * many handlers took it without failing. Rejects with RangeError for an event that was not registered,
   * TypeError or RangeError for arguments that can't be passed.
   */
  fire(name: string, ...args: readonly unknown[]): Promise<number> {
    return this.#details.fire(name, args)
  }

  /**
   * Puts a value into an argument that came by reference; `index` counts the function's arguments after the
   * call, from 0. The client gets it with the reply. A reference to a type takes only values of that type.
   * Throws RangeError when there is no such argument or it came by value, TypeError or RangeError for a value
   * that can't be passed.
   */
  setArgument(index: number, value: unknown): void {
    const where = 'call.setArgument'
    const argument = this.args[validate.uint32(where, 'index', index)]
    if (!argument) throw new RangeError(`${where}: the call has no argument ${index}`)
    if (!argument.byRef) throw new RangeError(`${where}: argument ${index} came by value`)
    const type = argument.type === 'array' ? (`${argument.element}[]` as VariantTypeName) : argument.type
    this.#details.setArgument(index, value, argument.byRef === 'variant' ? undefined : type)
  }
}
