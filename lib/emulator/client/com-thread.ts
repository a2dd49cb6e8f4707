// A thread with an apartment and a queue of jobs, which it carries out one after the other as time passes.
import type { Done, HRESULT, JobId, Seconds, ThreadId, ThreadOptions } from '../../../binding'
import { failed, HResult } from '../../errors/hresult'
import { type EmulatedApartment, SingleThreadedApartment } from '../apartments/apartment'
import type { MessageFilter } from '../apartments/message-filter'
import { ThreadStack } from '../apartments/thread-stack'
import { cancelInBackground } from '../cancel/cancel-operations'
import type { Milliseconds } from '../clock/clock'
import { LinkedQueue } from '../clock/linked-queue'
import type { CountedObject } from '../objects/counted-object'
import type { System } from '../threads/system'
import type { Thread } from '../threads/thread'
import { RETRY_INTERVAL } from './busy-retry'
import type { Com } from './com'
import type { ImplementationHome } from './implementation-object'
import type { Job, JobWork, RunningJob } from './job'
import type { Cell } from './pointer-handle'

/** Between attempts to cancel a job that was given up: from the first, doubling, to the longest (C12). */
const FIRST_PAUSE: Milliseconds = 1
const LONGEST_PAUSE: Milliseconds = 50

export class JobThread implements ImplementationHome {
  readonly pointers = new Set<Cell>()
  /** How long a busy server is asked again. */
  readonly busyRetry: Milliseconds
  readonly #com: Com
  readonly #system: System
  readonly #thread: Thread
  readonly #stack: ThreadStack
  readonly #queue = new LinkedQueue<Job>()
  readonly #running = new Set<Job>()
  /** Threads that carry out jobs while they wait for a reply of JavaScript: this one, or those of its apartment. */
  readonly #serving = new Set<ThreadStack>()
  readonly #whenEnded: (() => void)[] = []
  readonly #callCancellation: boolean
  #started = false
  #awaking = false
  #beginning = false
  /** It takes no more work and ends when it has none left. */
  #closing = false

