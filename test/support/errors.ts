// Assertions on errors.
import { type AbortReason, ComAbortError, ComError, HResult, type HResultName } from 'com-cancel'
import { expect } from 'vitest'
import { soon } from './until'

/** The error that a function throws. */
export const thrown = (act: () => unknown): unknown => {
  try {
    act()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

/** The error that a promise rejects with. */
export const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  soon(
    'the promise is settled',
    promise.then(
      value => {
        throw new Error(`it did not reject but fulfilled with ${String(value)}`)
      },
      (error: unknown) => error,
    ),
  )

export function expectComError(error: unknown, code: HResultName, functionName: string): void {
  expect(error).toBeInstanceOf(ComError)
  expect(error).toMatchObject({
    name: 'ComError',
    code,
    hresult: HResult[code],
    function: functionName,
    message: expect.stringContaining(`${functionName} failed: ${code} (0x`),
  })
}

export interface ExpectedAbort {
  /** The reason of the signal; undefined for another cause. */
  reason?: unknown
  /** The `reason` of the error. Default: 'signal'. */
  why?: AbortReason
  started?: boolean
  hresult?: number
  abandoned?: boolean
}

export function expectAbortError(error: unknown, expected: ExpectedAbort): void {
  const {
    reason,
    why = 'signal',
    started,
    hresult = HResult.RPC_E_CALL_CANCELED,
    abandoned = false,
  } = expected
  expect(error).toBeInstanceOf(ComAbortError)
  expect(error).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', reason: why, hresult, abandoned })
  if (started !== undefined) expect(error).toMatchObject({ started })
  expect((error as ComAbortError).cause).toBe(reason)
}
