// One unit of work of an emulated COM thread, and all of one emulator that are not over.
import type { HRESULT, JobId } from '../../../binding'
import type { ThreadStack } from '../apartments/thread-stack'
import type { Milliseconds, Timer } from '../clock/clock'
import type { Linked } from '../clock/linked-queue'
import type { LiveObjects, Living } from '../objects/live-objects'
import type { Thread } from '../threads/thread'

/** A job as whoever carries it out sees it. `Result` is what its `done` takes. */
export interface RunningJob<Result> {
  /** The thread it runs on: its own, or one that serves the same queue while it waits. */
  readonly stack: ThreadStack
  /** May lie in the past: a thread that was free then has not waited for the event loop. */
  readonly startedAt: Milliseconds
  /** Somebody gave the job up. */
  readonly canceled: boolean
  /** The job is over. Once; what it needed has been given back. */
  end(result: Result): void
}

export interface JobWork<Result> extends Living {
  begin(run: RunningJob<Result>): void
  /** The result of a job that was never begun; also the moment to give back what it needed. */
  refused(hresult: HRESULT): Result
  done(result: Result): void
}

export interface Job extends Linked<Job>, Living {
  readonly id: JobId
  readonly queuedAt: Milliseconds
  /** Who asked for it, and is told how it ended. */
  readonly caller: Thread
  begin(stack: ThreadStack, startedAt: Milliseconds): void
  /** It never begins. Returns what tells its `done`. */
  refuse(hresult: HRESULT): () => void
  state: 'queued' | 'running' | 'over'
  stack: ThreadStack | undefined
  /** How many cancel objects its thread had when it began: those of the calls that it is nested in. */
  outer: number
  /** Somebody gave it up while it ran; `nextAttempt` cancels it again. */
  canceled: boolean
  nextAttempt: Timer | undefined
}

/** Gives up a job of its thread; true when it was queued. */
export interface JobOwner {
  cancelJob(job: Job): boolean
}

/** The jobs of one emulator that are not over, by id. */
export class Jobs {
  readonly #live: LiveObjects
  readonly #alive = new Map<JobId, { job: Job; owner: JobOwner }>()
  #lastId = 0

  constructor(live: LiveObjects) {
    this.#live = live
  }

  takeId(): JobId {
    return ++this.#lastId
  }

  add(job: Job, owner: JobOwner): void {
    this.#live.jobs.add(job)
    this.#alive.set(job.id, { job, owner })
  }

  delete(job: Job): void {
    if (this.#alive.delete(job.id)) this.#live.jobs.delete(job)
  }

  /** Gives a job up; true when it was queued. */
  cancel(id: JobId): boolean {
    const entry = this.#alive.get(id)
    return entry?.owner.cancelJob(entry.job) ?? false
  }
}
