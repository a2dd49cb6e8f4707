// A thread with an apartment and a queue of jobs, which it carries out one after the other as time passes.
import type { Done, HRESULT, JobId, Seconds, ThreadId, ThreadOptions } from '../../../binding'
import { failed, HResult } from '../../errors/hresult'
import { type Apartment, SingleThreaded } from '../apartments/apartment'
import type { MessageFilter } from '../apartments/message-filter'
import { Runner } from '../apartments/thread-stack'
import { cancelInBackground } from '../cancel/cancel-operations'
import type { Milliseconds } from '../clock/clock'
import { LinkedQueue } from '../clock/linked-queue'
import type { CountedObject } from '../objects/counted-object'
import type { System } from '../threads/system'
import type { Thread } from '../threads/thread'
import { BUSY_PAUSE } from './busy-retry'
import type { Com } from './com'
import type { ImplementationHome } from './implementation-object'
import type { Job, Run, Work } from './job'
import type { Cell } from './pointer-handle'

/** Between attempts to cancel a job that was given up: from the first, doubling, to the longest (C12). */
const FIRST_PAUSE: Milliseconds = 1
const LONGEST_PAUSE: Milliseconds = 50

export class EmulatedComThread implements ImplementationHome {
  readonly pointers = new Set<Cell>()
  /** How long a busy server is asked again. */
  readonly busyRetry: Milliseconds
  readonly #com: Com
  readonly #system: System
  readonly #thread: Thread
  readonly #runner: Runner
  readonly #queue = new LinkedQueue<Job>()
  readonly #running = new Set<Job>()
  /** Threads that carry out jobs while they wait for a reply of JavaScript: this one, or those of its apartment. */
  readonly #serving = new Set<Runner>()
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
    this.#runner = new Runner({
      system,
      thread: this.#thread,
      apartment: runner => this.#apartmentOf(runner, options),
      keepsProcess: true,
    })
    if (options.apartment === 'sta') this.#runner.filter = this.#filter()
    const caller = system.threads.current
    system.clock.soon(() => {
      const hr = this.#enter(options)
      this.#started = true
      system.post(caller, () => done(hr))
      if (this.apartment instanceof SingleThreaded) this.apartment.open()
      this.#beginNext()
      this.#runner.keepUp()
    }, this.#thread)
  }

  get id(): ThreadId {
    return this.#thread.id
  }

  get apartment(): Apartment {
    return this.#runner.apartment
  }

  get ended(): boolean {
    return this.#thread.ended
  }

  queue<Result>(work: Work<Result>): JobId {
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
      begin: (runner, startedAt) => work.begin(this.#run(job, work, runner, startedAt)),
      refuse: hresult => {
        const result = work.refused(hresult)
        return () => work.done(result)
      },
      describe: () => `a job of thread ${this.id}, ${job.state}: ${work.describe()}`,
      state: 'queued',
      runner: undefined,
      outer: 0,
      givenUp: false,
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
    this.#runner.keepUp()
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
    this.#runner.keepUp()
    this.#closing = true
    for (let job = this.#queue.shift(); job; job = this.#queue.shift())
      this.#finish(job, job.refuse(HResult.RPC_E_DISCONNECTED))
    for (const job of this.#running) this.#giveUp(job)
    this.#endIfDone()
  }

  /** Nobody can give it work or close it any more: it ends when it has done what it has. */
  retire(): void {
    this.#closing = true
    this.#endIfDone()
  }

  /** Gives a job up; true when it was queued. */
  cancelJob(job: Job): boolean {
    this.#runner.keepUp()
    if (job.state === 'queued') {
      this.#queue.remove(job)
      this.#finish(job, job.refuse(HResult.RPC_E_CALL_CANCELED))
      this.#endIfDone()
      return true
    }
    if (job.state === 'running') this.#giveUp(job)
    return false
  }

  // Served: while an implementation's call waits for JavaScript, which may want to use this very thread

  offer(runner: Runner): void {
    this.#serving.add(runner)
    this.#awake()
  }

  withdraw(runner: Runner): void {
    this.#serving.delete(runner)
  }

  #apartmentOf(runner: Runner, options: ThreadOptions): Apartment {
    const whenFree = () => this.#beginNext()
    if (options.apartment === 'sta') return new SingleThreaded(runner, whenFree)
    this.#com.client.multiThreaded.enter(runner, whenFree)
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
        reason === 'retry-later' && elapsed < this.busyRetry && !this.#givenUp ? BUSY_PAUSE : -1,
      messagePending: () => (this.#givenUp ? 'cancel' : 'wait'),
    }
  }

  get #givenUp(): boolean {
    return [...this.#running].at(-1)?.givenUp ?? false
  }

  /** As a real thread does, it takes up work a moment after the one who queued it has gone on. */
  #awake(): void {
    if (this.#awaking) return
    this.#awaking = true
    this.#system.clock.soon(() => {
      this.#awaking = false
      this.#beginNext()
      this.#runner.keepUp()
    }, this.#thread)
  }

  #beginNext(): void {
    // A job that is over at once calls back here, where the loop goes on.
    if (!this.#started || this.#beginning) return
    this.#beginning = true
    for (let runner = this.#freeRunner(); runner; runner = this.#freeRunner()) {
      const job = this.#queue.shift()
      if (!job) break
      job.state = 'running'
      job.runner = runner
      job.outer = runner.thread.cancelObjects.depth
      this.#running.add(job)
      runner.jobs.push(job)
      // One of COM's own has no cancellation enabled (E7), and the job should not depend on who carries it out.
      if (this.#isGuest(runner)) runner.thread.enableCancellation()
      job.begin(runner, Math.max(job.queuedAt, runner.freeSince))
      if (runner !== this.#runner) runner.keepUp()
    }
    this.#beginning = false
    this.#endIfDone()
  }

  #isGuest(runner: Runner): boolean {
    return this.#callCancellation && runner !== this.#runner
  }

  #freeRunner(): Runner | undefined {
    if (this.#runner.idle) return this.#runner
    for (const runner of this.#serving) return runner
    return undefined
  }

  #run<Result>(job: Job, work: Work<Result>, runner: Runner, startedAt: Milliseconds): Run<Result> {
    return {
      runner,
      startedAt,
      get givenUp() {
        return job.givenUp
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
    const at = job.runner?.jobs.lastIndexOf(job) ?? -1
    if (at >= 0) job.runner?.jobs.splice(at, 1)
    if (job.runner && this.#isGuest(job.runner)) job.runner.thread.disableCancellation()
    this.#com.jobs.delete(job)
    this.#system.post(job.caller, tell)
  }

  #endIfDone(): void {
    if (!this.#closing || !this.#started || this.#queue.first || this.#running.size > 0) return
    if (!this.#runner.idle || this.#thread.ended) return
    for (const pointer of [...this.pointers]) pointer.release()
    if (this.apartment instanceof SingleThreaded) this.apartment.close()
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
    this.#runner.keepUp()
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
  const { runner } = job
  runner?.keepUp()
  // Nothing must come between: in the next moment the thread may be in another job's call.
  if (runner?.jobs.at(-1) !== job) return undefined
  const { cancelObjects } = runner.thread
  return cancelObjects.depth > job.outer ? cancelObjects.top : undefined
}

const isOver = (job: Job): boolean => job.state === 'over'
