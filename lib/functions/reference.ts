// The classes ComReference and CancelObject: references to COM objects, cancel objects of programs, and what a cancel
// returns.
import * as timers from 'node:timers'
import type { Binding, BindingCancelObject, BindingObject, HRESULT, ThreadId } from '../../binding'
import { ComError } from '../errors/errors'
import { failed, HResult, IID_ICancelMethodCalls, RPC_C_CANCEL_INFINITE_TIMEOUT } from '../errors/hresult'
import * as validate from '../errors/validate'
import { cancelObject } from '../events/publish/cancel-request'
import { defaultBinding } from './default-binding'

/**
 * `requested`: the cancel was requested; the server may run on (C2). `completed`: the call completed within
 * the timeout (C5). `already-canceled`: an earlier cancel took effect (C4).
 */
export type CancelOutcome = 'requested' | 'completed' | 'already-canceled'

/** The outcome for the result of Cancel; throws ComError for every other HRESULT. */
export const cancelOutcome = (functionName: string, hr: HRESULT): CancelOutcome => {
  switch (hr) {
    case HResult.S_OK:
      return 'requested'
    case HResult.RPC_E_CALL_COMPLETE:
      return 'completed'
    case HResult.RPC_E_CALL_CANCELED:
      return 'already-canceled'
    default:
      throw new ComError(hr, functionName)
  }
}

const handles = new WeakMap<object, { binding: Binding; handle: BindingObject }>()

/** The binding's handle behind a ComReference or CancelObject of that binding; undefined for other values. */
export const handleOf = (binding: Binding, value: unknown): BindingObject | undefined => {
  const entry = typeof value === 'object' && value !== null ? handles.get(value) : undefined
  return entry?.binding === binding ? entry.handle : undefined
}

/**
 * One reference to a COM object, as coGetCancelObject, coGetCallContext and coSwitchCallContext return it.
 * Dispose it; a reference that is garbage-collected is released as well.
 *
 * @example
 * using call = coGetCancelObject(threadId)
 * call.cancel()
 */
export class ComReference {
  readonly #binding: Binding
  readonly #handle: BindingObject

  protected constructor(binding: Binding, handle: BindingObject) {
    this.#binding = binding
    this.#handle = handle
    handles.set(this, { binding, handle })
  }

  /** @internal Made by the functions that return references. */
  static make(binding: Binding, handle: BindingObject): ComReference {
    return new ComReference(binding, handle)
  }

  /** The Windows id of the thread that made the object, or for which it was queried. */
  get threadId(): ThreadId {
    return this.#handle.threadId
  }

  /** The current COM reference count with this reference; 0 once disposed. For diagnosis only. */
  get references(): number {
    return this.#handle.references()
  }

  /**
   * Returns whether the object has the interface (QueryInterface).
   *
   * @param iid The interface, a GUID.
   * @throws ComError RPC_E_DISCONNECTED once disposed.
   */
  supports(iid: string): boolean {
    const hr = this.#handle.queryInterface(validate.interfaceId('QueryInterface', iid))
    if (hr === HResult.E_NOINTERFACE) return false
    if (failed(hr)) throw new ComError(hr, 'QueryInterface')
    return true
  }

