// The options of ComThread and their defaults.
import type { Apartment, Binding, ThreadOptions } from '../../binding'
import { type CallLimits, type CallOptions, callOptions, limitsOf, NO_LIMITS } from '../calls/call-limits'
import * as validate from '../errors/validate'
import { defaultBinding } from '../functions/default-binding'
import { type Isolation, type IsolationOptions, isolationOf } from './com-host'
import { ImplementedInterface } from './implemented-interface'

/** The limits are the defaults of each call of the thread and its objects. They do not end the thread. */
export interface ComThreadOptions extends CallOptions {
  /**
   * The apartment that the thread enters. A thread of a single-threaded apartment pumps messages while it
   * waits. Default 'mta'.
   */
  apartment?: Apartment | undefined
  /**
   * Enables cancellation on the thread. Without it no call of the thread can be canceled (C3). Default true.
   */
  callCancellation?: boolean | undefined
  /**
   * The grace period in milliseconds: how long a canceled call may take to return before its thread is
   * abandoned (W4). Default 100.
   */
  grace?: number | undefined
  /**
   * Milliseconds for which a call that a busy server rejects (RPC_E_CALL_REJECTED, RPC_E_SERVERCALL_RETRYLATER)
   * is retried. A rejected call is not executed. 0: no retry, the call fails with the server's code. A signal or a
   * timeout ends the retries (M1). Default 10000.
   */
  busyRetry?: number | undefined
  /**
   * Makes the objects of all in-process classes in a host process, as the option of `createObject` does, also where a
   * class is registered for another processor only. Classes with a local server only are not affected. Default false.
   */
  isolated?: boolean | IsolationOptions | undefined
  /** The binding that starts the thread. Default: that of `emulator.use`, else the one that the package loaded. */
  binding?: Binding | undefined
}

export interface WaitOptions extends CallOptions {
  /** False: the call registers no cancel object, like a call inside one apartment (C14). Default true. */
  cancelable?: boolean | undefined
}

export interface ImplementOptions {
  /**
   * A second interface, as a GUID, that QueryInterface returns: the event interface of a sink, for example. It must be
   * a dispinterface, which is called by IDispatch::Invoke only.
   */
  iid?: string | undefined
  /** Interfaces that are called by vtable, made by `implementInterface`. */
  interfaces?: readonly ImplementedInterface[] | undefined
}

export const implementOptions: validate.Keys<ImplementOptions> = { iid: true, interfaces: true }

/** The interfaces of an object. Throws TypeError for others. */
export const interfacesOf = (where: string, value: unknown): readonly ImplementedInterface[] =>
  validate.list(where, 'options.interfaces', value).map((each, i) => {
    if (each instanceof ImplementedInterface) return each
    throw validate.wrongType(where, `options.interfaces[${i}]`, 'what implementInterface made', each)
  })

const threadOptions: validate.Keys<ComThreadOptions> = {
  apartment: true,
  callCancellation: true,
  grace: true,
  busyRetry: true,
  isolated: true,
  binding: true,
  ...callOptions,
}

const DEFAULT_GRACE = 100
const DEFAULT_BUSY_RETRY = 10_000

/** The options of a thread with defaults, checked. */
export interface Start {
  binding: Binding
  thread: ThreadOptions
  limits: CallLimits
  /** Of each object of an in-process class. */
  isolation: Isolation | undefined
}

/** Throws TypeError or RangeError for bad options. */
export const startOf = (where: string, options: ComThreadOptions | undefined): Start => {
  const checked = validate.options<ComThreadOptions>(where, options, threadOptions)
  const {
    apartment = 'mta',
    callCancellation = true,
    grace = DEFAULT_GRACE,
    busyRetry = DEFAULT_BUSY_RETRY,
    isolated,
    binding = defaultBinding(),
  } = checked
  const thread = {
    apartment: validate.oneOf(where, 'options.apartment', apartment, ['sta', 'mta'] as const),
    callCancellation: validate.boolean(where, 'options.callCancellation', callCancellation),
    busyRetry: validate.timer(where, 'options.busyRetry', busyRetry),
    grace: validate.timer(where, 'options.grace', grace),
  }
  const isolation = isolationOf(where, isolated)
  return { binding, thread, limits: limitsOf(where, checked, NO_LIMITS), isolation }
}
