// The failure that the caller of a handler or of an emulated method gets when it has thrown an error.
import type { ExceptionInfo, HRESULT } from '../../binding'
import { failed, HResult } from './hresult'
import * as validate from './validate'

export interface Thrown {
  hresult: HRESULT
  /** Absent for a cancel, which needs no description. */
  exception?: ExceptionInfo
  /** The argument at fault, from 1, where the error names one. */
  argument?: number
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** The failure that an error names with its `hresult`, signed or unsigned; undefined for another error. */
const failureOf = (hresult: unknown): HRESULT | undefined =>
  typeof hresult === 'number' && Number.isInteger(hresult) && failed(hresult | 0) ? hresult | 0 : undefined

/** Whether an error is an AbortError, of any signal. */
export const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError'

/**
 * An AbortError becomes RPC_E_CALL_CANCELED, any object with the `hresult` of a failure keeps it, and any other value
 * becomes DISP_E_EXCEPTION. The message is the description, unless the error has a `description`.
 */
export const thrown = (error: unknown, source: string): Thrown => {
  if (isAbort(error)) return { hresult: HResult.RPC_E_CALL_CANCELED }
  const details: Partial<Record<string, unknown>> =
    typeof error === 'object' && error !== null ? (error as Partial<Record<string, unknown>>) : {}
  const { helpContext, argument } = details
  const exception: ExceptionInfo = {
    source: textOf(details.source) ?? source,
    description: textOf(details.description) ?? textOf(details.message) ?? validate.describe(error),
    helpFile: textOf(details.helpFile) ?? '',
    helpContext: typeof helpContext === 'number' ? helpContext : 0,
  }
  return {
    hresult: failureOf(details.hresult) ?? HResult.DISP_E_EXCEPTION,
    exception,
    ...(typeof argument === 'number' && { argument }),
  }
}
