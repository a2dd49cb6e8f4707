// Chance that can be repeated.

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
