// Converts an error that a method of an emulated server has thrown to the reply that its client gets.
import type { ExceptionInfo } from '../../../binding'
import { failed, HResult } from '../../errors/hresult'
import * as validate from '../../errors/validate'
import { type Reply, refusal } from '../calls/reply'

const stringOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/**
 * An AbortError becomes RPC_E_CALL_CANCELED, an error with an `hresult` keeps it, any other error becomes
 * DISP_E_EXCEPTION with its message. `placeOf` converts the error's `argument` (counted from 1) to its position in the
 * call, as in OutArgument.
 */
export const errorReply = (error: unknown, source: string, placeOf = (_argument: number) => -1): Reply => {
  if (error instanceof Error && error.name === 'AbortError') return refusal(HResult.RPC_E_CALL_CANCELED)
  const details: Partial<Record<string, unknown>> = error instanceof Error ? { ...error } : {}
  const { hresult, helpContext } = details
  const exception: ExceptionInfo = {
    source: stringOf(details.source) ?? source,
    description:
      stringOf(details.description) ?? (error instanceof Error ? error.message : validate.describe(error)),
    helpFile: stringOf(details.helpFile) ?? '',
    helpContext: typeof helpContext === 'number' ? helpContext : 0,
  }
  const kept = typeof hresult === 'number' && Number.isInteger(hresult) && failed(hresult | 0)
  const argument = typeof details.argument === 'number' ? placeOf(details.argument) : -1
  return refusal(kept ? hresult | 0 : HResult.DISP_E_EXCEPTION, argument, exception)
}
