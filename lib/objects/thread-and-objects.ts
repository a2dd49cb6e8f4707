// The classes ComThread, ComObject and ComImplementation, which name one another, and their values.
import type { Activation, BindingThread, HRESULT, ThreadId } from '../../binding'
import { abandonedThreads } from '../calls/abandoned-threads'
import { type CallLimits, type CallOptions, callOptions, limitsOf } from '../calls/call-limits'
import { Caller, type ComThreadState } from '../calls/call-runner'
import { HeldPointer, registerPointer } from '../calls/held-pointer'
import type { HostProcess } from '../calls/host-process'
import { invoke, runJob, runOperation } from '../calls/invoke'
import { aliveUntil } from '../calls/keep-alive'
import { inScope } from '../calls/pointer-scope'
import { succeeded } from '../errors/call-error'
import { ComError } from '../errors/errors'
import { failed, HResult } from '../errors/hresult'
import { dispinterfaceId } from '../errors/interfaces'
import * as validate from '../errors/validate'
import { type CancelOptions, secondsOf } from '../functions/functions'
import { waitOptions } from '../functions/raw'
import { type CancelOutcome, cancelOutcome } from '../functions/reference'
import { type ProxyBlanketOptions, proxyBlanketOf, proxyBlanketOptions } from '../functions/security'
import { type ObjectMaker, releasePointers } from '../values/from-variant'
import type { Argument, Column, Value } from '../values/values'
import {
  activate,
  activeActivation,
  type CreateOptions,
  createOptions,
  type GetObjectOptions,
  getObjectOptions,
  libraryActivation,
  monikerActivation,
} from './activation'
import { type ComCall, callAsync, createCall } from './com-call'
import type { MembersOfClass } from './com-classes'
import { ComHost } from './com-host'
import { type ComConnection, type ConnectOptions, connect } from './connection'
import { Creation } from './creation'
import { type ComDescription, type ComLibraryDescription, describe, describeLibrary } from './description'
import { type AnyHandler, type HandlerOf, handledMembers, type PropertyHandlersOf } from './handlers'
import { isSameObject } from './identity'
import { callbackObject, implement, requireDispinterface, withDispids } from './implementation'
import { braces, giveIdentity, noJson, partsOf } from './inspect'
import { asyncIidOf, type ComInterface, interfaceOf } from './interface'
import type { InterfaceMethods, MethodLists, MethodResult } from './interface-types'
import { itemsOf } from './items'
import { callMethod, type MethodRequest } from './method-call'
import { type ComServerProcess, findServerProcess } from './server-process'
import {
  type ComThreadOptions,
  type ImplementOptions,
  implementOptions,
  interfacesOf,
  type Start,
  startOf,
  type WaitOptions,
} from './thread-options'
import type { EventsOf, HandlersOf, NotInferred } from './typed-events'
import type {
  Callings,
  CallLists,
  CallResult,
  IsAny,
  ItemOf,
  MemberName,
  MemberTypes,
  membersOf,
  ResultOf,
  SettingOf,
  UntypedMember,
} from './typed-members'

/** A value that COM returns: see Value. Objects are ComObjects. */
export type ComResult = Value<ComObject>

/** A value that can be passed to COM: see Argument. A function is passed as an object whose default member calls it. */
export type ComArgument = Argument<ArgumentObject>

/** An object or function that can be passed as an argument. */
export type ArgumentObject = ComObject | DynamicView | ComImplementation | Handler

/** The types of the calls that handlers get. An interface, because ArgumentObject contains Handler itself. */
export interface HandledCallTypes {
  object: ArgumentObject
}

/**
 * Executes an incoming call: gets the call, then its arguments. Its return value, or that of its promise, is
 * the result of the call. An exception becomes the caller's error: a ComError keeps its code, an AbortError
 * is RPC_E_CALL_CANCELED, any other is DISP_E_EXCEPTION with the message as its description.
 */
export type Handler = HandlerOf<ComResult, HandledCallTypes>

/** A property: `set` gets the indexes of an indexed property, then the value. */
export type PropertyHandlers = PropertyHandlersOf<ComResult, HandledCallTypes>

/**
 * Members by name, or by DISPID (`{ [defaultMember]: … }`). A function is a method, and the getter of a
 * property of its name. Any object is accepted, such as an instance of a class; the first part of the type
 * gives handlers their parameter types.
 */
export type Handlers = { readonly [member: string | number]: Handler | PropertyHandlers } | object

/** A dynamic view as an argument: it stands for its object. */
// biome-ignore lint/suspicious/noExplicitAny: `any` is untyped, as everywhere in TypeScript.
export interface DynamicView<Members = any> {
  /** The object of the view. */
  readonly $object: ComObject<Members>
}

/** The types of the members of ComObject<Members>. */
interface ObjectTypes extends MemberTypes {
  readonly object: ComObject<this['members']>
  readonly untyped: ComResult
  readonly argument: ComObject<this['members']> | DynamicView<this['members']>
  readonly anything: ComArgument
  readonly callback: Handler
  readonly options: InvokeOptions
}

/**
 * Handlers of events. `Events` is an interface whose methods, by name or DISPID, are the events; a handler gets the
 * call, then arguments of their types, objects as ComObjects.
 */
export type EventHandlers<Events> =
  IsAny<Events> extends true ? Handlers : HandlersOf<Events, ObjectTypes, HandledCallTypes>

export interface InvokeOptions extends CallOptions {
  /** Named arguments, passed after the positional ones. */
  named?: Readonly<Record<string, ComArgument>> | undefined
}

