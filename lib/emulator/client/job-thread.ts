// A thread with an apartment and a queue of jobs, which it runs one after the other as time passes.
import type {
  Canceler,
  Cancellation,
  Done,
  HRESULT,
  JobId,
  Seconds,
  ThreadId,
  ThreadOptions,
} from '../../../binding'
import { failed, HResult } from '../../errors/hresult'
import { SingleThreadedApartment } from '../apartments/apartment'
import { coInitFor } from '../apartments/start-apartment'
import { type EmulatedApartment, ThreadStack } from '../apartments/thread-stack'
import { cancelInBackground } from '../cancel/cancel-operations'
import type { Milliseconds } from '../clock/clock'
import { LinkedQueue } from '../clock/linked-queue'
import type { System } from '../threads/system'
import type { Thread } from '../threads/thread'
import { libraryFilter } from './busy-retry'
import type { Com } from './com'
import { HostHandle } from './host-handle'
import type { ImplementationHome } from './implementation-object'
import { type Job, type JobOwner, type JobWork, RunningJob } from './job'
import { cancelObjectOf, cancelUntilOver } from './job-cancel'
import { JobStacks } from './job-stacks'

export class JobThread implements ImplementationHome, JobOwner {
  readonly pointers = new Set<{ release(): void }>()
  /** How long a busy server is retried. */
  readonly busyRetry: Milliseconds
  readonly #grace: Milliseconds
  readonly #com: Com
  readonly #system: System
  readonly #thread: Thread
  readonly #stack: ThreadStack
  readonly #queue = new LinkedQueue<Job>()
  readonly #stacks: JobStacks
  readonly #whenEnded: (() => void)[] = []
  #started = false
  #waking = false
  #beginning = false
  /** It accepts no more jobs, and ends when none is left. */
  #closing = false
  /** It was closed: it accepts no incoming calls either. */
  #closed = false

