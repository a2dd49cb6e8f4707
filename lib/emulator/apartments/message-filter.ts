// The message filter of a single-threaded apartment: the part of IMessageFilter that concerns outgoing calls.
import type { Milliseconds } from '../clock/clock'

/** The reason for which a server rejects a call: SERVERCALL_REJECTED or SERVERCALL_RETRYLATER. */
export type Rejection = 'rejected' | 'retry-later'

/** A program's message filter for `emulator.registerMessageFilter`; times are in milliseconds of the emulator's clock. */
export interface MessageFilter {
  /**
   * A server rejected a call, `elapsed` milliseconds after it was made. Returns the milliseconds after which the
   * call is retried (less than 100: at once), or -1: the call fails with RPC_E_CALL_REJECTED. Default: -1.
   */
  retryRejectedCall?(elapsed: Milliseconds, reason: Rejection): number
  /**
   * A message was posted during an outgoing call that was made `elapsed` milliseconds ago. 'cancel' cancels the
   * call, which returns RPC_E_CALL_CANCELED at once (M1). The message stays in the queue in either case.
   * Default: 'wait'.
   */
  messagePending?(elapsed: Milliseconds): 'cancel' | 'wait'
}
