// The classes ComError, for failures that COM reports, and ComAbortError, for canceled calls.
import type { HRESULT } from '../../binding'
import { type ComErrorCode, definedByInterface, HResult, hex, nameOf } from './hresult'
import { adviceOn } from './hresult-advice'
import { errorNumber } from './system-text'

/** Details that a server reports with a failure (EXCEPINFO, IErrorInfo), and the argument at fault. */
export interface ComErrorInfo {
  source?: string | undefined
  description?: string | undefined
  helpFile?: string | undefined
  helpContext?: number | undefined
  argument?: number | string | undefined
}

/** How a message names a code, and the name or number that `code` of the error is. */
const named = (hresult: HRESULT, member: boolean): { code: ComErrorCode; shown: string } => {
  const number = hex(hresult)
  const code = member && definedByInterface(hresult) ? number : nameOf(hresult)
  if (code !== number) return { code, shown: `${code} (${number})` }
  const error = errorNumber(hresult)
  return { code, shown: error === undefined ? number : `error ${error} (${number})` }
}

/**
 * A failure that COM or a server reports.
 *
 * @example
 * if (error instanceof ComError && error.code === 'RPC_E_SERVERCALL_RETRYLATER') retry()
 */
export class ComError extends Error {
  override readonly name: string = 'ComError'
  /** The HRESULT: a signed 32-bit integer. */
  readonly hresult: HRESULT
  /** The name of the HRESULT (`CO_E_CANCEL_DISABLED`), or its number in hex. */
  readonly code: ComErrorCode
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

  /**
   * `given` may be unsigned (0x80004005). `detail` replaces the general advice for the code. `member`: a member of an
   * object returned it, so that its interface defines what a code of FACILITY_ITF from 0x200 means.
   */
  constructor(
    given: HRESULT,
    functionName: string,
    detail: string = adviceOn(given | 0),
    info: ComErrorInfo = {},
    member = false,
  ) {
    const hresult = given | 0
    const { code, shown } = named(hresult, member)
    super(`${functionName} failed: ${shown}${detail && `: ${detail}`}`)
    this.hresult = hresult
    this.code = code
    this.function = functionName
    // Details that the server did not report are not properties at all.
    for (const [key, value] of Object.entries(info))
      if (value !== undefined) Object.defineProperty(this, key, { value, enumerable: true })
  }
}

/** What canceled a call: its signal, its timeout (also while it was queued), or the disposal of its thread. */
export type AbortReason = 'signal' | 'timeout' | 'disposed'

/** Details of a canceled call. */
export interface ComAbortErrorInfo {
  reason?: AbortReason | undefined
  function?: string | undefined
  hresult?: HRESULT | undefined
  abandoned?: boolean | undefined
  started?: boolean | undefined
  busy?: boolean | undefined
  hostTerminated?: boolean | undefined
  timeout?: number | undefined
}

/** A ComAbortError as JSON, for channels on which an error keeps only its message. */
export interface ComAbortErrorJson {
  name: 'AbortError'
  message: string
  code: 'ABORT_ERR'
  reason: AbortReason
  function?: string
  hresult: HRESULT
  abandoned: boolean
  started: boolean
  busy: boolean
  hostTerminated: boolean
  timeout?: number
}

/**
 * A call that was canceled by an AbortSignal, by its timeout, or by the disposal of its thread. As in Node.js,
 * `name` is 'AbortError' and `cause` is the reason of the signal. The message contains the reason, because
 * Electron's IPC keeps only the message of an error.
 *
 * @example
 * if (error instanceof ComAbortError && error.reason === 'timeout' && !error.started) retry()
 */