export interface ResultOptions extends InvokeOptions {
  /**
   * 'columns': the result is an array of columns (ComColumn). An array of two dimensions has one column for each
   * index of its second dimension. An array of one dimension, or a single value, is one column. Rejects with
   * TypeError for an array of more dimensions.
   */
  as?: 'columns' | undefined
}

/** A column of a result: a Float64Array when each of its values is a number (VT_I1 to VT_UINT, VT_R4, VT_R8). */
export type ComColumn = Column<ComResult>

export interface SetOptions extends InvokeOptions {
  /** The indexes of an indexed property. */
  args?: readonly ComArgument[] | undefined
}

export interface ItemOptions extends CallOptions {
  /** The number of items that one call fetches: 1 to 65536. Default 64. */
  batch?: number | undefined
}

export const invokeOptions: validate.Keys<InvokeOptions> = { ...callOptions, named: true }
export const resultOptions: validate.Keys<ResultOptions> = { ...invokeOptions, as: true }
export const setOptions: validate.Keys<SetOptions> = { ...invokeOptions, args: true }
const itemOptions: validate.Keys<ItemOptions> = { ...callOptions, batch: true }

/** What to do instead of cloning an object, or posting it to a worker. */
const INSTEAD = 'pass the values of its members, or let the other thread get the object itself'

const DEFAULT_BATCH = 64
const LARGEST_BATCH = 65_536

/**
 * A COM object of a ComThread. Members are given by name, in any case, or by DISPID, such as `defaultMember`
 * (0). The thread runs the calls one at a time. Objects in results are ComObjects of the same thread. An
 * object of another ComThread that is passed as an argument is marshaled into this thread's apartment first,
 * with a call of its own.
 *
 * Call the methods on the JavaScript thread that started the ComThread. Every method rejects with ComError when
 * COM or the server fails: DISP_E_MEMBERNOTFOUND, DISP_E_UNKNOWNNAME, DISP_E_TYPEMISMATCH,
 * DISP_E_BADPARAMCOUNT, DISP_E_EXCEPTION with the server's description, RPC_E_CALL_REJECTED and
 * RPC_E_SERVERCALL_RETRYLATER when the server stays busy, RPC_E_SERVER_DIED, RPC_S_SERVER_UNAVAILABLE and
 * RPC_S_CALL_FAILED when the server is gone, RPC_E_DISCONNECTED when the object was released, its host process has
 * ended, or its thread was disposed before the call, RPC_S_CALLPENDING when its thread is abandoned. Every method
 * rejects with ComAbortError when a signal, a timeout or the disposal of its thread canceled the call, and with
 * TypeError or RangeError for arguments that cannot be passed. Rules: C7, C12, C14, W4, H1, H3, H4.
 *
 * Release the object with `using` or `release`; an object that is garbage-collected is released as well. The
 * release happens on the thread, after the calls that were made before. The members have the types of the
 * interface `Members`.
 *
 * @example
 * using excel = await thread.createObject('Excel.Application')
 * const books = await excel.get<ComObject>('Workbooks')
 */
// biome-ignore lint/suspicious/noExplicitAny: `any` is untyped, as everywhere in TypeScript.
export class ComObject<Members = any> {
  declare readonly [membersOf]?: Members | undefined
  readonly #held: HeldPointer
  readonly #thread: ComThread
  readonly #limits: CallLimits

  private constructor(held: HeldPointer, thread: ComThread, limits: CallLimits) {
    this.#held = held
    this.#thread = thread
    this.#limits = limits
    registerPointer(this, held)
    giveIdentity(this, 'ComObject', INSTEAD, () => braces('ComObject', partsOf(held)))
  }

  /** @internal Made by threads, and for results that are objects. `limits`: of each of its calls. */
  static make<Members>(held: HeldPointer, thread: ComThread, limits: CallLimits): ComObject<Members> {
    return new ComObject<Members>(held, thread, limits)
  }

  /** The thread that the object belongs to. */
  get thread(): ComThread {
    return this.#thread
  }

  /**
   * The host process that the object is in: the one that it was made in, or that of the object from which a call, an
   * event or a callback got it. Undefined for others.
   */
  get host(): ComHost | undefined {
    const { host } = this.#held
    return host && ComHost.of(host)
  }

  /** Whether the object was released. */
  get released(): boolean {
    return this.#held.released
  }

  /**
   * Returns the same COM object with other default limits, which apply to each of its calls and to the objects in
   * its results. A timeout replaces the timeout of this object; a signal is added to the signals of this object.
   * Releasing one of the two releases the other.
   *
   * @param options The limits: `timeout`, `queueTimeout`, `signal`.
   * @throws TypeError or RangeError for bad options.
   * @example
   * const bounded = excel.with({ timeout: 5_000 })
   */
  with(options: CallOptions): ComObject<Members> {
    const limits = this.#limitsOf('ComObject.with', options)
    return limits === this.#limits ? this : new ComObject<Members>(this.#held, this.#thread, limits)
  }

