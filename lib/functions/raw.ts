// The cancellation family one to one: arguments checked for shape, results as the HRESULTs that COM returned.
import type { Binding, BindingObject, HRESULT, ObjectResult, Seconds, ThreadId } from '../../binding'
import { IID_ICancelMethodCalls } from '../errors/hresult'
import * as validate from '../errors/validate'
import { ComReference, handleOf } from './reference'

/** An HRESULT and the object that came with it. */
export interface ReferenceResult {
  hresult: HRESULT
  object: ComReference | null
}

/**
 * COM's own functions on the calling thread, returning HRESULTs and counting timeouts in seconds as COM does.
 * Arguments of the wrong shape throw TypeError or RangeError. Sources: contract E, O, C, S.
 */
export interface Raw {
  /** `coInit`: 0 for the multithreaded apartment, 2 for a single-threaded one (plus 4, 8). Page: CoInitializeEx. */
  coInitializeEx(coInit: number): HRESULT
  /** Undoes one coInitializeEx of this library on this thread, else CO_E_NOTINITIALIZED. E6. */
  coUninitialize(): HRESULT
  /** Counts one up. `reserved` must be null; an object stands for a pointer that is not NULL: E_INVALIDARG. E2. */
  coEnableCallCancellation(reserved?: object | null): HRESULT
  /** Counts one down; CO_E_CANCEL_DISABLED without an enable. E3, E4. */
  coDisableCallCancellation(reserved?: object | null): HRESULT
  /** Registers an object on top of the thread's stack, or unregisters the topmost (null). O1 to O5. */
  coSetCancelObject(object: ComReference | null): HRESULT
  /** The object of the innermost pending call of a thread, 0 being the calling one; else E_NOINTERFACE. O6 to O8. */
  coGetCancelObject(threadId: ThreadId, iid?: string): ReferenceResult
  /** Cancels the pending call of a thread; blocks up to `seconds` (0xFFFFFFFF: for ever). C1 to C7. */
  coCancelCall(threadId: ThreadId, seconds?: Seconds): HRESULT
  /** RPC_S_CALLPENDING, RPC_E_CALL_CANCELED, or RPC_E_CALL_COMPLETE outside any incoming call. S1 to S3. */
  coTestCancel(): HRESULT
  /** The context of the incoming call, else RPC_E_CALL_COMPLETE. S3, S5. */
  coGetCallContext(iid?: string): ReferenceResult
  /** Installs a call context (null: none) and hands out the one before. S5. */
  coSwitchCallContext(context: ComReference | null): ReferenceResult
  /** The Windows id of the calling thread. */
  getCurrentThreadId(): ThreadId
  /**
   * A blocking call of `ms` milliseconds that needs no server: registers a cancel object as a proxy does and
   * blocks the calling thread. S_OK, or RPC_E_CALL_CANCELED. `cancelable: false` registers none (C14).
   */
  wait(ms: number, options?: { cancelable?: boolean }): HRESULT
}

export const rawOf = (binding: Binding): Raw => {
  const wrap = ({ hresult, object }: ObjectResult): ReferenceResult => ({
    hresult,
    object: object && new ComReference(binding, object),
  })
  const objectOrNull = (where: string, what: string, value: unknown): BindingObject | null => {
    if (value === null) return null
    const handle = handleOf(binding, value)
    if (handle) return handle
    throw validate.wrongType(where, what, 'a CancelObject or ComReference of this binding, or null', value)
  }
  return {
    coInitializeEx: coInit => binding.coInitializeEx(validate.uint32('CoInitializeEx', 'coInit', coInit)),
    coUninitialize: () => binding.coUninitialize(),
    coEnableCallCancellation: reserved =>
      binding.coEnableCallCancellation(validate.reserved('CoEnableCallCancellation', reserved)),
    coDisableCallCancellation: reserved =>
      binding.coDisableCallCancellation(validate.reserved('CoDisableCallCancellation', reserved)),
    coSetCancelObject: object =>
      binding.coSetCancelObject(objectOrNull('CoSetCancelObject', 'object', object)),
    coGetCancelObject: (threadId, iid = IID_ICancelMethodCalls) =>
      wrap(
        binding.coGetCancelObject(
          validate.uint32('CoGetCancelObject', 'threadId', threadId),
          validate.interfaceId('CoGetCancelObject', iid),
        ),
      ),
    coCancelCall: (threadId, seconds = 0) =>
      binding.coCancelCall(
        validate.uint32('CoCancelCall', 'threadId', threadId),
        validate.uint32('CoCancelCall', 'seconds', seconds),
      ),
    coTestCancel: () => binding.coTestCancel(),
    coGetCallContext: (iid = IID_ICancelMethodCalls) =>
      wrap(binding.coGetCallContext(validate.interfaceId('CoGetCallContext', iid))),
    coSwitchCallContext: context =>
      wrap(binding.coSwitchCallContext(objectOrNull('CoSwitchCallContext', 'context', context))),
    getCurrentThreadId: () => binding.getCurrentThreadId(),
    wait: (ms, options) => binding.wait(waitOptions('wait', ms, options)),
  }
}

/** What `wait` takes, checked; shared with ComThread.wait. */
export const waitOptions = (
  where: string,
  ms: unknown,
  options: unknown,
): { ms: number; cancelable: boolean } => {
  const { cancelable = true } = validate.options<{ cancelable: boolean }>(where, options)
  return {
    ms: validate.milliseconds(where, 'ms', ms),
    cancelable: validate.boolean(where, 'options.cancelable', cancelable),
  }
}
