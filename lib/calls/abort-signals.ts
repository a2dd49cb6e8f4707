// Giving up calls by an AbortSignal, however many calls share it.

/**
 * What one signal gives up, behind one listener: an AbortSignal searches all its listeners whenever one is added or
 * removed, and Node warns of more than ten.
 */
class CallsOfSignal {
  readonly #signal: AbortSignal
  readonly #giveUps = new Set<() => void>()

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  add(giveUp: () => void): void {
    if (this.#giveUps.size === 0) this.#signal.addEventListener('abort', this.#abort)
    this.#giveUps.add(giveUp)
  }

  delete(giveUp: () => void): void {
    if (this.#giveUps.delete(giveUp) && this.#giveUps.size === 0)
      this.#signal.removeEventListener('abort', this.#abort)
  }

  readonly #abort = () => {
    for (const giveUp of this.#giveUps) giveUp()
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
