// Jobs: the units of work of a ComThread, and all jobs of one emulator that are not over.
import type { Canceler, Cancellation, HRESULT, JobId, JobOptions } from '../../../binding'
import type { JobLevel, ThreadStack } from '../apartments/thread-stack'
import type { Milliseconds, Timer } from '../clock/clock'
import type { Linked } from '../clock/linked-queue'
import type { CountedObject } from '../objects/counted-object'
import type { LiveObjects, Living } from '../objects/live-objects'
import type { Thread } from '../threads/thread'

/**
 * A job as its work sees it. `Result` is what the work's `done` takes. A class: each object literal with an accessor
 * gets a hidden class of its own, which takes time to make and to collect.
 */
export class RunningJob<Result> {
  /** The thread it runs on: its own, or one that runs the same queue while it waits. */
  readonly stack: ThreadStack
  /** May lie in the past: a thread that was free then has not waited for the event loop. */
  readonly startedAt: Milliseconds
  /** Ends the job, once. The work has released what it held before. */
  readonly end: (result: Result) => void
  readonly #job: Job

  constructor(job: Job, stack: ThreadStack, startedAt: Milliseconds, end: (result: Result) => void) {
    this.#job = job
    this.stack = stack
    this.startedAt = startedAt
    this.end = end
  }

  get canceled(): boolean {
    return this.#job.canceledBy !== undefined
  }
}

export interface JobWork<Result> extends Living {
  begin(run: RunningJob<Result>): void
  /** Called instead of `begin`: releases what the work holds. Returns the result of the job. */
  refused(hresult: HRESULT): Result
  done(result: Result, cancellation?: Cancellation): void
  /** Whether a busy server rejected the call of the result. */
  busy?(result: Result): boolean
  limits?: JobOptions | undefined
}

export interface Job extends Linked<Job>, Living, JobLevel {
  readonly queuedAt: Milliseconds
  /** The thread that queued it, on which its `done` is called. */
  readonly caller: Thread
  begin(stack: ThreadStack, startedAt: Milliseconds): void
  readonly limits: JobOptions
  /** The job never begins. Returns a function that calls its `done`. */
  refuse(hresult: HRESULT): () => void
  state: 'queued' | 'running' | 'over'
  stack: ThreadStack | undefined
  /** The cancel object of the call that the job is nested in; undefined for a job that is not nested. */
  outer: CountedObject | undefined
  /** What keeps cancels of a nested job from `outer` (C15). A nested job without it is not canceled. */
  barrier: CountedObject | undefined
  /** What canceled it first. `nextAttempt` cancels the call of a running job again. */
  canceledBy: Canceler | undefined
  nextAttempt: Timer | undefined
  timesOutAt: Milliseconds
  /** When a host process is terminated for it; undefined before it was canceled, and for no host process. */
  terminatesAt: Milliseconds | undefined
  /** Its limit has ended a host process. */
  terminated: boolean
  /** It was reported as overdue. */
  overdue: boolean
  /**
   * Fires at the end of its `queueTimeout` while it is queued. Once it was canceled, at `terminatesAt` and at the end of
   * its grace period.
   */
  timer: Timer | undefined
}

export interface JobOwner {
  /** Cancels a job of its queue; true when it was queued. */
  cancelJob(job: Job): boolean
}

/** The jobs of one emulator that are not over, by id. */
export class Jobs {
  readonly #live: LiveObjects
  readonly #byId = new Map<JobId, { job: Job; owner: JobOwner }>()
  #lastId = 0

  constructor(live: LiveObjects) {
    this.#live = live
  }

  takeId(): JobId {
    return ++this.#lastId
  }

  add(job: Job, owner: JobOwner): void {
    this.#live.jobs.add(job)
    this.#byId.set(job.id, { job, owner })
  }

  delete(job: Job): void {
    if (this.#byId.delete(job.id)) this.#live.jobs.delete(job)
  }

  /** Cancels a job; true when it was queued. */
  cancel(id: JobId): boolean {
    const entry = this.#byId.get(id)
    return entry?.owner.cancelJob(entry.job) ?? false
  }
}