  constructor(com: Com, options: ThreadOptions, done: Done) {
    const { system } = com
    this.#com = com
    this.#system = system
    this.busyRetry = options.busyRetry
    this.#grace = options.grace
    this.#thread = system.threads.start() ?? system.threads.startAnonymous()
    this.#stack = new ThreadStack({
      system,
      thread: this.#thread,
      apartment: stack => this.#apartmentOf(stack, options),
    })
    this.#stacks = new JobStacks(system, this.#stack, options.callCancellation)
    if (options.apartment === 'sta')
      this.#stack.filter = libraryFilter(
        options.busyRetry,
        () => this.#stacks.innermost?.canceledBy !== undefined,
      )
    const caller = system.threads.current
    system.clock.soon(() => {
      const hr = this.#enter(options)
      this.#started = true
      system.post(caller, () => done(hr))
      if (this.apartment instanceof SingleThreadedApartment) this.apartment.open()
      this.#beginNext()
      this.#stack.catchUp()
    }, this.#thread)
  }

  get id(): ThreadId {
    return this.#thread.id
  }

  get apartment(): EmulatedApartment {
    return this.#stack.apartment
  }

  get ended(): boolean {
    return this.#thread.ended
  }

  get closed(): boolean {
    return this.#closed || this.#thread.ended
  }

  queue<Result>(work: JobWork<Result>): JobId {
    const id = this.#com.jobs.takeId()
    const caller = this.#system.threads.current
    if (this.#closing) {
      const result = work.refused(HResult.RPC_E_DISCONNECTED)
      this.#system.post(caller, () => work.done(result))
      return id
    }
    const job: Job = {
      id,
      queuedAt: this.#system.clock.now(),
      caller,
      begin: (stack, startedAt) => work.begin(this.#run(job, work, stack, startedAt)),
      limits: work.limits ?? {},
      refuse: hresult => {
        const result = work.refused(hresult)
        return () => work.done(result, cancellationOf(job, false))
      },
      describe: () => `a job of thread ${this.id}, ${job.state}: ${work.describe()}`,
      state: 'queued',
      stack: undefined,
      outer: undefined,
      barrier: undefined,
      canceledBy: undefined,
      nextAttempt: undefined,
      timesOutAt: Number.POSITIVE_INFINITY,
      timeOut: () => this.#cancelRunning(job, 'timeout'),
      terminatesAt: undefined,
      terminated: false,
      overdue: false,
      timer: undefined,
      before: undefined,
      after: undefined,
      place: undefined,
    }
    this.#com.jobs.add(job, this)
    this.#queue.push(job)
    const { queueTimeout } = job.limits
    if (queueTimeout !== undefined)
      job.timer = this.#system.clock.after(queueTimeout, () => this.#cancel(job, 'queueTimeout'))
    this.#wake()
    return id
  }

  cancel(seconds: Seconds, done: Done): void {
    const caller = this.#system.threads.current
    this.#stack.catchUp()
    // A pool thread calls CoCancelCall in a later turn. A job that begins in between must not be canceled, except
    // the one that this thread was about to begin.
    const job = this.#stacks.innermost ?? this.#queue.first
    this.#system.clock.soon(() => {
      cancelInBackground(job && cancelObjectOf(job), seconds, hr => this.#system.post(caller, () => done(hr)))
    })
  }

  close(done: () => void, overdue?: () => void): void {
    const caller = this.#system.threads.current
    if (this.#thread.ended) {
      this.#system.post(caller, done)
      return
    }
    this.#stack.catchUp()
    const late = () => {
      this.#stack.catchUp()
      if (this.#thread.ended) return
      for (const job of this.#stacks.running) this.#reportOverdue(job)
      if (overdue) this.#system.post(caller, overdue)
    }
    const timer = overdue && this.#system.clock.after(this.#closeTime, late)
    this.#whenEnded.push(() => {
      timer?.cancel()
      this.#system.post(caller, done)
    })
    this.#closing = true
    this.#closed = true
    for (let job = this.#queue.shift(); job; job = this.#queue.shift()) this.#drop(job, 'close')
    for (const job of this.#stacks.running) this.#cancelRunning(job, 'close')
    this.#endIfDone()
  }

  /** Its handle was collected, so that nothing can queue a job or close it: it ends after the jobs it has. */
  retire(): void {
    this.#closing = true
    this.#endIfDone()
  }

  cancelJob(job: Job): boolean {
    return this.#cancel(job, 'cancel')
  }

  // JobQueue: used while a call to an implementation waits for JavaScript, whose handler may use this thread

  offer(stack: ThreadStack): void {
    this.#stacks.offer(stack)
    this.#wake()
  }

  withdraw(stack: ThreadStack): void {
    this.#stacks.withdraw(stack)
  }

  #apartmentOf(stack: ThreadStack, options: ThreadOptions): EmulatedApartment {
    const whenFree = () => this.#beginNext()
    if (options.apartment === 'sta') return new SingleThreadedApartment(stack, whenFree)
    this.#com.client.multiThreaded.enter(stack, whenFree)
    return this.#com.client.multiThreaded
  }

  #enter({ apartment, callCancellation }: ThreadOptions): HRESULT {
    if (this.id === 0) return HResult.E_OUTOFMEMORY
    const hr = this.#thread.initialize(coInitFor(apartment))
    if (failed(hr) || !callCancellation) return hr
    return this.#thread.enableCancellation()
  }

  /** Begins the next job in a later turn: as with real threads, the caller continues first. */
  #wake(): void {
    if (this.#waking) return
    this.#waking = true
    this.#system.clock.soon(() => {
      this.#waking = false
      this.#beginNext()
      this.#stack.catchUp()
    }, this.#thread)
  }

  #beginNext(): void {
    // A job that ends at once calls this method again; the outer loop then goes on.
    if (!this.#started || this.#beginning) return
    this.#beginning = true
    for (let stack = this.#stacks.free; stack; stack = this.#stacks.free) {
      const job = this.#queue.shift()
      if (!job) break
      this.#stacks.begin(job, stack)
    }
    this.#beginning = false
    this.#endIfDone()
  }

  #cancel(job: Job, by: Canceler): boolean {
    this.#stack.catchUp()
    if (job.state === 'queued') {
      this.#queue.remove(job)
      this.#drop(job, by)
      this.#endIfDone()
      return true
    }
    if (job.state === 'running' && by !== 'queueTimeout') this.#cancelRunning(job, by)
    return false
  }

  /** Ends a job that has not begun. */
  #drop(job: Job, by: Canceler): void {
    job.canceledBy = by
    this.#finish(job, job.refuse(by === 'close' ? HResult.RPC_E_DISCONNECTED : HResult.RPC_E_CALL_CANCELED))
  }

  #run<Result>(
    job: Job,
    work: JobWork<Result>,
    stack: ThreadStack,
    startedAt: Milliseconds,
  ): RunningJob<Result> {
    const end = (result: Result) => {
      const cancellation = cancellationOf(job, work.busy?.(result) ?? false)
      this.#finish(job, () => work.done(result, cancellation))
      this.#beginNext()
    }
    return new RunningJob(job, stack, startedAt, end)
  }

  #finish(job: Job, done: () => void): void {
    this.#stacks.end(job)
    this.#com.jobs.delete(job)
    this.#system.post(job.caller, done)
  }

  #endIfDone(): void {
    if (!this.#closing || !this.#started || this.#queue.first || this.#stacks.running.size > 0) return
    if (!this.#stack.idle || this.#thread.ended) return
    for (const pointer of [...this.pointers]) pointer.release()
    if (this.apartment instanceof SingleThreadedApartment) this.apartment.close()
    this.#system.threads.end(this.#thread)
    for (const notify of this.#whenEnded.splice(0)) notify()
  }

  /** How long the end of the thread may take: a grace period after the last host process was terminated. */
  get #closeTime(): Milliseconds {
    const untilTerminated = [...this.#stacks.running].map(({ limits: { terminate }, terminatesAt }) => {
      if (!terminate) return 0
      const due = terminatesAt === undefined ? terminate.after : terminatesAt - this.#system.clock.now()
      return Math.min(this.#grace, Math.max(0, due))
    })
    return this.#grace + Math.max(0, ...untilTerminated)
  }

  #cancelRunning(job: Job, by: Canceler): void {
    if (job.canceledBy) {
      if (by === 'close') this.#terminateWithin(job, this.#grace)
      return
    }
    job.canceledBy = by
    job.timesOutAt = Number.POSITIVE_INFINITY
    const { clock } = this.#system
    const canceledAt = job.stack?.moment ?? clock.now()
    const graceEndsAt = canceledAt + this.#grace
    cancelUntilOver(this.#system, job, { catchUp: () => this.#stack.catchUp(), graceEndsAt })
    if (job.state === 'over') return
    const { terminate } = job.limits
    if (terminate) {
      job.terminatesAt = canceledAt + terminate.after
      this.#terminateWithin(job, by === 'close' ? this.#grace : terminate.after)
    } else this.#reportOverdueAt(job, graceEndsAt)
  }

  /** Terminates the host process of a canceled job at its moment, and within `ms` milliseconds from now. */
  #terminateWithin(job: Job, ms: Milliseconds): void {
    const { clock } = this.#system
    const { terminate } = job.limits
    if (!terminate || job.terminatesAt === undefined || job.terminated) return
    job.terminatesAt = Math.min(job.terminatesAt, clock.now() + ms)
    job.timer?.cancel()
    job.timer = clock.after(Math.max(0, job.terminatesAt - clock.now()), () => {
      this.#stack.catchUp()
      if (job.state !== 'running') return
      // The end of the process may end the job, which then reports it.
      job.terminated = !HostHandle.processOf(terminate.host).ended
      terminate.host.terminate()
      this.#reportOverdueAt(job, clock.now() + this.#grace)
    })
  }

  #reportOverdueAt(job: Job, at: Milliseconds): void {
    if (!job.limits.overdue || job.state === 'over') return
    const { clock } = this.#system
    job.timer = clock.after(Math.max(0, at - clock.now()), () => {
      this.#stack.catchUp()
      this.#reportOverdue(job)
    })
  }

  #reportOverdue(job: Job): void {
    const { limits, canceledBy: by, terminated } = job
    const { overdue } = limits
    if (!overdue || !by || job.overdue || job.state !== 'running') return
    job.overdue = true
    this.#system.post(job.caller, () => overdue({ by, started: true, busy: false, terminated }))
  }
}

const cancellationOf = (
  { canceledBy: by, stack, terminated }: Job,
  busy: boolean,
): Cancellation | undefined => by && { by, started: stack !== undefined, busy, terminated }
