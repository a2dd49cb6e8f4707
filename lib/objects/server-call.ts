// An incoming call, as the JavaScript that carries it out sees it.
import type { Binding, IncomingCall, OutArgument, ThreadId } from '../../binding'
import type { Outgoing } from '../calls/outgoing-arguments'
import { HResult } from '../errors/hresult'
import * as validate from '../errors/validate'
import { canceled } from '../functions/reference'
import { type Argument, TypedVariant, type VariantTypeName } from '../values/values'

/** How COM asked: for a method or a property, for a property only, or to set one, by value or by reference. */
export type CallKind = IncomingCall['kind']

/** Handed to every method that `thread.implement` or `object.connect` takes, as its first argument. */
export class ServerCall {
  /** The Windows id of the thread COM called on. */
  readonly threadId: ThreadId
  readonly kind: CallKind
  readonly dispid: number
  readonly #binding: Binding
  readonly #incoming: IncomingCall
  readonly #outgoing: Outgoing
  readonly #outs = new Map<number, OutArgument>()
  #controller: AbortController | undefined
  #canceled = false

  /** @internal Made for calls that come in. */
  constructor(binding: Binding, incoming: IncomingCall, outgoing: Outgoing) {
    this.threadId = incoming.threadId
    this.kind = incoming.kind
    this.dispid = incoming.dispid
    this.#binding = binding
    this.#incoming = incoming
    this.#outgoing = outgoing
  }

  /**
   * Whether the caller has canceled the call (S2). Nothing stops the method then but itself (S4); what it
   * returns is ignored. Throws ComError RPC_E_CALL_COMPLETE once the call has been answered.
   */
  testCancel(): boolean {
    return canceled('ServerCall.testCancel', this.#binding.testIncoming(this.#incoming.key))
  }

  /** Aborted when the caller cancels, with an AbortError as its reason. Pass it on to calls made on the way. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#canceled) this.#controller.abort()
    return this.#controller.signal
  }

  /**
   * Puts a value into an argument that came by reference; `index` counts the method's arguments after the
   * call, from 0. The caller gets it with the reply, as the type that the reference has.
   * Throws RangeError when there is no such argument or it came by value, TypeError or RangeError for a value
   * that can't be passed.
   */
  setArgument(index: number, value: Argument<object>): void {
    const where = 'ServerCall.setArgument'
    const position = validate.uint32(where, 'index', index)
    const argument = this.#incoming.args[position]
    if (!argument) throw new RangeError(`${where}: the call has no argument ${index}`)
    if (!argument.byRef) throw new RangeError(`${where}: argument ${index} came by value`)
    const place = `the value of argument ${index}`
    // The binding makes a single value of the reference's type; an array it can only take as it is.
    const asArray = argument.type === 'array' && !(value instanceof TypedVariant)
    const variant = asArray
      ? this.#outgoing.typed(`${argument.element}[]` as VariantTypeName, value, place)
      : this.#outgoing.value(value, place)
    this.#outs.set(position, { position, value: variant })
  }

  /** @internal What `setArgument` was given. */
  get outs(): OutArgument[] {
    return [...this.#outs.values()]
  }

  /** @internal The caller canceled. */
  cancel(): void {
    this.#canceled = true
    this.#controller?.abort()
  }
}

/** A handler that gave up because its caller did: any AbortError. */
export const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError'

/** What a handler returns when it gave up. */
export const GAVE_UP = HResult.RPC_E_CALL_CANCELED
