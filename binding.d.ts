// The contract of the two bindings: the addon in native/ and the emulator in lib/emulator/.
//
// lib/errors/validate.ts checks the shapes of arguments. A binding trusts the types declared here and checks
// only what depends on its state: whether a thread exists, whether an object is released, which thread owns
// an object.
//
// A failure that COM reports is returned as an HRESULT, never thrown. A callback named `done` is called
// exactly once, on the JavaScript thread that passed it, and never before the function that took it has
// returned. It must not throw. When an environment ends (a worker is terminated, the process exits), its
// pending callbacks are dropped. A binding does not keep the process alive: lib/calls/keep-alive.ts does.

/** A COM result: a signed 32-bit integer, negative for a failure. */
export type HRESULT = number

/**
 * A Windows thread id: an unsigned 32-bit integer; where a function takes one, 0 means the calling thread.
 */
export type ThreadId = number

/**
 * A COM timeout in whole seconds: an unsigned 32-bit integer; 0xFFFFFFFF is RPC_C_CANCEL_INFINITE_TIMEOUT.
 */
export type Seconds = number

/** An interface id: a lower-case GUID without braces, `00000029-0000-0000-c000-000000000046`. */
export type InterfaceId = string

/** Identifies one job of one environment. An id is never used twice. */
export type JobId = number

export type Apartment = 'sta' | 'mta'

/** Takes the result of an operation. Called once. */
export type Done = (hresult: HRESULT) => void

/**
 * What canceled a job first: `cancelJob`, its `timeout`, its `queueTimeout`, or `close` of its thread.
 */
export type Canceler = 'cancel' | 'timeout' | 'queueTimeout' | 'close'

/** How a job was canceled. */
export interface Cancellation {
  by: Canceler
  /** Whether the job had begun on its thread. False: it never reached COM. */
  started: boolean
  /** Whether its server was rejecting its call as busy when the job ended. */
  busy: boolean
  /** Whether `terminate` of JobOptions ended the host process before the job ended. */
  terminated: boolean
}

/** Takes the HRESULT of a job. `cancellation` is absent for a job that nothing canceled. Called once. */
export type JobDone = (hresult: HRESULT, cancellation?: Cancellation) => void

/**
 * The limits of a job, in milliseconds from 1 to 0x7FFFFFFF, and what is called when it does not end. The
 * binding itself keeps the time: a job is canceled at its limit even while JavaScript is blocked.
 */
export interface JobOptions {
  /** Cancels the job when it has run for so long, counted from the moment that it begins on its thread. */
  timeout?: number | undefined
  /** Drops the job when it has not begun so long after it was queued. */
  queueTimeout?: number | undefined
  /**
   * Called once when a running job was canceled and has not ended within the grace period of its thread (W4),
   * counted from the cancel. Its `done` follows when it ends. Not called for a job that ended within the grace
   * period, even if JavaScript takes its result later.
   */
  overdue?: ((cancellation: Cancellation) => void) | undefined
  /**
   * Terminates a host process when the running job was canceled and has not ended `after` milliseconds after the
   * cancel, at the end of the grace period at the latest when `close` of the thread canceled it. `overdue`, and that
   * of `close`, is then called when the job has not ended within a grace period after the termination.
   */
  terminate?: { host: BindingHost; after: number } | undefined
}

/**
 * A handle to a COM object. It owns one reference, which `release` releases; a handle that is
 * garbage-collected releases it as well.
 */
export interface BindingObject {
  /** The thread that made the object, or for which it was queried. */
  readonly threadId: ThreadId
  /** False after `release`: every other member then returns RPC_E_DISCONNECTED. */
  readonly held: boolean
  /** The current COM reference count, with this handle's own reference; 0 after `release`. */
  references(): number
  /** QueryInterface for the interface: S_OK or E_NOINTERFACE. */
  queryInterface(iid: InterfaceId): HRESULT
  /** ICancelMethodCalls::Cancel; E_NOINTERFACE for an object without it. Blocks up to the timeout. */
  cancel(seconds: Seconds): HRESULT
  /** ICancelMethodCalls::TestCancel; E_NOINTERFACE for an object without it. */
  testCancel(): HRESULT
  /** Releases the reference. Further calls do nothing. */
  release(): void
}

export interface BindingCancelObject extends BindingObject {
  /**
   * Marks the call as complete: Cancel and TestCancel then return RPC_E_CALL_COMPLETE, unless it was canceled
   * before.
   */
  complete(): void
}

export interface CancelObjectOptions {
  /**
   * Called for the one Cancel that takes effect, on the thread that made the object: inside Cancel when that
   * thread calls Cancel, otherwise in a later turn of its event loop. Must not throw.
   */
  onCancel: (seconds: Seconds) => void
  /**
   * The result of Cancel while the call is pending. With a failure (E_NOTIMPL, E_FAIL) the call cannot be
   * canceled: Cancel returns the failure and has no other effect (O9).
   */
  cancelResult: HRESULT
}

