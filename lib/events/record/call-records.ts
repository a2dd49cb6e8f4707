// Records of calls, made of their events.
import type { BindingInfo, HRESULT, JobId, ThreadId } from '../../../binding'
import { failed, HResult } from '../../errors/hresult'
import type { CallId, ComEvent, ComEventOf, OperationName } from '../publish/event'

/** The times of a call's events in milliseconds; null for an event that was not published. */
export interface CallTimes {
  begin: number | null
  dispatched: number | null
  canceled: number | null
  notified: number | null
  finished: number | null
  /** The call returned to its caller, with or without a reply. */
  returned: number | null
}

/**
 * One call. The addon publishes only events of the caller's side: `server`, `dispatched`, `released` and
 * other properties of the server's side are then null.
 */
export interface CallRecord {
  /** The id in the events of the emulator; 0 for a call of the addon. */
  id: CallId
  job: JobId | null
  binding: BindingInfo['kind']
  operation: OperationName
  /** The member, class or moniker, by which `log.call` finds the call. */
  name: string | number
  server: string | null
  /** The thread that called. */
  caller: ThreadId
  marshaled: boolean | null
  cancelable: boolean | null
  /** How often a busy server rejected the call. */
  rejections: number | null
  /** A thread of the server, `servedBy`, began to serve the call. */
  dispatched: boolean | null
  servedBy: ThreadId | null
  canceled: boolean
  /** The server was notified of the cancel. */
  notified: boolean | null
  /** The method has ended, with `serverHresult`. */
  finished: boolean | null
  serverHresult: HRESULT | null
  /** The call has returned, with `hresult`. */
  returned: boolean
  /** The call returned before it had a reply (C7). */
  released: boolean | null
  replyDropped: boolean | null
  hresult: HRESULT | null
  outcome: 'pending' | 'completed' | 'canceled' | 'failed'
  times: CallTimes
}

const timesFrom = (begin: number): CallTimes => ({
  begin,
  dispatched: null,
  canceled: null,
  notified: null,
  finished: null,
  returned: null,
})

const recordOf = (event: ComEventOf<'call:made'>): CallRecord => ({
  id: event.call,
  job: event.job,
  binding: event.binding,
  operation: event.operation,
  name: event.name,
  server: event.server,
  caller: event.threadId,
  marshaled: event.marshaled,
  cancelable: event.cancelable,
  rejections: 0,
  dispatched: false,
  servedBy: null,
  canceled: false,
  notified: false,
  finished: false,
  serverHresult: null,
  returned: false,
  released: false,
  replyDropped: false,
  hresult: null,
  outcome: 'pending',
  times: timesFrom(event.time),
})

/** The record of a call of the addon. */
const callOfAddon = (
  event: ComEventOf<'job:queued' | 'wait:began'>,
  request: Pick<CallRecord, 'job' | 'operation' | 'name' | 'cancelable'>,
): CallRecord => ({
  id: 0,
  ...request,
  binding: event.binding,
  server: null,
  caller: event.threadId,
  marshaled: null,
  rejections: null,
  dispatched: null,
  servedBy: null,
  canceled: false,
  notified: null,
  finished: null,
  serverHresult: null,
  returned: false,
  released: null,
  replyDropped: null,
  hresult: null,
  outcome: 'pending',
  times: timesFrom(event.time),
})

const setReturned = (call: CallRecord, { hresult, time }: { hresult: HRESULT; time: number }): void => {
  call.returned = true
  call.hresult = hresult
  call.times.returned = time
  // A server that fails with RPC_E_CALL_CANCELED counts as a cancel as well.
  if (hresult === HResult.RPC_E_CALL_CANCELED || call.released) call.outcome = 'canceled'
  else call.outcome = failed(hresult) ? 'failed' : 'completed'
}

/** Updates the record of an emulator's call with an event. */
const update = (call: CallRecord, event: ComEvent): void => {
  const { time } = event
  switch (event.type) {
    case 'call:rejected':
      call.rejections = (call.rejections ?? 0) + 1
      break
    case 'call:dispatched':
      call.dispatched = true
      call.servedBy = event.threadId
      call.times.dispatched = time
      break
    case 'call:canceled':
      call.canceled = true
      call.times.canceled = time
      break
    case 'call:notified':
      call.notified = true
      call.times.notified = time
      break
    case 'call:finished':
      call.finished = true
      call.serverHresult = event.hresult
      call.times.finished = time
      break
    case 'call:released':
      call.released = true
      setReturned(call, event)
      break
    case 'call:returned':
      setReturned(call, event)
      break
    case 'call:reply-dropped':
      call.replyDropped = true
      break
  }
}

