// The classes ComThread, ComObject and ComImplementation, and the values they take and return: they name one another.

import type {
  Activation,
  Apartment,
  Binding,
  BindingThread,
  CallOutcome,
  HRESULT,
  ThreadId,
  ThreadOptions,
} from '../../binding'
import { abandonedThreads } from '../calls/abandoned-threads'
import { Caller, type ComThreadState, hresultOf } from '../calls/call-runner'
import { Held, standFor } from '../calls/held-pointer'
import { type CallOptions, invoke, runOn } from '../calls/invoke'
import { succeeded } from '../errors/call-error'
import { ComError } from '../errors/errors'
import { failed, HResult } from '../errors/hresult'
import * as validate from '../errors/validate'
import { type CancelOutcome, cancelOutcome } from '../functions/cancel-outcome'
import { defaultBinding } from '../functions/default-binding'
import { type CancelOptions, secondsOf } from '../functions/functions'
import { waitOptions } from '../functions/raw'
import { fromVariant, releasePointers } from '../values/from-variant'
import type { Argument, Value } from '../values/values'
import {
  activate,
  activeActivation,
  type CreateOptions,
  createActivation,
  monikerActivation,
} from './activation'
import { type ComConnection, type ConnectOptions, connect } from './connection'
import { type Handle, type HandlerOf, handledMembers, type PropertyHandlersOf } from './handlers'
import { callbackObject, implement, implementedBy } from './implementation'
import { itemsOf } from './items'

/** A value that COM hands out: see Value. Objects are ComObjects. */
export type ComResult = Value<ComObject>

/** A value that COM takes: see Argument. A function becomes an object whose default member calls it. */
export type ComArgument = Argument<ComObject | DynamicView | ComImplementation | Handler>

/**
 * Carries out a call: gets the call, then its arguments. What it returns, or the promise it returns fulfils
 * with, is the result; what it throws becomes the caller's error: a ComError keeps its code, an AbortError is
 * RPC_E_CALL_CANCELED, anything else DISP_E_EXCEPTION with the message as its description.
 */
export type Handler = HandlerOf<ComResult>

/** A property: `set` gets the indexes of an indexed property, then the value. */
export type PropertyHandlers = PropertyHandlersOf<ComResult>

/**
 * Members by name, or by DISPID (`{ [defaultMember]: … }`). A function is a method, and answers for a property too.
 * Any object will do, an instance of a class as well; the first half is there to type the parameters of handlers.
 */
export type Handlers = { readonly [member: string | number]: Handler | PropertyHandlers } | object

/** A view as an argument: it stands for its object. */
export interface DynamicView {
  /** The object itself, for everything a view can't say. */
  readonly $object: ComObject
}

export interface InvokeOptions extends CallOptions {
  /** Arguments by name, after those by position. */
  named?: Readonly<Record<string, ComArgument>>
}

export interface SetOptions extends InvokeOptions {
  /** The indexes of an indexed property. */
  args?: readonly ComArgument[]
}

export interface ItemOptions extends CallOptions {
  /** How many items are fetched with one call: 1 to 65536. Default 64. */
  batch?: number
}

const DEFAULT_BATCH = 64
const LARGEST_BATCH = 65_536

/**
 * An object of a ComThread. Its members are named (COM ignores case) or given by DISPID, `defaultMember` (0)
 * among them. All calls are carried out on the thread, one after the other; results that are objects are
 * ComObjects of the same thread. Objects may be passed as arguments; one of another ComThread is first
 * marshaled into this one's apartment, which takes a call of its own.
 *
 * Every method rejects with ComError when COM or the server fails (DISP_E_MEMBERNOTFOUND, DISP_E_UNKNOWNNAME,
 * DISP_E_TYPEMISMATCH, DISP_E_BADPARAMCOUNT, DISP_E_EXCEPTION with what the server said, RPC_E_CALL_REJECTED
 * and RPC_E_SERVERCALL_RETRYLATER when it stayed busy, RPC_E_SERVER_DIED, RPC_S_SERVER_UNAVAILABLE and
 * RPC_S_CALL_FAILED when it is gone, …), RPC_E_DISCONNECTED when the object was released or its thread
 * disposed, RPC_S_CALLPENDING when its thread is abandoned; with ComAbortError when its signal gave it up;
 * with TypeError or RangeError for arguments that can't be passed. Source: C7, C12, C14, W4.
 *
 * Release it with `using`; a forgotten one is released when it is collected. Both happen on its thread, after
 * the calls that were made before.
 */
