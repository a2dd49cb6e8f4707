// ICancelMethodCalls as emulated objects implement it: Cancel answers at once, or when the call it waits for is over.
import type { Done, HRESULT, Seconds, ThreadId } from '../../../binding'
import { RPC_C_CANCEL_INFINITE_TIMEOUT } from '../../errors/hresult'
import type { Milliseconds } from '../clock/clock'
import type { CancelState } from './cancel-state'

/** A Cancel that waits for its call, up to its timeout (C5, C6). */
export interface PendingCancel {
  /** When its result will be known, as things stand: another Cancel can bring that forward. */
  readonly decidedAt: Milliseconds
  /** For a caller that slept until then: the result. */
  conclude(): HRESULT
  /** For a caller that goes on: told the result, possibly from inside somebody else's operation. */
  whenDecided(tell: Done): void
}

/**
 * Stands for a thread of the system's pool where a caller's id is asked for: it owns no objects. Not 0, which is the
 * id of threads that nobody finds by one.
 */
export const POOL_THREAD: ThreadId = -1

/** How long a Cancel waits for the server, which its timeout suggests (C6). */
export const cancelTimeoutOf = (seconds: Seconds): Milliseconds =>
  seconds === RPC_C_CANCEL_INFINITE_TIMEOUT ? Number.POSITIVE_INFINITY : seconds * 1000

export interface CancelMethods {
  /** What other worker threads may see and change of it; those without it can't be canceled from there. */
  readonly state?: CancelState
  /** `caller` is the thread that calls: a JavaScript object is told inside Cancel only by its own thread. */
  cancel(seconds: Seconds, caller: ThreadId): HRESULT | PendingCancel
  testCancel(): HRESULT
}
