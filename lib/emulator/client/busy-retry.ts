// A pause before a busy server is asked again: the thread waits as in a call, and whoever gives its job up ends it.

import type { Frame } from '../apartments/thread-stack'
import type { Reply } from '../calls/reply'
import type { Milliseconds } from '../clock/clock'
import type { System } from '../threads/system'
import type { RunningJob } from './job'

/** Between attempts to call a server that is busy. */
export const RETRY_INTERVAL: Milliseconds = 100

export class RetryPause implements Frame {
  readonly pumps = true
  readonly #system: System
  readonly #run: RunningJob<Reply>
  readonly #over: (canceled: boolean) => void
  #endsAt: Milliseconds

  constructor(system: System, run: RunningJob<Reply>, ms: Milliseconds, over: (canceled: boolean) => void) {
    this.#system = system
    this.#run = run
    this.#over = over
    this.#endsAt = system.clock.now() + ms
  }

  get endsAt(): Milliseconds {
    if (this.#run.canceled) this.#endsAt = Math.min(this.#endsAt, this.#system.clock.now())
    return this.#endsAt
  }

  describe(): string {
    return 'in a pause before a busy server is asked again'
  }

  end(): void {
    this.#over(this.#run.canceled)
  }
}
