// The threads that run the jobs of one queue: its own, and threads that wait for a reply from JavaScript.
import type { ThreadStack } from '../apartments/thread-stack'
import { registerBarrier, unregisterBarrier } from '../cancel/barrier'
import type { Milliseconds } from '../clock/clock'
import type { System } from '../threads/system'
import type { Job } from './job'

export class JobStacks {
  readonly #system: System
  readonly #own: ThreadStack
  readonly #callCancellation: boolean
  /** Waiting threads of the apartment, the queue's own among them. */
  readonly #waiting = new Set<ThreadStack>()
  readonly #running = new Set<Job>()

  /** `callCancellation`: whether calls of the jobs can be canceled. */
  constructor(system: System, own: ThreadStack, callCancellation: boolean) {
    this.#system = system
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
    this.#enterLevel(job, stack)
    this.#running.add(job)
    stack.jobs.push(job)
    // COM's own threads have cancellation disabled (E7); a job's calls can be canceled on any thread.
    if (this.#isGuest(stack)) stack.thread.enableCancellation()
    const startedAt: Milliseconds = Math.max(job.queuedAt, stack.freeSince)
    job.timer?.cancel()
    job.timer = undefined
    if (job.limits.timeout !== undefined) job.timesOutAt = startedAt + job.limits.timeout
    job.begin(stack, startedAt)
    if (stack !== this.#own) stack.catchUp()
  }

  /** The job is over, whether or not it ever began. */
  end(job: Job): void {
    job.state = 'over'
    job.nextAttempt?.cancel()
    job.timer?.cancel()
    this.#running.delete(job)
    const { stack } = job
    if (!stack) return
    const at = stack.jobs.lastIndexOf(job)
    if (at >= 0) stack.jobs.splice(at, 1)
    this.#leaveLevel(job, stack)
    if (this.#isGuest(stack)) stack.thread.disableCancellation()
  }

  #enterLevel(job: Job, { thread }: ThreadStack): void {
    const { top } = thread.cancelObjects
    if (!top) return
    top.addRef()
    job.outer = top
    job.barrier = registerBarrier(this.#system, thread)
  }

  #leaveLevel(job: Job, { thread }: ThreadStack): void {
    if (job.barrier) unregisterBarrier(thread, job.barrier)
    job.outer?.release()
    job.outer = undefined
    job.barrier = undefined
  }

  #isGuest(stack: ThreadStack): boolean {
    return this.#callCancellation && stack !== this.#own
  }
}