  constructor(com: Com, options: ThreadOptions, done: Done) {
    const { system } = com
    this.#com = com
    this.#system = system
    this.#callCancellation = options.callCancellation
    this.busyRetry = options.busyRetry
    this.#thread = system.threads.start() ?? system.threads.startAnonymous()
    this.#stack = new ThreadStack({
      system,
      thread: this.#thread,
      apartment: stack => this.#apartmentOf(stack, options),
      keepsProcess: true,
    })
    if (options.apartment === 'sta') this.#stack.filter = this.#filter()
    const caller = system.threads.current
    system.clock.soon(() => {
      const hr = this.#enter(options)
      this.#started = true
      system.post(caller, () => done(hr))
      if (this.apartment instanceof SingleThreadedApartment) this.apartment.open()
      this.#beginNext()
      this.#stack.keepUp()
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
      refuse: hresult => {
        const result = work.refused(hresult)
        return () => work.done(result)
      },
      describe: () => `a job of thread ${this.id}, ${job.state}: ${work.describe()}`,
      state: 'queued',
      stack: undefined,
      outer: 0,
      canceled: false,
      nextAttempt: undefined,
      before: undefined,
      after: undefined,
    }
    this.#com.jobs.add(job, this)
    this.#queue.push(job)
    this.#awake()
    return id
  }

  cancel(seconds: Seconds, done: Done): void {
    const caller = this.#system.threads.current
    this.#stack.keepUp()
    // A thread of the pool comes to it in a later turn. By then another job may run, which is not meant; one
    // that this thread was only about to take up is.
    const meant = [...this.#running].at(-1) ?? this.#queue.first
    this.#system.clock.soon(() => {
      cancelInBackground(meant && cancelObjectOf(meant), seconds, hr =>
        this.#system.post(caller, () => done(hr)),
      )
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
    this.#stack.keepUp()
    this.#closing = true
    for (let job = this.#queue.shift(); job; job = this.#queue.shift())
      this.#finish(job, job.refuse(HResult.RPC_E_DISCONNECTED))
    for (const job of this.#running) this.#cancelRunning(job)
    this.#endIfDone()
  }

  /** Nobody can give it work or close it any more: it ends when it has done what it has. */
  retire(): void {
    this.#closing = true
    this.#endIfDone()
  }

  /** Gives a job up; true when it was queued. */
  cancelJob(job: Job): boolean {
    this.#stack.keepUp()
    if (job.state === 'queued') {
      this.#queue.remove(job)
      this.#finish(job, job.refuse(HResult.RPC_E_CALL_CANCELED))
      this.#endIfDone()
      return true
    }
    if (job.state === 'running') this.#cancelRunning(job)
    return false
  }

  // Served: while an implementation's call waits for JavaScript, which may want to use this very thread

  offer(stack: ThreadStack): void {
    this.#serving.add(stack)
    this.#awake()
  }

  withdraw(stack: ThreadStack): void {
    this.#serving.delete(stack)
  }

  #apartmentOf(stack: ThreadStack, options: ThreadOptions): EmulatedApartment {
    const whenFree = () => this.#beginNext()
    if (options.apartment === 'sta') return new SingleThreadedApartment(stack, whenFree)
    this.#com.client.multiThreaded.enter(stack, whenFree)
    return this.#com.client.multiThreaded
  }

  #enter({ apartment, callCancellation }: ThreadOptions): HRESULT {
    if (this.id === 0) return HResult.E_OUTOFMEMORY
    const hr = this.#thread.initialize(apartment === 'sta' ? 2 : 0)
    if (failed(hr) || !callCancellation) return hr
    return this.#thread.enableCancellation()
  }

  /** What the library's own message filter decides. */
  #filter(): MessageFilter {
    return {
      retryRejectedCall: (elapsed, reason) =>
        reason === 'retry-later' && elapsed < this.busyRetry && !this.#canceled ? RETRY_INTERVAL : -1,
      messagePending: () => (this.#canceled ? 'cancel' : 'wait'),
    }
  }

  get #canceled(): boolean {
    return [...this.#running].at(-1)?.canceled ?? false
  }

  /** As a real thread does, it takes up work a moment after the one who queued it has gone on. */
  #awake(): void {
    if (this.#awaking) return
    this.#awaking = true
    this.#system.clock.soon(() => {
      this.#awaking = false
      this.#beginNext()
      this.#stack.keepUp()
    }, this.#thread)
  }

  #beginNext(): void {
    // A job that is over at once calls back here, where the loop goes on.
    if (!this.#started || this.#beginning) return
    this.#beginning = true
    for (let stack = this.#freeStack(); stack; stack = this.#freeStack()) {
      const job = this.#queue.shift()
      if (!job) break
      job.state = 'running'
      job.stack = stack
      job.outer = stack.thread.cancelObjects.depth
      this.#running.add(job)
      stack.jobs.push(job)
      // One of COM's own has no cancellation enabled (E7), and the job should not depend on who carries it out.
      if (this.#isGuest(stack)) stack.thread.enableCancellation()
      job.begin(stack, Math.max(job.queuedAt, stack.freeSince))
      if (stack !== this.#stack) stack.keepUp()
    }
    this.#beginning = false
    this.#endIfDone()
  }

  #isGuest(stack: ThreadStack): boolean {
    return this.#callCancellation && stack !== this.#stack
  }

  #freeStack(): ThreadStack | undefined {
    if (this.#stack.idle) return this.#stack
    for (const stack of this.#serving) return stack
    return undefined
  }

  #run<Result>(
    job: Job,
    work: JobWork<Result>,
    stack: ThreadStack,
    startedAt: Milliseconds,
  ): RunningJob<Result> {
    return {
      stack,
      startedAt,
      get canceled() {
        return job.canceled
      },
      end: result => {
        this.#finish(job, () => work.done(result))
        this.#beginNext()
      },
    }
  }

  #finish(job: Job, tell: () => void): void {
    job.state = 'over'
    job.nextAttempt?.cancel()
    this.#running.delete(job)
    const at = job.stack?.jobs.lastIndexOf(job) ?? -1
    if (at >= 0) job.stack?.jobs.splice(at, 1)
    if (job.stack && this.#isGuest(job.stack)) job.stack.thread.disableCancellation()
    this.#com.jobs.delete(job)
    this.#system.post(job.caller, tell)
  }

  #endIfDone(): void {
    if (!this.#closing || !this.#started || this.#queue.first || this.#running.size > 0) return
    if (!this.#stack.idle || this.#thread.ended) return
    for (const pointer of [...this.pointers]) pointer.release()
    if (this.apartment instanceof SingleThreadedApartment) this.apartment.close()
    this.#system.threads.end(this.#thread)
    for (const tell of this.#whenEnded.splice(0)) tell()
  }

  #cancelRunning(job: Job): void {
    if (job.canceled) return
    job.canceled = true
    this.#attempt(job, FIRST_PAUSE)
  }

  /** Only ever cancels the job it is meant for: the next one may begin at any moment (C12). */
  #attempt(job: Job, pause: Milliseconds): void {
    this.#stack.keepUp()
    if (job.state !== 'running') return
    cancelInBackground(cancelObjectOf(job), 0, () => {})
    if (isOver(job)) return
    job.nextAttempt = this.#system.clock.after(pause, () =>
      this.#attempt(job, Math.min(pause * 2, LONGEST_PAUSE)),
    )
  }
}

/** That of the job's pending call, if it has one; a nested job is in the way of those around it. */
const cancelObjectOf = (job: Job): CountedObject | undefined => {
  const { stack } = job
  stack?.keepUp()
  // Nothing must come between: in the next moment the thread may be in another job's call.
  if (stack?.jobs.at(-1) !== job) return undefined
  const { cancelObjects } = stack.thread
  return cancelObjects.depth > job.outer ? cancelObjects.top : undefined
}

const isOver = (job: Job): boolean => job.state === 'over'
