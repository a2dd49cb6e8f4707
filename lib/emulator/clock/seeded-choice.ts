// Choices that look like chance and are the same again with the same seed, on every machine.

/** Chooses one of so many, from 0. */
export type Choose = (count: number) => number

/** Always what has been ready for the longest time. */
export const oldestFirst: Choose = () => 0

/** A seed's choices: a Weyl sequence, each number of it well stirred. Integer arithmetic only. */
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
 * An error that says which seed it came with: the very one, so that its class, code and cause stay what they are,
 * with a note added to its message; or, where nothing can be added to what was thrown, an error around it.
 */
export const withSeed = (error: unknown, seed: number): unknown => {
  const note = `(seed ${seed}: emulator.run(program, { seed: ${seed} }) does the same again)`
  const around = () => new Error(`${String(error)} ${note}`, { cause: error })
  if (!(error instanceof Error)) return around()
  const { name, message, stack } = error
  if (message.includes(note)) return error
  const noted = message === '' ? note : `${message} ${note}`
  // Defined, not assigned: that of a DOMException can only be read.
  if (!define(error, 'message', noted)) return around()
  // The stack was written when the error was made, with the message of then; it is what gets printed.
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
