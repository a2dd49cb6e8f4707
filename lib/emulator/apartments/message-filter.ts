// What a single-threaded apartment decides about its outgoing calls: IMessageFilter, as far as clients need it.
import type { Milliseconds } from '../clock/clock'

/** Why a server turns a call away. */
export type Rejection = 'rejected' | 'retry-later'

export interface MessageFilter {
  /**
   * A server turned a call away, `elapsed` milliseconds after it was made. The call is made again after so many
   * milliseconds (less than 100: at once); -1 gives it up with RPC_E_CALL_REJECTED. Default: -1.
   */
  retryRejectedCall?(elapsed: Milliseconds, reason: Rejection): number
  /**
   * A message has arrived during an outgoing call, made `elapsed` milliseconds ago. 'cancel' cancels the call,
   * which returns RPC_E_CALL_CANCELED at once (M1). The message stays in the queue either way. Default: 'wait'.
   */
  messagePending?(elapsed: Milliseconds): 'cancel' | 'wait'
}
