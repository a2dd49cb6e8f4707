// Retries calls that a busy server has rejected: in the library's message filter, and by jobs that call again.
import type { HRESULT, Operation } from '../../../binding'
import { HResult } from '../../errors/hresult'
import type { MessageFilter } from '../apartments/message-filter'
import type { Frame } from '../apartments/thread-stack'
import { makeCall } from '../calls/outgoing-call'
import { type Reply, refusal } from '../calls/reply'
import type { Request } from '../calls/request'
import { requestOf, type Target } from '../calls/target'
import type { Milliseconds } from '../clock/clock'
import type { System } from '../threads/system'
import type { RunningJob } from './job'

const RETRY_INTERVAL: Milliseconds = 100

export const busyResults: readonly HRESULT[] = [
  HResult.RPC_E_CALL_REJECTED,
  HResult.RPC_E_SERVERCALL_RETRYLATER,
  HResult.VBA_E_IGNORE,
]

/** The library's own filter. It retries for `busyRetry` milliseconds, and cancels the call of a canceled job. */
export const libraryFilter = (busyRetry: Milliseconds, canceled: () => boolean): MessageFilter => ({
  retryRejectedCall: (elapsed, reason) =>
    reason === 'retry-later' && elapsed < busyRetry && !canceled() ? RETRY_INTERVAL : -1,
  messagePending: () => (canceled() ? 'cancel' : 'wait'),
})

/** A pause before the next call: the thread waits as in a call, and a cancel of the job ends the pause. */
class RetryPause implements Frame {
  readonly pumps = true
  readonly #system: System
  readonly #run: RunningJob<Reply>
  readonly #over: (canceled: boolean) => void
  #endsAt: Milliseconds

  constructor(
    system: System,
    run: RunningJob<Reply>,
    pause: Milliseconds,
    over: (canceled: boolean) => void,
  ) {
    this.#system = system
    this.#run = run
    this.#over = over
    this.#endsAt = system.clock.now() + pause
  }

  get endsAt(): Milliseconds {
    if (this.#run.canceled) this.#endsAt = Math.min(this.#endsAt, this.#system.clock.now())
    return this.#endsAt
  }

  describe(): string {
    return 'in a pause before a busy server is called again'
  }

  end(): void {
    this.#over(this.#run.canceled)
  }
}

/** One kind of call that may be made again. */
export interface RepeatableCall {
  /** A new request for the call; an HRESULT where COM answers without a server. */
  request(): Request | HRESULT
  /** The call is over. `released`: it was canceled and returned before its reply was there. */
  end(reply: Reply, released: boolean): void
}

/**
 * Calls a server, and calls it again while it is busy: a rejected call was not executed. Covers what the message
 * filter does not retry.
 */
export const callWhileBusy = (
  system: System,
  run: RunningJob<Reply>,
  busyRetry: Milliseconds,
  call: RepeatableCall,
): void => {
  const attempt = (startedAt: Milliseconds): void => {
    const request = call.request()
    if (typeof request === 'number') {
      call.end(refusal(request), false)
      return
    }
    makeCall(system, run.stack, request, startedAt, (reply, released) => {
      const left = run.startedAt + busyRetry - system.clock.now()
      if (!busyResults.includes(reply.hresult) || run.canceled || left <= 0) {
        call.end(reply, released)
        return
      }
      const pause = new RetryPause(system, run, Math.min(RETRY_INTERVAL, left), canceled => {
        if (canceled) call.end(reply, false)
        else attempt(system.clock.now())
      })
      run.stack.push(pause)
    })
  }
  attempt(run.startedAt)
}

/** The same for an operation. `over` is called once the operation's pointers are not used any more. */
export const askWhileBusy = (
  system: System,
  run: RunningJob<Reply>,
  target: Target,
  operation: Operation,
  busyRetry: Milliseconds,
  over: () => void,
  end: (reply: Reply) => void = run.end,
): void => {
  let users = 1
  const unuse = () => {
    if (--users === 0) over()
  }
  callWhileBusy(system, run, busyRetry, {
    request: () => {
      users++
      return requestOf(target, operation, unuse)
    },
    end: reply => {
      unuse()
      end(reply)
    },
  })
}
