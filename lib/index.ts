// The package's public face: everything over the binding that this process loaded.
/// <reference lib="esnext.disposable" preserve="true" />
import type { BindingInfo, Diagnostics } from '../binding'
import { useByDefault } from './default-binding'
import { functionsOf } from './functions'
import { loadBinding } from './load'

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
export type { CreateOptions } from './activation'
export type { ComThreadState } from './caller'
export type { CancelOutcome } from './cancel-outcome'
export {
  type CallOptions,
  ComObject,
  type InvokeOptions,
  type ItemOptions,
  type SetOptions,
} from './com-object'
export { ComThread, type ComThreadOptions, type ImplementOptions, type WaitOptions } from './com-thread'
export { ComConnection, type ConnectOptions } from './connection'
export { ComDecimal, type DecimalKind } from './decimal'
export {
  type DynamicMember,
  type DynamicMembers,
  type DynamicObject,
  type DynamicResult,
  type DynamicValue,
  type DynamicView,
  dynamic,
} from './dynamic'
export { ComAbortError, type ComAbortErrorInfo, ComError, type ComErrorInfo } from './errors'
export {
  type CallId,
  type CallRecord,
  type CallTimes,
  type CancelFunction,
  type ChromeTrace,
  type ComEvent,
  type ComEventOf,
  type ComEventType,
  type EventDetails,
  EventLog,
  type EventPattern,
  type Operation,
  type RecordOptions,
  record,
  type TraceEvent,
  type Where,
} from './events/index'
export { type CancelOptions, type ComFunctions, functionsOf } from './functions'
export {
  HResult,
  type HResultName,
  IID_ICancelMethodCalls,
  IID_IUnknown,
  RPC_C_CANCEL_INFINITE_TIMEOUT,
} from './hresult'
export { ComImplementation, type Handler, type Handlers, type PropertyHandlers } from './implementation'
export type { Raw, ReferenceResult } from './raw'
export { CancelObject, type CancelObjectInit, type CancelRequest, ComReference } from './reference'
export { type CallKind, ServerCall } from './server-call'
export {
  ByRef,
  type ComArgument,
  ComErrorValue,
  type ComResult,
  defaultMember,
  type TypedArray,
  TypedVariant,
  type VariantTypeName,
} from './values'
export { byRef, omitted, variant } from './variant'

const binding = loadBinding()
useByDefault(binding)

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
