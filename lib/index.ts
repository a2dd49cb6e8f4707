// The package's public face: everything over the binding that this process loaded.
import type { BindingInfo, Diagnostics } from '../binding'
import { functionsOf } from './functions'
import { defaultBinding } from './load'

export type {
  Apartment,
  Binding,
  BindingInfo,
  Capabilities,
  Diagnostics,
  EntryPoint,
  HRESULT,
  Provider,
  Seconds,
  ThreadId,
} from '../binding'
export type { CancelOutcome } from './cancel-outcome'
export {
  type CallOptions,
  ComThread,
  type ComThreadOptions,
  type ComThreadState,
  type WaitOptions,
} from './com-thread'
export { ComAbortError, ComError } from './errors'
export { type CancelOptions, type ComFunctions, functionsOf } from './functions'
export {
  HResult,
  type HResultName,
  IID_ICancelMethodCalls,
  IID_IUnknown,
  RPC_C_CANCEL_INFINITE_TIMEOUT,
} from './hresult'
export type { Raw, ReferenceResult } from './raw'
export { CancelObject, type CancelObjectInit, type CancelRequest, ComReference } from './reference'

const binding = defaultBinding()

/** What runs underneath: the kind of binding, its host, who answers for each entry point, what it can't do and why. */
export const backend: BindingInfo = binding.info

/** What is alive in this process at this moment: threads, jobs, COM objects, handles. */
export const diagnostics = (): Diagnostics => binding.diagnostics()

export const {
  raw,
  coInitializeEx,
  coUninitialize,
  coEnableCallCancellation,
  coDisableCallCancellation,
  coSetCancelObject,
  coGetCancelObject,
  coCancelCall,
  coTestCancel,
  coGetCallContext,
  coSwitchCallContext,
  getCurrentThreadId,
  cancelCall,
  callCancellation,
  wait,
} = functionsOf(binding)