export interface ObjectResult {
  hresult: HRESULT
  object: BindingObject | null
}

export interface ThreadOptions {
  apartment: Apartment
  /** Call CoEnableCallCancellation on the new thread before its first job. */
  callCancellation: boolean
  /** How long a call is retried that a busy server rejects, in milliseconds. */
  busyRetry: number
  /**
   * The grace period in milliseconds (W4), counted from the cancel. While it lasts, a running job is canceled at
   * short intervals. At its end, `overdue` of the job is called.
   */
  grace: number
}

export interface WaitRequest {
  /** How long the call takes, in milliseconds: 0 to 0xFFFFFFFE. */
  ms: number
  /** False: no cancel object is registered, as in a call inside one apartment (C14). */
  cancelable: boolean
}

/**
 * A thread (a real one or an emulated one) with an apartment and a queue of jobs, which it runs one at a
 * time. A thread that is garbage-collected without `close` ends when its queue is empty.
 */
export interface BindingThread {
  /**
   * The thread id. No other thread gets this id while the handle is alive, even after the thread has ended
   * (W5).
   */
  readonly id: ThreadId
  /**
   * Queues a blocking wait, which needs no server. `done` gets S_OK, RPC_E_CALL_CANCELED when it was
   * canceled, or RPC_E_DISCONNECTED when the thread was closed before the wait began.
   */
  wait(options: WaitRequest, done: JobDone, limits?: JobOptions): JobId
  /**
   * Creates or finds an object: `value` of the outcome is a 'dispatch' or 'unknown'. A success without one is
   * a cancel (C13).
   */
  activate(activation: Activation, done: Returned, limits?: JobOptions): JobId
  /** Queues an operation on an object of this thread. */
  ask(object: BindingPointer, operation: Operation, done: Returned, limits?: JobOptions): JobId
  /**
   * Marshals an object of another thread into this thread's apartment: `value` is a pointer to it there. The
   * other thread must be able to take a job.
   */
  adopt(object: BindingPointer, done: Returned, limits?: JobOptions): JobId
  /**
   * Sets the authentication of the calls through a proxy, for each interface that operations call
   * (CoSetProxyBlanket): E_NOINTERFACE for an object of the thread's own apartment, which has no proxy.
   */
  setProxyBlanket(object: BindingPointer, blanket: ProxyBlanket, done: Returned, limits?: JobOptions): JobId
  /**
   * Makes an object with IDispatch that JavaScript implements. It lives in this thread's apartment. For an
   * Implementation that it was given before, it returns another pointer to the same object, as long as that has a
   * reference.
   */
  implement(implementation: Implementation): BindingPointer
  /**
   * Calls CoCancelCall for the job that the thread runs now, the innermost one (C15). Another thread makes the
   * call, so that this one does not block. `done` gets its result; E_NOINTERFACE when no job runs (C12).
   */
  cancel(seconds: Seconds, done: Done): void
  /**
   * Drops queued jobs, cancels the running job and ends the thread; `done` is called when it has ended. A
   * second call only waits. `overdue` is called once, before `done`, when the thread has not ended within its
   * grace period; results that came before, and the `overdue` of the jobs that still run, are delivered first. Incoming
   * calls that have no reply keep the thread: the library replies to them.
   */
  close(done: () => void, overdue?: () => void): void
}

/** The type of a Variant: Automation's types by their short names. */
export type VariantType = ScalarType | 'variant'

export type ScalarType =
  | 'empty' // VT_EMPTY
  | 'null' // VT_NULL
  | 'missing' // VT_ERROR with DISP_E_PARAMNOTFOUND: an omitted argument
  | 'bool'
  | 'i1'
  | 'ui1'
  | 'i2'
  | 'ui2'
  | 'i4'
  | 'ui4'
  | 'int'
  | 'uint'
  | 'i8'
  | 'ui8'
  | 'r4'
  | 'r8'
  | 'cy'
  | 'decimal'
  | 'date'
  | 'bstr'
  | 'error'
  | 'dispatch'
  | 'unknown'

/** A DECIMAL: `digits` (up to 96 bits) divided by 10 to the power of `scale` (0 to 28). */
export interface Decimal {
  digits: bigint
  scale: number
  negative: boolean
}

/**
 * The value of a VARIANT: undefined for 'empty', 'null' and 'missing'; a boolean for 'bool'; a number for
 * integers up to 32 bits, 'r4', 'r8', 'error' (an HRESULT) and 'date' (OLE days since 1899-12-30); a bigint
 * for 'i8', 'ui8' and 'cy' (ten-thousandths); a Decimal for 'decimal'; a string for 'bstr', or null for a
 * NULL BSTR; a pointer or null for 'dispatch' and 'unknown'.
 */