export class ComObject {
  readonly #held: Held
  readonly #thread: ComThread

  /** @internal Made by threads and by calls that return objects. */
  constructor(held: Held, thread: ComThread) {
    this.#held = held
    this.#thread = thread
    standFor(this, held)
  }

  /** The thread it lives on. */
  get thread(): ComThread {
    return this.#thread
  }

  /** Whether it was released, by `using` or `[Symbol.dispose]`. */
  get released(): boolean {
    return this.#held.released
  }

  /**
   * Calls a method, or gets a property with arguments, as an expression does in late-bound languages. `T` is
   * what the caller knows of the result; it is not checked. A ByRef among the arguments has its new value
   * when this fulfils.
   */
  async call<T extends ComResult = ComResult>(
    member: string | number,
    args?: readonly ComArgument[],
    options?: InvokeOptions,
  ): Promise<T> {
    return this.#request('call', 'ComObject.call', member, args, options) as Promise<T>
  }

  /** Gets a property; `args` are the indexes of an indexed one. `T` is not checked. */
  async get<T extends ComResult = ComResult>(
    member: string | number,
    args?: readonly ComArgument[],
    options?: InvokeOptions,
  ): Promise<T> {
    return this.#request('get', 'ComObject.get', member, args, options) as Promise<T>
  }

  /** Sets a property (DISPATCH_PROPERTYPUT). */
  async set(member: string | number, value: ComArgument, options?: SetOptions): Promise<void> {
    await this.#request('set', 'ComObject.set', member, options?.args, options, { of: value })
  }

  /** Sets a property to an object itself, not to its value (DISPATCH_PROPERTYPUTREF; `Set` in Visual Basic). */
  async setReference(member: string | number, value: ComArgument, options?: SetOptions): Promise<void> {
    const where = 'ComObject.setReference'
    await this.#request('set-reference', where, member, options?.args, options, { of: value })
  }

  /** Whether the object knows a name (GetIDsOfNames); it does not say whether as a method or a property. */
  async has(name: string, options?: CallOptions): Promise<boolean> {
    const where = 'ComObject.has'
    const member = validate.name(where, 'name', name)
    const { signal } = validate.options<CallOptions>(where, options)
    const held = this.#held
    const outcome = await runOn<CallOutcome>(held, {
      where,
      signal: validate.signal(where, signal),
      queue: done => held.caller.thread.ask(held.pointer, { kind: 'look-up', member }, done),
      hresultOf,
    })
    if (outcome.hresult === HResult.DISP_E_UNKNOWNNAME) return false
    return succeeded(where, outcome).value?.type === 'i4'
  }

  /** The items of a collection, as `for await (const item of object)`. */
  [Symbol.asyncIterator](): AsyncGenerator<ComResult, void, undefined> {
    return this.items()
  }