  /**
   * Cancels the call (ICancelMethodCalls::Cancel). `timeout`: milliseconds to wait for the call to complete,
   * rounded up to COM's seconds, or Infinity; default 0. Blocks the calling thread that long. May be called
   * on any thread but the blocked one (C9). Rules: C2, C4, C5, C6.
   *
   * @param options How long to wait for the call to complete (`timeout`, milliseconds).
   * @throws ComError: CO_E_CANCEL_DISABLED (C3), E_NOINTERFACE, RPC_E_DISCONNECTED once disposed, or a
   * failure of the object itself, such as E_NOTIMPL (O9).
   */
  cancel(options?: { timeout?: number | undefined }): CancelOutcome {
    const where = 'ICancelMethodCalls::Cancel'
    const { timeout } = validate.options<{ timeout: number }>(where, options, { timeout: true })
    const seconds = validate.cancelTimeout(where, timeout)
    return cancelOutcome(where, cancelObject(this.#binding, this.#handle, seconds))
  }

  /**
   * Returns whether the call was canceled (ICancelMethodCalls::TestCancel); false while it is pending. Rule:
   * S2.
   *
   * @throws ComError RPC_E_CALL_COMPLETE when the call has completed, E_NOINTERFACE, RPC_E_DISCONNECTED once
   * disposed.
   */
  testCancel(): boolean {
    return canceled('ICancelMethodCalls::TestCancel', this.#handle.testCancel())
  }

  /** Releases the reference. A second call does nothing. */
  [Symbol.dispose](): void {
    this.#handle.release()
  }
}

/** The result of TestCancel as a boolean; throws ComError for every other HRESULT. */
export const canceled = (functionName: string, hr: HRESULT): boolean => {
  if (hr === HResult.RPC_E_CALL_CANCELED) return true
  if (hr === HResult.RPC_S_CALLPENDING || hr === HResult.S_OK) return false
  throw new ComError(hr, functionName)
}

/** A cancel request that a CancelObject received. */
export interface CancelRequest {
  /**
   * The cancel timeout in milliseconds, or Infinity: how long the canceler waits for the call to complete.
   */
  timeout: number
}

export interface CancelObjectInit {
  /**
   * Called once, for the Cancel that takes effect, on the thread that made the object: inside Cancel when
   * that thread calls it, otherwise in a later turn of its event loop. Cancel does not wait for it. An
   * exception that it throws becomes an uncaught exception.
   */
  onCancel?: ((request: CancelRequest) => void) | undefined
  /**
   * The result of Cancel. With a failure such as HResult.E_NOTIMPL the call cannot be canceled (O9). Default
   * S_OK.
   */
  cancelResult?: HRESULT | undefined
  /** The binding of the object. Default: the binding that the package loaded. */
  binding?: Binding | undefined
}

/**
 * A cancel object that JavaScript implements, for a blocking operation that is no COM call. Register it with
 * coSetCancelObject when the operation begins, unregister it with coSetCancelObject(null) when it ends. Use
 * it on the thread that made it. Throws TypeError or RangeError for bad options. Rules: O1, O2, O3, O9.
 *
 * @example
 * using object = new CancelObject({ onCancel: () => stop() })
 * coSetCancelObject(object)
 */
export class CancelObject extends ComReference {
  readonly #handle: BindingCancelObject

  constructor(init?: CancelObjectInit) {
    const where = 'CancelObject'
    const options = validate.options<CancelObjectInit>(where, init, {
      onCancel: true,
      cancelResult: true,
      binding: true,
    })
    const { binding = defaultBinding(), cancelResult = HResult.S_OK } = options
    const onCancel =
      options.onCancel === undefined
        ? undefined
        : validate.callback<(request: CancelRequest) => void>(where, 'onCancel', options.onCancel)
    const handle = binding.createCancelObject({
      onCancel: seconds => {
        try {
          onCancel?.({
            timeout: seconds === RPC_C_CANCEL_INFINITE_TIMEOUT ? Number.POSITIVE_INFINITY : seconds * 1000,
          })
        } catch (error) {
          // COM may be calling Cancel, and no exception may cross its stack frames.
          // jsdom has no global setImmediate.
          timers.setImmediate(() => {
            throw error
          })
        }
      },
      cancelResult: validate.hresult(where, 'cancelResult', cancelResult),
    })
    super(binding, handle)
    this.#handle = handle
  }

  /** Marks the operation as complete: Cancel then returns `completed`. Rule: C5. */
  complete(): void {
    this.#handle.complete()
  }

  /** Whether the object has ICancelMethodCalls; true until it is disposed. */
  get cancelable(): boolean {
    return this.supports(IID_ICancelMethodCalls)
  }
}