export type ScalarValue = undefined | boolean | number | bigint | string | Decimal | BindingPointer | null

export interface ScalarVariant {
  type: ScalarType
  value?: ScalarValue
  byRef?: ByReference
}

/**
 * Passes a value by reference: the server may replace it, and the call's outcome then has the new value.
 * `true`: a reference to a value of this type (such as VT_BYREF | VT_I4), whose type does not change; not for
 * 'empty', 'null' and 'missing'. 'variant': a reference to a VARIANT that holds the value (VT_BYREF |
 * VT_VARIANT), as scripts pass variables; the new value may have any type.
 */
export type ByReference = boolean | 'variant'

/** One dimension of a SAFEARRAY. */
export interface Dimension {
  length: number
  lower: number
}

export interface ArrayVariant {
  type: 'array'
  element: VariantType
  /** 1 to 60 dimensions; the first one varies slowest. */
  dimensions: Dimension[]
  /**
   * All elements; the last dimension varies fastest. A Block for the types that have one (see Block), else bare
   * values; for an `element` of 'variant' Variants, or Cells for a large array.
   */
  elements: Block | Cells | (ScalarValue | Variant)[]
  byRef?: ByReference
}

/**
 * The elements of an array of numbers as one block: Int8Array for 'i1', Uint8Array 'ui1', Int16Array 'i2',
 * Uint16Array 'ui2', Int32Array 'i4', 'int' and 'error', Uint32Array 'ui4' and 'uint', BigInt64Array 'i8' and 'cy',
 * BigUint64Array 'ui8', Float32Array 'r4', Float64Array 'r8' and 'date'. A function that takes a block copies it
 * before it returns. A block in a CallOutcome belongs to the receiver. A block in an IncomingCall must not be
 * changed.
 */
export type Block =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array

/** The VARIANTs of an array in blocks, so that a large array needs no object for each. Must not be changed. */
export interface Cells {
  /** The type of each element: its position in ScalarType, from 0 for 'empty'. 255: a Variant in `others`. */
  types: Uint8Array
  /**
   * Eight bytes for each element, by its type. 'bool': 1 or 0; integers up to 32 bits, 'r4', 'r8', 'date' and
   * 'error': the number; 'i8' and 'cy': a signed, 'ui8': an unsigned integer of 64 bits; 'bstr': two unsigned
   * integers of 32 bits in the byte order of the processor, the start in `text` and the length, which is
   * 0xFFFFFFFF for a NULL BSTR; 255: the index in `others`. 'decimal', 'dispatch' and 'unknown' are in `others`.
   */
  slots: Float64Array
  /** The characters of all strings, in the order of the elements: Latin-1 or UTF-16. */
  text: Uint8Array | Uint16Array
  others: Variant[]
}

/** A value that is passed to or returned from an Automation call, with its type. */
export type Variant = ScalarVariant | ArrayVariant

/**
 * An interface pointer that belongs to a thread's apartment and is used only there. `release`, or garbage
 * collection, releases it on that thread.
 */
export interface BindingPointer {
  readonly threadId: ThreadId
  readonly held: boolean
  release(): void
}

/**
 * An object with IDispatch that JavaScript implements. COM calls it in the apartment of the thread that it
 * was made for; `invoke` runs on the JavaScript thread that made it. While an incoming call waits for its
 * reply, the waiting thread runs jobs from that thread's queue, so that JavaScript can use the thread before
 * it replies.
 */
export interface Implementation {
  /** DISPIDs by lower-case name; for other names GetIDsOfNames returns DISP_E_UNKNOWNNAME. */
  members: Record<string, number>
  /** A second interface that QueryInterface returns, such as an event interface; or null. It must be a dispinterface. */
  iid: InterfaceId | null
  /** The interfaces that are called by vtable; those with an asynchronous one have ICallFactory as well. Absent: none. */
  interfaces?: readonly ImplementedInterface[]
  /** Used by the binding to recognize an Implementation that `implement` is given again. */
  key?: number
  /** Takes an incoming call. Must not throw; `Binding.reply` replies once, now or later. */
  invoke(call: IncomingCall): void
  /** The caller has canceled a call that has no reply yet. Called once for a call. */
  canceled(call: CallKey): void
}

/** An interface that is called by vtable. Slots without a method return E_NOTIMPL. */
export interface ImplementedInterface {
  iid: InterfaceId
  asyncIid: InterfaceId | null
  methods: readonly ImplementedMethod[]
}

export interface ImplementedMethod {
  returns: 'hresult' | 'void'
  whole: ImplementedPart
  /** The two methods of the asynchronous interface. */
  begin: ImplementedPart
  finish: ImplementedPart
}

/** What one slot takes. */
export interface ImplementedPart {
  slot: number
  parameters: readonly (MethodParameter & {
    /** Of a buffer: the index of the parameter with the number of elements that the caller has allocated; -1 for none. */
    size?: number
  })[]
}

