// What a client gets to see of an error that a method of an emulated server has thrown.
import type { ExceptionInfo } from '../../../binding'
import { failed, HResult } from '../../errors/hresult'
import * as validate from '../../errors/validate'
import { type Reply, refusal } from '../calls/reply'

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/**
 * Errors with an `hresult` keep it, AbortErrors gave up, anything else is an exception with its message. An
 * `argument` (counted from 1) is the one at fault; `placeOf` says where it was passed.
 */
export const errorReply = (error: unknown, source: string, placeOf = (_argument: number) => -1): Reply => {
  if (error instanceof Error && error.name === 'AbortError') return refusal(HResult.RPC_E_CALL_CANCELED)
  const said: Partial<Record<string, unknown>> = error instanceof Error ? { ...error } : {}
  const { hresult, helpContext } = said
  const exception: ExceptionInfo = {
    source: text(said.source) ?? source,
    description:
      text(said.description) ?? (error instanceof Error ? error.message : validate.describe(error)),
    helpFile: text(said.helpFile) ?? '',
    helpContext: typeof helpContext === 'number' ? helpContext : 0,
  }
  const kept = typeof hresult === 'number' && Number.isInteger(hresult) && failed(hresult | 0)
  const argument = typeof said.argument === 'number' ? placeOf(said.argument) : -1
  return refusal(kept ? hresult | 0 : HResult.DISP_E_EXCEPTION, argument, exception)
}
