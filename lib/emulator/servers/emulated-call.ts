// The classes EmulatedCall and ActivationCall: the first arguments of an emulated server's functions.
import type { ThreadId, Variant } from '../../../binding'
import * as validate from '../../errors/validate'
import type { VariantTypeName } from '../../values/values'
import type { RunningCall } from '../calls/request'
import type { Milliseconds } from '../clock/clock'
import type { System } from '../threads/system'
import type { OwnObject } from './own-object'

/** The part of a call that methods and `create` have in common. */
export class CallOnServer {
  /** The thread that called. */
  readonly caller: ThreadId
  /** The thread that executes the call. */
  readonly threadId: ThreadId
  /** The apartment of that thread. */
  readonly apartment: 'sta' | 'mta'
  readonly #system: System
  readonly #call: RunningCall
  #controller: AbortController | undefined

  protected constructor(system: System, call: RunningCall) {
    this.#system = system
    this.#call = call
    this.caller = call.caller
    this.threadId = call.stack.thread.id
    this.apartment = call.stack.apartment.kind
  }

  /**
   * Whether the client has canceled the call (S2). The method runs on until it returns (S4), and its result is
   * ignored. Always false for a direct call, which can't be canceled (C14).
   */
  testCancel(): boolean {
    return this.#call.canceled
  }

  /** Aborted when the client cancels. `delay` does not use it. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      const controller = new AbortController()
      this.#controller = controller
      if (this.#call.canceled) controller.abort()
      else {
        const { thread } = this.#call.stack
        this.#call.onCancel(() => this.#system.post(thread, () => controller.abort()))
      }
    }
    return this.#controller.signal
  }

  /**
   * Resolves after `ms` milliseconds, also when the client cancels. `await` it in a method that does not check for a
   * cancel. It never resolves if the server's process ends earlier.
   */
  delay(ms: Milliseconds): Promise<void> {
    const checked = validate.milliseconds('call.delay', 'ms', ms)
    const { host } = this.#call.request.at
    return new Promise(resolve => {
      if (!host.alive) return
      const timer = this.#system.clock.after(checked, () => {
        host.timers.delete(timer)
        resolve()
      })
      host.timers.add(timer)
    })
  }
}

/** The argument of `create`. */
export class ActivationCall extends CallOnServer {
  /** The ProgID, the CLSID in braces, or the display name that the client has requested. */
  readonly name: string

  private constructor(system: System, call: RunningCall, name: string) {
    super(system, call)
    this.name = name
  }

  /** @internal */
  static make(system: System, call: RunningCall, name: string): ActivationCall {
    return new ActivationCall(system, call, name)
  }
}

/** A call of a member, in the server. */
export interface CallDetails {
  object: OwnObject
  member: string
  kind: 'call' | 'get' | 'set' | 'set-reference'
  count: number
  args: readonly Variant[]
  fire(name: string, args: readonly unknown[]): Promise<number>
  setArgument(index: number, value: unknown, type: VariantTypeName | undefined): void
}

/** The first argument of every method and property. */
export class EmulatedCall extends CallOnServer {
  /** The EmulatedObject that is called. A method can return it. */
  readonly object: OwnObject
  /** The member's name, as it was registered. */
  readonly member: string
  readonly kind: CallDetails['kind']
  /** The number of calls of members that the server has had, including this one. */
  readonly count: number
  /** The arguments as the client passed them, with their Automation types. */
  readonly args: readonly Variant[]
  readonly #details: CallDetails

  private constructor(system: System, call: RunningCall, details: CallDetails) {
    super(system, call)
    this.object = details.object
    this.member = details.member
    this.kind = details.kind
    this.count = details.count
    this.args = details.args
    this.#details = details
  }

  /** @internal */
  static make(system: System, call: RunningCall, details: CallDetails): EmulatedCall {
    return new EmulatedCall(system, call, details)
  }

  /**
   * Fires an event of the object. The thread is blocked in each handler until it has replied. Resolves to the number
   * of handlers that returned without failing. An argument made by `byRef` (`byRef(variant('bool', false))` for a
   * `Cancel`) then has the value that the handlers have set, one after the other. Rejects with RangeError for an event
   * that is not registered, with TypeError or RangeError for arguments that cannot be passed.
   */
  fire(name: string, ...args: readonly unknown[]): Promise<number> {
    return this.#details.fire(name, args)
  }

  /**
   * Puts a value into an argument that was passed by reference. `index` counts the function's arguments after the
   * call, from 0. The client gets the value with the reply. A reference to a type accepts only values of that type.
   * Throws RangeError when there is no such argument or it was passed by value, TypeError or RangeError for a value
   * that can't be passed.
   */
  setArgument(index: number, value: unknown): void {
    const where = 'call.setArgument'
    const argument = this.args[validate.uint32(where, 'index', index)]
    if (!argument) throw new RangeError(`${where}: the call has no argument ${index}`)
    if (!argument.byRef) throw new RangeError(`${where}: argument ${index} is passed by value`)
    const type = argument.type === 'array' ? (`${argument.element}[]` as VariantTypeName) : argument.type
    this.#details.setArgument(index, value, argument.byRef === 'variant' ? undefined : type)
  }
}
