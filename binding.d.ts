// The contract between the library and what carries it out: the addon in native/ and the emulator in lib/emulator/.
//
// Shapes are checked once, in lib/ (lib/errors/validate.ts): a binding may trust the types declared here and checks
// only what it alone can know (does this thread exist, is this object released, whose object is it).
// No operation throws for what COM reports: it returns the HRESULT. Callbacks named `done` are called exactly
// once, never from inside the call that took them, and on the JavaScript thread that passed them in; they must
// not throw. An environment that goes away (worker terminated, process exits) drops the callbacks still owed.

/** A COM result: a signed 32-bit integer, negative for a failure. */
export type HRESULT = number

/** A Windows thread id: an unsigned 32-bit integer; where a function takes one, 0 means the calling thread. */
export type ThreadId = number

/** Whole seconds as COM counts timeouts: an unsigned 32-bit integer, 0xFFFFFFFF being RPC_C_CANCEL_INFINITE_TIMEOUT. */
export type Seconds = number

/** An interface id as a lower-case GUID without braces: `00000029-0000-0000-c000-000000000046`. */
export type InterfaceId = string

/** Names one job of one environment; never used twice. */
export type JobId = number

export type Apartment = 'sta' | 'mta'

/** Called once with how an operation ended. */
export type Done = (hresult: HRESULT) => void

/**
 * A COM object as JavaScript holds it: one reference of its own, given back by `release` or, at the latest,
 * when the handle is collected.
 */
export interface BindingObject {
  /** The thread the object was made on or asked for. */
  readonly threadId: ThreadId
  /** False once `release` has been called; from then on every other member answers RPC_E_DISCONNECTED. */
  readonly held: boolean
  /** The COM reference count of this moment, this handle's own reference included; 0 once released. */
  references(): number
  /** QueryInterface for the interface: S_OK or E_NOINTERFACE. */
  queryInterface(iid: InterfaceId): HRESULT
  /** ICancelMethodCalls::Cancel; E_NOINTERFACE where the object has none. Blocks up to the timeout. */
  cancel(seconds: Seconds): HRESULT
  /** ICancelMethodCalls::TestCancel; E_NOINTERFACE where the object has none. */
  testCancel(): HRESULT
  /** Gives the reference back; a second time it does nothing. */
  release(): void
}

export interface BindingCancelObject extends BindingObject {
  /** The call it stands for is over: Cancel and TestCancel answer RPC_E_CALL_COMPLETE unless it was canceled before. */
  complete(): void
}

export interface CancelObjectOptions {
  /**
   * Told about the one Cancel that took effect, on the thread that made the object: inside Cancel when that
   * thread calls it, else in a later turn of its event loop. Must not throw.
   */
  onCancel: (seconds: Seconds) => void
  /**
   * What Cancel returns while the call is pending. A failure (E_NOTIMPL, E_FAIL) means that the call must not
   * be canceled: Cancel then does nothing but return it (O9).
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
  /** How long a server that rejects a call because it is busy is asked again, in milliseconds. */
  busyRetry: number
}

export interface WaitRequest {
  /** How long the call takes, in milliseconds: 0 to 0xFFFFFFFE. */
  ms: number
  /** False: no cancel object is registered, as in a call inside one apartment (C14). */
  cancelable: boolean
}

/**
 * A real thread (or an emulated one) with an apartment and a queue of jobs that it runs one after the other.
 * One that is collected without `close` ends when its queue is done.
 */
export interface BindingThread {
  /** Its thread id. It stays the id of this thread alone while the handle is alive, even after the thread has ended. */
  readonly id: ThreadId
  /**
   * Queues the blocking wait every host can run. `done` gets S_OK, RPC_E_CALL_CANCELED when it was given up,
   * RPC_E_DISCONNECTED when the thread was closed before its turn.
   */
  wait(options: WaitRequest, done: Done): JobId
  /** Gets an object: `value` of the outcome is a 'dispatch' or 'unknown'. A success without an object is a cancel (C13). */
  activate(activation: Activation, done: Returned): JobId
  /** Carries an operation out on an object of this thread. */
  ask(object: BindingPointer, operation: Operation, done: Returned): JobId
  /** An object of another thread, marshaled into this thread's apartment: `value` is it. Its own thread must be free. */
  adopt(object: BindingPointer, done: Returned): JobId
  /** An IDispatch carried out by JavaScript, at home in this thread's apartment. */
  implement(implementation: Implementation): BindingPointer
  /**
   * CoCancelCall on the job this thread is running at this moment, from another thread, so that the caller
   * never blocks. `done` gets its result; E_NOINTERFACE when no job runs.
   */
  cancel(seconds: Seconds, done: Done): void
  /** Takes no more work, drops what is queued, gives up what runs; `done` when the thread has ended. Again: `done` only. */
  close(done: () => void): void
}

/** How a `Variant` is laid out: Automation's types by their short names. */
export type VariantType = ScalarType | 'variant'

export type ScalarType =
  | 'empty' // VT_EMPTY
  | 'null' // VT_NULL
  | 'missing' // VT_ERROR with DISP_E_PARAMNOTFOUND: an argument that was left out
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

