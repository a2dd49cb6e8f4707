// The handlers (sinks) that are connected to an object's events, by cookie.

import type { Invocation, OutArgument, Variant } from '../../../binding'
import { failed, HResult } from '../../errors/hresult'
import { discardOutcome, releasePointers } from '../../values/from-variant'
import type { Place } from '../apartments/host'
import { copyVariant, marshalOperation } from '../calls/marshal'
import { MarshaledPointer } from '../calls/marshaled-pointer'
import { type Reply, refusal, success } from '../calls/reply'
import { callFromApartment } from '../calls/run-in-apartment'
import { requestOf, type Target } from '../calls/target'
import type { System } from '../threads/system'

export interface Fired {
  /** The number of sinks that returned a success. */
  readonly delivered: number
  /** The by-reference arguments as the last sink has left them, with marshaled pointers of the caller's own. */
  readonly outs: readonly OutArgument[]
}

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
   * Calls every sink from an apartment of `at`, one after the other; the failure of one does not affect the others. Each
   * gets the by-reference arguments as those before it have left them.
   */
  async fire(system: System, at: Place, name: string, event: Invocation): Promise<Fired> {
    let delivered = 0
    const outs = new Map<number, Variant>()
    for (const sink of [...this.#sinks.values()]) {
      const args = event.args.map((each, i) => ({
        ...(outs.get(i) ?? each),
        ...(each.byRef && { byRef: each.byRef }),
      }))
      const marshaled = marshalOperation({ ...event, args }, MarshaledPointer.copyOf)
      if (!('operation' in marshaled)) continue
      const reply = await callFromApartment(system, 'fire', at, {
        ...requestOf(sink, marshaled.operation, marshaled.release),
        subject: { operation: 'fire', name },
      })
      if (!failed(reply.hresult)) delivered++
      for (const { position, value } of reply.outs) {
        const before = outs.get(position) ?? null
        outs.set(position, copyVariant(value, MarshaledPointer.copyOf))
        releasePointers(before)
      }
      discardOutcome(reply)
    }
    return { delivered, outs: [...outs].map(([position, value]) => ({ position, value })) }
  }

  clear(): void {
    for (const sink of this.#sinks.values()) sink.release()
    this.#sinks.clear()
  }
}
