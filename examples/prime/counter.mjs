// What a server counts: the calls of all its objects, from when its process started.
import { HResult } from 'com-cancel'

export class Counter {
  started = 0
  finished = 0
  gaveUp = 0
  #process = 0

  /** Counts from the beginning in a new process; `number` tells them apart. */
  of(number) {
    if (this.#process !== number) this.reset()
    this.#process = number
    return this
  }

  reset() {
    this.started = 0
    this.finished = 0
    this.gaveUp = 0
  }

  /** Counts a call on its way in and on its way out, whichever way that is. */
  async count(run) {
    this.started++
    let gaveUp = false
    try {
      return await run()
    } catch (error) {
      gaveUp = error.hresult === HResult.RPC_E_CALL_CANCELED
      throw error
    } finally {
      if (gaveUp) this.gaveUp++
      else this.finished++
    }
  }
}
