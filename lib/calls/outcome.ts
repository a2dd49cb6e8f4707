// Outcomes of calls: a check for success, and the release of unwanted results.
import type { CallOutcome, HRESULT } from '../../binding'
import { outcomeError, type Passed } from '../errors/call-error'
import { failed } from '../errors/hresult'
import { releasePointers } from '../values/from-variant'

/** A success; throws ComError for a failure. */
export const succeeded = (functionName: string, outcome: CallOutcome, passed?: Passed): CallOutcome => {
  if (failed(outcome.hresult)) throw outcomeError(functionName, outcome, passed)
  return outcome
}

export const hresultOf = ({ hresult }: { hresult: HRESULT }): HRESULT => hresult

/** Gives back the objects in a result that nobody waits for. */
export const discardOutcome = ({ value, outs }: CallOutcome): void => {
  releasePointers(value)
  for (const out of outs) releasePointers(out.value)
}
