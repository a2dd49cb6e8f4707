// The exit codes of the command, and what it prints for an error.
import { CommanderError } from 'commander'

export const exitCodes = {
  /** It did what was asked. */
  ok: 0,
  /** COM, a server, a file or a check failed. */
  failed: 1,
  /** The command line is wrong; nothing was begun. */
  usage: 2,
  /** A call was canceled at its timeout. */
  timedOut: 124,
  /** Ctrl-C, or a signal that ends programs, canceled it. */
  canceled: 130,
} as const

/** A mistake on the command line. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** An error of the package, known by its properties: where the binding cannot be loaded, its classes are not there. */
type Described = Error & { code?: unknown; reason?: unknown }

/** Whether an error is one whose message says what happened and what to do, so that its stack tells nothing more. */
const isExpected = (error: Error): boolean =>
  ['UsageError', 'ComError', 'AbortError', 'Error', 'TypeError', 'RangeError', 'SyntaxError'].includes(
    error.name,
  )

const codeOf = (error: Described): number => {
  if (error instanceof UsageError) return exitCodes.usage
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
  if (error.name === 'AbortError') return error.reason === 'timeout' ? exitCodes.timedOut : exitCodes.canceled
  return exitCodes.failed
}

/** The message of an error, without the name of the package, which precedes every message of the command. */
export const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  const message = error.message.replace(/^com-cancel: /, '')
  return isExpected(error) ? message : `${error.name}: ${message}`
}

/** Prints an error and sets the exit code. Prints no stack. */
export const fail = (error: unknown): void => {
  // commander has printed its message, help or version.
  if (!(error instanceof CommanderError)) process.stderr.write(`com-cancel: ${messageOf(error)}\n`)
  process.exitCode = error instanceof Error ? codeOf(error) : exitCodes.failed
}
