// Jobs in the order they came, any of which can be taken out, at the same cost however many there are.
import type { Done, JobId, WaitOptions } from '../../binding'
import type { Milliseconds, Timer } from './clock'
import type { Thread } from './emulated-thread'

/** One unit of work of an emulated COM thread. */
export interface Job {
  readonly id: JobId
  readonly options: WaitOptions
  readonly queuedAt: Milliseconds
  /** Who asked for it, and is told how it ended. */
  readonly caller: Thread
  readonly done: Done
  state: 'queued' | 'running' | 'over'
  /** Somebody gave it up while it ran; `nextAttempt` cancels it again. */
  givenUp: boolean
  nextAttempt: Timer | undefined
  // Its place in the queue.
  before: Job | undefined
  after: Job | undefined
}

/** A linked list: an array would be searched, and a Map crawls over what was deleted at its head. */
export class JobQueue {
  #first: Job | undefined
  #last: Job | undefined

  /** Whose turn is next. */
  get first(): Job | undefined {
    return this.#first
  }

  push(job: Job): void {
    job.before = this.#last
    if (this.#last) this.#last.after = job
    else this.#first = job
    this.#last = job
  }

  /** The job must be in the queue. */
  remove(job: Job): void {
    if (job.before) job.before.after = job.after
    else this.#first = job.after
    if (job.after) job.after.before = job.before
    else this.#last = job.before
    job.before = undefined
    job.after = undefined
  }

  shift(): Job | undefined {
    const job = this.#first
    if (job) this.remove(job)
    return job
  }
}