/** Identifies one incoming call. A key is never used twice. */
export type CallKey = number

/** A call to an object that JavaScript implements. */
export interface IncomingCall {
  key: CallKey
  dispid: number
  kind: 'call' | 'get' | 'set' | 'set-reference'
  /**
   * By position, first to last; a value to set is the last. Pointers belong to the apartment of the object's
   * thread.
   */
  args: Variant[]
  /** The thread that received the call. */
  threadId: ThreadId
  /**
   * For a call by vtable, whose `dispid` is 0: the slot of the method, or of its Begin_. `args` are those of MethodCall,
   * and the `outs` of the reply the 'out' and 'inout' parameters of the method, or of its Finish_.
   */
  method?: { iid: InterfaceId; slot: number }
}

export interface IncomingReply {
  hresult: HRESULT
  value?: Variant
  /** New values of by-reference arguments, by position. */
  outs?: OutArgument[]
  exception?: ExceptionInfo
}

/** A by-reference argument after the call. */
export interface OutArgument {
  /** From 0: positional arguments first to last, then named arguments in their order. */
  position: number
  value: Variant
}

/** The contents of EXCEPINFO or IErrorInfo. */
export interface ExceptionInfo {
  source: string
  description: string
  helpFile: string
  helpContext: number
}

/** The result of a call. */
export interface CallOutcome {
  hresult: HRESULT
  value: Variant | null
  /** The by-reference arguments after the call. */
  outs: OutArgument[]
  exception: ExceptionInfo | null
  /** The argument at fault, counted as in OutArgument, or -1. */
  argument: number
  /**
   * The result of an 'events' operation; absent for every other, and for an object that does not name its
   * events.
   */
  events?: EventSource
  /** The result of a 'describe' operation; absent for every other. */
  description?: ObjectDescription
  /** The result of a 'describe-library' operation; absent for every other. */
  library?: LibraryDescription
  /**
   * The result of a 'server-process' operation. Absent for every other, for an object that lives in this process or on
   * another machine, and where the process has ended, cannot be queried or is not known.
   */
  process?: BindingServerProcess
  /** The system's text for a failure without a description, in the user's language; absent if there is none. */
  systemText?: string
}

/** A process that runs a server. It is kept open until `release`, so that its id stands for no other process. */
export interface BindingServerProcess {
  readonly pid: number
  /** How it was found. */
  readonly found: 'window' | 'object reference'
  /** Ends the process at once (TerminateProcess). S_OK, also after its end; E_ACCESSDENIED where the system refuses. */
  terminate(): HRESULT
  /** Closes it: `terminate` then returns RPC_E_DISCONNECTED. A handle that is garbage-collected closes it as well. */
  release(): void
}

/** The type information of an object. */
export interface ObjectDescription {
  /** Null if it is not known. */
  class: ClassDescription | null
  /** The interface that IDispatch calls. */
  interface: InterfaceDescription
  /** The event interfaces of the class, the default one first. */
  events: InterfaceDescription[]
  /** The enumerations that the members use. */
  enums: EnumDescription[]
}

/** A type library. */
export interface LibraryDescription {
  name: string
  help: string
  classes: LibraryClassDescription[]
  /** The interfaces that IDispatch calls, event interfaces among them. */
  interfaces: InterfaceDescription[]
  /** The enumerations that the members use. */
  enums: EnumDescription[]
}

export interface ClassDescription {
  name: string
  /** A lower-case GUID without braces. */
  clsid: string
  progId: string | null
  help: string
}

/** A class of a type library. */
export interface LibraryClassDescription extends ClassDescription {
  /** The name of its default interface; null if it has none. */
  interface: string | null
  /** The name of its default event interface; null if it has none. */
  events: string | null
}

/** The name is empty and the id null if they are not known. */
export interface InterfaceDescription {
  name: string
  iid: InterfaceId | null
  help: string
  members: MemberDescription[]
}

/** One kind of access to a member. A property that can be read and set has two. */
export interface MemberDescription {
  name: string
  dispid: number
  kind: 'method' | 'get' | 'set' | 'set-reference'
  /** The parameters without the value that is set. */
  parameters: ParameterDescription[]
  /** The type of the result, or of the value that is set: 'void' for none. */
  type: TypeName
  help: string
  /** Not meant to be shown to users (FUNCFLAG_FHIDDEN). */
  hidden: boolean
  /** Not meant to be called by programs that are not compiled (FUNCFLAG_FRESTRICTED). */
  restricted: boolean
}

export interface ParameterDescription {
  name: string
  type: TypeName
  byRef: boolean
  optional: boolean
  /** Absent where there is none. */
  default?: Variant
}

export interface EnumDescription {
  name: string
  help: string
  constants: { name: string; value: Variant; help: string }[]
}

