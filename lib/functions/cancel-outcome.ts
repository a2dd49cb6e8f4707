// Outcomes of a cancel request that are not errors.
import type { HRESULT } from '../../binding'
import { ComError } from '../errors/errors'
import { HResult } from '../errors/hresult'

/**
 * `requested`: the cancel was requested; the server may run on (C2). `completed`: the call completed within
 * the timeout (C5). `already-canceled`: an earlier cancel took effect (C4).
 */
export type CancelOutcome = 'requested' | 'completed' | 'already-canceled'

/** The outcome for the result of Cancel; throws ComError for every other HRESULT. */
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
