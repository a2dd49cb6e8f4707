// The public API of the package, on the binding that this process loaded.
/// <reference lib="esnext.disposable" preserve="true" />
import { join } from 'node:path'
import type { BindingInfo, Diagnostics } from '../binding'
import { currentFunctions } from './functions/current-functions'
import { defaultBinding, useByDefault } from './functions/default-binding'
import type { ComFunctions } from './functions/functions'
import { loadBinding } from './load'
import { packageFolder } from './package-folder'

export type {
  Apartment,
  Architecture,
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
export { deserializeError } from './errors/deserialize'
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
export {
  type SerializedComAbortError,
  type SerializedComError,
  type SerializedError,
  type SerializedOtherError,
  type SerializedValue,
  serializeError,
} from './errors/serialize'
export { EventLog, type RecordOptions, record } from './events/event-log'
export type { ChromeTrace, TraceEvent } from './events/picture/chrome-trace'
export type { PageOptions, PictureOptions, Theme } from './events/picture/options'
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
export type { ComTimeout, ComTimeoutFunction, ComTimeoutOptions } from './functions/call-timeout'
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
export type { Freeze, FreezeKind, Watchdog, WatchdogOptions } from './functions/watchdog'
export type { CreateOptions, GetObjectOptions } from './objects/activation'
export { byRef, omitted, type VariantOptions, variant } from './objects/arguments'
export { ComCall } from './objects/com-call'
// A program can extend ComClasses and ComEvents only if the module is exported with a star.
export * from './objects/com-classes'
export { ComHost, type ComHostExit, type ComHostOptions, type IsolationOptions } from './objects/com-host'
export { ComConnection, type ConnectOptions } from './objects/connection'
export type {
  ComClassDescription,
  ComDescription,
  ComEnumDescription,
  ComInterfaceDescription,
  ComLibraryDescription,
  ComMemberDescription,
  ComParameterDescription,
} from './objects/description'
export { dynamic } from './objects/dynamic'
export { implementInterface, type MethodHandlers } from './objects/implement-interface'
export { ImplementedInterface } from './objects/implemented-interface'
export { ComInterface, defineInterface, type InterfaceDefinition } from './objects/interface'
export type {
  BufferType,
  InterfaceMethod,
  InterfaceMethods,
  InterfaceParameter,
  MethodArguments,
  MethodLists,
  MethodResult,
} from './objects/interface-types'
export { IAdviseSink, IPipeByte, IPipeDouble, IPipeLong } from './objects/known-interfaces'
export { type ComScope, comScope } from './objects/scope'
export { type CallKind, ServerCall } from './objects/server-call'
export { ComServerProcess } from './objects/server-process'
export {
  type ComArgument,
  type ComColumn,
  ComImplementation,
  ComObject,
  type ComResult,
  ComThread,
  type DynamicView,
  type EventHandlers,
  type Handler,
  type Handlers,
  type InvokeOptions,
  type ItemOptions,
  type PropertyHandlers,
  type ResultOptions,
  type SetOptions,
} from './objects/thread-and-objects'
export type { ComThreadOptions, ImplementOptions, WaitOptions } from './objects/thread-options'
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

/** The binding that the package has loaded: its kind, host and capabilities, and the provider of each entry point. */
export const backend: BindingInfo = binding.info

/**
 * The folder of com_cancel.h, with which native code of this process makes its blocking operations cancelable. In a
 * bundle there is no such folder.
 */
export const include: string = join(packageFolder ?? '', 'include')

/** Counts the live threads, jobs, COM objects and handles of the process. */
export const diagnostics = (): Diagnostics => defaultBinding().diagnostics()

// Each is exported by itself, so that the declarations contain its documentation.
const functions = currentFunctions(binding)
export const raw: ComFunctions['raw'] = functions.raw
export const coInitializeEx: ComFunctions['coInitializeEx'] = functions.coInitializeEx
export const coUninitialize: ComFunctions['coUninitialize'] = functions.coUninitialize
export const coEnableCallCancellation: ComFunctions['coEnableCallCancellation'] =
  functions.coEnableCallCancellation
export const coDisableCallCancellation: ComFunctions['coDisableCallCancellation'] =
  functions.coDisableCallCancellation
export const coSetCancelObject: ComFunctions['coSetCancelObject'] = functions.coSetCancelObject
export const coGetCancelObject: ComFunctions['coGetCancelObject'] = functions.coGetCancelObject
export const coCancelCall: ComFunctions['coCancelCall'] = functions.coCancelCall
export const coTestCancel: ComFunctions['coTestCancel'] = functions.coTestCancel
export const coGetCallContext: ComFunctions['coGetCallContext'] = functions.coGetCallContext
export const coSwitchCallContext: ComFunctions['coSwitchCallContext'] = functions.coSwitchCallContext
export const getCurrentThreadId: ComFunctions['getCurrentThreadId'] = functions.getCurrentThreadId
export const cancelCall: ComFunctions['cancelCall'] = functions.cancelCall
export const callCancellation: ComFunctions['callCancellation'] = functions.callCancellation
export const comTimeout: ComFunctions['comTimeout'] = functions.comTimeout
export const watchdog: ComFunctions['watchdog'] = functions.watchdog
export const initializeSecurity: ComFunctions['initializeSecurity'] = functions.initializeSecurity
export const wait: ComFunctions['wait'] = functions.wait
