// The contract between the library and what carries it out: the addon in native/ and the emulator in lib/emulator/.
//
// Shapes are checked once, in lib/ (lib/validate.ts): a binding may trust the types declared here and checks
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
}

export interface WaitOptions {
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
  wait(options: WaitOptions, done: Done): JobId
  /**
   * CoCancelCall on the job this thread is running at this moment, from another thread, so that the caller
   * never blocks. `done` gets its result; E_NOINTERFACE when no job runs.
   */
  cancel(seconds: Seconds, done: Done): void
  /** Takes no more work, drops what is queued, gives up what runs; `done` when the thread has ended. Again: `done` only. */
  close(done: () => void): void
}

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
  wait(options: WaitOptions): HRESULT

  /** An object with ICancelMethodCalls, made by the calling thread. */
  createCancelObject(options: CancelObjectOptions): BindingCancelObject
  /** An object with IUnknown and nothing else. */
  createUnknown(): BindingObject

  /** CoCancelCall from a thread of the system's pool: never blocks the caller. */
  cancelCall(threadId: ThreadId, seconds: Seconds, done: Done): void
  /** Starts a thread; `done` gets what CoInitializeEx and CoEnableCallCancellation said there, before any job. */
  startThread(options: ThreadOptions, done: Done): BindingThread
  /**
   * Gives up a job: one that is queued never reaches COM, one that runs is canceled, again and again (1 ms,
   * growing to 50 ms), until it is over (C12). Its own `done` reports the end: RPC_E_CALL_CANCELED for one
   * that was queued. A job already over: nothing. True when it was queued.
   */
  cancelJob(job: JobId): boolean

  diagnostics(): Diagnostics
}