  /**
   * The items of a collection (DISPID -4, IEnumVARIANT), with a signal that gives up whatever call is under
   * way. Fetched in batches; an item that is not reached is released. Fails with DISP_E_MEMBERNOTFOUND or
   * DISP_E_NOTACOLLECTION for an object that is none.
   */
  items(options?: ItemOptions): AsyncGenerator<ComResult, void, undefined> {
    const where = 'ComObject.items'
    const { signal, batch = DEFAULT_BATCH } = validate.options<ItemOptions>(where, options)
    const size = validate.between(where, 'options.batch', batch, 1, LARGEST_BATCH)
    return itemsOf(this.#held, size, validate.signal(where, signal)) as AsyncGenerator<ComResult>
  }

  /**
   * Connects handlers to the object's events (IConnectionPoint), by event name or DISPID; events without a
   * handler are ignored. Each gets its ServerCall, then the event's arguments. Rejects with ComError
   * CONNECT_E_NOCONNECTION or E_NOINTERFACE when the object has no events or not these, RangeError for a
   * handler of an event that it does not have.
   */
  async connect(handlers: Handlers, options?: ConnectOptions): Promise<ComConnection> {
    return connect(this.#held, handlers, options)
  }

  /** Releases it, once the calls under way are over. A second time it does nothing. */
  [Symbol.dispose](): void {
    this.#held.release()
  }

  async #request(
    kind: 'call' | 'get' | 'set' | 'set-reference',
    where: string,
    member: unknown,
    args: unknown,
    options: unknown,
    value?: { of: unknown },
  ): Promise<ComResult> {
    const { signal, named } = validate.options<InvokeOptions>(where, options)
    const access = {
      kind,
      member: validate.member(where, member),
      args: validate.list(where, value ? 'options.args' : 'args', args),
      named: Object.entries(validate.options<object>(where, named, 'options.named')).map(
        ([name, each]) => [validate.name(where, 'a name in options.named', name), each] as const,
      ),
      signal: validate.signal(where, signal),
      ...(value && { value }),
    }
    const outcome = await invoke(this.#held, access)
    // The objects that the caller makes are ComObjects.
    if (!value)
      return fromVariant(outcome.value ?? { type: 'empty' }, this.#held.caller.makers.object) as ComResult
    releasePointers(outcome.value)
    return undefined
  }
}

/**
 * An object that JavaScript implements, to be passed as an argument of any call. COM calls it in the apartment
 * of its thread, and keeps what it wants to call later; disposing of it gives up this program's own hold only.
 */
export class ComImplementation {
  readonly #held: Held
  readonly #thread: ComThread

  /** @internal Made by `thread.implement`. */
  constructor(held: Held, thread: ComThread) {
    this.#held = held
    this.#thread = thread
    standFor(this, held)
  }

  /** The thread in whose apartment it is at home. */
  get thread(): ComThread {
    return this.#thread
  }

  /** Gives up this program's hold. A second time it does nothing. */
  [Symbol.dispose](): void {
    this.#held.release()
  }
}

export interface ComThreadOptions {
  /** The apartment the thread enters; a single-threaded one pumps messages while it waits. Default 'mta'. */
  apartment?: Apartment
  /** Enable cancellation on the thread. Default true; without it no call of the thread can be canceled (C3). */
  callCancellation?: boolean
  /** Milliseconds a call that was given up may take to come back before its thread is abandoned (W4). Default 100. */
  grace?: number
  /**
   * Milliseconds for which a call is made again while its server is busy (RPC_E_CALL_REJECTED,
   * RPC_E_SERVERCALL_RETRYLATER), 0 for not at all: the server's answer is then the call's. A call
   * that was rejected has not been carried out. A signal gives the waiting up too (M1). Default 10000.
   */
  busyRetry?: number
  /** The binding to start it with. Default: the one the library loaded. */
  binding?: Binding
}

export interface WaitOptions extends CallOptions {
  /** False: the call registers no cancel object, as a call inside one apartment (C14). Default true. */
  cancelable?: boolean
}

export interface ImplementOptions {
  /** An interface it answers for besides IDispatch, as a GUID: that of the events it is a sink for, say. */
  iid?: string
}

const DEFAULT_GRACE = 100
const DEFAULT_BUSY_RETRY = 10_000

/** How a thread was started, to start another like it. */
interface Start {
  binding: Binding
  thread: ThreadOptions
  grace: number
}

/**
 * A real thread (emulated: an emulated one) that carries out calls one after the other while JavaScript goes
 * on. Methods may be called on the JavaScript thread that started it. Dispose it with `await using`; one that
 * is forgotten, with all its objects, ends when it is collected.
 */
export class ComThread {
  readonly #start: Start
  readonly #caller: Caller

  private constructor(start: Start, thread: BindingThread) {
    this.#start = start
    const caller: Caller = new Caller(start.binding, thread, start.grace, {
      object: (pointer, type) => new ComObject(new Held(pointer, caller, type), this),
      callback: run => callbackObject(caller, run as Handle),
    })
    this.#caller = caller
  }

  /**
   * How many threads calls still block that were given up but could not be canceled (W4), of all that this
   * JavaScript thread started; worker threads count their own. Disposed threads count until they have ended.
   */
  static get abandoned(): number {
    return abandonedThreads.count
  }

  /** How many there may be: with as many as this, no further thread starts. Default 64. */
  static get maxAbandoned(): number {
    return abandonedThreads.limit
  }

  /** Throws TypeError or RangeError for anything but an integer from 1 to 65536. */
  static set maxAbandoned(most: number) {
    abandonedThreads.limit = validate.between('ComThread', 'maxAbandoned', most, 1, 65_536)
  }

  /**
   * Starts a thread and enters its apartment. Rejects with ComError when the system has no thread to give
   * (E_OUTOFMEMORY), the apartment can't be entered, or too many threads are abandoned
   * (RPC_E_OUT_OF_RESOURCES, see `maxAbandoned`); TypeError or RangeError for bad options.
   */
  static async start(options?: ComThreadOptions): Promise<ComThread> {
    const where = 'ComThread.start'
    const {
      apartment = 'mta',
      callCancellation = true,
      grace = DEFAULT_GRACE,
      busyRetry = DEFAULT_BUSY_RETRY,
      binding = defaultBinding(),
    } = validate.options<ComThreadOptions>(where, options)
    const thread = {
      apartment: validate.oneOf(where, 'options.apartment', apartment, ['sta', 'mta'] as const),
      callCancellation: validate.boolean(where, 'options.callCancellation', callCancellation),
      busyRetry: validate.timer(where, 'options.busyRetry', busyRetry),
    }
    return ComThread.#started(where, {
      binding,
      thread,
      grace: validate.timer(where, 'options.grace', grace),
    })
  }

  static async #started(where: string, start: Start): Promise<ComThread> {
    abandonedThreads.refuseMore(where)
    let thread: BindingThread | undefined
    const hr = await new Promise<HRESULT>(resolve => {
      thread = start.binding.startThread(start.thread, resolve)
    })
    if (!thread || failed(hr)) throw new ComError(hr, where)
    return new ComThread(start, thread)
  }