/** The calls of the addon, made of the events of jobs and waits. */
class AddonCalls {
  readonly #jobs = new Map<string, CallRecord>()
  readonly #waits = new Map<ThreadId, CallRecord>()
  /** The ends of the jobs of each thread. */
  readonly #doneAt = new Map<ThreadId, { job: JobId; time: number }[]>()
  /** The time of the last cancel request for each thread. */
  readonly #requestedAt = new Map<ThreadId, number>()
  readonly #calls: Set<CallRecord>

  constructor(calls: Set<CallRecord>) {
    this.#calls = calls
  }

  see(event: ComEvent): void {
    switch (event.type) {
      case 'job:queued': {
        const { job, operation, name } = event
        const call = callOfAddon(event, { job, operation, name, cancelable: null })
        this.#jobs.set(`${event.threadId}:${job}`, call)
        this.#calls.add(call)
        break
      }
      case 'job:canceled': {
        const call = this.#jobs.get(`${event.threadId}:${event.job}`)
        if (call) this.#canceled(call, event.time)
        break
      }
      case 'job:withdrawn': {
        const call = this.#jobs.get(`${event.threadId}:${event.job}`)
        if (call) this.#calls.delete(call) // it never reached COM
        break
      }
      case 'job:ended': {
        const call = this.#jobs.get(`${event.threadId}:${event.job}`)
        if (call) this.#ended(call, event)
        break
      }
      case 'cancel:requested':
        this.#requestedAt.set(event.target, event.time)
        break
      case 'wait:began': {
        const { cancelable } = event
        const call = callOfAddon(event, { job: null, operation: 'wait', name: 'wait', cancelable })
        this.#waits.set(event.threadId, call)
        this.#calls.add(call)
        break
      }
      case 'wait:ended': {
        const call = this.#waits.get(event.threadId)
        if (call) setReturned(call, event)
        break
      }
    }
  }

  /** Sets the beginning of calls that have not ended: the end of the job before. */
  close(): void {
    for (const call of this.#calls) if (call.job !== null && !call.returned) this.#begin(call, call.job)
  }

  #begin(call: CallRecord, job: JobId): void {
    const before = this.#doneAt.get(call.caller)?.findLast(done => done.job < job)
    if (before) call.times.begin = Math.max(call.times.begin ?? before.time, before.time)
  }

  #canceled(call: CallRecord, time: number): void {
    call.canceled = true
    call.times.canceled ??= time
  }

  /** A thread runs its jobs one at a time: this one began when the job before ended. */
  #ended(call: CallRecord, event: ComEventOf<'job:ended'>): void {
    this.#begin(call, event.job)
    const done = this.#doneAt.get(event.threadId) ?? []
    this.#doneAt.set(event.threadId, done)
    done.push({ job: event.job, time: event.time })
    setReturned(call, event)
    if (call.outcome !== 'canceled') return
    const requested = this.#requestedAt.get(event.threadId) ?? Number.NEGATIVE_INFINITY
    if (requested >= (call.times.begin ?? 0)) this.#canceled(call, requested)
    else call.canceled = true
  }
}

/**
 * The calls in events, in the order in which they were made. Calls without a recorded beginning are left out.
 */
export const callsOf = (events: Iterable<ComEvent>): CallRecord[] => {
  const calls = new Set<CallRecord>()
  const byId = new Map<CallId, CallRecord>()
  const outside = new AddonCalls(calls)
  for (const event of events) {
    if (event.type === 'call:made') {
      const call = recordOf(event)
      byId.set(event.call, call)
      calls.add(call)
    } else if ('call' in event && event.call !== undefined) {
      const call = byId.get(event.call)
      if (call) update(call, event)
    } else if (event.binding === 'native') outside.see(event)
  }
  outside.close()
  return [...calls]
}
