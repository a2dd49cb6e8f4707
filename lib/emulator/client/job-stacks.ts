// The threads that run the jobs of one queue: its own, and threads that wait for a reply from JavaScript.
import type { ThreadStack } from '../apartments/thread-stack'
import type { Milliseconds } from '../clock/clock'
import type { Job } from './job'

export class JobStacks {
  readonly #own: ThreadStack
  readonly #callCancellation: boolean
  /** Waiting threads of the apartment, the queue's own among them. */
  readonly #waiting = new Set<ThreadStack>()
  readonly #running = new Set<Job>()

  /** `callCancellation`: whether calls of the jobs can be canceled. */
  constructor(own: ThreadStack, callCancellation: boolean) {
    this.#own = own
    this.#callCancellation = callCancellation
  }

  /** The running jobs, the innermost last. */
  get running(): ReadonlySet<Job> {
    return this.#running
  }

  get innermost(): Job | undefined {
    return [...this.#running].at(-1)
  }

  /** A thread that can begin a job. */
  get free(): ThreadStack | undefined {
    if (this.#own.idle) return this.#own
    for (const stack of this.#waiting) return stack
    return undefined
  }

  offer(stack: ThreadStack): void {
    this.#waiting.add(stack)
  }

  withdraw(stack: ThreadStack): void {
    this.#waiting.delete(stack)
  }

  begin(job: Job, stack: ThreadStack): void {
    job.state = 'running'
    job.stack = stack
    job.outer = stack.thread.cancelObjects.depth
    this.#running.add(job)
    stack.jobs.push(job)
    // COM's own threads have cancellation disabled (E7); a job's calls can be canceled on any thread.
    if (this.#isGuest(stack)) stack.thread.enableCancellation()
    const startedAt: Milliseconds = Math.max(job.queuedAt, stack.freeSince)
    job.begin(stack, startedAt)
    if (stack !== this.#own) stack.catchUp()
  }

  /** The job is over, whether or not it ever began. */
  end(job: Job): void {
    job.state = 'over'
    job.nextAttempt?.cancel()
    this.#running.delete(job)
    const { stack } = job
    if (!stack) return
    const at = stack.jobs.lastIndexOf(job)
    if (at >= 0) stack.jobs.splice(at, 1)
    if (this.#isGuest(stack)) stack.thread.disableCancellation()
  }

  #isGuest(stack: ThreadStack): boolean {
    return this.#callCancellation && stack !== this.#own
  }
}
