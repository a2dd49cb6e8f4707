// The classes ComError, for failures that COM reports, and ComAbortError, for canceled calls.
import type { HRESULT } from '../../binding'
import { HResult, hex, nameOf } from './hresult'
import { adviceOn } from './hresult-advice'

/** Details that a server reports with a failure (EXCEPINFO, IErrorInfo), and the argument at fault. */
export interface ComErrorInfo {
  source?: string | undefined
  description?: string | undefined
  helpFile?: string | undefined
  helpContext?: number | undefined
  argument?: number | string | undefined
}

/** A failure that COM or a server reports. */
export class ComError extends Error {
  override readonly name: string = 'ComError'
  /** The HRESULT: a signed 32-bit integer. */
  readonly hresult: HRESULT
  /** The name of the HRESULT (`CO_E_CANCEL_DISABLED`), or its number in hex. */
  readonly code: string
  /** The function that failed, in COM's spelling, or the member of an object. */
  readonly function: string
  /** The source of the error, usually a ProgID, when the server reports it. */
  declare readonly source?: string
  /** The server's description of the error. */
  declare readonly description?: string
  /** The path of the server's help file. */
  declare readonly helpFile?: string
  /** The topic in the help file. */
  declare readonly helpContext?: number
  /** The argument at fault: its position, from 1 as in the message, or its name for a named argument. */
  declare readonly argument?: number | string

  /** `given` may be unsigned (0x80004005). `detail` replaces the general advice for the code. */
  constructor(
    given: HRESULT,
    functionName: string,
    detail: string = adviceOn(given | 0),
    info: ComErrorInfo = {},
  ) {
    const hresult = given | 0
    const code = nameOf(hresult)
    const number = hex(hresult)
    super(
      `${functionName} failed: ${code === number ? number : `${code} (${number})`}${detail && `: ${detail}`}`,
    )
    this.hresult = hresult
    this.code = code
    this.function = functionName
    // Details that the server did not report are not properties at all.
    for (const [key, value] of Object.entries(info))
      if (value !== undefined) Object.defineProperty(this, key, { value, enumerable: true })
  }
}

/** Details of a canceled call. */
export interface ComAbortErrorInfo {
  function?: string
  hresult?: HRESULT
  abandoned?: boolean
}

/**
 * A call that an AbortSignal canceled. It follows Node.js: `name` is 'AbortError', `cause` the reason of the
 * signal.
 */
export class ComAbortError extends Error {
  override readonly name = 'AbortError'
  readonly code = 'ABORT_ERR'
  /** The function that was canceled, as in ComError, when it is known. */
  declare readonly function?: string
  /** The result of the canceled call; RPC_S_CALLPENDING when it has not returned. */
  readonly hresult: HRESULT
  /** True when the call did not return within the grace period: it still blocks its thread (W4). */
  readonly abandoned: boolean

  constructor(reason: unknown, info: ComAbortErrorInfo = {}) {
    const { function: name, hresult = HResult.RPC_E_CALL_CANCELED, abandoned = false } = info
    const which = name === undefined ? '' : ` (${name})`
    const still = abandoned ? '; the call has not returned and still blocks its thread' : ''
    super(`The COM call was canceled${which}${still}`, { cause: reason })
    if (name !== undefined) Object.defineProperty(this, 'function', { value: name, enumerable: true })
    this.hresult = hresult | 0
    this.abandoned = abandoned
  }
}
