// Who is connected to an object's events, by cookie.
import { HResult } from '../../errors/hresult'
import { type Reply, refusal, success } from '../calls/reply'
import type { Target } from '../calls/target'

export class Connections {
  readonly #sinks = new Map<number, Target>()
  #lastCookie = 0

  /** Those of this moment. */
  get sinks(): Target[] {
    return [...this.#sinks.values()]
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

  clear(): void {
    for (const sink of this.#sinks.values()) sink.release()
    this.#sinks.clear()
  }
}
