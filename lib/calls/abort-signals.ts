// Cancellation of calls by AbortSignals, any number of calls for a signal.

/**
 * The calls that one signal cancels, with one listener for all of them: an AbortSignal searches all its
 * listeners when one is added or removed, and Node.js warns at more than ten.
 */
class CallsOfSignal {
  readonly #signal: AbortSignal
  readonly #cancels = new Set<() => void>()

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  add(cancel: () => void): void {
    if (this.#cancels.size === 0) this.#signal.addEventListener('abort', this.#abort)
    this.#cancels.add(cancel)
  }

  delete(cancel: () => void): void {
    if (this.#cancels.delete(cancel) && this.#cancels.size === 0)
      this.#signal.removeEventListener('abort', this.#abort)
  }

  readonly #abort = () => {
    for (const cancel of this.#cancels) cancel()
  }
}

const callsOfSignals = new WeakMap<AbortSignal, CallsOfSignal>()

export const callsCanceledBy = (signal: AbortSignal): CallsOfSignal => {
  const known = callsOfSignals.get(signal)
  if (known) return known
  const calls = new CallsOfSignal(signal)
  callsOfSignals.set(signal, calls)
  return calls
}