/**
 * A VariantType, with `[]` for arrays; 'void', or another of Automation's types; or the name of an interface, class,
 * enumeration, record or alias. Empty if the description is brief or the type is not known.
 */
export type TypeName = string

/** An event interface, from the object's type information. */
export interface EventSource {
  iid: InterfaceId
  /** DISPIDs by lower-case name. */
  members: Record<string, number>
}

/** Takes the outcome of a job. `cancellation` is absent for a job that nothing canceled. Called once. */
export type Returned = (outcome: CallOutcome, cancellation?: Cancellation) => void

/**
 * CLSCTX_INPROC_SERVER 1, CLSCTX_LOCAL_SERVER 4, CLSCTX_REMOTE_SERVER 16, and the flags CLSCTX_DISABLE_AAA
 * 0x8000, CLSCTX_ENABLE_AAA 0x10000, CLSCTX_ACTIVATE_32_BIT_SERVER 0x40000, CLSCTX_ACTIVATE_64_BIT_SERVER
 * 0x80000 and CLSCTX_ENABLE_CLOAKING 0x100000.
 */
export type ClassContext = number

/** Part of BIND_OPTS3: where the server runs, and the window (HWND) that owns its dialogs, 0n for none. */
export interface BindOptions {
  context: ClassContext
  window: bigint
}

/** The arguments of CoInitializeSecurity: constants RPC_C_AUTHN_LEVEL_, RPC_C_IMP_LEVEL_ and EOAC_. */
export interface CallSecurity {
  authentication: number
  impersonation: number
  capabilities: number
}

/** The arguments of CoSetProxyBlanket: RPC_C_AUTHN_ and RPC_C_AUTHZ_ besides. The identity is the caller's. */
export interface ProxyBlanket extends CallSecurity {
  service: number
  authorization: number
  /** The server's principal name; null: COLE_DEFAULT_PRINCIPAL. */
  principal: string | null
}

/** The processor that a program is built for. */
export type Architecture = 'x64' | 'ia32' | 'arm64'

/** How a host process ended. */
export interface HostEnd {
  /** The exit code, an unsigned 32-bit integer; an NTSTATUS such as 0xC0000005 after a crash. */
  exitCode: number
  /** `close`, `terminate` (also by the limit of a job), or the process itself: a crash, ExitProcess. */
  by: 'close' | 'terminate' | 'itself'
  /** What the process reported about its end, or an empty string. */
  message: string
}

/** `host` is null for a failure; `detail` then says what failed or is missing, in English. */
export interface HostStart {
  hresult: HRESULT
  host: BindingHost | null
  detail: string
}

/**
 * A host process: makes objects of in-process classes and marshals them. It ends with the process that started it.
 * A handle that is garbage-collected without `close` is closed; when its environment ends, its processes are closed or
 * terminated.
 */
export interface BindingHost {
  readonly pid: number
  readonly architecture: Architecture
  /** Ends the process at once (TerminateProcess). S_OK, also after its end. */
  terminate(): HRESULT
  /** Lets the process release its objects and end. It is terminated when it has not ended within 5 seconds. */
  close(): void
}

/** Where the in-process and the local server of a class are registered. */
export interface ClassServers {
  /** REGDB_E_CLASSNOTREG or CO_E_CLASSSTRING for a class that is not registered. */
  hresult: HRESULT
  inproc: Architecture[]
  local: boolean
}

export type Activation =
  /** CoCreateInstanceEx; `name` is a ProgID or a CLSID in braces, `server` another machine's name or null. */
  | { kind: 'create'; name: string; context: ClassContext; server: string | null }
  /** GetActiveObject. */
  | { kind: 'active'; name: string }
  /** CoGetObject with a moniker's display name; `bind` null: with COM's default options. */
  | { kind: 'moniker'; name: string; bind: BindOptions | null }
  /**
   * LoadTypeLibEx without a registration: `value` of the outcome is an ITypeLib, an 'unknown'. `name` is a path, perhaps
   * with the number of a resource (`server.exe\2`). E_NOTIMPL where there are no type libraries.
   */
  | { kind: 'type-library'; name: string }
  /** An object of an in-process class in a host process. `apartment` null: as the class's ThreadingModel says. */
  | { kind: 'hosted'; name: string; host: BindingHost; apartment: Apartment | null }

/** IDispatch::GetIDsOfNames and Invoke. */
export interface Invocation {
  /** A name, or a DISPID: 0 is the default member, -4 the enumerator. */
  member: string | number
  /**
   * 'call': a method or a property get, as in an expression of a late-bound language; 'get': a property get
   * only.
   */
  kind: 'call' | 'get' | 'set' | 'set-reference'
  /** By position, first to last; a value to set is the last. */
  args: Variant[]
  named: { name: string; value: Variant }[]
}