  /** The Windows id of the thread. It belongs to no other thread while this object is alive (W5). */
  get id(): ThreadId {
    return this.#caller.thread.id
  }

  get state(): ComThreadState {
    return this.#caller.state
  }

  /**
   * Creates an object of a class, by ProgID (`'Excel.Application'`) or CLSID (CoCreateInstanceEx). Rejects
   * with ComError: CO_E_CLASSSTRING for an unknown ProgID or a malformed CLSID, REGDB_E_CLASSNOTREG,
   * CO_E_SERVER_EXEC_FAILURE, RPC_S_SERVER_UNAVAILABLE for a machine that can't be reached, E_ACCESSDENIED;
   * ComAbortError when the signal gave it up; and as calls of objects do. Source: C13, W4.
   */
  async createObject(progIdOrClsid: string, options?: CreateOptions): Promise<ComObject> {
    const where = 'ComThread.createObject'
    const checked = validate.options<CreateOptions>(where, options)
    const activation = createActivation(where, progIdOrClsid, checked)
    return this.#activate(where, activation, validate.signal(where, checked.signal))
  }

  /**
   * The running object of a class (GetActiveObject). Rejects with ComError MK_E_UNAVAILABLE when none is
   * registered as running, CO_E_CLASSSTRING, and as createObject does.
   */
  async getActiveObject(progIdOrClsid: string, options?: CallOptions): Promise<ComObject> {
    const where = 'ComThread.getActiveObject'
    const { signal } = validate.options<CallOptions>(where, options)
    const activation = activeActivation(where, progIdOrClsid)
    return this.#activate(where, activation, validate.signal(where, signal))
  }

