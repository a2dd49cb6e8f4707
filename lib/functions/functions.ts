// COM's cancellation functions for programs: milliseconds, values as results, failures as ComError.
import type { Apartment, Binding, HRESULT, ThreadId } from '../../binding'
import { aliveUntil } from '../calls/keep-alive'
import { ComError } from '../errors/errors'
import { failed, HResult } from '../errors/hresult'
import * as validate from '../errors/validate'
import { type ComTimeoutFunction, comTimeoutOf, enableHere } from './call-timeout'
import { type Raw, type ReferenceResult, rawOf } from './raw'
import { type CancelOutcome, type ComReference, canceled, cancelOutcome } from './reference'
import { initializeSecurityOf, type SecurityOptions } from './security'
import { startWatchdog, type Watchdog, type WatchdogOptions } from './watchdog'

export interface CancelOptions {
  /**
   * Milliseconds to wait for the call to complete, rounded up to COM's seconds, or Infinity. Default 0 (C6).
   */
  timeout?: number | undefined
}

/** The cancellation functions of one binding. */
export interface ComFunctions {
  /** The same functions returning HRESULTs. */
  readonly raw: Raw

  /**
   * Enters an apartment on the calling thread (CoInitializeEx). Returns false when the thread was already in
   * an apartment of this kind.
   *
   * @param apartment 'sta' or 'mta'.
   * @throws ComError RPC_E_CHANGED_MODE when it is in one of the other kind.
   * @example
   * coInitializeEx('mta')
   */
  coInitializeEx(apartment: Apartment): boolean

  /**
   * Reverts one coInitializeEx of the calling thread; the last one disables cancellation (E6).
   *
   * @throws ComError CO_E_NOTINITIALIZED without a coInitializeEx.
   */
  coUninitialize(): void

  /**
   * Enables cancellation of synchronous calls on the calling thread: increments the enable count (E2, E7).
   * Calls that are pending already are not affected (E5). Marshaled calls of the thread get slower (E8):
   * disable it again, or use callCancellation.
   */
  coEnableCallCancellation(): void

  /**
   * Decrements the enable count (E3).
   *
   * @throws ComError CO_E_CANCEL_DISABLED when it is 0 (E4).
   */
  coDisableCallCancellation(): void

  /**
   * Registers a cancel object on top of the calling thread's stack; null unregisters the topmost, and does
   * nothing on an empty stack (O4).
   *
   * @param object The cancel object, or null.
   * @throws ComError: E_NOINTERFACE when the object lacks ICancelMethodCalls (O1), E_ACCESSDENIED (O5),
   * RPC_E_WRONG_THREAD for another thread's object, RPC_E_DISCONNECTED for a disposed one.
   * @example
   * coSetCancelObject(new CancelObject({ onCancel: () => stop() }))
   */
  coSetCancelObject(object: ComReference | null): void

  /**
   * Returns the cancel object of the innermost pending call of a thread; 0 is the calling thread (O6).
   * Dispose it.
   *
   * @param threadId The Windows id of the thread, or 0.
   * @param iid The interface to ask for. Default: ICancelMethodCalls.
   * @throws ComError E_NOINTERFACE when no call is pending there or there is no such thread (O7).
   * @example
   * using call = coGetCancelObject(threadId)
   */
  coGetCancelObject(threadId: ThreadId, iid?: string): ComReference

  /**
   * Cancels the pending call of a thread; 0 is the calling thread. Blocks the calling thread up to the
   * timeout; cancelCall does not block. Rules: C1 to C7.
   *
   * @param threadId The Windows id of the thread, or 0.
   * @param options How long to wait for the call to complete (`timeout`, milliseconds).
   * @throws ComError: E_NOINTERFACE when no call is pending (C12), CO_E_CANCEL_DISABLED (C3), or a failure of
   * the cancel object itself (O9).
   * @example
   * coCancelCall(threadId, { timeout: 1_000 }) // 'requested', 'completed' or 'already-canceled'
   */
  coCancelCall(threadId: ThreadId, options?: CancelOptions): CancelOutcome

  /**
   * For servers: returns whether the client has canceled the call that the calling thread serves (S1, S2).
   *
   * @throws ComError RPC_E_CALL_COMPLETE outside an incoming call (S3).
   */
  coTestCancel(): boolean

  /**
   * Returns the context of the call that the calling thread serves. Dispose it.
   *
   * @param iid The interface to ask for. Default: IUnknown.
   * @throws ComError RPC_E_CALL_COMPLETE outside one (S3).
   */
  coGetCallContext(iid?: string): ComReference

