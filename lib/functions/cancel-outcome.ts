// What became of a request to cancel, where that is no error.
import type { HRESULT } from '../../binding'
import { ComError } from '../errors/errors'
import { HResult } from '../errors/hresult'

/**
 * `requested`: the request was made, which does not say that the server stopped (C2).
 * `completed`: the call completed within the timeout (C5). `already-canceled`: somebody was first (C4).
 */
export type CancelOutcome = 'requested' | 'completed' | 'already-canceled'

/** The outcome behind what Cancel returned; throws ComError for everything that is an error. */
export const cancelOutcome = (functionName: string, hr: HRESULT): CancelOutcome => {
  switch (hr) {
    case HResult.S_OK:
      return 'requested'
    case HResult.RPC_E_CALL_COMPLETE:
      return 'completed'
    case HResult.RPC_E_CALL_CANCELED:
      return 'already-canceled'
    default:
      throw new ComError(hr, functionName)
  }
}
