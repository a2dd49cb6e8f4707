// The public API of the package, on the binding that this process loaded.
/// <reference lib="esnext.disposable" preserve="true" />
import type { BindingInfo, Diagnostics } from '../binding'
import { currentFunctions } from './functions/current-functions'
import { defaultBinding, useByDefault } from './functions/default-binding'
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
export type { CallOptions } from './calls/call-limits'
export type { ComThreadState } from './calls/call-runner'
export {
  type AbortReason,
  ComAbortError,
  type ComAbortErrorInfo,
  type ComAbortErrorJson,
  ComError,
  type ComErrorInfo,
} from './errors/errors'
export {
  type ComErrorCode,
  HResult,
  type HResultName,
  IID_ICancelMethodCalls,
  IID_IUnknown,
  RPC_C_CANCEL_INFINITE_TIMEOUT,
} from './errors/hresult'
export { EventLog, type RecordOptions, record } from './events/event-log'
export type { ChromeTrace, TraceEvent } from './events/picture/chrome-trace'
export type {
  CallId,
  CancelFunction,
  ComEvent,
  ComEventOf,
  ComEventType,
  EventDetails,
  OperationName,
} from './events/publish/event'
export type { CallRecord, CallTimes } from './events/record/call-records'
export type { EventPattern, Where } from './events/record/matching'
export { type CancelOptions, type ComFunctions, functionsOf } from './functions/functions'
export type { Raw, ReferenceResult } from './functions/raw'
export {
  CancelObject,
  type CancelObjectInit,
  type CancelOutcome,
  type CancelRequest,
  ComReference,
} from './functions/reference'
export type {
  AuthenticationLevel,
  AuthenticationService,
  ImpersonationLevel,
  ProxyBlanketOptions,
  ProxyCapability,
  SecurityCapability,
  SecurityOptions,
} from './functions/security'
export type { CreateOptions, GetObjectOptions } from './objects/activation'
export { byRef, omitted, type VariantOptions, variant } from './objects/arguments'
// With a star, so that programs can extend ComClasses.
export * from './objects/com-classes'
export { ComConnection, type ConnectOptions } from './objects/connection'
export type {
  ComDescription,
  ComEnumDescription,
  ComInterfaceDescription,
  ComMemberDescription,
  ComParameterDescription,
} from './objects/description'
export { dynamic } from './objects/dynamic'
export { type ComScope, comScope } from './objects/scope'
export { type CallKind, ServerCall } from './objects/server-call'
export {
  type ComArgument,
  type ComColumn,
  ComImplementation,
  ComObject,
  type ComResult,
  ComThread,
  type ComThreadOptions,
  type DynamicView,
  type Handler,
  type Handlers,
  type ImplementOptions,
  type InvokeOptions,
  type ItemOptions,
  type PropertyHandlers,
  type ResultOptions,
  type SetOptions,
  type WaitOptions,
} from './objects/thread-and-objects'
export type {
  DynamicMember,
  DynamicMembers,
  DynamicObject,
  DynamicResult,
  DynamicValue,
} from './objects/typed-views'
export { ComDecimal, type DecimalKind } from './values/decimal'
export {
  type Argument,
  ByRef,
  type Column,
  ComErrorValue,
  defaultMember,
  type TypedArray,
  TypedVariant,
  type Value,
  type VariantTypeName,
} from './values/values'

const binding = loadBinding()
useByDefault(binding)

/** The binding that the package has loaded: its kind, its host, the provider of each entry point, and its capabilities. */
export const backend: BindingInfo = binding.info

/** Counts the live threads, jobs, COM objects and handles of the process. */
export const diagnostics = (): Diagnostics => defaultBinding().diagnostics()

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
  initializeSecurity,
  wait,
} = currentFunctions(binding)
