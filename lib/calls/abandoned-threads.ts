// How many threads calls that could not be canceled still block, and how many there may be (W4).
import { ComError } from '../errors/errors'
import { HResult } from '../errors/hresult'

let blocked = 0
let limit = 64

export const abandonedThreads = {
  /** A call that was given up still blocks a thread. */
  add(): void {
    blocked++
  },
  /** The thread is back. */
  remove(): void {
    blocked--
  },
  get count(): number {
    return blocked
  },
  get limit(): number {
    return limit
  },
  set limit(most: number) {
    limit = most
  },
  /** Throws when there are as many as there may be: more threads would only be lost to the same server. */
  refuseMore(where: string): void {
    if (blocked < limit) return
    throw new ComError(
      HResult.RPC_E_OUT_OF_RESOURCES,
      where,
      `calls that were given up still block ${blocked} threads, and ComThread.maxAbandoned is ${limit}; wait until some are back, or raise it`,
    )
  },
}
