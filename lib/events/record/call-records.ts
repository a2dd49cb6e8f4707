// Calls put together from their events: what was asked of whom, and what came of it.
import type { BindingInfo, HRESULT, JobId, ThreadId } from '../../../binding'
import { failed, HResult } from '../../errors/hresult'
import type { CallId, ComEvent, ComEventOf, OperationName } from '../publish/event'

/** When the steps of a call happened, as the events have it; null for what did not happen, or was not seen. */
export interface CallTimes {
  begin: number | null
  dispatched: number | null
  canceled: number | null
  notified: number | null
  finished: number | null
  /** The caller was free again: the call had returned, or was released. */
  returned: number | null
}

/**
 * One call. The addon sees its calls from the caller's side only: there `server`, `dispatched`, `released` and what
 * else the server's side knows is null.
 */
export interface CallRecord {
  /** What its events carry; 0 where no event does, the binding seeing it from outside only. */
  id: CallId
  job: JobId | null
  binding: BindingInfo['kind']
  operation: OperationName
  /** The member, class or moniker: what `log.call` finds it by. */
  name: string | number
  server: string | null
  /** The thread that called. */
  caller: ThreadId
  marshaled: boolean | null
  cancelable: boolean | null
  /** How often a busy server rejected it. */
  rejections: number | null
  /** A thread of the server took it up: `servedBy`. */
  dispatched: boolean | null
  servedBy: ThreadId | null
  canceled: boolean
  /** The server was notified of the cancel. */
  notified: boolean | null
  /** The method has ended, with `serverHresult`. */
  finished: boolean | null
  serverHresult: HRESULT | null
  /** The caller is free again, with `hresult`. */
  returned: boolean
  /** It was, before there was a reply (C7). */
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

const madeBy = (event: ComEventOf<'call:made'>): CallRecord => ({
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

/** One of which only the caller's side is seen. */
const seenFromOutside = (
  event: ComEventOf<'job:queued' | 'wait:began'>,
  asked: Pick<CallRecord, 'job' | 'operation' | 'name' | 'cancelable'>,
): CallRecord => ({
  id: 0,
  ...asked,
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

const back = (call: CallRecord, { hresult, time }: { hresult: HRESULT; time: number }): void => {
  call.returned = true
  call.hresult = hresult
  call.times.returned = time
  // What the server itself gave up is a cancel as well, whoever told it to.
  if (hresult === HResult.RPC_E_CALL_CANCELED || call.released) call.outcome = 'canceled'
  else call.outcome = failed(hresult) ? 'failed' : 'completed'
}

/** What an event says of its call. */
const step = (call: CallRecord, event: ComEvent): void => {
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
      back(call, event)
      break
    case 'call:returned':
      back(call, event)
      break
    case 'call:reply-dropped':
      call.replyDropped = true
      break
  }
}

/** The calls of the addon, from what it was asked to do and said of it: it sees no more. */
class OutsideCalls {
  readonly #jobs = new Map<string, CallRecord>()
  readonly #waits = new Map<ThreadId, CallRecord>()
  /** When a thread was done with the last of its jobs. */
  readonly #doneAt = new Map<ThreadId, { job: JobId; time: number }[]>()
  /** When a cancel of a thread's call was last asked for. */
  readonly #askedAt = new Map<ThreadId, number>()
  readonly #calls: Set<CallRecord>

  constructor(calls: Set<CallRecord>) {
    this.#calls = calls
  }

  see(event: ComEvent): void {
    switch (event.type) {
      case 'job:queued': {
        const { job, operation, name } = event
        const call = seenFromOutside(event, { job, operation, name, cancelable: null })
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
        this.#askedAt.set(event.target, event.time)
        break
      case 'wait:began': {
        const { cancelable } = event
        const call = seenFromOutside(event, { job: null, operation: 'wait', name: 'wait', cancelable })
        this.#waits.set(event.threadId, call)
        this.#calls.add(call)
        break
      }
      case 'wait:ended': {
        const call = this.#waits.get(event.threadId)
        if (call) back(call, event)
        break
      }
    }
  }

  /** There are no more events: what has not ended has begun when the one before was over. */
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

  /** A thread carries out its jobs one after the other: this one began when those before it were over. */
  #ended(call: CallRecord, event: ComEventOf<'job:ended'>): void {
    this.#begin(call, event.job)
    const done = this.#doneAt.get(event.threadId) ?? []
    this.#doneAt.set(event.threadId, done)
    done.push({ job: event.job, time: event.time })
    back(call, event)
    if (call.outcome !== 'canceled') return
    const asked = this.#askedAt.get(event.threadId) ?? Number.NEGATIVE_INFINITY
    if (asked >= (call.times.begin ?? 0)) this.#canceled(call, asked)
    else call.canceled = true
  }
}

/** The calls that events tell of, in the order they were made. Those whose beginning is not among them are left out. */
export const callsOf = (events: Iterable<ComEvent>): CallRecord[] => {
  const calls = new Set<CallRecord>()
  const byId = new Map<CallId, CallRecord>()
  const outside = new OutsideCalls(calls)
  for (const event of events) {
    if (event.type === 'call:made') {
      const call = madeBy(event)
      byId.set(event.call, call)
      calls.add(call)
    } else if ('call' in event && event.call !== undefined) {
      const call = byId.get(event.call)
      if (call) step(call, event)
    } else if (event.binding === 'native') outside.see(event)
  }
  outside.close()
  return [...calls]
}
