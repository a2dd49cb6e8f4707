// watchdog: the calls that keep the event loop of a thread silent are canceled (W3).
import * as timers from 'node:timers'
import type { Binding, BindingFreeze } from '../../binding'
import { ComError } from '../errors/errors'
import { HResult } from '../errors/hresult'
import * as validate from '../errors/validate'
import { enableHere } from './call-timeout'

/**
 * What froze the event loop: 'canceled': calls, which were canceled; 'not cancelable': a call that refuses to be canceled;
 * 'not a COM call': JavaScript, another blocking function, or a COM call without a proxy (C14). The watchdog leaves the
 * last two alone.
 */
export type FreezeKind = 'canceled' | 'not cancelable' | 'not a COM call'

/** A time in which the event loop did not run. */
export interface Freeze {
  readonly what: FreezeKind
  /** How long the event loop was silent, in milliseconds. */
  readonly lasted: number
  /** How many calls were canceled. */
  readonly canceled: number
  /** Why a call could not be canceled: CO_E_CANCEL_DISABLED (C3), or the failure of its cancel object (O9). */
  readonly refused: ComError | undefined
  /** The JavaScript stack of the call that was canceled first. The emulator knows it, the addon does not. */
  readonly stack: string | undefined
}

export interface WatchdogOptions {
  /** How long the event loop may be silent, in milliseconds from 1 to 2147483647. Default 5000. */
  threshold?: number | undefined
  /** The pause between two cancels of a frozen loop, in milliseconds from 1 to 2147483647. Default 50. */
  interval?: number | undefined
  /**
   * Called for each freeze, before onRecovered: when the loop runs again, because JavaScript was frozen, too. An exception
   * that it throws becomes an uncaught exception; so does that of onRecovered.
   */
  onFreeze?: ((freeze: Freeze) => void) | undefined
  /** Called after each freeze in which a call was canceled: the event loop was brought back. */
  onRecovered?: ((freeze: Freeze) => void) | undefined
}

/** Watches over the event loop of the thread that called `watchdog`. Does not keep the process alive. */
export interface Watchdog extends Disposable {
  /**
   * Lets the event loop be silent, as during a modal dialog, until the result is disposed. Suspensions nest. A debugger
   * (an open inspector, or a native debugger) suspends the watchdog by itself.
   *
   * @example
   * using suspended = dog.suspend()
   */
  suspend(): Disposable
  /**
   * Ends it: waits for a cancel that is under way, and disables the cancellation that it has enabled. A second call does
   * nothing.
   *
   * @throws ComError RPC_E_WRONG_THREAD on another thread than the one that started it.
   */
  close(): void
}

/** Whether a debugger can hold JavaScript: `inspector.url()`, where the host has that. */
const inspectorIsOpen = (): boolean => {
  try {
    const inspector = require('node:inspector') as typeof import('node:inspector')
    return inspector.url() !== undefined
  } catch {
    return false
  }
}

const freezeOf = ({ lasted, canceled, refused, stack }: BindingFreeze): Freeze => {
  const error = refused === HResult.S_OK ? undefined : new ComError(refused, 'ICancelMethodCalls::Cancel')
  const kept = error ? 'not cancelable' : 'not a COM call'
  return { what: canceled > 0 ? 'canceled' : kept, lasted, canceled, refused: error, stack }
}

class EventLoopWatchdog implements Watchdog {
  readonly #binding: Binding
  readonly #thread: number
  readonly #disable: () => void
  /** 0 when it is closed. */
  #id: number
  #suspensions = 0

  constructor(binding: Binding, threshold: number, interval: number, froze: (freeze: Freeze) => void) {
    this.#binding = binding
    this.#thread = binding.getCurrentThreadId()
    this.#disable = enableHere(binding)
    const recovered = (freeze: BindingFreeze) => {
      try {
        froze(freezeOf(freeze))
      } catch (error) {
        // The binding calls from where no exception may go.
        timers.setImmediate(() => {
          throw error
        })
      }
    }
    try {
      this.#id = binding.startWatchdog({ threshold, interval, held: inspectorIsOpen, recovered })
      if (this.#id === 0) throw new ComError(HResult.E_OUTOFMEMORY, 'watchdog', 'the system has no timer')
    } catch (error) {
      this.#disable()
      throw error
    }
  }

  suspend(): Disposable {
    let on = true
    if (this.#suspensions++ === 0) this.#binding.suspendWatchdog(this.#id, true)
    return {
      [Symbol.dispose]: () => {
        if (on && --this.#suspensions === 0) this.#binding.suspendWatchdog(this.#id, false)
        on = false
      },
    }
  }

  close(): void {
    if (this.#id === 0) return
    if (this.#binding.getCurrentThreadId() !== this.#thread)
      throw new ComError(HResult.RPC_E_WRONG_THREAD, 'Watchdog.close')
    this.#binding.stopWatchdog(this.#id)
    this.#id = 0
    this.#disable()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

/** watchdog of one binding. */
export const startWatchdog = (binding: Binding, options: unknown): Watchdog => {
  const where = 'watchdog'
  const {
    threshold = 5_000,
    interval = 50,
    onFreeze,
    onRecovered,
  } = validate.options<WatchdogOptions>(where, options, {
    threshold: true,
    interval: true,
    onFreeze: true,
    onRecovered: true,
  })
  validate.between(where, 'options.threshold', threshold, 1, 0x7fffffff)
  validate.between(where, 'options.interval', interval, 1, 0x7fffffff)
  if (onFreeze !== undefined) validate.callback(where, 'options.onFreeze', onFreeze)
  if (onRecovered !== undefined) validate.callback(where, 'options.onRecovered', onRecovered)
  return new EventLoopWatchdog(binding, threshold, interval, freeze => {
    onFreeze?.(freeze)
    if (freeze.canceled > 0) onRecovered?.(freeze)
  })
}
