// The types of the events that bindings publish.
import type {
  Apartment,
  Architecture,
  BindingFreeze,
  BindingInfo,
  CallKey,
  Canceler,
  HostEnd,
  HRESULT,
  Invocation,
  JobId,
  Operation,
  Seconds,
  ThreadId,
  TimeoutId,
  WatchdogId,
} from '../../../binding'

/** Identifies one call in the events of the emulator. An id is never used twice. */
export type CallId = number

/**
 * What a call or a job does: 'wait', 'activate', 'adopt' and 'setProxyBlanket' as in BindingThread, an operation on an object by
 * its kind ('invoke' for an Invocation), or 'fire' for a server's event to a handler.
 */
export type OperationName =
  | 'wait'
  | 'activate'
  | 'adopt'
  | 'setProxyBlanket'
  | 'invoke'
  | 'fire'
  | Exclude<Operation['kind'], Invocation['kind']>

/** The function that requests a cancel. */
export type CancelFunction = 'CoCancelCall' | 'cancelCall' | 'ComThread.cancel' | 'ICancelMethodCalls::Cancel'

export interface Subject {
  operation: OperationName
  /** The member (a name or a DISPID), class, moniker or interface id; else the name of the operation. */
  name: string | number
}

/** The operation and name in the events of an operation. */
export const subjectOf = (operation: Operation): Subject => {
  const { kind } = operation
  switch (kind) {
    case 'look-up':
      return { operation: kind, name: operation.member }
    case 'next':
    case 'is':
    case 'describe':
    case 'describe-library':
    case 'server-process':
    case 'cancel-call':
    case 'test-call':
    case 'wait-call':
      return { operation: kind, name: kind }
    case 'events':
    case 'advise':
    case 'unadvise':
    case 'create-call':
      return { operation: kind, name: operation.iid ?? kind }
    case 'method':
      return { operation: kind, name: operation.name }
    default:
      return { operation: 'invoke', name: operation.member }
  }
}

interface Result {
  hresult: HRESULT
}

interface JobEvent {
  job: JobId
}

interface CallEvent {
  call: CallId
}

interface Cancel {
  /** Identifies the request; `cancel:requested` and `cancel:returned` have the same. */
  cancel: number
  /** The function that requested it. */
  function: CancelFunction
  /** The thread whose call is to be canceled: for a cancel object, its thread. */
  target: ThreadId
  seconds: Seconds
}

interface Incoming {
  /** Identifies the incoming call. */
  key: CallKey
}

/**
 * The details of each type. `threadId` of an event is the thread of the job, the caller or the canceler; for
 * events of a server, the server's thread.
 */
export interface EventDetails {
  // All bindings publish these events.
  'thread:started': { from: ThreadId; apartment: Apartment; callCancellation: boolean }
  /** The thread has entered its apartment. */
  'thread:entered': Result
  /** `close` was called. */
  'thread:closing': { from: ThreadId }
  'thread:ended': object
  'job:queued': JobEvent & Subject & { from: ThreadId }
  /**
   * A cancel was requested. `from`: the thread that requested it. A job's own timeout counts as its own thread's, and
   * is published when the job ends or is overdue.
   */
  'job:canceled': JobEvent & { from: ThreadId; by: Exclude<Canceler, 'close'> }
  /** The job was canceled before it began, and never reaches COM. */
  'job:withdrawn': JobEvent
  'job:ended': JobEvent & Result
  'cancel:requested': Cancel
  'cancel:returned': Cancel & Result
  /** CoInitializeEx on the calling thread. */
  'apartment:entered': Result & { coInit: number }
  'apartment:left': Result
  'cancellation:enabled': Result
  'cancellation:disabled': Result
  'cancel-object:set': Result
  'cancel-object:unset': Result
  /** `call`: the incoming call of the context, when the emulator switches it. */
  'context:switched': Result & { to: 'context' | 'none'; call?: CallId }
  /** A wait that blocks the calling thread. */
  'wait:began': { ms: number; cancelable: boolean }
  'wait:ended': Result
  /** `comTimeout` on the calling thread; `timeout` is 0 where the system has no timer. */
  'timeout:started': { timeout: TimeoutId; ms: number; repeat: number }
  'timeout:stopped': { timeout: TimeoutId; canceled: number }
  /** `watchdog` on the calling thread; `watchdog` is 0 where the system has no timer. */
  'watchdog:started': { watchdog: WatchdogId; threshold: number; interval: number }
  /** The event loop runs again after a freeze. */
  'watchdog:recovered': { watchdog: WatchdogId } & Omit<BindingFreeze, 'stack'>
  'watchdog:stopped': { watchdog: WatchdogId }
  /** An incoming call to an object that JavaScript implements. */
  'incoming:received': Incoming & { dispid: number; kind: 'call' | 'get' | 'set' | 'set-reference' }
  'incoming:canceled': Incoming
  'incoming:replied': Incoming & Result
  /** A host process has started, for `threadId`; `pid` is null for a failure. */
  'host:started': Result & { pid: number | null; architecture: Architecture }
  'host:ended': { pid: number } & Pick<HostEnd, 'exitCode' | 'by'>

  // Only the emulator publishes these events.
  'call:made': CallEvent &
    Subject & {
      /**
       * The server's ProgID, 'program' for the program, 'worker 2' for another worker thread; null for a
       * wait.
       */
      server: string | null
      /** The job that made the call, or null. */
      job: JobId | null
      /** False for a direct call, inside one apartment (C14). */
      marshaled: boolean
      /** Whether cancellation was enabled on the thread (E5); null for a thread of another worker. */
      cancelable: boolean | null
    }
  /** The cancel object of the call was registered, or refused (O5). */
  'call:registered': CallEvent & Result
  /** The server was busy and rejected the call. */
  'call:rejected': CallEvent & { reason: 'rejected' | 'retry-later' }
  /**
   * A thread of the server began to serve the call. `threadId` 0: a thread of another worker, which publishes
   * events there.
   */
  'call:dispatched': CallEvent & { from: ThreadId }
  /** A cancel took effect, for the first time. */
  'call:canceled': CallEvent
  /** The server was notified of the cancel: CoTestCancel reports it from now on (S2). */
  'call:notified': CallEvent
  /** The method has ended. */
  'call:finished': CallEvent & Result
  /** The caller has its reply. */
  'call:returned': CallEvent & Result
  /** The call returned before it had a reply (C7). */
  'call:released': CallEvent & Result
  /** The reply came after the call had returned, and was dropped. */
  'call:reply-dropped': CallEvent & Result
  /** The process of a local server was started. `threadId` is 0, because it has no thread yet. */
  'server:started': { server: string }
  'server:ended': { server: string }
}

export type ComEventType = keyof EventDetails

export type ComEventOf<Type extends ComEventType> = Type extends ComEventType
  ? {
      readonly type: Type
      /** Milliseconds of the emulator's clock, or of `performance.now()` with the addon. */
      readonly time: number
      /** The thread of the event, as EventDetails describes it. */
      readonly threadId: ThreadId
      readonly binding: BindingInfo['kind']
    } & Readonly<EventDetails[Type]>
  : never

/** An event of any type. */
export type ComEvent = ComEventOf<ComEventType>
