// What the command prints: tables, colors on terminals, and a line that shows how long a call has lasted.
import type { WriteStream } from 'node:tty'

type Output = NodeJS.WriteStream | WriteStream

/** Whether a stream shows colors: a terminal that can, unless NO_COLOR is set (https://no-color.org). */
const hasColors = (stream: Output): boolean =>
  stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb'

const styles = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39] } as const

/** A text in a style, for a stream: unchanged where the stream has no colors. */
export const styled = (style: keyof typeof styles, text: string, stream: Output = process.stdout): string => {
  const [on, off] = styles[style]
  return hasColors(stream) ? `\x1b[${on}m${text}\x1b[${off}m` : text
}

/** Prints a line. */
export const print = (text = ''): void => {
  process.stdout.write(`${text}\n`)
}

/** Prints a value as JSON. */
export const printJson = (value: unknown): void => print(JSON.stringify(value, null, 2))

/** Rows as lines, the columns aligned; without a head where there is none. */
export const table = (rows: readonly (readonly string[])[], head?: readonly string[]): string[] => {
  const all = head ? [head, ...rows] : rows
  const widths: number[] = []
  for (const row of all)
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length)
    })
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd()
  const lines = rows.map(line)
  return head ? [styled('bold', line(head)), ...lines] : lines
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

/** The milliseconds after which a call counts as long, and between two frames. */
const LONG = 400
const FRAME = 100

/**
 * Shows on a stream, if that is a terminal, what goes on and for how long, once it has lasted. Resolves and
 * rejects as the promise does.
 */
export const withSpinner = async <T>(
  what: string,
  promise: Promise<T>,
  stream: Output = process.stderr,
): Promise<T> => {
  if (stream.isTTY !== true || process.env.TERM === 'dumb') return promise
  const started = performance.now()
  let shown = 0
  const show = () => {
    const ms = performance.now() - started
    if (ms < LONG) return
    const frame = frames[shown++ % frames.length]
    const hint = styled('dim', '(Ctrl-C cancels)', stream)
    stream.write(`\r\x1b[2K${frame} ${what}  ${(ms / 1000).toFixed(1)} s ${hint}`)
  }
  const timer = setInterval(show, FRAME)
  timer.unref()
  try {
    return await promise
  } finally {
    clearInterval(timer)
    if (shown > 0) stream.write('\r\x1b[2K')
  }
}