/** The type of a parameter of a vtable method: 'bool' is a VARIANT_BOOL (a BOOL is an 'i4'). */
export type ParameterType = Exclude<ScalarType, 'empty' | 'null' | 'missing'> | 'variant'

/**
 * A parameter of a vtable method. 'in': passed by value (a VARIANT, a BSTR, an interface pointer as well). 'out' and
 * 'inout': passed as a pointer to the value, which the caller owns after the call.
 */
export interface MethodParameter {
  type: ParameterType
  direction: 'in' | 'out' | 'inout'
  /**
   * Makes the parameter a pointer to a buffer of elements, of a type that has a Block: the index of the parameter (an
   * integer up to 32 bits) that has the number of elements. For 'out' that is the number after the call, at most the
   * number that is allocated; -1: all that are allocated, where no parameter has the number.
   */
  length?: number
  /** The interface for which an 'unknown' that is passed is queried: E_NOINTERFACE without it. Default: IUnknown. */
  iid?: InterfaceId
}

/** A call of a method by its slot in the vtable of an interface. */
export interface MethodCall {
  kind: 'method'
  /** `IPrime.IsPrime`: for events. */
  name: string
  /** The interface for which the object is queried: E_NOINTERFACE without it. */
  iid: InterfaceId
  /** From 0, which is IUnknown::QueryInterface: the first method of an interface's own is 3. */
  slot: number
  /** What the method returns. The outcome of a 'void' is S_OK. */
  returns: 'hresult' | 'void'
  parameters: readonly MethodParameter[]
  /**
   * One for each parameter, by position, of the type of the parameter. 'in' and 'inout' buffers: an ArrayVariant of one
   * dimension with a Block. 'out': 'empty'; for a buffer an 'ui4', the number of elements that are allocated.
   */
  args: Variant[]
  /** For Begin_ and Finish_ of a call object: which of the two. Absent for a synchronous call. */
  step?: 'begin' | 'finish'
}

/** Operations on call objects, and the one that makes them. Rules A1 to A8. */
export type AsyncOperation =
  /**
   * ICallFactory::CreateCall for the asynchronous interface `iid`: `value` of the outcome is the call object, an
   * 'unknown'. E_NOINTERFACE for an object without ICallFactory (A1). `signaled` is called in a later turn of the event
   * loop each time that a call is complete, on the JavaScript thread that queued the operation; a call of `signaled` may
   * come late, also after the release of the pointer, so the receiver asks `wait-call` where it matters. Kept until the
   * pointer is released: a function that refers to the pointer keeps it from being collected. Begin_ and Finish_ are
   * MethodCalls on the call object. Releasing the pointer releases the call object (A8).
   */
  | { kind: 'create-call'; iid: InterfaceId; signaled: () => void }
  /** ICancelMethodCalls::Cancel of a call object: E_NOINTERFACE without it (A4). Blocks the thread up to the timeout. */
  | { kind: 'cancel-call'; seconds: Seconds }
  /** ICancelMethodCalls::TestCancel of a call object: E_NOINTERFACE without it (A4). */
  | { kind: 'test-call' }
  /** ISynchronize::Wait of a call object with a timeout of 0: S_OK, or RPC_S_CALLPENDING before completion (A3). */
  | { kind: 'wait-call' }

/** An operation of a thread on an object of its apartment. */
export type Operation =
  | Invocation
  /** The `outs` of the outcome are the 'out' and 'inout' parameters; none after a failure or a cancel (C8). */
  | MethodCall
  | AsyncOperation
  /** GetIDsOfNames: `value` of the outcome is the DISPID ('i4'), or 'empty' when there is no such member. */
  | { kind: 'look-up'; member: string }
  /**
   * IEnumVARIANT::Next on what DISPID -4 returned: `value` is an array of at most `count` variants, empty at
   * the end.
   */
  | { kind: 'next'; count: number }
  /**
   * The events of interface `iid`, or of the object's default source interface when null: `events` of the
   * outcome. CONNECT_E_CANNOTCONNECT for an interface that is no dispinterface.
   */
  | { kind: 'events'; iid: InterfaceId | null }
  /**
   * The object's type information, or the members of IDispatchEx where there is none: `description` of the outcome.
   * E_NOTIMPL for an object without either. Brief: the members with the names of their parameters only; no class,
   * events, enumerations, types and help texts.
   */
  | { kind: 'describe'; brief: boolean }
  /**
   * The type library of the object's type information, or the object itself where it is an ITypeLib: `library` of the
   * outcome. E_NOTIMPL for an object without type information.
   */
  | { kind: 'describe-library' }
  /**
   * IConnectionPoint::Advise: connects an object that `implement` made. `value` of the outcome is the cookie
   * ('ui4').
   */
  | { kind: 'advise'; iid: InterfaceId; sink: BindingPointer }
  /** Whether QueryInterface of both objects returns the same IUnknown: `value` of the outcome is a 'bool'. */
  | { kind: 'is'; other: BindingPointer }
  /**
   * The process that runs the object's server: `process` of the outcome, absent where it is not known. First by the
   * object reference, without a call to the server. Windows tells it to programs that may debug (CoDecodeProxy), Wine
   * writes it into each reference. Then, on Windows, by a window that the server offers, with calls to the server that
   * can be canceled: the properties Hwnd and Application.Hwnd, and IOleWindow::GetWindow.
   */
  | { kind: 'server-process' }
  /** IConnectionPoint::Unadvise. */
  | { kind: 'unadvise'; iid: InterfaceId; cookie: number }

