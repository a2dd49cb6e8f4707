// Marshals an object of one thread into the apartment of another, by a job on the object's own thread.
import type { JobId } from '../../../binding'
import { HResult } from '../../errors/hresult'
import type { Frame } from '../apartments/thread-stack'
import { type MarshaledPointer, pointerTo } from '../calls/marshaled-pointer'
import { type Reply, refusal, success } from '../calls/reply'
import type { JobQueue } from '../calls/request'
import type { Milliseconds } from '../clock/clock'
import type { Com } from './com'
import type { RunningJob } from './job'
import type { PointerHome } from './pointer-handle'

/** The wait of the adopting thread. It runs its queue meanwhile, because two threads may adopt from each other. */
class AdoptFrame implements Frame {
  readonly pumps = true
  readonly #com: Com
  readonly #queue: JobQueue
  readonly #run: RunningJob<Reply>
  readonly #pointer: MarshaledPointer
  #homeJob: JobId = 0
  /** The result of the job on the home thread: null for success. May be set before that job has its id. */
  #answer: Reply | null | undefined
  #endsAt: Milliseconds = Number.POSITIVE_INFINITY

  constructor(com: Com, queue: JobQueue, run: RunningJob<Reply>, pointer: MarshaledPointer) {
    this.#com = com
    this.#queue = queue
    this.#run = run
    this.#pointer = pointer
  }

  begin(home: PointerHome): void {
    const { stack } = this.#run
    stack.push(this)
    this.#queue.offer(stack)
    this.#homeJob = home.queue({
      begin: job => {
        job.end(undefined)
        this.#answered(null)
      },
      refused: hresult => this.#answered(refusal(hresult)),
      done: () => {},
      describe: () => 'marshaling an object for another thread',
    })
  }

  get endsAt(): Milliseconds {
    // The wait is not a call that could be canceled, but it ends when its job is canceled.
    if (this.#run.canceled) this.#endsAt = Math.min(this.#endsAt, this.#com.system.clock.now())
    return this.#endsAt
  }

  describe(): string {
    return `waiting for the marshaling of ${this.#pointer.target.kind}`
  }

  end(): void {
    this.#queue.withdraw(this.#run.stack)
    const answer = this.#answer
    if (answer === undefined) this.#com.jobs.cancel(this.#homeJob)
    const reply =
      answer === null
        ? success(pointerTo(this.#pointer.target))
        : (answer ?? refusal(HResult.RPC_E_CALL_CANCELED))
    this.#pointer.release()
    this.#run.end(reply)
  }

  covered(): void {
    this.#queue.withdraw(this.#run.stack)
  }

  uncovered(): void {
    this.#queue.offer(this.#run.stack)
  }

  #answered(answer: Reply | null): void {
    this.#answer = answer
    this.#endsAt = Math.min(this.#endsAt, this.#com.system.clock.now())
    this.#run.stack.catchUp()
  }
}

/** Runs the job of an adoption: ends `run` with a marshaled pointer. */
export const adopt = (
  com: Com,
  queue: JobQueue,
  home: PointerHome,
  pointer: MarshaledPointer,
  run: RunningJob<Reply>,
): void => {
  if (home.apartment !== run.stack.apartment) {
    new AdoptFrame(com, queue, run, pointer).begin(home)
    return
  }
  const reply = success(pointerTo(pointer.target))
  pointer.release()
  run.end(reply)
}
