// The interfaces that an emulated object offers besides IDispatch, called by vtable and asynchronously.
import type { InterfaceId } from '../../../binding'
import * as validate from '../../errors/validate'
import { type ComInterface, interfaceOf, type MethodPart, type MethodShape } from '../../objects/interface'
import type { InterfaceMethods, MethodArguments, MethodResult } from '../../objects/interface-types'
import type { EmulatedCall } from './emulated-call'
import type { RemoteObject } from './remote-object'

/**
 * Executes a method, with the object's state as `this`: gets the call, then the 'in' and 'inout' parameters. Returns
 * the 'out' and 'inout' parameters as `callMethod` does: nothing, the only one, or an array of them. An error that it
 * throws is the client's error: an error with an `hresult` keeps it, an AbortError is RPC_E_CALL_CANCELED, and any other
 * error is E_FAIL with its message.
 */
export type InterfaceHandlers<Methods extends InterfaceMethods> = {
  readonly [Name in keyof Methods]?: {
    handle(
      call: EmulatedCall,
      ...args: MethodArguments<Methods[Name], RemoteObject, 'received'>
    ):
      | Returned<MethodResult<Methods[Name], object, 'given'>>
      | PromiseLike<Returned<MethodResult<Methods[Name], object, 'given'>>>
  }['handle']
}

/** A method without results may return anything. The compiler does not infer tuples here: an array of the same values is accepted. */
type Returned<Result> = undefined extends Result
  ? unknown
  : Result extends readonly unknown[]
    ? Result | readonly Result[number][]
    : Result

export interface EmulatedInterfaceOptions {
  /**
   * Whether the call objects of an object in the caller's own apartment have ICancelMethodCalls, which sets the `signal`
   * and `testCancel` of the call (A4, S6). Those of other objects always have it. Default true.
   */
  cancelable?: boolean | undefined
}

type Handler = (...args: readonly unknown[]) => unknown

/**
 * An interface with the functions of an emulated object; made by `emulatedInterface`.
 *
 * @example
 * emulator.registerClass({ progId: 'Test.Pipe', interfaces: [emulatedInterface(IPipeByte, { Push: () => {} })] })
 */
export class EmulatedInterface {
  /** @internal */
  readonly of: ComInterface
  /** @internal */
  readonly cancelable: boolean
  readonly #handlers: Readonly<Record<string, Handler>>

  private constructor(of: ComInterface, handlers: Readonly<Record<string, Handler>>, cancelable: boolean) {
    this.of = of
    this.#handlers = handlers
    this.cancelable = cancelable
  }

  /** @internal */
  static make(of: unknown, handlers: unknown, options: unknown): EmulatedInterface {
    const where = 'emulatedInterface'
    const checked = interfaceOf(where, of)
    const { cancelable = true } = validate.options<EmulatedInterfaceOptions>(where, options, {
      cancelable: true,
    })
    const functions = Object.entries(validate.object<Record<string, unknown>>(where, 'handlers', handlers))
    return new EmulatedInterface(
      checked,
      Object.fromEntries(
        functions.map(([name, each]) => {
          checked.shape(where, name)
          return [name, validate.callback<Handler>(where, `handlers.${name}`, each)]
        }),
      ),
      validate.boolean(where, 'options.cancelable', cancelable),
    )
  }

  /** @internal The method that a slot of the interface, or of its asynchronous one, calls. */
  find(iid: InterfaceId, slot: number): InterfaceCall | undefined {
    const found = this.of.find(iid, slot)
    return found && { ...found, handler: this.#handlers[found.method] }
  }
}

/** A method that is called. */
export interface InterfaceCall {
  readonly method: string
  readonly shape: MethodShape
  /** What the caller passes: all parameters, or those of Begin_. */
  readonly part: MethodPart
  /** Undefined: E_NOTIMPL. */
  readonly handler: Handler | undefined
}

/**
 * Gives an emulated object an interface that is called by vtable. With an asynchronous interface the object also has
 * ICallFactory: a method then runs while its caller continues, in an apartment of the server, or on a thread of its own
 * for an object of the caller's apartment.
 *
 * @param of The interface, made by `defineInterface`.
 * @param handlers Functions by the names of methods. A method without one returns E_NOTIMPL.
 * @param options Whether asynchronous calls can be canceled.
 * @throws TypeError or RangeError for a bad definition.
 * @example
 * emulator.registerClass({
 *   progId: 'Prime.Asynchronous',
 *   interfaces: [emulatedInterface(IPrime, { IsPrime: (call, n) => n === 2 })],
 * })
 */
export const emulatedInterface = <Methods extends InterfaceMethods>(
  of: ComInterface<Methods>,
  handlers: InterfaceHandlers<Methods>,
  options?: EmulatedInterfaceOptions,
): EmulatedInterface => EmulatedInterface.make(of, handlers, options)

/** The interfaces of a definition. Throws TypeError or RangeError for bad ones. */
export const interfacesOf = (where: string, value: unknown): readonly EmulatedInterface[] => {
  const list = validate.list(where, 'interfaces', value)
  const ids = new Set<InterfaceId>()
  return list.map((each, i) => {
    if (!(each instanceof EmulatedInterface))
      throw validate.wrongType(where, `interfaces[${i}]`, 'what emulatedInterface made', each)
    for (const iid of [each.of.iid, each.of.asyncIid]) {
      if (iid === null) continue
      if (ids.has(iid)) throw new RangeError(`${where}: two interfaces have the id ${iid}`)
      ids.add(iid)
    }
    return each
  })
}
