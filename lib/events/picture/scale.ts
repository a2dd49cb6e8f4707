// The time axis of a picture: positions of times, and round times for its marks.

export interface Tick {
  time: number
  label: string
}

/**
 * Steps of the axis in milliseconds, from 0.1 microseconds: 1, 2, 5 and so on, then parts of minutes and
 * hours.
 */
const steps: readonly number[] = [
  ...[-4, -3, -2, -1, 0, 1, 2, 3].flatMap(exponent => [1, 2, 5].map(digit => Number(`${digit}e${exponent}`))),
  ...[10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400].map(
    seconds => seconds * 1000,
  ),
]

const withSeparators = (value: number, digits: number): string =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })

const digitsOf = (step: number): number => Math.max(0, -Math.floor(Math.log10(step) + 1e-9))

const padded = (value: number): string => String(value).padStart(2, '0')

/** The label of a time, with the digits that steps of this size need. */
export const timeLabel = (time: number, step: number): string => {
  if (step >= 10_000) {
    const seconds = Math.round(time / 1000)
    return `${Math.floor(seconds / 60)}:${padded(seconds % 60)} min`
  }
  if (step >= 1000) return `${withSeparators(time / 1000, 0)} s`
  if (step < 0.01) return `${withSeparators(time * 1000, digitsOf(step * 1000))} µs`
  return `${withSeparators(time, digitsOf(step))} ms`
}

/** A duration with a suitable unit. */
export const duration = (ms: number): string => {
  if (ms < 0.1) return `${(ms * 1000).toPrecision(2)} µs`
  if (ms < 10) return `${ms.toFixed(2)} ms`
  if (ms < 10_000) return `${withSeparators(ms, 0)} ms`
  if (ms < 120_000) return `${(ms / 1000).toFixed(1)} s`
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`
}

/** At most `most` round times from 0 to `span`. */
export const ticksOf = (span: number, most: number): Tick[] => {
  const step = steps.find(each => span / each <= most) ?? span / most
  const ticks: Tick[] = []
  for (let i = 0; i * step <= span * 1.0001; i++)
    ticks.push({ time: i * step, label: timeLabel(i * step, step) })
  return ticks
}
