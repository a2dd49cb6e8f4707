// The two ways an operation fails: COM said no (ComError), or the caller gave up (ComAbortError).
import type { HRESULT } from '../../binding'
import { HResult, hex, nameOf } from './hresult'
import { adviceOn } from './hresult-advice'

/** What a server said of its failure (EXCEPINFO, IErrorInfo), and which argument it was about. */
export interface ComErrorInfo {
  source?: string | undefined
  description?: string | undefined
  helpFile?: string | undefined
  helpContext?: number | undefined
  argument?: number | string | undefined
}

/** COM refused or failed. */
export class ComError extends Error {
  override readonly name: string = 'ComError'
  /** Signed 32-bit, as COM has it. */
  readonly hresult: HRESULT
  /** Its name (`CO_E_CANCEL_DISABLED`), or its number in hex. */
  readonly code: string
  /** The function that failed, in COM's spelling; for a call to an object, the member. */
  readonly function: string
  /** Who reported it, where the server says so: usually a ProgID. */
  declare readonly source?: string
  /** What the server has to say about it. */
  declare readonly description?: string
  /** The path of the server's help file. */
  declare readonly helpFile?: string
  /** The topic in the help file. */
  declare readonly helpContext?: number
  /** The argument at fault: its position, from 1 as in the message, or its name where it was a named one. */
  declare readonly argument?: number | string

  /** `detail` replaces the general advice that goes with the code. */
  constructor(
    hresult: HRESULT,
    functionName: string,
    detail: string = adviceOn(hresult),
    info: ComErrorInfo = {},
  ) {
    const code = nameOf(hresult)
    const number = hex(hresult)
    super(
      `${functionName} failed: ${code === number ? number : `${code} (${number})`}${detail && `: ${detail}`}`,
    )
    this.hresult = hresult
    this.code = code
    this.function = functionName
    // What the server did not say is not there at all.
    for (const [key, value] of Object.entries(info))
      if (value !== undefined) Object.defineProperty(this, key, { value, enumerable: true })
  }
}

/** What is known of a call that was given up. */
export interface ComAbortErrorInfo {
  function?: string
  hresult?: HRESULT
  abandoned?: boolean
}

/** The caller gave the call up with an AbortSignal. Node's own convention, and what became of the call. */
export class ComAbortError extends Error {
  override readonly name = 'AbortError'
  readonly code = 'ABORT_ERR'
  /** The function that was given up, as ComError has it; undefined where whoever made the error did not say. */
  declare readonly function?: string
  /** What the call returned after it had been given up; RPC_S_CALLPENDING when it has not come back. */
  readonly hresult: HRESULT
  /** True when the call could not be brought back in time: it still blocks its thread. */
  readonly abandoned: boolean

  constructor(reason: unknown, info: ComAbortErrorInfo = {}) {
    const { function: name, hresult = HResult.RPC_E_CALL_CANCELED, abandoned = false } = info
    const which = name === undefined ? '' : ` (${name})`
    const still = abandoned ? '; it could not be canceled and still blocks its thread' : ''
    super(`The COM call was given up${which}${still}`, { cause: reason })
    if (name !== undefined) Object.defineProperty(this, 'function', { value: name, enumerable: true })
    this.hresult = hresult
    this.abandoned = abandoned
  }
}
