// implementInterface: the handlers of an interface by vtable, for `thread.implement`.
import { ImplementedInterface } from './implemented-interface'
import type { ComInterface } from './interface'
import type { InterfaceMethods, MethodArguments, MethodResult } from './interface-types'
import type { ServerCall } from './server-call'
import type { ArgumentObject, ComObject, HandledCallTypes } from './thread-and-objects'

type Result<Method> =
  MethodResult<Method, ArgumentObject, 'given'> extends infer Given
    ? undefined extends Given
      ? unknown
      : Given extends readonly unknown[]
        ? Given | readonly Given[number][]
        : Given
    : never

/** Executes a method: gets the call, then the 'in' and 'inout' parameters, and returns the 'out' and 'inout' ones. */
type MethodHandler<Method> = {
  handle(
    call: ServerCall<HandledCallTypes>,
    ...args: MethodArguments<Method, ComObject, 'received'>
  ): Result<Method> | PromiseLike<Result<Method>>
}['handle']

/**
 * The two steps of an asynchronous method. The call is complete when the promise of `begin` resolves; `finish` gets its
 * value, and returns the 'out' and 'inout' parameters.
 */
interface MethodSteps<Method> {
  begin: {
    handle(
      call: ServerCall<HandledCallTypes>,
      ...args: MethodArguments<Method, ComObject, 'received'>
    ): unknown
  }['handle']
  finish: {
    // biome-ignore lint/suspicious/noExplicitAny: the value of `begin`, which the compiler cannot connect with this.
    handle(call: ServerCall<HandledCallTypes>, begun: any): Result<Method> | PromiseLike<Result<Method>>
  }['handle']
}

/** Functions by the names of methods, or the steps `begin` and `finish`. */
export type MethodHandlers<Methods extends InterfaceMethods> = {
  readonly [Name in keyof Methods]?: MethodHandler<Methods[Name]> | MethodSteps<Methods[Name]>
}

/**
 * The handlers of an interface that is called by vtable, for the option `interfaces` of `thread.implement`. With an
 * asynchronous interface the object also has ICallFactory: its callers need not wait. Callers of other apartments
 * need a proxy that is registered for the interface: without one they get E_NOINTERFACE.
 *
 * @param of The interface, made by `defineInterface`.
 * @param handlers Functions by the names of methods, or `{ begin, finish }`. A method without one returns E_NOTIMPL.
 * @throws TypeError or RangeError for bad handlers; RangeError for an interface with more than 64 methods (32 with an
 * asynchronous interface), or a method whose arguments have more than 31 words (two for a number of 64 bits, four for a
 * VARIANT or DECIMAL by value).
 * @example
 * const prime = implementInterface(IPrime, { IsPrime: { begin: (call, n) => work(n, call.signal), finish: (call, found) => found } })
 * using implementation = thread.implement({}, { interfaces: [prime] })
 */
export const implementInterface = <Methods extends InterfaceMethods>(
  of: ComInterface<Methods>,
  handlers: MethodHandlers<Methods>,
): ImplementedInterface => ImplementedInterface.make(of, handlers)