export type EntryPoint =
  | 'CoInitializeEx'
  | 'CoUninitialize'
  | 'CoEnableCallCancellation'
  | 'CoDisableCallCancellation'
  | 'CoSetCancelObject'
  | 'CoGetCancelObject'
  | 'CoCancelCall'
  | 'CoTestCancel'
  | 'CoGetCallContext'
  | 'CoSwitchCallContext'
  | 'GetCurrentThreadId'

/** The provider of an entry point. */
export type Provider = 'ole32' | 'kernel32' | 'stand-in' | 'emulator'

/** Capabilities that not every binding has: `true`, or the reason why it is missing. */
export interface Capabilities {
  /** Threads are operating system threads that block. */
  realThreads: true | string
  /** A worker thread can cancel a synchronous wait that blocks another worker thread. */
  cancelAcrossWorkers: true | string
  /** A block on cancel operations can be set (O5). */
  blockCancelOperations: true | string
}

export interface BindingInfo {
  kind: 'native' | 'emulator'
  /** The host: `Windows 10.0.19045`, `Wine 8.0`, `emulator`. */
  host: string
  /** What the program is built for, as COM sees it: in-process servers for it can be loaded. */
  architecture: Architecture
  entryPoints: Record<EntryPoint, Provider>
  capabilities: Capabilities
}

// Protection of the thread that JavaScript runs on.

/** Identifies an open timeout of one environment. Never 0; an id is never used twice. */
export type TimeoutId = number

/** Identifies a watchdog of one environment. Never 0; an id is never used twice. */
export type WatchdogId = number

export interface WatchdogOptions {
  /** How long the event loop may be silent before calls are canceled, in milliseconds from 1 to 0x7FFFFFFF. */
  threshold: number
  /** The pause between two cancels, in milliseconds from 1 to 0x7FFFFFFF. */
  interval: number
  /** Called in the event loop at each heartbeat: whether a debugger holds the thread. Must not throw. */
  held(): boolean
  /** The event loop was silent for longer than the threshold, and runs again. Must not throw. */
  recovered(freeze: BindingFreeze): void
}

/** What a watchdog has seen of one freeze. */
export interface BindingFreeze {
  /** How long the event loop was silent, in milliseconds: counted from a heartbeat, so perhaps a little too long. */
  lasted: number
  /** How many calls it has canceled: cancels that returned S_OK. */
  canceled: number
  /** What the cancel of a call that cannot be canceled has returned (C3, O9), else S_OK. */
  refused: HRESULT
  /** The JavaScript stack of the call that was canceled first; absent where it is not known. */
  stack?: string
}

/** Counts of live resources in the whole process. All but `handles` are 0 when nothing is in use. */
export interface Diagnostics {
  /** Threads that were started and have not ended, abandoned threads included. */
  threads: number
  /** Jobs queued or running. */
  jobs: number
  /** COM objects of this package that still have references. */
  objects: number
  /** Interface pointers held in the apartments of threads. */
  pointers: number
  /** Open handles of the process (GetProcessHandleCount); 0 on other systems. */
  handles: number
}

export interface Binding {
  readonly info: BindingInfo

  // These act on the calling thread. `reserved` stands for a pointer: null, or any object for a non-NULL
  // pointer.
  /** `coInit`: COINIT_MULTITHREADED 0 or COINIT_APARTMENTTHREADED 2, with its modifiers 4 and 8. */
  coInitializeEx(coInit: number): HRESULT
  /** Reverts one coInitializeEx of this binding on this thread; CO_E_NOTINITIALIZED without one. */
  coUninitialize(): HRESULT
  coEnableCallCancellation(reserved?: object | null): HRESULT
  coDisableCallCancellation(reserved?: object | null): HRESULT
  /** RPC_E_WRONG_THREAD when the object's `threadId` is not the calling thread's. */
  coSetCancelObject(object: BindingObject | null): HRESULT
  coGetCancelObject(threadId: ThreadId, iid: InterfaceId): ObjectResult
  /** Blocks up to the timeout. */
  coCancelCall(threadId: ThreadId, seconds: Seconds): HRESULT
  coTestCancel(): HRESULT
  coGetCallContext(iid: InterfaceId): ObjectResult
  /** `object` of the result is the previous context, with a reference of the handle's own. */
  coSwitchCallContext(context: BindingObject | null): ObjectResult
  getCurrentThreadId(): ThreadId
  /**
   * CoInitializeSecurity for the process, on any thread: RPC_E_TOO_LATE when it was called before, or after
   * the first marshaled call, with which COM chooses the defaults of the registry.
   */
  coInitializeSecurity(security: CallSecurity): HRESULT
  /** The wait of `BindingThread.wait` on the calling thread: blocks until it ends or is canceled. */
  wait(options: WaitRequest): HRESULT

