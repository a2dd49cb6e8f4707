// The class ServerCall: an incoming call, the first argument of handlers.
import type { Binding, IncomingCall, OutArgument, ThreadId } from '../../binding'
import type { OutgoingArguments } from '../calls/outgoing-arguments'
import * as validate from '../errors/validate'
import { canceled } from '../functions/reference'
import { copyBlocks } from '../values/blocks'
import { type Argument, TypedVariant, type VariantTypeName } from '../values/values'

/**
 * 'call': a method or a property get; 'get': a property get; 'set' and 'set-reference': a property set by
 * value or by reference.
 */
export type CallKind = IncomingCall['kind']

/** The types that a ServerCall accepts. */
export interface ServerCallTypes {
  /** The objects that can be passed; see Argument. */
  object: unknown
}

/**
 * An incoming call: the first argument of the handlers of `thread.implement` and `object.connect`.
 *
 * @example
 * thread.implement({ async Search(call, text) { return search(text, { signal: call.signal }) } })
 */
export class ServerCall<Types extends ServerCallTypes = { object: object }> {
  /** The Windows id of the thread that received the call. */
  readonly threadId: ThreadId
  readonly kind: CallKind
  readonly dispid: number
  readonly #binding: Binding
  readonly #incoming: IncomingCall
  readonly #outgoing: OutgoingArguments
  readonly #outs = new Map<number, OutArgument>()
  #controller: AbortController | undefined
  #canceled = false
  #disconnected = false

  private constructor(binding: Binding, incoming: IncomingCall, outgoing: OutgoingArguments) {
    this.threadId = incoming.threadId
    this.kind = incoming.kind
    this.dispid = incoming.dispid
    this.#binding = binding
    this.#incoming = incoming
    this.#outgoing = outgoing
  }

  /** @internal Made for incoming calls. */
  static make(binding: Binding, incoming: IncomingCall, outgoing: OutgoingArguments): ServerCall {
    return new ServerCall(binding, incoming, outgoing)
  }

  /**
   * Returns whether the caller has canceled the call (S2), or the thread was closed. A cancel does not end the
   * handler (S4); the result of a canceled handler is ignored.
   *
   * @throws ComError RPC_E_CALL_COMPLETE once the call has a reply.
   */
  testCancel(): boolean {
    if (this.#disconnected) return true
    return canceled('ServerCall.testCancel', this.#binding.testIncoming(this.#incoming.key))
  }

  /**
   * A signal that is aborted, with an AbortError, when the caller cancels or the thread is closed. Pass it to the
   * calls that the handler makes.
   */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#canceled) this.#controller.abort()
    return this.#controller.signal
  }

  /**
   * Sets the new value of a by-reference argument; `index` is its position among the arguments, from 0. The
   * reply passes it to the caller, with the type of the reference.
   *
   * @param index The position among the arguments, from 0.
   * @param value The new value.
   * @throws RangeError when there is no such argument or it is passed by value, TypeError or RangeError for a
   * value that cannot be passed.
   * @example
   * BeforeClose(call, cancel) { call.setArgument(0, true) }
   */
  setArgument(index: number, value: Argument<Types['object']>): void {
    const where = 'ServerCall.setArgument'
    const position = validate.uint32(where, 'index', index)
    const argument = this.#incoming.args[position]
    if (!argument) throw new RangeError(`${where}: the call has no argument ${index}`)
    if (!argument.byRef) throw new RangeError(`${where}: argument ${index} is passed by value`)
    const place = `the value of argument ${index}`
    // The binding converts single values to the type of the reference, but not arrays.
    const asArray = argument.type === 'array' && !(value instanceof TypedVariant)
    const variant = asArray
      ? this.#outgoing.typed(`${argument.element}[]` as VariantTypeName, value, place)
      : this.#outgoing.value(value, place)
    copyBlocks(variant)
    this.#outs.set(position, { position, value: variant })
  }

  /** @internal The values of `setArgument`. */
  get outs(): OutArgument[] {
    return [...this.#outs.values()]
  }

  /** @internal Whether the caller canceled, or the thread was closed. */
  get canceled(): boolean {
    return this.#canceled
  }

  /** @internal The caller canceled. */
  cancel(): void {
    this.#canceled = true
    this.#controller?.abort()
  }

  /** @internal The thread was closed, and the caller has its reply. */
  disconnect(): void {
    this.#disconnected = true
    this.cancel()
  }
}
