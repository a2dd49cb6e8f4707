// The call counts of a server: those of all its objects, since its process started.
import { HResult } from 'com-cancel'

export class Counter {
  started = 0
  finished = 0
  canceled = 0
  #process = 0

  /** Resets the counts for a new process. `number` identifies the process. */
  of(number) {
    if (this.#process !== number) this.reset()
    this.#process = number
    return this
  }

  reset() {
    this.started = 0
    this.finished = 0
    this.canceled = 0
  }

  /** Counts the start and the end of a call, however it ends. */
  async count(run) {
    this.started++
    let canceled = false
    try {
      return await run()
    } catch (error) {
      canceled = error.hresult === HResult.RPC_E_CALL_CANCELED
      throw error
    } finally {
      if (canceled) this.canceled++
      else this.finished++
    }
  }
}
