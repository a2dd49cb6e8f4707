// An object of one thread on its way into another's apartment, for which its own thread has to be free for a moment.
import type { JobId } from '../../../binding'
import { HResult } from '../../errors/hresult'
import type { Frame } from '../apartments/thread-stack'
import { pointerTo, type Transit } from '../calls/marshaled-pointer'
import { type Reply, refusal, success } from '../calls/reply'
import type { Served } from '../calls/served-call'
import type { Milliseconds } from '../clock/clock'
import type { Com } from './com'
import type { Run } from './job'
import type { PointerHome } from './pointer-handle'

/** The thread that adopts waits, and serves its queue meanwhile: two may adopt from each other. */
class Waiting implements Frame {
  readonly pumps = true
  readonly #com: Com
  readonly #served: Served
  readonly #run: Run<Reply>
  readonly #transit: Transit
  #entering: JobId = 0
  /** What the other thread said: null when it is free. It may say so before its job has a name. */
  #refusal: Reply | null | undefined
  #endsAt: Milliseconds = Number.POSITIVE_INFINITY

  constructor(com: Com, served: Served, run: Run<Reply>, transit: Transit) {
    this.#com = com
    this.#served = served
    this.#run = run
    this.#transit = transit
  }

  begin(home: PointerHome): void {
    const { runner } = this.#run
    runner.push(this)
    this.#served.offer(runner)
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
    if (this.#run.givenUp) this.#endsAt = Math.min(this.#endsAt, this.#com.system.clock.now())
    return this.#endsAt
  }

  describe(): string {
    return `waiting to be handed ${this.#transit.target.kind}`
  }

  end(): void {
    this.#served.withdraw(this.#run.runner)
    const answer = this.#refusal
    if (answer === undefined) this.#com.jobs.cancel(this.#entering)
    const reply =
      answer === null
        ? success(pointerTo(this.#transit.target))
        : (answer ?? refusal(HResult.RPC_E_CALL_CANCELED))
    this.#transit.release()
    this.#run.end(reply)
  }

  covered(): void {
    this.#served.withdraw(this.#run.runner)
  }

  uncovered(): void {
    this.#served.offer(this.#run.runner)
  }

  #answered(refusal: Reply | null): void {
    this.#refusal = refusal
    this.#endsAt = Math.min(this.#endsAt, this.#com.system.clock.now())
    this.#run.runner.keepUp()
  }
}

/** Carries the job out. */
export const adopt = (
  com: Com,
  served: Served,
  home: PointerHome,
  transit: Transit,
  run: Run<Reply>,
): void => {
  if (home.apartment !== run.runner.apartment) {
    new Waiting(com, served, run, transit).begin(home)
    return
  }
  const reply = success(pointerTo(transit.target))
  transit.release()
  run.end(reply)
}
