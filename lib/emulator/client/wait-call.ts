// The wait of BindingThread.wait and Binding.wait: a call whose duration is known from the start.
import type { HRESULT, WaitRequest } from '../../../binding'
import { HResult } from '../../errors/hresult'
import type { Frame } from '../apartments/thread-stack'
import { publishCallMade } from '../calls/call-events'
import { CallInFlight } from '../cancel/call-in-flight'
import type { Milliseconds } from '../clock/clock'
import type { System } from '../threads/system'
import type { Thread, ThreadDriver } from '../threads/thread'

/**
 * Returns the call in flight, or the HRESULT of the call when its cancel object was refused (O5). `startedAt` may lie
 * in the past: a thread that was free then has not waited for the event loop.
 */
export const beginWait = (
  system: System,
  thread: Thread,
  driver: ThreadDriver,
  startedAt: Milliseconds,
  { ms, cancelable }: WaitRequest,
): CallInFlight | HRESULT => {
  const call = new CallInFlight(system, thread, driver, {
    startedAt,
    completesAt: startedAt + ms,
    describe: () => 'a wait',
  })
  publishCallMade(system, call.id, thread, { marshaled: cancelable })
  if (!cancelable) return call // C14
  const hr = call.register()
  if (hr === HResult.S_OK) return call
  call.publishReturn(hr, false)
  return hr
}

/** Ends the wait. Returns its result. */
export const endWait = (call: CallInFlight): HRESULT => {
  const completed = call.end()
  const hr = completed ? HResult.S_OK : HResult.RPC_E_CALL_CANCELED
  call.publishReturn(hr, !completed)
  return hr
}

/** A thread blocked in a wait. */
export class WaitFrame implements Frame {
  readonly pumps = true
  readonly #call: CallInFlight
  readonly #done: (hresult: HRESULT) => void

  constructor(call: CallInFlight, done: (hresult: HRESULT) => void) {
    this.#call = call
    this.#done = done
  }

  get endsAt(): Milliseconds {
    return this.#call.endsAt
  }

  describe(): string {
    return 'blocked in a wait'
  }

  end(): void {
    this.#done(endWait(this.#call))
  }
}