  /**
   * Sets the call context of the calling thread, or none (null). Returns the previous one, or null (S5).
   * Dispose it.
   *
   * @param context The new context, or null.
   */
  coSwitchCallContext(context: ComReference | null): ComReference | null

  /** Returns the Windows id of the calling thread, for coCancelCall on another thread. */
  getCurrentThreadId(): ThreadId

  /**
   * Calls CoCancelCall on a thread of the system's pool, so that the calling thread does not block. Resolves
   * and rejects as coCancelCall returns and throws.
   *
   * @param threadId The Windows id of the thread.
   * @param options How long to wait for the call to complete (`timeout`, milliseconds).
   * @example
   * await cancelCall(thread.id, { timeout: 1_000 })
   */
  cancelCall(threadId: ThreadId, options?: CancelOptions): Promise<CancelOutcome>

  /**
   * Enables cancellation on the calling thread until the result is disposed (E2, E8); disposing disables it once (E3),
   * and has no effect where CoUninitialize has disabled it meanwhile (E6). Disposing throws ComError RPC_E_WRONG_THREAD
   * on another thread.
   *
   * @example
   * using scope = callCancellation()
   */
  callCancellation(): Disposable

  /** Cancels the synchronous calls that block the calling thread for too long: see ComTimeoutFunction. */
  readonly comTimeout: ComTimeoutFunction

  /**
   * Watches over the event loop of the calling thread: the synchronous calls that keep it silent for longer than the
   * threshold are canceled, also those of other packages, again each interval until it runs (W3).
   *
   * @param options The threshold, the interval, and what is called for a freeze.
   * @throws ComError: that of CoEnableCallCancellation; E_OUTOFMEMORY where the system has no timer. TypeError or
   * RangeError for invalid options.
   * @example
   * const dog = watchdog({ threshold: 5_000, onFreeze: freeze => console.warn(freeze.what) })
   */
  watchdog(options?: WatchdogOptions): Watchdog

  /**
   * Sets the security of all calls from and to the process (CoInitializeSecurity), once, before its first
   * call to COM: before a ComThread makes an object. COM makes no access check of its own for calls to the
   * process. May be called on any thread.
   *
   * @param options The security, see SecurityOptions.
   * @throws ComError RPC_E_TOO_LATE when security is set already, by this function, by the host program or by
   * the first call; TypeError or RangeError for bad options.
   * @example
   * initializeSecurity({ authentication: 'packet', impersonation: 'impersonate' })
   */
  initializeSecurity(options?: SecurityOptions): void

  /**
   * Blocks the calling thread for `ms` milliseconds in a call that needs no server. Another thread can cancel
   * it while cancellation is enabled on this one (E5): throws ComError RPC_E_CALL_CANCELED. With `cancelable:
   * false` it registers no cancel object, as a call inside one apartment (C14).
   *
   * @param ms Milliseconds, 0 to 4294967294.
   * @param options Whether it registers a cancel object (`cancelable`).
   */
  wait(ms: number, options?: { cancelable?: boolean | undefined }): void
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

/**
 * The cancellation functions of a binding. The functions that the package exports are those of the binding that it
 * loaded.
 *
 * @param binding Such as the binding of an Emulator.
 * @example
 * const { coCancelCall } = functionsOf(emulator.binding)
 */
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
      void succeed('CoEnableCallCancellation', binding.coEnableCallCancellation()),
    coDisableCallCancellation: () =>
      void succeed('CoDisableCallCancellation', binding.coDisableCallCancellation()),
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
      const done = new Promise<HRESULT>(resolve => binding.cancelCall(id, seconds, resolve))
      const hr = await aliveUntil(done)
      return cancelOutcome('CoCancelCall', hr)
    },
    callCancellation: () => {
      const disable = enableHere(binding)
      const thread = binding.getCurrentThreadId()
      let enabled = true
      return {
        [Symbol.dispose]: () => {
          if (!enabled) return
          if (binding.getCurrentThreadId() !== thread)
            throw new ComError(HResult.RPC_E_WRONG_THREAD, 'CoDisableCallCancellation')
          enabled = false
          disable()
        },
      }
    },
    comTimeout: comTimeoutOf(binding),
    watchdog: options => startWatchdog(binding, options),
    initializeSecurity: initializeSecurityOf(binding),
    wait: (ms, options) => void succeed('wait', raw.wait(ms, options)),
  }
}

/** Converts the timeout of cancel options to COM's seconds. */
export const secondsOf = (where: string, options: unknown): number =>
  validate.cancelTimeout(where, validate.options<CancelOptions>(where, options, { timeout: true }).timeout)