  /** Makes an object with ICancelMethodCalls that belongs to the calling thread. */
  createCancelObject(options: CancelObjectOptions): BindingCancelObject
  /** Makes an object with IUnknown only. */
  createUnknown(): BindingObject
  /**
   * Whether an interface is a dispinterface, which is called by IDispatch::Invoke only: S_OK for one that the system
   * marshals so; TYPE_E_WRONGTYPEKIND for a dual interface and any other; REGDB_E_IIDNOTREG for an unknown one. The
   * emulator knows dispinterfaces only.
   */
  checkDispinterface(iid: InterfaceId): HRESULT
  /**
   * Replies to an incoming call. Does nothing for a call that has a reply or whose caller is gone. Pointers
   * in the reply may be released when the function returns.
   */
  reply(call: CallKey, reply: IncomingReply): void
  /**
   * RPC_E_CALL_CANCELED when the caller canceled (S2), else RPC_S_CALLPENDING; RPC_E_CALL_COMPLETE after the
   * reply.
   */
  testIncoming(call: CallKey): HRESULT

  /** Calls CoCancelCall from a thread of the system's pool: does not block the calling thread. */
  cancelCall(threadId: ThreadId, seconds: Seconds, done: Done): void
  /**
   * Starts a thread. `done` gets the result of CoInitializeEx and CoEnableCallCancellation there, before any
   * job runs.
   */
  startThread(options: ThreadOptions, done: Done): BindingThread
  /**
   * Cancels a job. A queued job never reaches COM. A running job is canceled repeatedly until it ends (C12):
   * after 1 ms, growing to 50 ms, and to one second after the grace period of its thread; not again after
   * CO_E_CANCEL_DISABLED, which cannot change for a pending call (E5). The `done` of the job reports its end,
   * with RPC_E_CALL_CANCELED for a queued job. Does nothing for a job that has ended. Returns true for a queued
   * job. A limit of the job cancels it in the same way.
   */
  cancelJob(job: JobId): boolean

  /**
   * Cancels the call that blocks the calling thread when `ms` milliseconds have passed, and again after each `repeat`
   * milliseconds (W1, W2), from 1 to 0x7FFFFFFF, until `stopTimeout`: on a thread of the system's pool, so that
   * JavaScript may be blocked. 0: the system has no timer. The library enables cancellation on the thread.
   */
  startTimeout(ms: number, repeat: number): TimeoutId
  /** How many calls it has canceled: cancels that returned S_OK. 0 for a timeout that was stopped. */
  canceledBy(timeout: TimeoutId): number
  /**
   * Ends a timeout of the calling thread and waits for a cancel that is under way: it then cancels no more. Returns
   * what `canceledBy` returned; 0 for a timeout that was stopped.
   */
  stopTimeout(timeout: TimeoutId): number
  /**
   * Watches over the event loop of the calling thread (W3): when the loop has been silent for the threshold, the calls
   * that block the thread are canceled. 0: the system has no timer. The library enables cancellation on the thread.
   */
  startWatchdog(options: WatchdogOptions): WatchdogId
  /** While it is suspended, a watchdog cancels and reports nothing. */
  suspendWatchdog(watchdog: WatchdogId, suspended: boolean): void
  /** Ends a watchdog and waits for a cancel that is under way. Does nothing for one that was stopped. */
  stopWatchdog(watchdog: WatchdogId): void

  /**
   * Starts a host process. `done` is called once; `ended` once, after `done` reported a host, when the process has
   * ended.
   */
  startHost(architecture: Architecture, done: (start: HostStart) => void, ended: (end: HostEnd) => void): void
  /** Finds the servers of a class in the registry, by a ProgID or a CLSID in braces. */
  findClass(name: string): ClassServers

  /**
   * Runs a function in a later turn of the event loop, in which JavaScript is free meanwhile. Absent in a binding
   * without a clock of its own: the library then uses setImmediate.
   */
  soon?(run: () => void): void
  /**
   * Runs a function once, after so many milliseconds. Returns a function that prevents it. Absent in a binding without a
   * clock of its own: the library then uses setTimeout.
   */
  later?(ms: number, run: () => void): () => void

  diagnostics(): Diagnostics
}
