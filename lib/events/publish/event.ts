// The vocabulary of what happens in COM: every event a binding publishes, by its type.
import type {
  Apartment,
  BindingInfo,
  CallKey,
  HRESULT,
  Invocation,
  JobId,
  Operation,
  Seconds,
  ThreadId,
} from '../../../binding'

/** Names one call of an emulated program; all its events carry it. Never used twice. */
export type CallId = number

/**
 * What a thread does: 'wait', 'activate' and 'adopt' as in BindingThread, an operation on an object by its kind
 * ('invoke' for an Invocation), or 'fire' for a server's event on its way to a handler.
 */
export type OperationName =
  | 'wait'
  | 'activate'
  | 'adopt'
  | 'invoke'
  | 'fire'
  | Exclude<Operation['kind'], Invocation['kind']>

/** How a thread asks for a cancel. */
export type CancelFunction = 'CoCancelCall' | 'cancelCall' | 'ComThread.cancel' | 'ICancelMethodCalls::Cancel'

export interface Subject {
  operation: OperationName
  /** The member (a name or a DISPID), class, moniker or interface id it is about; else the operation's own name. */
  name: string | number
}

/** An operation as events name it. */
export const subjectOf = (operation: Operation): Subject => {
  const { kind } = operation
  switch (kind) {
    case 'look-up':
      return { operation: kind, name: operation.member }
    case 'next':
      return { operation: kind, name: kind }
    case 'events':
    case 'advise':
    case 'unadvise':
      return { operation: kind, name: operation.iid ?? kind }
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
  /** Names one request; its `cancel:returned` carries it too. */
  cancel: number
  /** How it was asked for. */
  function: CancelFunction
  /** The thread whose call is meant: that of the object, where an object is asked. */
  target: ThreadId
  seconds: Seconds
}

interface Incoming {
  /** Names the incoming call. */
  key: CallKey
}

/**
 * The details of each type. `threadId` of an event is the thread that it happened to: that of the job, of the
 * caller, of the canceller; for what a server does, the server's.
 */
export interface EventDetails {
  // Every binding publishes these, at its boundary.
  'thread:started': { from: ThreadId; apartment: Apartment; callCancellation: boolean }
  /** It has entered its apartment. */
  'thread:entered': Result
  /** It was asked to end. */
  'thread:closing': { from: ThreadId }
  'thread:ended': object
  'job:queued': JobEvent & Subject & { from: ThreadId }
  /** A cancel was requested. */
  'job:canceled': JobEvent & { from: ThreadId }
  /** It was canceled before it began, and never reaches COM. */
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
  /** `call`: that of the incoming call whose context it is, where the emulator switched it. */
  'context:switched': Result & { to: 'context' | 'none'; call?: CallId }
  /** A call that blocks the calling thread itself. */
  'wait:began': { ms: number; cancelable: boolean }
  'wait:ended': Result
  /** A call came in to an object that JavaScript implements. */
  'incoming:received': Incoming & { dispid: number; kind: 'call' | 'get' | 'set' | 'set-reference' }
  'incoming:canceled': Incoming
  'incoming:replied': Incoming & Result

  // Only the emulator sees these.
  'call:made': CallEvent &
    Subject & {
      /** The server's ProgID, or 'program' for the program itself, 'worker 2' for another worker; null for a wait. */
      server: string | null
      /** The job that made it, or null. */
      job: JobId | null
      /** False for a direct call, inside one apartment (C14). */
      marshaled: boolean
      /** Whether its thread had cancellation enabled (E5); null where its thread is another worker's. */
      cancelable: boolean | null
    }
  /** Its cancel object was registered, or refused (O5). */
  'call:registered': CallEvent & Result
  /** The server was busy and rejected it. */
  'call:rejected': CallEvent & { reason: 'rejected' | 'retry-later' }
  /** A thread of the server took it up; `threadId` 0: one of another worker, where it has events of its own. */
  'call:dispatched': CallEvent & { from: ThreadId }
  /** The first cancel that took effect. */
  'call:canceled': CallEvent
  /** The server was notified of the cancel: CoTestCancel reports it from now on (S2). */
  'call:notified': CallEvent
  /** The method has ended. */
  'call:finished': CallEvent & Result
  /** The caller has its reply. */
  'call:returned': CallEvent & Result
  /** The caller came back before there was a reply (C7). */
  'call:released': CallEvent & Result
  /** The reply came when nobody waited for it any more. */
  'call:reply-dropped': CallEvent & Result
  /** A process was started for a local server. `threadId` 0: it has no thread yet. */
  'server:started': { server: string }
  'server:ended': { server: string }
}

export type ComEventType = keyof EventDetails

export type ComEventOf<Type extends ComEventType> = Type extends ComEventType
  ? {
      readonly type: Type
      /** Milliseconds: of the emulator's clock, of `performance.now()` with the addon. */
      readonly time: number
      /** The thread it happened to. */
      readonly threadId: ThreadId
      readonly binding: BindingInfo['kind']
    } & Readonly<EventDetails[Type]>
  : never

/** Something that happened. */
export type ComEvent = ComEventOf<ComEventType>
