// A thread with an apartment and a queue, whose calls can be given up with an AbortSignal.
import type { Apartment, Binding, BindingThread, HRESULT, ThreadId, ThreadOptions } from '../../binding'
import { abandonedThreads } from '../calls/abandoned-threads'
import { Caller, type ComThreadState } from '../calls/call-runner'
import { Held } from '../calls/held-pointer'
import { ComError } from '../errors/errors'
import { failed, HResult } from '../errors/hresult'
import * as validate from '../errors/validate'
import { type CancelOutcome, cancelOutcome } from '../functions/cancel-outcome'
import { defaultBinding } from '../functions/default-binding'
import { type CancelOptions, secondsOf } from '../functions/functions'
import { waitOptions } from '../functions/raw'
import {
  activate,
  activeActivation,
  type CreateOptions,
  createActivation,
  monikerActivation,
} from './activation'
import { type CallOptions, ComObject } from './com-object'
import { type Handler, type Handlers, membersOf } from './handlers'
import { ComImplementation, callback, implement, implementedBy } from './implementation'

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
      thread: this,
      object: held => new ComObject(held),
      callback: run => callback(caller, run),
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
    return activate(this.#caller, where, activation, validate.signal(where, checked.signal))
  }

  /**
   * The running object of a class (GetActiveObject). Rejects with ComError MK_E_UNAVAILABLE when none is
   * registered as running, CO_E_CLASSSTRING, and as createObject does.
   */
  async getActiveObject(progIdOrClsid: string, options?: CallOptions): Promise<ComObject> {
    const where = 'ComThread.getActiveObject'
    const { signal } = validate.options<CallOptions>(where, options)
    const activation = activeActivation(where, progIdOrClsid)
    return activate(this.#caller, where, activation, validate.signal(where, signal))
  }

  /**
   * The object a moniker leads to (CoGetObject): a path, `winmgmts:`, `new:{…}`. Rejects with ComError
   * MK_E_SYNTAX, MK_E_CANTOPENFILE, MK_E_NOOBJECT and others of the family, and as createObject does.
   */
  async getObject(moniker: string, options?: CallOptions): Promise<ComObject> {
    const where = 'ComThread.getObject'
    const { signal } = validate.options<CallOptions>(where, options)
    const activation = monikerActivation(where, moniker)
    return activate(this.#caller, where, activation, validate.signal(where, signal))
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
        ? [{ key: 0, call: handlers as Handler }]
        : membersOf(where, 'handlers', handlers)
    if (this.state === 'disposed') throw new ComError(HResult.RPC_E_DISCONNECTED, where)
    const pointer = implement(this.#caller, implementedBy(members, checked))
    return new ComImplementation(new Held(pointer, this.#caller, 'dispatch'))
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
}