  /**
   * Calls a method, or gets a property with arguments, and returns the result in columns.
   *
   * @param member The name of the member, in any case, or its DISPID.
   * @param args The arguments, or undefined.
   * @param options Named arguments, the limits of the call, and `as: 'columns'`.
   * @throws TypeError for an array of more than two dimensions; ComError, ComAbortError, TypeError, RangeError:
   * see the class.
   * @example
   * const columns = await range.call('Value2', [], { as: 'columns' })
   */
  call(
    member: MemberName<Members> | UntypedMember<Members>,
    args: readonly ComArgument[] | undefined,
    options: ResultOptions & { as: 'columns' },
  ): Promise<ComColumn[]>
  /**
   * Calls a method of `Members`, or gets a property with arguments. Arguments and result have the types of the
   * interface.
   *
   * @param member The name of the member.
   * @param lists The arguments in an array, then options.
   * @throws ComError, ComAbortError, TypeError, RangeError: see the class.
   * @example
   * const book = await books.call('Open', [path], { timeout: 5_000 })
   */
  call<Name extends MemberName<Members>, Lists extends CallLists<Callings<Members[Name]>, ObjectTypes>>(
    member: Name,
    ...lists: Lists
  ): Promise<CallResult<Callings<Members[Name]>, Lists, ObjectTypes>>
  /**
   * Calls a method, or gets a property with arguments. `T` is the type of the result; it is not checked. A ByRef
   * argument has its new value when the promise resolves.
   *
   * @param member The name of the member, in any case, or its DISPID.
   * @param args The arguments.
   * @param options Named arguments, and the limits of the call.
   * @throws ComError, ComAbortError, TypeError, RangeError: see the class.
   * @example
   * await books.call('Open', [path], { named: { ReadOnly: true }, timeout: 5_000 })
   */
  call<T extends ComResult = ComResult>(
    member: UntypedMember<Members>,
    args?: readonly ComArgument[],
    options?: InvokeOptions,
  ): Promise<T>
  async call(member: unknown, args?: unknown, options?: unknown): Promise<unknown> {
    return this.#request('call', 'ComObject.call', member, args, options)
  }

  /**
   * Gets a property and returns its value in columns.
   *
   * @param member The name of the property, in any case, or its DISPID.
   * @param args The indexes, or undefined.
   * @param options Named arguments, the limits of the call, and `as: 'columns'`.
   * @throws TypeError for an array of more than two dimensions, and as `call` does.
   * @example
   * const columns = await range.get('Value2', [], { as: 'columns' })
   */
  get(
    member: MemberName<Members> | UntypedMember<Members>,
    args: readonly ComArgument[] | undefined,
    options: ResultOptions & { as: 'columns' },
  ): Promise<ComColumn[]>
  /**
   * Gets a property of `Members`. Indexes and value have the types of the interface.
   *
   * @param member The name of the member.
   * @param lists The indexes in an array, then options.
   * @throws As `call` does.
   * @example
   * const books = await excel.get('Workbooks')
   */
  get<Name extends MemberName<Members>, Lists extends CallLists<Callings<Members[Name]>, ObjectTypes>>(
    member: Name,
    ...lists: Lists
  ): Promise<CallResult<Callings<Members[Name]>, Lists, ObjectTypes>>
  /**
   * Gets a property; `args` are the indexes of an indexed property. `T` is not checked.
   *
   * @param member The name of the property, in any case, or its DISPID.
   * @param args The indexes.
   * @param options Named arguments, and the limits of the call.
   * @throws As `call` does.
   * @example
   * await sheet.get('Range', ['A1:B2'])
   */
  get<T extends ComResult = ComResult>(
    member: UntypedMember<Members>,
    args?: readonly ComArgument[],
    options?: InvokeOptions,
  ): Promise<T>
  async get(member: unknown, args?: unknown, options?: unknown): Promise<unknown> {
    return this.#request('get', 'ComObject.get', member, args, options)
  }

  /**
   * Sets a property of `Members`. The value has the type of the interface.
   *
   * @param member The name of the property.
   * @param value The new value.
   * @param options The indexes of an indexed property (`args`), and the limits of the call.
   * @throws As `call` does.
   * @example
   * await excel.set('Visible', true)
   */
  set<Name extends MemberName<Members>>(
    member: Name,
    value: SettingOf<Members, Name, ObjectTypes>,
    options?: SetOptions,
  ): Promise<void>
  /**
   * Sets a property (DISPATCH_PROPERTYPUT).
   *
   * @param member The name of the property, in any case, or its DISPID.
   * @param value The new value.
   * @param options The indexes of an indexed property (`args`), and the limits of the call.
   * @throws As `call` does.
   * @example
   * await excel.set('Visible', true)
   */
  set(member: UntypedMember<Members>, value: ComArgument, options?: SetOptions): Promise<void>
  async set(member: unknown, value: unknown, options?: SetOptions): Promise<void> {
    await this.#request('set', 'ComObject.set', member, options?.args, options, { of: value })
  }

  /**
   * Sets a property of `Members` to an object (DISPATCH_PROPERTYPUTREF). The object has the type of the interface.
   *
   * @param member The name of the property.
   * @param value The object.
   * @param options The indexes of an indexed property (`args`), and the limits of the call.
   * @throws As `call` does.
   * @example
   * await recordset.setReference('ActiveConnection', connection)
   */
  setReference<Name extends MemberName<Members>>(
    member: Name,
    value: SettingOf<Members, Name, ObjectTypes>,
    options?: SetOptions,
  ): Promise<void>
  /**
   * Sets a property to an object, not to the object's value (DISPATCH_PROPERTYPUTREF; `Set` in Visual Basic).
   *
   * @param member The name of the property, in any case, or its DISPID.
   * @param value The object.
   * @param options The indexes of an indexed property (`args`), and the limits of the call.
   * @throws As `call` does.
   * @example
   * await recordset.setReference('ActiveConnection', connection)
   */
  setReference(member: UntypedMember<Members>, value: ComArgument, options?: SetOptions): Promise<void>
  async setReference(member: unknown, value: unknown, options?: SetOptions): Promise<void> {
    const where = 'ComObject.setReference'
    await this.#request('set-reference', where, member, options?.args, options, { of: value })
  }

