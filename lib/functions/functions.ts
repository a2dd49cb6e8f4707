// The cancellation family as programs use it: milliseconds, values instead of codes, ComError for failures.
import type { Apartment, Binding, HRESULT, ThreadId } from '../../binding'
import { ComError } from '../errors/errors'
import { failed, HResult } from '../errors/hresult'
import * as validate from '../errors/validate'
import { type CancelOutcome, cancelOutcome } from './cancel-outcome'
import { type Raw, type ReferenceResult, rawOf } from './raw'
import { type ComReference, canceled } from './reference'

export interface CancelOptions {
  /** Milliseconds to wait for the server, rounded up to COM's seconds; Infinity for ever. Default 0 (C6). */
  timeout?: number
}

/** Every function of the family over one binding. */
export interface ComFunctions {
  /** The same functions returning HRESULTs. */
  readonly raw: Raw

  /**
   * Enters an apartment on the calling thread. False when the thread was already in one of this kind.
   * Throws ComError RPC_E_CHANGED_MODE when it is in one of the other kind. Page: CoInitializeEx.
   */
  coInitializeEx(apartment: Apartment): boolean

  /**
   * Undoes one coInitializeEx of the calling thread; cancellation is then disabled (E6).
   * Throws ComError CO_E_NOTINITIALIZED when there is none to undo.
   */
  coUninitialize(): void

  /**
   * Enables cancellation of synchronous calls on the calling thread, counting one up (E2, E7). Marshaled
   * calls of the thread get slower (E8): pair it, or use callCancellation. Calls already pending keep what
   * they have (E5).
   */
  coEnableCallCancellation(): void

  /** Counts one down (E3). Throws ComError CO_E_CANCEL_DISABLED without an enable (E4). */
  coDisableCallCancellation(): void

  /**
   * Registers a cancel object on top of the calling thread's stack, or unregisters the topmost (null; on an
   * empty stack that does nothing, O4). Throws ComError: E_NOINTERFACE when the object lacks
   * ICancelMethodCalls (O1), E_ACCESSDENIED (O5), RPC_E_WRONG_THREAD for another thread's object,
   * RPC_E_DISCONNECTED for a disposed one.
   */
  coSetCancelObject(object: ComReference | null): void

  /**
   * The cancel object of the innermost pending call of a thread, 0 being the calling one (O6); dispose it.
   * Throws ComError E_NOINTERFACE when no call is pending there or there is no such thread (O7).
   */
  coGetCancelObject(threadId: ThreadId, iid?: string): ComReference

  /**
   * Cancels the pending call of a thread, 0 being the calling one. Blocks the calling thread up to the
   * timeout: cancelCall does the same without blocking. Throws ComError: E_NOINTERFACE when no call is
   * pending (C12), CO_E_CANCEL_DISABLED (C3), what the cancel object returns (O9). Source: C1 to C7.
   */
  coCancelCall(threadId: ThreadId, options?: CancelOptions): CancelOutcome

  /**
   * For servers: whether the client of the call this thread is executing has canceled it (S1, S2).
   * Throws ComError RPC_E_CALL_COMPLETE outside any incoming call (S3).
   */
  coTestCancel(): boolean

  /** The context of the call this thread is executing; dispose it. Throws ComError RPC_E_CALL_COMPLETE outside any (S3). */
  coGetCallContext(iid?: string): ComReference

  /** Installs a call context on the calling thread, null for none; returns the one before, or null (S5). Dispose it. */
  coSwitchCallContext(context: ComReference | null): ComReference | null

  /** The Windows id of the calling thread: what coCancelCall takes on another one. */
  getCurrentThreadId(): ThreadId

  /**
   * CoCancelCall without blocking: it runs on a thread of the system's pool, whatever its timeout. Fulfils
   * and fails as coCancelCall does.
   */
  cancelCall(threadId: ThreadId, options?: CancelOptions): Promise<CancelOutcome>

