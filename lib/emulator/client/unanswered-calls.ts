// Incoming calls of one emulator that JavaScript has not replied to, by key.
import type { CallKey, HRESULT, IncomingReply } from '../../../binding'
import { HResult } from '../../errors/hresult'
import type { RunningCall } from '../calls/request'
import type { LiveObjects, Living } from '../objects/live-objects'

interface Unanswered extends Living {
  call: RunningCall
  answer(reply: IncomingReply): void
}

export class UnansweredCalls {
  readonly #calls = new Map<CallKey, Unanswered>()
  readonly #live: LiveObjects
  #lastKey = 0

  constructor(live: LiveObjects) {
    this.#live = live
  }

  add(call: Unanswered): CallKey {
    const key = ++this.#lastKey
    this.#calls.set(key, call)
    this.#live.unanswered.add(call)
    return key
  }

  has(key: CallKey): boolean {
    return this.#calls.has(key)
  }

  reply(key: CallKey, reply: IncomingReply): void {
    const call = this.#calls.get(key)
    if (!call) return
    this.#calls.delete(key)
    this.#live.unanswered.delete(call)
    call.answer(reply)
  }

  testCancel(key: CallKey): HRESULT {
    return this.#calls.get(key)?.call.testCancel() ?? HResult.RPC_E_CALL_COMPLETE
  }
}
