// A thread with an apartment and a queue of jobs, which it carries out one after the other as time passes.
import type {
  BindingThread,
  Done,
  HRESULT,
  JobId,
  Seconds,
  ThreadId,
  ThreadOptions,
  WaitOptions,
} from '../../binding'
import { failed, HResult } from '../hresult'
import { cancelInBackground, cancelObjectOf } from './cancel-operations'
import type { Milliseconds, Timer } from './clock'
import type { Keeper, Thread } from './emulated-thread'
import { type Job, JobQueue } from './job-queue'
import { beginWait, type PendingWait } from './pending-wait'
import type { System } from './system'
import { WithoutServers } from './without-servers'

/** Between attempts to cancel a job that was given up: from the first, doubling, to the longest (C12). */
const FIRST_PAUSE: Milliseconds = 1
const LONGEST_PAUSE: Milliseconds = 50

/** The jobs of one emulator that are not over, by id. */
export class Jobs {
  readonly #system: System
  readonly #alive = new Map<JobId, { job: Job; thread: EmulatedComThread }>()
  #lastId = 0

  constructor(system: System) {
    this.#system = system
  }

  takeId(): JobId {
    return ++this.#lastId
  }

  add(job: Job, thread: EmulatedComThread): void {
    this.#system.census.jobs++
    this.#alive.set(job.id, { job, thread })
  }

  delete(job: Job): void {
    if (this.#alive.delete(job.id)) this.#system.census.jobs--
  }

  /** Gives a job up; true when it was queued. */
  cancel(id: JobId): boolean {
    const entry = this.#alive.get(id)
    return entry?.thread.cancelJob(entry.job) ?? false
  }
}

class EmulatedComThread implements Keeper {
  readonly #system: System
  readonly #jobs: Jobs
  readonly #thread: Thread
  readonly #queue = new JobQueue()
  readonly #whenEnded: (() => void)[] = []
  #started = false
  #awaking = false
  /** It takes no more work and ends when it has none left. */
  #closing = false
  #running: { job: Job; call: PendingWait } | undefined
  /** Since when it could have begun its next job. */
  #freeSince: Milliseconds
  #timer: { at: Milliseconds; timer: Timer } | undefined

  constructor(system: System, jobs: Jobs, options: ThreadOptions, done: Done) {
    this.#system = system
    this.#jobs = jobs
    this.#thread = system.threads.start()
    this.#thread.keeper = this
    this.#freeSince = system.clock.now()
    const caller = system.threads.current
    system.clock.soon(() => {
      const hr = this.#enter(options)
      this.#started = true
      system.post(caller, () => done(hr))
      this.#beginNext()
      this.keepUp()
    })
  }

  get id(): ThreadId {
    return this.#thread.id
  }

  wait(options: WaitOptions, done: Done): JobId {
    const id = this.#jobs.takeId()
    const caller = this.#system.threads.current
    if (this.#closing) {
      this.#system.post(caller, () => done(HResult.RPC_E_DISCONNECTED))
      return id
    }
    const job: Job = {
      id,
      options,
      queuedAt: this.#system.clock.now(),
      caller,
      done,
      state: 'queued',
      givenUp: false,
      nextAttempt: undefined,
      before: undefined,
      after: undefined,
    }
    this.#jobs.add(job, this)
    this.#queue.push(job)
    this.#awake()
    return id
  }

  cancel(seconds: Seconds, done: Done): void {
    const caller = this.#system.threads.current
    this.keepUp()
    // A thread of the pool comes to it in a later turn. By then another job may run, which is not meant; one
    // that this thread was only about to take up is.
    const meant = this.#running?.job ?? this.#queue.first
    this.#system.clock.soon(() => {
      this.keepUp()
      const runs = meant !== undefined && this.#running?.job === meant
      const object = runs ? cancelObjectOf(this.#thread) : undefined
      cancelInBackground(object, seconds, hr => this.#system.post(caller, () => done(hr)))
    })
  }

