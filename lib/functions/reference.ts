// COM objects as JavaScript holds them: references COM handed out, and the cancel objects a program makes itself.
import type { Binding, BindingCancelObject, BindingObject, HRESULT, ThreadId } from '../../binding'
import { ComError } from '../errors/errors'
import { failed, HResult, IID_ICancelMethodCalls, RPC_C_CANCEL_INFINITE_TIMEOUT } from '../errors/hresult'
import * as validate from '../errors/validate'
import { cancelObject } from '../events/publish/cancel-request'
import { type CancelOutcome, cancelOutcome } from './cancel-outcome'
import { defaultBinding } from './default-binding'

const handles = new WeakMap<object, { binding: Binding; handle: BindingObject }>()

/** The binding's object behind a ComReference or CancelObject of that binding; undefined for anything else. */
export const handleOf = (binding: Binding, value: unknown): BindingObject | undefined => {
  const entry = typeof value === 'object' && value !== null ? handles.get(value) : undefined
  return entry?.binding === binding ? entry.handle : undefined
}

/**
 * One reference to a COM object: what coGetCancelObject, coGetCallContext and coSwitchCallContext hand out.
 * Dispose it when done; a forgotten one is released when it is collected.
 */
export class ComReference {
  readonly #binding: Binding
  readonly #handle: BindingObject

  /** @internal Made by the functions that hand out references, not by programs. */
  constructor(binding: Binding, handle: BindingObject) {
    this.#binding = binding
    this.#handle = handle
    handles.set(this, { binding, handle })
  }

  /** The Windows id of the thread the object was made on or asked for. */
  get threadId(): ThreadId {
    return this.#handle.threadId
  }

  /** The COM reference count of this moment, this reference included; 0 once disposed. For diagnosis only. */
  get references(): number {
    return this.#handle.references()
  }

  /** QueryInterface: whether the object has the interface. Throws ComError RPC_E_DISCONNECTED once disposed. */
  supports(iid: string): boolean {
    const hr = this.#handle.queryInterface(validate.interfaceId('QueryInterface', iid))
    if (hr === HResult.E_NOINTERFACE) return false
    if (failed(hr)) throw new ComError(hr, 'QueryInterface')
    return true
  }

  /**
   * ICancelMethodCalls::Cancel. `timeout`: milliseconds (rounded up to COM's seconds) to wait for the server,
   * Infinity for ever, default 0. Blocks the calling thread that long. May be called on any thread but the
   * blocked one (C9). Throws ComError: CO_E_CANCEL_DISABLED (C3), E_NOINTERFACE, RPC_E_DISCONNECTED once
   * disposed, or what the object itself returns, such as E_NOTIMPL (O9). Source: C2, C4, C5, C6.
   */
  cancel(options?: { timeout?: number }): CancelOutcome {
    const where = 'ICancelMethodCalls::Cancel'
    const { timeout } = validate.options<{ timeout: number }>(where, options)
    const seconds = validate.cancelTimeout(where, timeout)
    return cancelOutcome(where, cancelObject(this.#binding, this.#handle, seconds))
  }

  /**
   * ICancelMethodCalls::TestCancel: true once canceled, false while pending. Throws ComError
   * RPC_E_CALL_COMPLETE when the call is over, E_NOINTERFACE, RPC_E_DISCONNECTED once disposed. Source: S2.
   */
  testCancel(): boolean {
    return canceled('ICancelMethodCalls::TestCancel', this.#handle.testCancel())
  }

  /** Releases the reference. A second time it does nothing. */
  [Symbol.dispose](): void {
    this.#handle.release()
  }
}

/** What TestCancel says, as a yes or no. */
export const canceled = (functionName: string, hr: HRESULT): boolean => {
  if (hr === HResult.RPC_E_CALL_CANCELED) return true
  if (hr === HResult.RPC_S_CALLPENDING || hr === HResult.S_OK) return false
  throw new ComError(hr, functionName)
}

/** A request to cancel, as the object's maker sees it. */
export interface CancelRequest {
  /** How long the canceller is ready to wait for the call to end: milliseconds, or Infinity. */
  timeout: number
}

export interface CancelObjectInit {
  /**
   * Called once, for the Cancel that took effect: inside it when the thread that made the object calls it,
   * otherwise in a later turn of that thread's event loop; the canceller never waits. What it throws
   * becomes an uncaught exception.
   */
  onCancel?: (request: CancelRequest) => void
  /** What Cancel returns. A failure such as HResult.E_NOTIMPL: the call must not be canceled (O9). Default S_OK. */
  cancelResult?: HRESULT
  /** The binding to make it with. Default: the one the library loaded. */
  binding?: Binding
}

/**
 * A cancel object implemented by JavaScript, for a call that COM knows nothing about: register it with
 * coSetCancelObject when the call begins, unregister it with coSetCancelObject(null) when it returns.
 * It belongs to the thread that made it. Source: O1, O2, O3, O9.
 */
export class CancelObject extends ComReference {
  readonly #handle: BindingCancelObject

  constructor(init?: CancelObjectInit) {
    const where = 'CancelObject'
    const options = validate.options<CancelObjectInit>(where, init)
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
          // Cancel may be running on COM's stack, which no exception may cross.
          setImmediate(() => {
            throw error
          })
        }
      },
      cancelResult: validate.hresult(where, 'cancelResult', cancelResult),
    })
    super(binding, handle)
    this.#handle = handle
  }

  /** The call it stands for is over: from now on Cancel answers `completed`. Source: C5. */
  complete(): void {
    this.#handle.complete()
  }

  /** Whether the object answers for ICancelMethodCalls: always, for a CancelObject. */
  get cancelable(): boolean {
    return this.supports(IID_ICancelMethodCalls)
  }
}