  /** Enables cancellation on the calling thread until the scope is disposed, on the same thread (E8). */
  callCancellation(): Disposable

  /**
   * Blocks the calling thread for `ms` milliseconds in a call that needs no server and can be canceled from
   * another thread. Throws ComError RPC_E_CALL_CANCELED when it was. With `cancelable: false` it registers
   * no cancel object, as a call inside one apartment (C14). Cancelable only while cancellation is enabled
   * on the thread (E5).
   */
  wait(ms: number, options?: { cancelable?: boolean }): void
}

const succeed = (functionName: string, hr: HRESULT): HRESULT => {
  if (failed(hr)) throw new ComError(hr, functionName)
  return hr
}

const referenceIn = (functionName: string, { hresult, object }: ReferenceResult): ComReference | null => {
  succeed(functionName, hresult)
  return object
}

const present = (functionName: string, result: ReferenceResult): ComReference => {
  const object = referenceIn(functionName, result)
  if (object) return object
  throw new ComError(HResult.E_UNEXPECTED, functionName, 'it succeeded without an object')
}

/** COINIT_MULTITHREADED, COINIT_APARTMENTTHREADED. */
const coInit: Record<Apartment, number> = { mta: 0, sta: 2 }

export const functionsOf = (binding: Binding): ComFunctions => {
  const raw = rawOf(binding)
  return {
    raw,
    coInitializeEx: apartment =>
      succeed(
        'CoInitializeEx',
        raw.coInitializeEx(
          coInit[validate.oneOf('CoInitializeEx', 'apartment', apartment, ['sta', 'mta'] as const)],
        ),
      ) === HResult.S_OK,
    coUninitialize: () => void succeed('CoUninitialize', raw.coUninitialize()),
    coEnableCallCancellation: () =>
      void succeed('CoEnableCallCancellation', binding.coEnableCallCancellation(null)),
    coDisableCallCancellation: () =>
      void succeed('CoDisableCallCancellation', binding.coDisableCallCancellation(null)),
    coSetCancelObject: object => void succeed('CoSetCancelObject', raw.coSetCancelObject(object)),
    coGetCancelObject: (threadId, iid) => present('CoGetCancelObject', raw.coGetCancelObject(threadId, iid)),
    coCancelCall: (threadId, options) =>
      cancelOutcome('CoCancelCall', raw.coCancelCall(threadId, secondsOf('CoCancelCall', options))),
    coTestCancel: () => canceled('CoTestCancel', raw.coTestCancel()),
    coGetCallContext: iid => present('CoGetCallContext', raw.coGetCallContext(iid)),
    coSwitchCallContext: context => referenceIn('CoSwitchCallContext', raw.coSwitchCallContext(context)),
    getCurrentThreadId: () => binding.getCurrentThreadId(),
    cancelCall: async (threadId, options) => {
      const id = validate.uint32('cancelCall', 'threadId', threadId)
      const seconds = secondsOf('cancelCall', options)
      const hr = await new Promise<HRESULT>(resolve => binding.cancelCall(id, seconds, resolve))
      return cancelOutcome('CoCancelCall', hr)
    },
    callCancellation: () => {
      succeed('CoEnableCallCancellation', binding.coEnableCallCancellation(null))
      const thread = binding.getCurrentThreadId()
      let enabled = true
      return {
        [Symbol.dispose]: () => {
          if (!enabled) return
          if (binding.getCurrentThreadId() !== thread)
            throw new ComError(HResult.RPC_E_WRONG_THREAD, 'CoDisableCallCancellation')
          enabled = false
          succeed('CoDisableCallCancellation', binding.coDisableCallCancellation(null))
        },
      }
    },
    wait: (ms, options) => void succeed('wait', raw.wait(ms, options)),
  }
}

/** The timeout of a cancel in COM's seconds. */
export const secondsOf = (where: string, options: unknown): number =>
  validate.cancelTimeout(where, validate.options<CancelOptions>(where, options).timeout)
