// @ts-check
// The measuring functions of the benchmarks: alternating runs, medians, and the table's rows.

/** A quantile of values. @param {number[]} values @param {number} part */
export function quantile(values, part) {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

/** @param {number[]} values */
export const median = values => quantile(values, 0.5)

/**
 * Runs the contestants alternately, round after round, so that other load on the machine affects all of them.
 * Each returns its measurement. The first rounds are warm-up and do not count.
 * @template {string} Name
 * @param {number} rounds
 * @param {Record<Name, () => number | Promise<number>>} contestants
 * @returns {Promise<Record<Name, number[]>>}
 */
export async function inTurn(rounds, contestants) {
  const names = /** @type {Name[]} */ (Object.keys(contestants))
  const results = /** @type {Record<Name, number[]>} */ (
    Object.fromEntries(names.map(name => [name, /** @type {number[]} */ ([])]))
  )
  const warmUp = Math.ceil(rounds / 5)
  for (let round = -warmUp; round < rounds; round++) {
    for (const name of names) {
      const result = await contestants[name]()
      if (round >= 0) results[name].push(result)
    }
  }
  return results
}

/** The median of the ratios of each round: load during a round affects both values. @param {number[]} values @param {number[]} references */
export const ratio = (values, references) =>
  median(values.map((value, round) => value / (references[round] ?? Number.NaN)))

/** Milliseconds until a function, or the promise that it returns, completes. @param {() => unknown} run */
export async function timed(run) {
  const since = performance.now()
  await run()
  return performance.now() - since
}

/** @param {number} ms */
export const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))

/** Formats a time with a suitable unit. @param {number} ms */
export function time(ms) {
  if (ms < 1e-3) return `${(ms * 1e6).toPrecision(3)} ns`
  if (ms < 1) return `${(ms * 1e3).toPrecision(3)} µs`
  return ms < 1000 ? `${ms.toPrecision(3)} ms` : `${(ms / 1000).toPrecision(3)} s`
}

/** @param {string} title */
export const heading = title => console.log(`\n${title}\n${'-'.repeat(96)}`)

/**
 * Prints a row of the table. `atMost` is the aim of `value`. `floor` is the value of the machine alone in the same
 * run: if it exceeds the aim, the result is unclear.
 * @param {string} what
 * @param {{ value: number, atMost?: number | undefined, floor?: number, unit?: 'ratio' | 'ms' | 'count', note?: string }} result
 */
export function row(what, { value, atMost, floor, unit = 'ratio', note = '' }) {
  const shown = {
    ratio: () => value.toFixed(2),
    ms: () => time(value),
    count: () => Math.round(value).toLocaleString('en'),
  }[unit]()
  const columns = [what.padEnd(48), shown.padStart(9), '  ']
  if (atMost === undefined) columns.push(' '.repeat(17))
  else {
    const missed = floor !== undefined && floor > atMost ? 'unclear' : 'MISSED'
    columns.push(
      `≤ ${atMost}${unit === 'ms' ? ' ms' : ''}`.padEnd(9),
      (value <= atMost ? 'met' : missed).padEnd(8),
    )
  }
  console.log(`${columns.join('')}${note}`.trimEnd())
}