  /**
   * Calls a method of an interface by vtable, for servers without IDispatch: QueryInterface, then the method of the slot.
   * Returns the 'out' and 'inout' parameters: undefined for none, the value of the only one, or an array of them.
   * Success codes other than S_OK are not told apart from it.
   *
   * @param of The interface, made by `defineInterface`. It must be that of the IDL, else the process can end.
   * @param method The name of the method.
   * @param lists The 'in' and 'inout' parameters in an array, then the limits of the call.
   * @throws ComError E_NOINTERFACE for an object without the interface; and as `call` does.
   * @example
   * const isPrime = await object.callMethod(IPrime, 'IsPrime', [1_000_003], { timeout: 5_000 })
   */
  callMethod<Methods extends InterfaceMethods, Name extends keyof Methods & string>(
    of: ComInterface<Methods>,
    method: Name,
    ...lists: MethodLists<Methods[Name], ArgumentObject, CallOptions>
  ): Promise<MethodResult<Methods[Name], ComObject>>
  async callMethod(of: unknown, method: unknown, args?: unknown, options?: unknown): Promise<unknown> {
    const request = this.#methodRequest('ComObject.callMethod', of, method, args, options)
    return this.#within(() => callMethod(this.#held, request))
  }

  /**
   * Calls a method of an asynchronous interface: a call object (ICallFactory), Begin_, and Finish_ when the call is
   * complete. Thousands of such calls can be under way on one thread, which executes other calls meanwhile. A signal or
   * the timeout cancels the call on its call object; the promise rejects when that is complete, at the latest a grace
   * period after the cancel. The timeout counts from Begin_. Rules: A1, A2, A5, A7, A8.
   *
   * @param of The interface, made by `defineInterface` with `asyncIid`.
   * @param method The name of the method.
   * @param lists The 'in' and 'inout' parameters in an array, then the limits of the call.
   * @throws RangeError for an interface without an asynchronous one; ComError E_NOINTERFACE for an object without
   * ICallFactory (A1); and as `callMethod` does.
   * @example
   * const isPrime = await object.callAsync(IPrime, 'IsPrime', [1_000_003], { signal })
   */
  callAsync<Methods extends InterfaceMethods, Name extends keyof Methods & string>(
    of: ComInterface<Methods>,
    method: Name,
    ...lists: MethodLists<Methods[Name], ArgumentObject, CallOptions>
  ): Promise<MethodResult<Methods[Name], ComObject>>
  async callAsync(of: unknown, method: unknown, args?: unknown, options?: unknown): Promise<unknown> {
    const where = 'ComObject.callAsync'
    const request = this.#methodRequest(where, of, method, args, options)
    asyncIidOf(where, request.of)
    return this.#within(() => callAsync(this.#held, request))
  }