  /**
   * The object a moniker leads to (CoGetObject): a path, `winmgmts:`, `new:{…}`. Rejects with ComError
   * MK_E_SYNTAX, MK_E_CANTOPENFILE, MK_E_NOOBJECT and others of the family, and as createObject does.
   */
  async getObject(moniker: string, options?: CallOptions): Promise<ComObject> {
    const where = 'ComThread.getObject'
    const { signal } = validate.options<CallOptions>(where, options)
    const activation = monikerActivation(where, moniker)
    return this.#activate(where, activation, validate.signal(where, signal))
  }

  /**
   * Makes an object that COM can call of one with methods: `{ method(call, ...args) {} }`, properties as
   * `{ name: { get(call) {}, set(call, value) {} } }`, DISPIDs as keys where the caller wants them
   * (`{ [defaultMember]: … }`), or of a function, which becomes its default member. Handlers may be async, and
   * may use this thread: it carries out their calls while it waits for the reply. Throws TypeError for what
   * has no such members, ComError RPC_E_DISCONNECTED once disposed.
   */
  implement(handlers: Handlers | Handler, options?: ImplementOptions): ComImplementation {
    const where = 'ComThread.implement'
    const { iid } = validate.options<ImplementOptions>(where, options)
    const checked = iid === undefined ? null : validate.interfaceId(where, iid)
    const members =
      typeof handlers === 'function'
        ? [{ key: 0, call: handlers as Handle }]
        : handledMembers(where, 'handlers', handlers)
    if (this.state === 'disposed') throw new ComError(HResult.RPC_E_DISCONNECTED, where)
    const pointer = implement(this.#caller, implementedBy(members, checked))
    return new ComImplementation(new Held(pointer, this.#caller, 'dispatch'), this)
  }

  /**
   * A call of `ms` milliseconds (0 to 4294967294) that needs no server: it blocks the thread, and registers
   * a cancel object as a proxy does. Rejects with ComAbortError when the signal gave it up, ComError
   * RPC_E_CALL_CANCELED when somebody else canceled it, RPC_E_DISCONNECTED when the thread is disposed or
   * was before its turn, RPC_S_CALLPENDING when the thread is abandoned. Source: C7, C12, C14, W4.
   */
  async wait(ms: number, options?: WaitOptions): Promise<void> {
    const where = 'ComThread.wait'
    const { signal, cancelable } = validate.options<WaitOptions>(where, options)
    const wait = waitOptions(where, ms, cancelable === undefined ? undefined : { cancelable })
    const hr = await this.#caller.run<HRESULT>({
      where,
      signal: validate.signal(where, signal),
      queue: done => this.#caller.thread.wait(wait, done),
      hresultOf: hr => hr,
    })
    if (failed(hr)) throw new ComError(hr, where)
  }

  /**
   * CoCancelCall on the call the thread is blocked in at this moment; it never hits the next one. Asks once:
   * a signal asks until the call is back. Rejects with ComError: E_NOINTERFACE when no call is pending (C12),
   * CO_E_CANCEL_DISABLED (C3), RPC_E_DISCONNECTED once disposed.
   */
  async cancel(options?: CancelOptions): Promise<CancelOutcome> {
    const where = 'ComThread.cancel'
    const seconds = secondsOf(where, options)
    if (this.state === 'disposed') throw new ComError(HResult.RPC_E_DISCONNECTED, where)
    const hr = await new Promise<HRESULT>(resolve => this.#caller.thread.cancel(seconds, resolve))
    return cancelOutcome('CoCancelCall', hr)
  }

  /**
   * A fresh thread with the same options in the place of this one, which may be abandoned: this one is
   * disposed of without waiting for it, and its objects with it. Rejects as `start` does, this one then
   * staying as it is.
   */
  async replace(): Promise<ComThread> {
    const fresh = await ComThread.#started('ComThread.replace', this.#start)
    void this.#caller.dispose()
    return fresh
  }

  /**
   * Ends the thread: what is queued is dropped, what runs is given up. Resolves when the thread has ended,
   * or after the grace period, when a call that can't be canceled keeps it (it then ends on its own).
   */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#caller.dispose()
  }

  async #activate(
    where: string,
    activation: Activation,
    signal: AbortSignal | undefined,
  ): Promise<ComObject> {
    return new ComObject(await activate(this.#caller, where, activation, signal), this)
  }
}
