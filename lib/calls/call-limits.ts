// The options that limit calls (timeout, queueTimeout, signal), and how they combine with inherited ones.
import * as validate from '../errors/validate'

/**
 * Limits of a call. As defaults of a thread, an object or a view they apply to each of its calls. The nearest
 * timeout applies, and each signal. `undefined` keeps the inherited limit.
 */
export interface CallOptions {
  /**
   * Milliseconds, from 1 to 2147483647, after which the call is canceled, counted from the moment that it begins
   * on its thread. Infinity: no timeout, also where a default has one.
   */
  timeout?: number | undefined
  /**
   * Milliseconds, from 1 to 2147483647, for which the call may wait in the queue of its thread. Then it is
   * dropped, and never reaches COM. Infinity: no limit, also where a default has one.
   */
  queueTimeout?: number | undefined
  /** Cancels the call, whether it is queued or runs. */
  signal?: AbortSignal | undefined
}

export const callOptions: validate.Keys<CallOptions> = { timeout: true, queueTimeout: true, signal: true }

/** The limits of a call, or the defaults of an object. */
export interface CallLimits {
  /** In milliseconds; undefined: none. */
  readonly timeout: number | undefined
  readonly queueTimeout: number | undefined
  /** Each of them cancels the call; the nearest first. */
  readonly signals: readonly AbortSignal[]
}

export const NO_LIMITS: CallLimits = { timeout: undefined, queueTimeout: undefined, signals: [] }

const timeoutOf = (
  where: string,
  name: string,
  value: unknown,
  inherited: number | undefined,
): number | undefined => {
  if (value === undefined) return inherited
  const ms = validate.limit(where, name, value, 1)
  return ms === Number.POSITIVE_INFINITY ? undefined : ms
}

/** The limits of a call with options, on an object with defaults. Throws TypeError or RangeError. */
export const limitsOf = (where: string, options: CallOptions, defaults: CallLimits): CallLimits => {
  const { timeout, queueTimeout, signal } = options
  if (timeout === undefined && queueTimeout === undefined && signal === undefined) return defaults
  const checked = validate.signal(where, signal)
  const { signals } = defaults
  return {
    timeout: timeoutOf(where, 'options.timeout', timeout, defaults.timeout),
    queueTimeout: timeoutOf(where, 'options.queueTimeout', queueTimeout, defaults.queueTimeout),
    signals: checked && !signals.includes(checked) ? [checked, ...signals] : signals,
  }
}