  /**
   * Creates a call object for the methods of an asynchronous interface (ICallFactory::CreateCall), with which a program
   * begins, waits for, cancels and finishes calls itself. Release it.
   *
   * @param of The interface, made by `defineInterface` with `asyncIid`.
   * @param options The limits of the creation, and of each `begin` and `finish`.
   * @throws As `callAsync` does.
   * @example
   * using call = await object.createCall(IPrime)
   */
  async createCall<Methods extends InterfaceMethods>(
    of: ComInterface<Methods>,
    options?: CallOptions,
  ): Promise<ComCall<Methods, ComObject, ArgumentObject>> {
    const where = 'ComObject.createCall'
    const limits = this.#limitsOf(where, options)
    return createCall(this.#held, where, { of: interfaceOf(where, of), limits, results: this.#results })
  }

  /**
   * Resolves with whether the object has a member of this name, a method or a property (GetIDsOfNames).
   *
   * @param name The name, in any case.
   * @param options The limits of the call.
   * @throws As `call` does, except for an unknown name.
   * @example
   * if (await excel.has('Workbooks')) console.log('Excel')
   */
  async has(name: string, options?: CallOptions): Promise<boolean> {
    const where = 'ComObject.has'
    const member = validate.name(where, 'name', name)
    const context = { where, limits: this.#limitsOf(where, options) }
    const outcome = await runOperation(this.#held, { kind: 'look-up', member }, context)
    if (outcome.hresult === HResult.DISP_E_UNKNOWNNAME) return false
    return succeeded(where, outcome).value?.type === 'i4'
  }

  /**
   * Describes the object by its type information (IDispatch::GetTypeInfo), or by IDispatchEx where there is none:
   * its members with parameters, types, default values and help texts, the enumerations that they use, its
   * class and its event interfaces. Each question to an object of another process is a call. An emulated object
   * is described by its definition.
   *
   * @param options The limits of all questions together.
   * @throws ComError E_NOTIMPL for an object that has neither, and as `call` does.
   * @example
   * const { interface: { members } } = await object.describe()
   */
  async describe(options?: CallOptions): Promise<ComDescription> {
    const where = 'ComObject.describe'
    return describe(this.#held, where, this.#limitsOf(where, options))
  }

  /**
   * Describes the type library of the object: its classes, the interfaces that IDispatch calls with their members, and
   * the enumerations that these use. A library of Office has some ten thousand members. An emulated object has no
   * library.
   *
   * @param options The limits of all questions together.
   * @throws ComError E_NOTIMPL for an object without type information, and as `call` does.
   * @example
   * const { interfaces } = await excel.describeLibrary({ timeout: 60_000 })
   */
  async describeLibrary(options?: CallOptions): Promise<ComLibraryDescription> {
    const where = 'ComObject.describeLibrary'
    return describeLibrary(this.#held, where, this.#limitsOf(where, options))
  }

  /**
   * Finds the process that runs the object's server; undefined where it is not known. It is known
   * - for an object in a host process (`host`), without a call;
   * - for an object that a local server of this machine runs, by its object reference, without a call to the server:
   *   under Wine always, on Windows where this process may debug (CoDecodeProxy, by its documentation);
   * - on Windows, for a server with windows, by the property `Hwnd` of the object or of its `Application`, as Excel
   *   has it, or by IOleWindow. These are calls to the server, and wait for a server that hangs: ask before, or with
   *   a timeout.
   *
   * It is not known for an object that lives in the program's own process or on another machine.
   *
   * @param options The limits of all questions together.
   * @throws As `call` does.
   * @example
   * using server = await excel.serverProcess({ timeout: 5_000 })
   * // … when a call does not come back:
   * server?.terminate()
   */
  async serverProcess(options?: CallOptions): Promise<ComServerProcess | undefined> {
    const where = 'ComObject.serverProcess'
    return findServerProcess(this.#held, where, this.#limitsOf(where, options))
  }

  /** Iterates over the items of a collection: `for await (const item of object)`. */
  [Symbol.asyncIterator](): AsyncGenerator<ResultOf<ItemOf<Members>, ObjectTypes>, void, undefined> {
    return this.items()
  }

  /**
   * Iterates over the items of a collection (DISPID -4, IEnumVARIANT), which are fetched in batches. Items that
   * the loop does not reach are released. The signal cancels the running call. A timeout applies to the call for
   * each batch, not to the loop.
   *
   * @param options The number of items that one call fetches (`batch`), and the limits of each call.
   * @throws ComError DISP_E_MEMBERNOTFOUND or DISP_E_NOTACOLLECTION for an object that is no collection.
   * @example
   * for await (const book of books.items<ComObject>({ batch: 10 })) console.log(await book.get('Name'))
   */
  items<T = ResultOf<ItemOf<Members>, ObjectTypes>>(
    options?: ItemOptions,
  ): AsyncGenerator<T, void, undefined> {
    const where = 'ComObject.items'
    const checked = validate.options<ItemOptions>(where, options, itemOptions)
    const size = validate.between(where, 'options.batch', checked.batch ?? DEFAULT_BATCH, 1, LARGEST_BATCH)
    const limits = limitsOf(where, checked, this.#limits)
    return itemsOf(this.#held, size, limits, this.#results) as AsyncGenerator<T>
  }

  /**
   * Connects handlers to the object's events (IConnectionPoint), by event name or DISPID. A handler gets its
   * ServerCall, then the event's arguments; events without a handler are ignored. The events of a class have the types
   * that ComEvents names for it, or those of an interface: `object.connect<Events>(handlers)`.
   *
   * @param handlers Functions by the names of events, or DISPIDs.
   * @param options The event interface (`iid`), and the limits of each call.
   * @throws ComError CONNECT_E_NOCONNECTION or E_NOINTERFACE when the object does not have these events, with
   * RangeError for a handler of an unknown event.
   * @example
   * await using connection = await excel.connect({ NewWorkbook: (call, book) => console.log(book) })
   */
  async connect<Events = EventsOf<Members>>(
    handlers: EventHandlers<NotInferred<Events>>,
    options?: ConnectOptions,
  ): Promise<ComConnection> {
    return connect(this.#held, handlers, options, this.#limits)
  }

  /**
   * Sets how the calls to this object are authenticated (CoSetProxyBlanket), for all users of its proxy in the
   * thread's apartment. Objects in its results have proxies of their own.
   *
   * @param options The security of the calls, and the limits of this one.
   * @throws ComError E_NOINTERFACE for an object that has no proxy because it lives in the thread's own
   * apartment, or with the code of CoSetProxyBlanket; TypeError or RangeError for bad options.
   * @example
   * await services.setProxyBlanket({ impersonation: 'impersonate' })
   */
  async setProxyBlanket(options?: ProxyBlanketOptions & CallOptions): Promise<void> {
    const where = 'ComObject.setProxyBlanket'
    const keys = { ...proxyBlanketOptions, ...callOptions }
    const { timeout, queueTimeout, signal, ...blanket } = validate.options<ProxyBlanketOptions & CallOptions>(
      where,
      options,
      keys,
    )
    const limits = limitsOf(where, { timeout, queueTimeout, signal }, this.#limits)
    const checked = proxyBlanketOf(where, blanket)
    const outcome = await runJob(
      this.#held,
      (thread, pointer, done, job) => thread.setProxyBlanket(pointer, checked, done, job),
      { where, limits },
    )
    succeeded(where, outcome)
  }

  /**
   * Resolves with whether two objects are one COM object: QueryInterface of both returns the same IUnknown. An
   * object of another thread is marshaled first.
   *
   * @param other An object or a view, or what `implement` made.
   * @param options The limits of each call.
   * @throws TypeError for a value that is no object of COM, and as `call` does.
   * @example
   * if (await book.is(await excel.get<ComObject>('ActiveWorkbook'))) console.log('active')
   */
  async is(other: ComObject | ComImplementation | DynamicView, options?: CallOptions): Promise<boolean> {
    return isSameObject(this.#held, other, options, this.#limits)
  }

  /** Releases the object when its calls have ended. A second call does nothing. */
  release(): void {
    this.#held.release()
  }

  /** The same as `release`. */
  [Symbol.dispose](): void {
    this.release()
  }

  /**
   * Keeps the object until `release`. Neither the end of the handler that it was passed to, nor the scope
   * (`comScope`) in which a call returned it, then releases it. Returns the object.
   */
  keep(): this {
    this.#held.keep()
    return this
  }

  /** Throws TypeError. */
  toJSON(): never {
    throw noJson('a ComObject has no JSON form', "get its values first: { name: await object.get('Name') }")
  }

  async #request(
    kind: 'call' | 'get' | 'set' | 'set-reference',
    where: string,
    member: unknown,
    args: unknown,
    options: unknown,
    value?: { of: unknown },
  ): Promise<ComResult | ComColumn[]> {
    const checked = value
      ? validate.options<SetOptions>(where, options, setOptions)
      : validate.options<ResultOptions>(where, options, resultOptions)
    const { named, as } = checked as ResultOptions
    if (as !== undefined) validate.oneOf(where, 'options.as', as, ['columns'] as const)
    const access = {
      kind,
      member: validate.member(where, member),
      args: validate.list(where, value ? 'options.args' : 'args', args),
      named: Object.entries(validate.object(where, 'options.named', named)).map(
        ([name, each]) => [validate.name(where, 'a name in options.named', name), each] as const,
      ),
      limits: limitsOf(where, checked, this.#limits),
      results: this.#results,
      ...(value && { value }),
    }
    return this.#within(async () => {
      const outcome = await invoke(this.#held, access)
      if (value) {
        releasePointers(outcome.value)
        return undefined
      }
      const { arrivals } = this.#held.caller
      const result = outcome.value ?? { type: 'empty' }
      return as ? arrivals.columns(where, result, this.#results) : arrivals.value(result, this.#results)
    })
  }

  /** An isolated host must not end between a call and its result. */
  async #within<Result>(call: () => Promise<Result>): Promise<Result> {
    const { host } = this.#held
    host?.users?.add()
    try {
      return await call()
    } finally {
      host?.users?.remove()
    }
  }

  #methodRequest(
    where: string,
    of: unknown,
    method: unknown,
    args: unknown,
    options: unknown,
  ): MethodRequest {
    const checked = interfaceOf(where, of)
    return {
      of: checked,
      shape: checked.shape(where, method),
      args: validate.list(where, 'args', args),
      limits: this.#limitsOf(where, options as CallOptions | undefined),
      results: this.#results,
    }
  }

  #limitsOf(where: string, options: CallOptions | undefined): CallLimits {
    return limitsOf(where, validate.options<CallOptions>(where, options, callOptions), this.#limits)
  }

  /** Makes the objects in results. */
  get #results(): ObjectMaker<ComObject> {
    const { caller, host } = this.#held
    return (pointer, type) =>
      ComObject.make(inScope(new HeldPointer(pointer, caller, type, host)), this.#thread, this.#limits)
  }
}

/**
 * An object that JavaScript implements, for use as an argument of any call. COM calls it in the apartment of
 * its thread. Disposing releases the program's reference; COM objects that were passed the object keep
 * theirs.
 *
 * @example
 * using implementation = thread.implement({ Answer: () => 42 })
 * await object.call('Use', [implementation])
 */
export class ComImplementation {
  readonly #held: HeldPointer
  readonly #thread: ComThread

  private constructor(held: HeldPointer, thread: ComThread) {
    this.#held = held
    this.#thread = thread
    registerPointer(this, held)
    giveIdentity(this, 'ComImplementation', INSTEAD, () => braces('ComImplementation', partsOf(held)))
  }

  /** @internal Made by `thread.implement`. */
  static make(held: HeldPointer, thread: ComThread): ComImplementation {
    return new ComImplementation(held, thread)
  }

  /** The thread whose apartment the object belongs to. */
  get thread(): ComThread {
    return this.#thread
  }

  /** Releases the program's reference. A second call does nothing. */
  release(): void {
    this.#held.release()
  }

  /** The same as `release`. */
  [Symbol.dispose](): void {
    this.release()
  }

  /** Keeps the program's reference beyond the scopes (`comScope`) in which it was made. Returns the object. */
  keep(): this {
    this.#held.keep()
    return this
  }

  /** Throws TypeError. */
  toJSON(): never {
    throw noJson('a ComImplementation has no JSON form', 'pass its values')
  }
}

/**
 * A thread that runs COM calls one at a time while JavaScript continues: an operating system thread, or an
 * emulated one. Call its methods on the JavaScript thread that started it. Dispose it with `await using`; a
 * thread that is garbage-collected, with all its objects, ends as well.
 *
 * @example
 * await using thread = await ComThread.start({ apartment: 'sta', timeout: 30_000 })
 */
export class ComThread {
  readonly #start: Start
  readonly #caller: Caller
  readonly #creation: Creation

  private constructor(start: Start, thread: BindingThread) {
    this.#start = start
    const caller: Caller = new Caller(
      start.binding,
      thread,
      {
        objectsOf: (host?: HostProcess) => (pointer, type) =>
          ComObject.make(inScope(new HeldPointer(pointer, caller, type, host)), this, start.limits),
        callback: run => callbackObject(caller, run as AnyHandler),
      },
      start.thread.grace,
    )
    this.#caller = caller
    this.#creation = new Creation(caller, start.isolation)
    giveIdentity(this, 'ComThread', 'let the other thread start its own', () =>
      braces('ComThread', [String(this.id), start.thread.apartment, this.state]),
    )
  }

  /**
   * The number of abandoned threads: those that a canceled call still blocks (W4). Counts the threads that
   * this JavaScript thread started, disposed threads included until they end.
   */
  static get abandoned(): number {
    return abandonedThreads.count
  }

  /** The limit of abandoned threads; at the limit no further thread starts. Default 64. */
  static get maxAbandoned(): number {
    return abandonedThreads.limit
  }

  /** Throws TypeError or RangeError unless it is an integer from 1 to 65536. */
  static set maxAbandoned(most: number) {
    abandonedThreads.limit = validate.between('ComThread', 'maxAbandoned', most, 1, 65_536)
  }

  /**
   * Starts a thread and enters its apartment.
   *
   * @param options The apartment, how calls are canceled and retried, and the limits of each call.
   * @throws ComError E_OUTOFMEMORY when the system cannot start a thread, RPC_E_OUT_OF_RESOURCES when too
   * many threads are abandoned (see `maxAbandoned`), or the failure of CoInitializeEx; TypeError or
   * RangeError for bad options.
   * @example
   * const thread = await ComThread.start({ apartment: 'sta' })
   */
  static async start(options?: ComThreadOptions): Promise<ComThread> {
    const where = 'ComThread.start'
    return ComThread.#started(where, startOf(where, options))
  }

  static async #started(where: string, start: Start): Promise<ComThread> {
    abandonedThreads.refuseMore(where)
    let thread: BindingThread | undefined
    const entered = new Promise<HRESULT>(resolve => {
      thread = start.binding.startThread(start.thread, resolve)
    })
    const hr = await aliveUntil(entered)
    if (!thread || failed(hr)) throw new ComError(hr, where)
    return new ComThread(start, thread)
  }

  /** The Windows id of the thread. No other thread gets this id while this object is alive (W5). */
  get id(): ThreadId {
    return this.#caller.thread.id
  }

  /** Whether the thread is idle, busy, abandoned or disposed: see ComThreadState. */
  get state(): ComThreadState {
    return this.#caller.state
  }

  /**
   * Creates an object of a class, by ProgID (`'Excel.Application'`) or CLSID (CoCreateInstanceEx), in a host process
   * with `host` or `isolated`. Rules: C13, W4, H1, H2, H8.
   *
   * @param progIdOrClsid A ProgID of `ComClasses` or ActiveXObjectNameMap gives the object its type.
   * @param options Where the server runs, and the limits of the call. The time in which a host process starts counts
   * for its signal only.
   * @throws ComError: CO_E_CLASSSTRING for an unknown ProgID or a malformed CLSID, REGDB_E_CLASSNOTREG,
   * CO_E_SERVER_EXEC_FAILURE, RPC_S_SERVER_UNAVAILABLE for a machine that cannot be reached, E_ACCESSDENIED,
   * as ComHost.start does, and as calls of objects do; ComAbortError when the signal canceled it.
   * @example
   * const excel = await thread.createObject('Excel.Application', { timeout: 30_000 })
   */
  async createObject<ProgId extends string>(
    progIdOrClsid: ProgId,
    options?: CreateOptions,
  ): Promise<ComObject<MembersOfClass<ProgId>>> {
    const where = 'ComThread.createObject'
    const checked = validate.options<CreateOptions>(where, options, createOptions)
    const { limits } = this.#start
    const held = await this.#creation.create(where, progIdOrClsid, checked, limitsOf(where, checked, limits))
    return ComObject.make(inScope(held), this, limits)
  }

  /**
   * Gets the running object of a class (GetActiveObject).
   *
   * @param progIdOrClsid As for createObject.
   * @param options The limits of the call.
   * @throws ComError MK_E_UNAVAILABLE when none is registered as running, and as createObject does.
   * @example
   * const excel = await thread.getActiveObject('Excel.Application')
   */
  async getActiveObject<ProgId extends string>(
    progIdOrClsid: ProgId,
    options?: CallOptions,
  ): Promise<ComObject<MembersOfClass<ProgId>>> {
    const where = 'ComThread.getActiveObject'
    const checked = validate.options<CallOptions>(where, options, callOptions)
    return this.#activate(where, activeActivation(where, progIdOrClsid), checked)
  }

  /**
   * Gets the object that a moniker names (CoGetObject): a path, `winmgmts:`, `new:{…}`. A moniker can start
   * any program and run code (`script:`, `new:`): never pass one from an untrusted source.
   *
   * @param moniker The display name.
   * @param options Where the server runs (`context`), the owner of dialogs (`window`), and the limits of the
   * call.
   * @throws ComError MK_E_SYNTAX, MK_E_CANTOPENFILE, MK_E_NOOBJECT and other MK_E_ codes, and as createObject
   * does.
   * @example
   * const services = await thread.getObject('winmgmts:')
   */
  async getObject(moniker: string, options?: GetObjectOptions): Promise<ComObject> {
    const where = 'ComThread.getObject'
    const checked = validate.options<GetObjectOptions>(where, options, getObjectOptions)
    const activation = monikerActivation(where, moniker, checked)
    return this.#activate(where, activation, checked)
  }

  /**
   * Describes a type library (LoadTypeLibEx), as ComObject.describeLibrary does. The library is not registered.
   *
   * @param path The file: a type library, or a program or DLL with one as a resource (`server.exe\2` is its second).
   * @param options The limits of each call.
   * @throws ComError TYPE_E_CANTLOADLIBRARY for a file that is missing or has none, E_NOTIMPL on the
   * emulator, which has no type libraries, and as calls of objects do.
   * @example
   * const { classes } = await thread.describeLibrary('C:\\servers\\calculator.tlb')
   */
  async describeLibrary(path: string, options?: CallOptions): Promise<ComLibraryDescription> {
    const where = 'ComThread.describeLibrary'
    const checked = validate.options<CallOptions>(where, options, callOptions)
    const limits = limitsOf(where, checked, this.#start.limits)
    const activation = libraryActivation(where, path)
    const held = await activate(this.#caller, where, activation, limits, undefined, hresult =>
      hresult === HResult.E_NOTIMPL ? 'the emulator has no type libraries' : undefined,
    )
    try {
      return await describeLibrary(held, where, limits)
    } finally {
      held.release()
    }
  }

  /**
   * Makes an object that COM can call. Methods are functions, `{ method(call, ...args) {} }`; properties are
   * objects, `{ name: { get(call) {}, set(call, value) {} } }`, or accessors, also those of classes,
   * `{ get name() {}, set name(value) {} }`. Keys may be DISPIDs (`{ [defaultMember]: … }`). A function instead of an
   * object becomes the default member. Handlers may be async, and may use this thread, which runs their calls while
   * it waits for the reply.
   *
   * @param handlers The members, or a function.
   * @param options A second interface (`iid`), and interfaces by vtable (`interfaces`).
   * @throws TypeError or RangeError for other values; ComError RPC_E_DISCONNECTED once the thread is disposed,
   * REGDB_E_IIDNOTREG or TYPE_E_WRONGTYPEKIND for an `iid` that the system does not know as a dispinterface.
   * @example
   * const sink = thread.implement({ Found: (call, n) => console.log(n) })
   */
  implement(handlers: Handlers | Handler, options?: ImplementOptions): ComImplementation {
    const where = 'ComThread.implement'
    const { iid, interfaces } = validate.options<ImplementOptions>(where, options, implementOptions)
    const byVtable = interfacesOf(where, interfaces)
    const checked = iid === undefined ? null : dispinterfaceId(where, iid)
    const members =
      typeof handlers === 'function'
        ? [{ key: 0, call: handlers as AnyHandler }]
        : handledMembers(where, 'handlers', handlers, true)
    if (this.state === 'disposed') throw new ComError(HResult.RPC_E_DISCONNECTED, where)
    if (checked) requireDispinterface(where, this.#caller.binding, checked)
    const implemented = withDispids(members, checked, byVtable)
    const held = new HeldPointer(implement(this.#caller, implemented), this.#caller, 'dispatch')
    held.receivers = implemented.receivers
    return ComImplementation.make(inScope(held), this)
  }

  /**
   * Blocks the thread for `ms` milliseconds (0 to 4294967294) in a call that needs no server. The call registers a
   * cancel object, as the call of a proxy does. Rules: C7, C12, C14, W4.
   *
   * @param ms Milliseconds.
   * @param options Whether it registers a cancel object (`cancelable`), and the limits of the call.
   * @throws ComAbortError when a signal, a timeout or the disposal of the thread canceled it, ComError
   * RPC_E_CALL_CANCELED when another cancel did, RPC_E_DISCONNECTED once disposed, RPC_S_CALLPENDING when it
   * is abandoned.
   * @example
   * await thread.wait(60_000, { signal: AbortSignal.timeout(50) }) // rejects with ComAbortError
   */
  async wait(ms: number, options?: WaitOptions): Promise<void> {
    const where = 'ComThread.wait'
    const checked = validate.options<WaitOptions>(where, options, { ...callOptions, cancelable: true })
    const { cancelable } = checked
    const wait = waitOptions(where, ms, cancelable === undefined ? undefined : { cancelable })
    const hr = await this.#caller.run<HRESULT>({
      where,
      limits: limitsOf(where, checked, this.#start.limits),
      host: undefined,
      queue: (done, job) => this.#caller.thread.wait(wait, done, job),
      hresultOf: hr => hr,
    })
    if (failed(hr)) throw new ComError(hr, where)
  }

  /**
   * Calls CoCancelCall once for the call that blocks the thread now, and never cancels the next call. (A signal
   * repeats the cancel until the call returns.) While a call that a handler made blocks the thread, `cancel`
   * cancels that call and never the one around it (C15).
   *
   * @param options How long to wait for the call to complete (`timeout`, milliseconds).
   * @throws ComError E_NOINTERFACE when no call is pending (C12) or the call cannot be canceled (C14),
   * CO_E_CANCEL_DISABLED (C3), RPC_E_DISCONNECTED once disposed.
   * @example
   * const outcome = await thread.cancel()
   */
  async cancel(options?: CancelOptions): Promise<CancelOutcome> {
    const where = 'ComThread.cancel'
    const seconds = secondsOf(where, options)
    if (this.state === 'disposed') throw new ComError(HResult.RPC_E_DISCONNECTED, where)
    const done = new Promise<HRESULT>(resolve => this.#caller.thread.cancel(seconds, resolve))
    const hr = await aliveUntil(done)
    return cancelOutcome('CoCancelCall', hr)
  }

  /**
   * Starts a thread with the same options, and disposes this thread with its objects without waiting for its end.
   * Use it for an abandoned thread. Rejects as `start` does; this thread is then not disposed.
   *
   * @example
   * if (thread.state === 'abandoned') thread = await thread.replace()
   */
  async replace(): Promise<ComThread> {
    const fresh = await ComThread.#started('ComThread.replace', this.#start)
    void this.#caller.dispose()
    return fresh
  }

  /**
   * Ends the thread: queued calls are dropped, the running call is canceled. Resolves when the thread has ended. If
   * a call that cannot be canceled, or the release of an object, still blocks the thread at the end of the grace
   * period, it resolves then, and the thread ends when that returns. A release is canceled after ten seconds; an
   * earlier cancel may leave the server's process behind.
   */
  close(): Promise<void> {
    return this.#caller.dispose()
  }

  /** The same as `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /**
   * The calls of the thread keep the process alive until they have returned, which is the default. An idle thread and an
   * abandoned call do not.
   */
  ref(): this {
    this.#caller.alive.ref()
    return this
  }

  /** The calls of the thread do not keep the process alive. Connections have an `unref` of their own. */
  unref(): this {
    this.#caller.alive.unref()
    return this
  }

  /** Throws TypeError. */
  toJSON(): never {
    throw noJson('a ComThread has no JSON form', 'thread.id is its id')
  }

  async #activate(where: string, activation: Activation, options: CallOptions): Promise<ComObject> {
    const { limits } = this.#start
    const held = await activate(this.#caller, where, activation, limitsOf(where, options, limits))
    return ComObject.make(inScope(held), this, limits)
  }
}
