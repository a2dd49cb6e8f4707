// The handlers (sinks) that are connected to an object's events, by cookie.

import type { Invocation } from '../../../binding'
import { failed, HResult } from '../../errors/hresult'
import { discardOutcome } from '../../values/from-variant'
import type { Place } from '../apartments/host'
import { marshalOperation } from '../calls/marshal'
import { MarshaledPointer } from '../calls/marshaled-pointer'
import { type Reply, refusal, success } from '../calls/reply'
import { callFromApartment } from '../calls/run-in-apartment'
import { requestOf, type Target } from '../calls/target'
import type { System } from '../threads/system'

export class Connections {
  readonly #sinks = new Map<number, Target>()
  #lastCookie = 0

  get count(): number {
    return this.#sinks.size
  }

  /** Takes over the reference. */
  advise(sink: Target): Reply {
    const cookie = ++this.#lastCookie
    this.#sinks.set(cookie, sink)
    return success({ type: 'ui4', value: cookie })
  }

  unadvise(cookie: number): Reply {
    const sink = this.#sinks.get(cookie)
    if (!sink) return refusal(HResult.CONNECT_E_NOCONNECTION)
    this.#sinks.delete(cookie)
    sink.release()
    return success()
  }

  /**
   * Calls every sink from an apartment of `at`, one after the other; the failure of one does not affect the others.
   * Resolves to the number of sinks that returned a success.
   */
  async fire(system: System, at: Place, name: string, event: Invocation): Promise<number> {
    let delivered = 0
    for (const sink of [...this.#sinks.values()]) {
      const marshaled = marshalOperation(event, MarshaledPointer.copyOf)
      if (!('operation' in marshaled)) continue
      const reply = await callFromApartment(system, 'fire', at, {
        ...requestOf(sink, marshaled.operation, marshaled.release),
        subject: { operation: 'fire', name },
      })
      if (!failed(reply.hresult)) delivered++
      discardOutcome(reply)
    }
    return delivered
  }

  clear(): void {
    for (const sink of this.#sinks.values()) sink.release()
    this.#sinks.clear()
  }
}
