// The error of a call to an object, and how messages name members and arguments.
import type { CallOutcome, ExceptionInfo } from '../../binding'
import { ComError } from './errors'
import { definedByInterface, failed } from './hresult'
import { adviceOnCall, adviceOnMember } from './hresult-advice'

/** A member as messages name it: by its name, or by its DISPID. */
export const memberName = (member: string | number): string => {
  if (typeof member === 'string') return member
  if (member === 0) return 'the default member'
  return `DISPID ${member}`
}

/**
 * The arguments of a call, for naming the one at fault: the number of positional ones, and the named ones.
 */
export interface Passed {
  positional: number
  named: readonly string[]
  /** Whether the last positional argument is the value to set. */
  setting: boolean
}

/** A call to a member without arguments. */
export const NOTHING_PASSED: Passed = { positional: 0, named: [], setting: false }

const nonEmpty = (text: string | undefined): string | undefined => (text === '' ? undefined : text)

const whichArgument = (
  index: number,
  { positional, named, setting }: Passed,
): number | string | undefined => {
  if (index < 0) return undefined
  if (setting && index === positional - 1) return 'value'
  return index < positional ? index + 1 : named[index - positional]
}

const argumentName = (argument: number | string): string =>
  argument === 'value' ? 'the value' : `argument ${argument}`

const infoOf = (exception: ExceptionInfo | null) => ({
  source: nonEmpty(exception?.source),
  description: nonEmpty(exception?.description),
  helpFile: nonEmpty(exception?.helpFile),
  helpContext: exception?.helpContext || undefined,
})

/** What else is known about a call that failed. */
export interface FailedCall {
  /** The arguments of a call to a member of an object; absent for other functions. */
  passed?: Passed | undefined
  /** What the message says first, where no argument is at fault. */
  about?: string | undefined
  /** Advice for this call, instead of that for the code. */
  hint?: string | undefined
}

/** The error of a call that failed: `IsPrime failed: DISP_E_TYPEMISMATCH (0x80020005): argument 1: …`. */
export const outcomeError = (
  functionName: string,
  { hresult, exception, argument, systemText }: CallOutcome,
  { passed, about, hint }: FailedCall = {},
): ComError => {
  const member = passed !== undefined
  const which = whichArgument(argument, passed ?? NOTHING_PASSED)
  const info = infoOf(exception)
  const advice = member ? adviceOnMember(hresult) : adviceOnCall(hresult)
  // The system's text for a code that an interface defines is that of another interface.
  const text = member && definedByInterface(hresult) ? undefined : systemText
  const parts = [
    which === undefined ? about : argumentName(which),
    info.description?.trim() || hint || advice || text?.trim(),
  ].filter(part => part)
  return new ComError(hresult, functionName, parts.join(': '), { ...info, argument: which }, member)
}

/** The outcome of a call that succeeded; throws ComError for one that failed. */
export const succeeded = (functionName: string, outcome: CallOutcome, call?: FailedCall): CallOutcome => {
  if (failed(outcome.hresult)) throw outcomeError(functionName, outcome, call)
  return outcome
}
