// The number of abandoned threads, blocked by calls that could not be canceled, and its limit (W4).
import { ComError } from '../errors/errors'
import { HResult } from '../errors/hresult'

let blocked = 0
let limit = 64

export const abandonedThreads = {
  /** Counts a thread that a canceled call still blocks. */
  add(): void {
    blocked++
  },
  /** The call has returned. */
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
  /** Throws RPC_E_OUT_OF_RESOURCES at the limit: the server that blocks these threads would block more. */
  refuseMore(where: string): void {
    if (blocked < limit) return
    throw new ComError(
      HResult.RPC_E_OUT_OF_RESOURCES,
      where,
      `canceled calls still block ${blocked} threads, and ComThread.maxAbandoned is ${limit}; wait until some have returned, or raise it`,
    )
  },
}
