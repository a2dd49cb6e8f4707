// Waits for the completion of an asynchronous call, which blocks no thread.
import * as timers from 'node:timers'
import type { Binding, Canceler } from '../../binding'
import { callsCanceledBy } from './abort-signals'
import type { CallLimits } from './call-limits'
import type { Caller } from './call-runner'

// Taken before a test installs fake timers, which a real call does not follow.
const { setTimeout, clearTimeout } = timers

/** Runs a function after `ms` milliseconds of the binding's clock. Returns a function that prevents it. */
export const later = (binding: Pick<Binding, 'later'>, ms: number, run: () => void): (() => void) => {
  if (binding.later) return binding.later(ms, run)
  const timer = setTimeout(run, ms)
  timer.unref() // what waits keeps the process alive
  return () => clearTimeout(timer)
}

/** The completions of one call object. It may complete before the result of its Begin_ is there. */
export class Completion {
  #signals = 0
  #begun = 0
  #released = false
  readonly #waiting = new Set<() => void>()

  /** The call object was signaled. */
  readonly signaled = (): void => {
    this.#signals++
    this.#notify()
  }

  /** A call was begun. */
  begun(): void {
    this.#begun++
  }

  /** Whether the call that was begun last is complete. */
  get complete(): boolean {
    return this.#signals >= this.#begun
  }

  get released(): boolean {
    return this.#released
  }

  /** The call object is released: nothing signals it any more. */
  release(): void {
    this.#released = true
    this.#notify()
  }

  /** `notify` is called at each change until the function that is returned is called. */
  watch(notify: () => void): () => void {
    this.#waiting.add(notify)
    return () => this.#waiting.delete(notify)
  }

  #notify(): void {
    for (const notify of [...this.#waiting]) notify()
  }
}

/** How a wait for a completion has ended. */
export interface Ending {
  complete: boolean
  /** What has canceled the call; `cause` is the reason of the signal. */
  canceled: { by: Canceler; cause: unknown } | undefined
}

/**
 * Waits until the call is complete. When a signal or the timeout cancels it, `cancel` is called, and the wait ends a
 * grace period later at the latest. It ends at once when the thread is disposed or the call object released.
 */
export const untilComplete = (
  caller: Caller,
  completion: Completion,
  { signals, timeout }: CallLimits,
  cancel: () => void,
): Promise<Ending> =>
  new Promise(resolve => {
    let canceled: Ending['canceled']
    let stopTimer = () => {}
    const stopKeeping = caller.awaitCompletion()
    const end = () => {
      stopKeeping()
      stopTimer()
      stopWatching()
      caller.whenDisposed.delete(dispose)
      for (const { signal, abort } of aborts) callsCanceledBy(signal).delete(abort)
      resolve({ complete: completion.complete, canceled })
    }
    const check = () => {
      if (completion.complete || completion.released) end()
    }
    const cancelBy = (by: Canceler, cause?: unknown) => {
      if (canceled) return
      canceled = { by, cause }
      stopTimer()
      stopTimer = later(caller.binding, caller.grace, end)
      cancel()
    }
    const dispose = () => {
      canceled ??= { by: 'close', cause: undefined }
      end()
    }
    const aborts = signals.map(signal => ({ signal, abort: () => cancelBy('cancel', signal.reason) }))
    const stopWatching = completion.watch(check)
    caller.whenDisposed.add(dispose)
    for (const { signal, abort } of aborts) callsCanceledBy(signal).add(abort)
    if (timeout !== undefined) stopTimer = later(caller.binding, timeout, () => cancelBy('timeout'))
    const aborted = aborts.find(({ signal }) => signal.aborted)
    if (caller.state === 'disposed') dispose()
    else if (completion.complete || completion.released) end()
    else aborted?.abort()
  })