export class ComAbortError extends Error {
  override readonly name = 'AbortError'
  readonly code = 'ABORT_ERR'
  /** What canceled the call first. */
  readonly reason: AbortReason
  /** The function that was canceled, as in ComError, when it is known. */
  declare readonly function?: string
  /**
   * The result of the canceled call: RPC_E_CALL_CANCELED, also when its server was busy; RPC_S_CALLPENDING when it
   * has not returned; RPC_E_DISCONNECTED when the disposal of its thread dropped it from the queue; what the call
   * returned otherwise, such as RPC_S_CALL_FAILED when its host process was terminated.
   */
  readonly hresult: HRESULT
  /** True when the call did not return within the grace period: it still blocks its thread (W4). */
  readonly abandoned: boolean
  /**
   * False when the call never began on its thread: it has no effect and can be made again. True when it may
   * have taken effect, unless `busy` is true.
   */
  readonly started: boolean
  /** Whether its server was rejecting the call as busy. A rejected call is not executed. */
  readonly busy: boolean
  /** Whether the host process of the object was terminated because the canceled call had not returned (H3). */
  readonly hostTerminated: boolean
  /** The timeout that ended, in milliseconds: `timeout`, or `queueTimeout` of a call that was not started. */
  declare readonly timeout?: number

  constructor(cause: unknown, info: ComAbortErrorInfo = {}) {
    const {
      reason = 'signal',
      function: name,
      hresult = HResult.RPC_E_CALL_CANCELED,
      abandoned = false,
      started = abandoned,
      busy = false,
      hostTerminated = false,
      timeout,
    } = info
    const why = causeText(reason, cause, { started, timeout })
    const state = stateText({ hresult, abandoned, started, busy, hostTerminated })
    super(`${name ?? 'The COM call'} was canceled${why}${state}`, reason === 'signal' ? { cause } : {})
    this.reason = reason
    if (name !== undefined) Object.defineProperty(this, 'function', { value: name, enumerable: true })
    this.hresult = hresult | 0
    this.abandoned = abandoned
    this.started = started
    this.busy = busy
    this.hostTerminated = hostTerminated
    if (timeout !== undefined) Object.defineProperty(this, 'timeout', { value: timeout, enumerable: true })
  }

  /** Its properties as plain values, with the message. Without `cause`, which may be any value. */
  toJSON(): ComAbortErrorJson {
    const { name, message, code, reason, hresult, abandoned, started, busy, hostTerminated } = this
    return {
      name,
      message,
      code,
      reason,
      ...(this.function !== undefined && { function: this.function }),
      hresult,
      abandoned,
      started,
      busy,
      hostTerminated,
      ...(this.timeout !== undefined && { timeout: this.timeout }),
    }
  }
}

/** The reason of a signal in a message; empty for the default one. */
const signalText = (cause: unknown): string => {
  if (cause instanceof DOMException && cause.name === 'AbortError') return ''
  if (cause instanceof Error) return `: ${cause.message || cause.name}`
  return typeof cause === 'string' && cause !== '' ? `: ${cause}` : ''
}

const causeText = (
  reason: AbortReason,
  cause: unknown,
  { started, timeout }: { started: boolean; timeout: number | undefined },
): string => {
  switch (reason) {
    case 'timeout':
      return ` after ${timeout} ms${started ? '' : ' in the queue'} (timeout)`
    case 'disposed':
      return ' (disposed: its thread was disposed)'
    default:
      return ` (signal${signalText(cause)})`
  }
}

/** What is known about the call: whether it can be made again. */
const stateText = ({
  hresult,
  abandoned,
  started,
  busy,
  hostTerminated,
}: {
  hresult: HRESULT
  abandoned: boolean
  started: boolean
  busy: boolean
  hostTerminated: boolean
}): string => {
  if (!started) return '; it had not started'
  const terminated = ', and its host process was terminated'
  if (abandoned) return `; it has not returned${hostTerminated ? terminated : ''} and still blocks its thread`
  if (hostTerminated) return `; it had not returned${terminated}`
  if (hresult === HResult.RPC_S_CALLPENDING)
    return '; it is not complete, and the server may still be working on it'
  if (busy) return '; its server was busy and had rejected it'
  if (hresult === HResult.RPC_E_CALL_CANCELED) return '; the server may still be working on it'
  return `; it returned ${nameOf(hresult)} all the same`
}