/** A DECIMAL: `digits` (up to 96 bits) divided by ten to the power of `scale` (0 to 28). */
export interface Decimal {
  digits: bigint
  scale: number
  negative: boolean
}

/**
 * What a VARIANT of a type carries: nothing for 'empty', 'null' and 'missing'; a boolean for 'bool'; a number
 * for integers up to 32 bits, 'r4', 'r8', 'error' (an HRESULT) and 'date' (days since 1899-12-30, as OLE
 * counts them); a bigint for 'i8', 'ui8' and 'cy' (ten-thousandths); a Decimal for 'decimal'; a string for
 * 'bstr', or null for a NULL BSTR; a pointer or null for 'dispatch' and 'unknown'.
 */
export type ScalarValue = undefined | boolean | number | bigint | string | Decimal | BindingPointer | null

export interface ScalarVariant {
  type: ScalarType
  value?: ScalarValue
  byRef?: ByReference
}

/**
 * By reference: the server may put another value in; the call's outcome then has it. True: a reference to a
 * value of this type (VT_BYREF | VT_I4), which stays of this type; never on 'empty', 'null' and 'missing'.
 * 'variant': a reference to a VARIANT that holds it (VT_BYREF | VT_VARIANT), as scripts pass their variables;
 * any type may come back.
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
  /** 1 to 60 dimensions, the first one varying slowest. */
  dimensions: Dimension[]
  /** All elements, the last dimension varying fastest: bare values, or Variants where `element` is 'variant'. */
  elements: (ScalarValue | Variant)[]
  byRef?: ByReference
}

/** A value on its way into or out of an Automation call, with its type. */
export type Variant = ScalarVariant | ArrayVariant

/**
 * An interface pointer that lives in a thread's apartment and is used there only. Released on that thread by
 * `release` or, at the latest, when it is collected.
 */
export interface BindingPointer {
  readonly threadId: ThreadId
  readonly held: boolean
  release(): void
}

/**
 * An IDispatch that JavaScript implements. Its home is the apartment of the thread it was made for, where COM
 * calls it; `invoke` runs on the JavaScript thread that made it. While a call waits for its reply, the waiting
 * thread carries out jobs of the home thread's queue, so that JavaScript may use the thread before it replies.
 */
export interface Implementation {
  /** DISPID by lower-case name; other names get DISP_E_UNKNOWNNAME. */
  members: Record<string, number>
  /** The interface it answers for besides IDispatch, such as an event interface; or null. */
  iid: InterfaceId | null
  /** A call came in. Must not throw; `Binding.reply` answers it, once, now or later. */
  invoke(call: IncomingCall): void
  /** The caller of a call that has no reply yet has canceled it. Said once. */
  canceled(call: CallKey): void
}

/** Names one incoming call; never used twice. */
export type CallKey = number

export interface IncomingCall {
  key: CallKey
  dispid: number
  kind: 'call' | 'get' | 'set' | 'set-reference'
  /** By position, first to last, a value to set being the last; pointers among them belong to the home thread. */
  args: Variant[]
  /** The thread COM called on. */
  threadId: ThreadId
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
  /** From 0: those by position first to last, then the named ones in their order. */
  position: number
  value: Variant
}

/** What EXCEPINFO or IErrorInfo said. */
export interface ExceptionInfo {
  source: string
  description: string
  helpFile: string
  helpContext: number
}

/** How a call ended. */
export interface CallOutcome {
  hresult: HRESULT
  value: Variant | null
  /** The by-reference arguments as the server left them. */
  outs: OutArgument[]
  exception: ExceptionInfo | null
  /** The argument at fault, counted as in OutArgument, or -1. */
  argument: number
  /** The result of an 'events' operation; absent for every other, and for an object that does not name its events. */
  events?: EventSource
}

/** An event interface, as the object's type information has it. */
export interface EventSource {
  iid: InterfaceId
  /** DISPID by lower-case name. */
  members: Record<string, number>
}

export type Returned = (outcome: CallOutcome) => void

/** CLSCTX_INPROC_SERVER 1, CLSCTX_LOCAL_SERVER 4, CLSCTX_REMOTE_SERVER 16. */
export type ClassContext = number

export type Activation =
  /** CoCreateInstanceEx; `name` is a ProgID or a CLSID in braces, `server` another machine's name or null. */
  | { kind: 'create'; name: string; context: ClassContext; server: string | null }
  /** GetActiveObject. */
  | { kind: 'active'; name: string }
  /** CoGetObject with a moniker's display name. */
  | { kind: 'moniker'; name: string }

/** IDispatch::GetIDsOfNames and Invoke. */
export interface Invocation {
  /** A name, or a DISPID: 0 is the default member, -4 the enumerator. */
  member: string | number
  /** 'call' asks for a method or a property, as late-bound languages do in an expression; 'get' for a property only. */
  kind: 'call' | 'get' | 'set' | 'set-reference'
  /** By position, first to last; a value to set is the last. */
  args: Variant[]
  named: { name: string; value: Variant }[]
}

