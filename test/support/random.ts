// Random numbers that can be repeated, and the seed of a test run.

/** A generator of whole numbers from 0 to below `limit`; the same seed gives the same numbers (mulberry32). */
export const random = (seed: number): ((limit: number) => number) => {
  let state = seed | 0
  return limit => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
  }
}

/**
 * The seed of a test file's random programs: COM_CANCEL_SEED of the environment, else a new one for each run. It is
 * printed, so that a failing run can be repeated. `explore` and the emulator's own tests read COM_CANCEL_SEED as the
 * seed of one interleaving, hence it is taken out of the environment of this test file.
 */
export const takeSeed = (what: string): number => {
  const given = process.env.COM_CANCEL_SEED
  delete process.env.COM_CANCEL_SEED
  // fast-check takes signed numbers of 32 bits.
  const seed = given ? Number(given) : Math.floor(Math.random() * 0x7fffffff)
  if (!Number.isInteger(seed) || seed < 0 || seed > 0x7fffffff)
    throw new RangeError(`COM_CANCEL_SEED must be an integer from 0 to 2147483647, got '${given}'`)
  console.log(`${what}: COM_CANCEL_SEED=${seed} repeats them`)
  return seed
}
