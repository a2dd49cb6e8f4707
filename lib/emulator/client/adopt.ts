// An object of one thread on its way into another's apartment, for which its own thread has to be free for a moment.
import type { JobId } from '../../../binding'
import { HResult } from '../../errors/hresult'
import type { Frame } from '../apartments/thread-stack'
import { type MarshaledPointer, pointerTo } from '../calls/marshaled-pointer'
import { type Reply, refusal, success } from '../calls/reply'
import type { JobQueue } from '../calls/served-call'
import type { Milliseconds } from '../clock/clock'
import type { Com } from './com'
import type { RunningJob } from './job'
import type { PointerHome } from './pointer-handle'

/** The thread that adopts waits, and serves its queue meanwhile: two may adopt from each other. */
class AdoptFrame implements Frame {
  readonly pumps = true
  readonly #com: Com
  readonly #served: JobQueue
  readonly #run: RunningJob<Reply>
  readonly #marshaled: MarshaledPointer
  #entering: JobId = 0
  /** What the other thread said: null when it is free. It may say so before its job has a name. */
  #refusal: Reply | null | undefined
  #endsAt: Milliseconds = Number.POSITIVE_INFINITY

  constructor(com: Com, served: JobQueue, run: RunningJob<Reply>, marshaled: MarshaledPointer) {
    this.#com = com
    this.#served = served
    this.#run = run
    this.#marshaled = marshaled
  }

  begin(home: PointerHome): void {
    const { stack } = this.#run
    stack.push(this)
    this.#served.offer(stack)
    this.#entering = home.queue({
      begin: entering => {
        entering.end(undefined)
        this.#answered(null)
      },
      refused: hresult => this.#answered(refusal(hresult)),
      done: () => {},
      describe: () => 'a moment for another thread to hand over an object',
    })
  }

  get endsAt(): Milliseconds {
    // It waits in no call that could be canceled, but looks whether it was given up.
    if (this.#run.canceled) this.#endsAt = Math.min(this.#endsAt, this.#com.system.clock.now())
    return this.#endsAt
  }

  describe(): string {
    return `waiting to be handed ${this.#marshaled.target.kind}`
  }

  end(): void {
    this.#served.withdraw(this.#run.stack)
    const answer = this.#refusal
    if (answer === undefined) this.#com.jobs.cancel(this.#entering)
    const reply =
      answer === null
        ? success(pointerTo(this.#marshaled.target))
        : (answer ?? refusal(HResult.RPC_E_CALL_CANCELED))
    this.#marshaled.release()
    this.#run.end(reply)
  }

  covered(): void {
    this.#served.withdraw(this.#run.stack)
  }

  uncovered(): void {
    this.#served.offer(this.#run.stack)
  }

  #answered(refusal: Reply | null): void {
    this.#refusal = refusal
    this.#endsAt = Math.min(this.#endsAt, this.#com.system.clock.now())
    this.#run.stack.keepUp()
  }
}

/** Carries the job out. */
export const adopt = (
  com: Com,
  served: JobQueue,
  home: PointerHome,
  marshaled: MarshaledPointer,
  run: RunningJob<Reply>,
): void => {
  if (home.apartment !== run.stack.apartment) {
    new AdoptFrame(com, served, run, marshaled).begin(home)
    return
  }
  const reply = success(pointerTo(marshaled.target))
  marshaled.release()
  run.end(reply)
}