/** What a thread can do with an object that lives in its apartment. */
export type Operation =
  | Invocation
  /** GetIDsOfNames: `value` of the outcome is the DISPID ('i4'), or 'empty' when there is no such member. */
  | { kind: 'look-up'; member: string }
  /** IEnumVARIANT::Next on what DISPID -4 returned: `value` is an array of at most `count` variants, empty at the end. */
  | { kind: 'next'; count: number }
  /** The events of interface `iid`, or of the object's default source interface when null: `events` of the outcome. */
  | { kind: 'events'; iid: InterfaceId | null }
  /** IConnectionPoint::Advise: connects an object that `implement` made. `value` of the outcome is the cookie ('ui4'). */
  | { kind: 'advise'; iid: InterfaceId; sink: BindingPointer }
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

/** Who answers for an entry point. */
export type Provider = 'ole32' | 'kernel32' | 'stand-in' | 'emulator'

/** What one binding can do and another can't: `true`, or the reason why not. */
export interface Capabilities {
  /** Threads are the system's own, and block. */
  realThreads: true | string
  /** A blocked, synchronous wait of one worker thread is canceled from another. */
  cancelAcrossWorkers: true | string
  /** A block on cancel operations can be switched on (O5). */
  blockCancelOperations: true | string
}

export interface BindingInfo {
  kind: 'native' | 'emulator'
  /** The host it found: `Windows 10.0.19045`, `Wine 8.0`, `emulator`. */
  host: string
  entryPoints: Record<EntryPoint, Provider>
  capabilities: Capabilities
}

/** Counts of what is alive at this moment in the whole process: all zero but `handles` when nothing is in use. */
export interface Diagnostics {
  /** Threads started and not yet ended, the abandoned ones among them. */
  threads: number
  /** Jobs queued or running. */
  jobs: number
  /** COM objects of our own that somebody still holds a reference to. */
  objects: number
  /** Interface pointers held in the apartments of threads. */
  pointers: number
  /** Open handles of the process (GetProcessHandleCount); 0 where there is no such thing. */
  handles: number
}

export interface Binding {
  readonly info: BindingInfo

  // On the calling thread. `reserved` stands for a pointer: null, or any object for a pointer that is not NULL.
  /** `coInit`: COINIT_MULTITHREADED 0 or COINIT_APARTMENTTHREADED 2, with its modifiers 4 and 8. */
  coInitializeEx(coInit: number): HRESULT
  /** Undoes one coInitializeEx of this binding on this thread; CO_E_NOTINITIALIZED when there is none to undo. */
  coUninitialize(): HRESULT
  coEnableCallCancellation(reserved: object | null): HRESULT
  coDisableCallCancellation(reserved: object | null): HRESULT
  /** RPC_E_WRONG_THREAD when the object's `threadId` is not the calling thread's. */
  coSetCancelObject(object: BindingObject | null): HRESULT
  coGetCancelObject(threadId: ThreadId, iid: InterfaceId): ObjectResult
  /** Blocks up to the timeout. */
  coCancelCall(threadId: ThreadId, seconds: Seconds): HRESULT
  coTestCancel(): HRESULT
  coGetCallContext(iid: InterfaceId): ObjectResult
  /** `object` of the result is the context before, with a reference of the handle's own. */
  coSwitchCallContext(context: BindingObject | null): ObjectResult
  getCurrentThreadId(): ThreadId
  /** The wait of `BindingThread.wait`, synchronous, on the calling thread: blocks until it is over or canceled. */
  wait(options: WaitRequest): HRESULT

  /** An object with ICancelMethodCalls, made by the calling thread. */
  createCancelObject(options: CancelObjectOptions): BindingCancelObject
  /** An object with IUnknown and nothing else. */
  createUnknown(): BindingObject
  /**
   * Answers an incoming call; nothing happens when it was answered before or its caller is gone. Pointers in
   * the reply may be released as soon as it returns.
   */
  reply(call: CallKey, reply: IncomingReply): void
  /** Whether the caller canceled: RPC_S_CALLPENDING, RPC_E_CALL_CANCELED (S2), RPC_E_CALL_COMPLETE once replied. */
  testIncoming(call: CallKey): HRESULT

  /** CoCancelCall from a thread of the system's pool: never blocks the caller. */
  cancelCall(threadId: ThreadId, seconds: Seconds, done: Done): void
  /** Starts a thread; `done` gets what CoInitializeEx and CoEnableCallCancellation said there, before any job. */
  startThread(options: ThreadOptions, done: Done): BindingThread
  /**
   * Calls back once, when so many milliseconds have passed of the time in which its calls take theirs, and keeps
   * the process alive until then. Left out where that is the machine's own, for which setTimeout serves.
   */
  after?(ms: number, fire: () => void): { cancel(): void }
  /**
   * Gives up a job: one that is queued never reaches COM, one that runs is canceled, again and again (1 ms,
   * growing to 50 ms), until it is over (C12). Its own `done` reports the end: RPC_E_CALL_CANCELED for one
   * that was queued. A job already over: nothing. True when it was queued.
   */
  cancelJob(job: JobId): boolean

  diagnostics(): Diagnostics
}
