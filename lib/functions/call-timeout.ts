// comTimeout: blocking calls of the calling thread are canceled when a time has passed (W1, W2).
import type { Binding } from '../../binding'
import { ComError } from '../errors/errors'
import { failed, HResult } from '../errors/hresult'
import * as validate from '../errors/validate'

export interface ComTimeoutOptions {
  /**
   * After the first cancel, how long until the next, in milliseconds from 1 to 2147483647. Default: the time of the
   * scope. A short time ends all that blocks once the scope has timed out.
   */
  repeat?: number | undefined
}

/** An open timeout of the thread that called comTimeout. */
export interface ComTimeout extends Disposable {
  /** How many calls it has canceled. A call that cannot be canceled does not count. */
  readonly canceled: number
  /**
   * Ends it: waits for a cancel that is under way, and disables the cancellation that comTimeout has enabled. A second
   * call does nothing.
   *
   * @throws ComError RPC_E_WRONG_THREAD on another thread than the one that opened it.
   */
  close(): void
}

export interface ComTimeoutFunction {
  /**
   * Limits the time that synchronous COM calls block the calling thread, those of this package, of another package or
   * of a foreign function interface. When `ms` milliseconds have passed, the call that blocks the thread is
   * canceled and returns RPC_E_CALL_CANCELED; each `repeat` milliseconds later the call that blocks it then, and so on
   * until the scope is closed (W1, W2). The timer is one of the system's thread pool, so it works while JavaScript is
   * blocked. Scopes nest: each has its own time, so the tightest applies. Calls that were pending before, and calls
   * without a proxy, cannot be canceled (E5, C14). While the scope is open, cancellation is enabled on the thread, which
   * makes marshaled calls slower (E8).
   *
   * @param ms Milliseconds, 1 to 2147483647.
   * @param options When calls are canceled again (`repeat`).
   * @returns The open scope: close it, or declare it with `using`.
   * @throws ComError: that of CoEnableCallCancellation; E_OUTOFMEMORY where the system has no timer. TypeError or
   * RangeError for invalid arguments.
   * @example
   * using timeout = comTimeout(5_000)
   */
  (ms: number, options?: ComTimeoutOptions): ComTimeout

  /**
   * The same for a function: the scope is open while it runs and, if it returns a promise, until that settles. Returns
   * what the function returns.
   *
   * @param ms Milliseconds, 1 to 2147483647.
   * @param run Gets the open scope.
   * @param options When calls are canceled again (`repeat`).
   * @example
   * comTimeout(5_000, () => workbook.Save())
   */
  <T>(ms: number, run: (timeout: ComTimeout) => T, options?: ComTimeoutOptions): T
}

/** Enables cancellation on the calling thread. The result disables it, also where CoUninitialize has done that (E6). */
export const enableHere = (binding: Binding): (() => void) => {
  const hresult = binding.coEnableCallCancellation()
  if (failed(hresult)) throw new ComError(hresult, 'CoEnableCallCancellation')
  return () => void binding.coDisableCallCancellation()
}

class Timeout implements ComTimeout {
  readonly #binding: Binding
  readonly #thread: number
  readonly #disable: () => void
  /** 0 when it is closed. */
  #id: number
  #canceled = 0

  constructor(binding: Binding, ms: number, repeat: number) {
    this.#binding = binding
    this.#thread = binding.getCurrentThreadId()
    this.#disable = enableHere(binding)
    try {
      this.#id = binding.startTimeout(ms, repeat)
      if (this.#id === 0) throw new ComError(HResult.E_OUTOFMEMORY, 'comTimeout', 'the system has no timer')
    } catch (error) {
      this.#disable()
      throw error
    }
  }

  get canceled(): number {
    return this.#id === 0 ? this.#canceled : this.#binding.canceledBy(this.#id)
  }

  close(): void {
    if (this.#id === 0) return
    if (this.#binding.getCurrentThreadId() !== this.#thread)
      throw new ComError(HResult.RPC_E_WRONG_THREAD, 'ComTimeout.close')
    this.#canceled = this.#binding.stopTimeout(this.#id)
    this.#id = 0
    this.#disable()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

/** comTimeout of one binding. */
export const comTimeoutOf = (binding: Binding): ComTimeoutFunction => {
  const where = 'comTimeout'
  const open = (ms: unknown, options: unknown): Timeout => {
    const { repeat = ms } = validate.options<ComTimeoutOptions>(where, options, { repeat: true })
    const time = validate.between(where, 'ms', ms, 1, 0x7fffffff)
    return new Timeout(binding, time, validate.between(where, 'options.repeat', repeat, 1, 0x7fffffff))
  }
  return <T>(
    ms: number,
    second?: ((timeout: ComTimeout) => T) | ComTimeoutOptions,
    third?: ComTimeoutOptions,
  ) => {
    if (typeof second !== 'function') return open(ms, second)
    const timeout = open(ms, third)
    let result: T
    try {
      result = second(timeout)
    } catch (error) {
      timeout.close()
      throw error
    }
    if (result instanceof Promise) return result.finally(() => timeout.close()) as T
    timeout.close()
    return result
  }
}
