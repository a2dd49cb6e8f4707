// COM's cancellation functions one to one: HRESULTs as results, seconds, arguments checked for shape.
import type { Binding, BindingObject, HRESULT, ObjectResult, Seconds, ThreadId } from '../../binding'
import { IID_ICancelMethodCalls } from '../errors/hresult'
import * as validate from '../errors/validate'
import { ComReference, handleOf } from './reference'

/** An HRESULT and an object; null unless the HRESULT is a success. */
export interface ReferenceResult {
  hresult: HRESULT
  object: ComReference | null
}

/**
 * COM's own functions on the calling thread. They return HRESULTs and take timeouts in seconds. Arguments of
 * the wrong shape throw TypeError or RangeError. Rules: E, O, C, S.
 */
export interface Raw {
  /** `coInit`: 0 for the multithreaded apartment, 2 for a single-threaded one, plus the flags 4 and 8. */
  coInitializeEx(coInit: number): HRESULT
  /** Reverts one coInitializeEx of this package on this thread; CO_E_NOTINITIALIZED without one (E6). */
  coUninitialize(): HRESULT
  /**
   * Increments the enable count. `reserved` must be null: an object stands for a non-NULL pointer,
   * E_INVALIDARG (E2).
   */
  coEnableCallCancellation(reserved?: object | null): HRESULT
  /** Decrements the enable count (E3); CO_E_CANCEL_DISABLED when it is 0 (E4). */
  coDisableCallCancellation(reserved?: object | null): HRESULT
  /** Registers an object on top of the thread's stack, or unregisters the topmost (null). Rules: O1 to O5. */
  coSetCancelObject(object: ComReference | null): HRESULT
  /**
   * The object of the innermost pending call of a thread (0: the calling thread), else E_NOINTERFACE. Rules:
   * O6 to O8.
   */
  coGetCancelObject(threadId: ThreadId, iid?: string): ReferenceResult
  /** Cancels the pending call of a thread; blocks up to `seconds` (0xFFFFFFFF: no limit). Rules: C1 to C7. */
  coCancelCall(threadId: ThreadId, seconds?: Seconds): HRESULT
  /**
   * RPC_S_CALLPENDING, RPC_E_CALL_CANCELED, or RPC_E_CALL_COMPLETE outside an incoming call. Rules: S1 to S3.
   */
  coTestCancel(): HRESULT
  /** The context of the incoming call, else RPC_E_CALL_COMPLETE. Rules: S3, S5. */
  coGetCallContext(iid?: string): ReferenceResult
  /** Sets the call context (null: none) and returns the previous one (S5). */
  coSwitchCallContext(context: ComReference | null): ReferenceResult
  /** The Windows id of the calling thread. */
  getCurrentThreadId(): ThreadId
  /**
   * Blocks the calling thread for `ms` milliseconds in a call that needs no server, with a cancel object as a
   * proxy registers it. S_OK, or RPC_E_CALL_CANCELED. `cancelable: false` registers no cancel object (C14).
   */
  wait(ms: number, options?: { cancelable?: boolean | undefined }): HRESULT
}

export const rawOf = (binding: Binding): Raw => {
  const wrap = ({ hresult, object }: ObjectResult): ReferenceResult => ({
    hresult,
    object: object && ComReference.make(binding, object),
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

/** Checks the arguments of `wait` and ComThread.wait. */
export const waitOptions = (
  where: string,
  ms: unknown,
  options: unknown,
): { ms: number; cancelable: boolean } => {
  const { cancelable = true } = validate.options<{ cancelable: boolean }>(where, options, {
    cancelable: true,
  })
  return {
    ms: validate.milliseconds(where, 'ms', ms),
    cancelable: validate.boolean(where, 'options.cancelable', cancelable),
  }
}
