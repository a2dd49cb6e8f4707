// ICancelMethodCalls of emulated objects. Cancel returns at once, or after its call has ended or the timeout has passed.
import type { Done, HRESULT, Seconds, ThreadId } from '../../../binding'
import { RPC_C_CANCEL_INFINITE_TIMEOUT } from '../../errors/hresult'
import type { Milliseconds } from '../clock/clock'
import type { CancelState } from './cancel-state'

/** A Cancel that waits for its call until the cancel timeout (C5, C6). */
export interface PendingCancel {
  /** When the result is known. Another Cancel can make that earlier. */
  readonly decidedAt: Milliseconds
  /** The result, for a caller that has slept until `decidedAt`. */
  conclude(): HRESULT
  /** For a caller that does not sleep. `done` may be called at once, or inside another operation. */
  whenDecided(done: Done): void
}

/** The id that a thread of the system's pool has as a caller. It owns no objects. 0 is the id of anonymous threads. */
export const POOL_THREAD: ThreadId = -1

/** The cancel timeout in milliseconds (C6). */
export const cancelTimeoutOf = (seconds: Seconds): Milliseconds =>
  seconds === RPC_C_CANCEL_INFINITE_TIMEOUT ? Number.POSITIVE_INFINITY : seconds * 1000

export interface CancelMethods {
  /** What other worker threads can see and change. An object without it can be canceled only in its own worker thread. */
  readonly state?: CancelState
  /** `caller`: the calling thread. A JavaScript object is notified inside Cancel only on its own thread. */
  cancel(seconds: Seconds, caller: ThreadId): HRESULT | PendingCancel
  testCancel(): HRESULT
}
