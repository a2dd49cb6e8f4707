// Pseudorandom choices that a seed determines, the same on every machine.

/** Returns an integer from 0 to `count - 1`. */
export type Choose = (count: number) => number

/** Always chooses what has been ready for the longest time. */
export const oldestFirst: Choose = () => 0

/** The choices of a seed: a Weyl sequence whose numbers pass a mixing function. Integer arithmetic only. */
export const seededChoice = (seed: number): Choose => {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x9e3779b9) >>> 0
    let bits = state
    bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
    bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
    return (bits ^ (bits >>> 16)) >>> 0
  }
  return count => (count === 1 ? 0 : Math.floor((next() / 0x100000000) * count))
}

/**
 * Adds a note with the seed to an error's message, and returns the same error: its class, code and cause stay.
 * Where nothing can be added to the thrown value, returns an error that has it as its cause.
 */
export const withSeed = (error: unknown, seed: number): unknown => {
  const note = `(seed ${seed}: emulator.run(program, { seed: ${seed} }) repeats it)`
  const wrapped = () => new Error(`${String(error)} ${note}`, { cause: error })
  if (!(error instanceof Error)) return wrapped()
  const { name, message, stack } = error
  if (message.includes(note)) return error
  const noted = message === '' ? note : `${message} ${note}`
  // Defined, not assigned: the message of a DOMException is read-only.
  if (!define(error, 'message', noted)) return wrapped()
  // The stack contains the message as it was when the error was made, and is what gets printed.
  if (stack)
    define(
      error,
      'stack',
      stack.replace(message || name, () => (message ? noted : `${name}: ${noted}`)),
    )
  return error
}

const define = (error: Error, name: 'message' | 'stack', value: string): boolean =>
  Reflect.defineProperty(error, name, { value, writable: true, configurable: true, enumerable: false })