  close(done: () => void): void {
    const caller = this.#system.threads.current
    const tell = () => this.#system.post(caller, done)
    if (this.#thread.ended) {
      tell()
      return
    }
    this.#whenEnded.push(tell)
    this.keepUp()
    this.#closing = true
    for (let job = this.#queue.shift(); job; job = this.#queue.shift())
      this.#finish(job, HResult.RPC_E_DISCONNECTED)
    if (this.#running) this.#giveUp(this.#running.job)
    this.#endIfDone()
  }

  /** Nobody can give it work or close it any more: it ends when it has done what it has. */
  retire(): void {
    this.#closing = true
    this.#endIfDone()
  }

  /** Gives a job up; true when it was queued. */
  cancelJob(job: Job): boolean {
    this.keepUp()
    if (job.state === 'queued') {
      this.#queue.remove(job)
      this.#finish(job, HResult.RPC_E_CALL_CANCELED)
      this.#endIfDone()
      return true
    }
    if (job.state === 'running') this.#giveUp(job)
    return false
  }

  // Each call begins when the one before it returned, not when the event loop came round to it.
  keepUp(until: Milliseconds = this.#system.clock.now()): void {
    while (this.#running && this.#running.call.endsAt <= until) {
      const { job, call } = this.#running
      this.#freeSince = call.endsAt
      this.#running = undefined
      this.#finish(job, call.end())
      this.#beginNext()
    }
    this.#setTimer()
  }

  #enter({ apartment, callCancellation }: ThreadOptions): HRESULT {
    const hr = this.#thread.initialize(apartment === 'sta' ? 2 : 0)
    if (failed(hr) || !callCancellation) return hr
    return this.#thread.enableCancellation()
  }

  /** As a real thread does, it takes up work a moment after the one who queued it has gone on. */
  #awake(): void {
    if (this.#awaking || this.#running) return
    this.#awaking = true
    this.#system.clock.soon(() => {
      this.#awaking = false
      this.#beginNext()
      this.keepUp()
    })
  }

  #beginNext(): void {
    if (!this.#started) return
    while (!this.#running) {
      const job = this.#queue.shift()
      if (!job) break
      const startedAt = Math.max(job.queuedAt, this.#freeSince)
      const call = beginWait(this.#system, this.#thread, this, startedAt, job.options)
      if (typeof call === 'number') this.#finish(job, call)
      else {
        job.state = 'running'
        this.#running = { job, call }
      }
    }
    this.#endIfDone()
  }

  #finish(job: Job, hr: HRESULT): void {
    job.state = 'over'
    job.nextAttempt?.cancel()
    this.#jobs.delete(job)
    this.#system.post(job.caller, () => job.done(hr))
  }

  #endIfDone(): void {
    if (!this.#closing || !this.#started || this.#running || this.#queue.first) return
    this.#system.threads.end(this.#thread)
    for (const tell of this.#whenEnded.splice(0)) tell()
  }

  #giveUp(job: Job): void {
    if (job.givenUp) return
    job.givenUp = true
    this.#attempt(job, FIRST_PAUSE)
  }

  /** Only ever cancels the job it is meant for: the next one may begin at any moment (C12). */
  #attempt(job: Job, pause: Milliseconds): void {
    this.keepUp()
    if (this.#running?.job !== job) return
    cancelInBackground(cancelObjectOf(this.#thread), 0, () => {})
    if (job.state === 'over') return
    job.nextAttempt = this.#system.clock.after(pause, () =>
      this.#attempt(job, Math.min(pause * 2, LONGEST_PAUSE)),
    )
  }

  /** One timer, for the call in flight; an idle thread has none and keeps no process alive. */
  #setTimer(): void {
    const at = this.#running?.call.endsAt
    if (at === this.#timer?.at) return
    this.#timer?.timer.cancel()
    this.#timer = undefined
    if (at === undefined) return
    const fire = () => {
      this.#timer = undefined
      this.keepUp()
    }
    this.#timer = { at, timer: this.#system.clock.after(at - this.#system.clock.now(), fire) }
  }
}

const forgotten = new FinalizationRegistry<EmulatedComThread>(thread => thread.retire())

/** The thread as its starter holds it. Nothing that goes on in the thread holds the handle. */
class ComThreadHandle extends WithoutServers implements BindingThread {
  readonly #thread: EmulatedComThread

  constructor(system: System, jobs: Jobs, thread: EmulatedComThread) {
    super(system, () => jobs.takeId())
    this.#thread = thread
    forgotten.register(this, thread)
  }

  get id(): ThreadId {
    return this.#thread.id
  }

  wait(options: WaitOptions, done: Done): JobId {
    return this.#thread.wait(options, done)
  }

  cancel(seconds: Seconds, done: Done): void {
    this.#thread.cancel(seconds, done)
  }

  close(done: () => void): void {
    this.#thread.close(done)
  }
}

export const startComThread = (
  system: System,
  jobs: Jobs,
  options: ThreadOptions,
  done: Done,
): BindingThread => new ComThreadHandle(system, jobs, new EmulatedComThread(system, jobs, options, done))
