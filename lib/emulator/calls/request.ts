// The interfaces Request, a requested call, and RunningCall, a call that a server executes.
import type { HRESULT, ThreadId } from '../../../binding'
import { memberName } from '../../errors/call-error'
import type { Subject } from '../../events/publish/event'
import type { Place } from '../apartments/host'
import type { Rejection } from '../apartments/message-filter'
import type { ThreadStack } from '../apartments/thread-stack'
import type { CountedObject } from '../objects/counted-object'
import type { Reply } from './reply'

/** A queue of jobs that threads run while they wait for a reply from JavaScript. */
export interface JobQueue {
  /** The thread waits and can run a job. */
  offer(stack: ThreadStack): void
  /** The thread is busy again, or its wait is over. */
  withdraw(stack: ThreadStack): void
}

/** A served call whose thread has begun to execute it. */
export interface RunningCall {
  readonly request: Request
  /** The thread that called. */
  readonly caller: ThreadId
  /** The thread that executes it. */
  readonly stack: ThreadStack
  readonly canceled: boolean
  /** TestCancel (S2). */
  testCancel(): HRESULT
  /** `notify` is called inside the cancel, or at once after one. It must not run code of the program. */
  onCancel(notify: () => void): void
  /** `notify` is called once when the caller no longer waits for the method. */
  onLeft(notify: () => void): void
  /** Another worker thread's server has rejected the call. Resolves to 'retry', or to the reply that ends the call. */
  rejected(reason: Rejection): Promise<Reply | 'retry'>
  /** Until the method ends, its thread runs the jobs of a queue, and executes incoming calls. */
  serve(queue: JobQueue): void
}

export interface Request {
  readonly at: Place
  /** The operation, as events name it. */
  readonly subject: Subject
  /** An object to keep until the method has ended. */
  readonly target?: CountedObject
  /** The calling thread, where that is a thread of another worker. */
  readonly caller?: ThreadId
  /** Its caller does not wait: the call has no call context (S6), and no cancel object on a thread (O8). */
  readonly asynchronous?: boolean
  /** The object does not exist yet: its server may never start. */
  readonly activation?: boolean
  /** Called on the thread that executes the call. */
  perform(call: RunningCall): Reply | Promise<Reply>
  /** The request is over: releases what only the request needed. Called once. */
  over?(): void
}

/** `Open of an object of Excel.Application`. */
export const describeSubject = ({ operation, name }: Subject, object: string): string => {
  if (operation === 'activate') return `the activation of ${name}`
  return `${operation === 'invoke' || operation === 'fire' ? memberName(name) : operation} of ${object}`
}

/** The request as a leak check lists it. */
export const describeRequest = ({ subject, target, at }: Request): string =>
  describeSubject(subject, target?.kind ?? at.host.name ?? 'this process')
