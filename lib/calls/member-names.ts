// The members that an object describes, fetched for the message of a failed call.
import type { CallOutcome, MemberDescription } from '../../binding'
import { failed } from '../errors/hresult'
import { adviceFrom, adviceWithout, describable, type MemberCall } from '../errors/member-advice'
import type { CallLimits } from './call-limits'
import type { HeldPointer } from './held-pointer'

/** How long the message of a failed call may wait for the description of the object, in milliseconds. */
const LONGEST = 1000

/** The members of each object; null for an object that does not describe itself. */
const known = new WeakMap<HeldPointer, readonly MemberDescription[] | null>()

/**
 * Asks the object for its members, once. Null when it does not describe itself or cannot be asked now: other calls
 * wait, a signal aborts, or it takes too long.
 */
const membersOf = async (
  held: HeldPointer,
  ask: (limits: CallLimits) => Promise<CallOutcome>,
  { timeout = LONGEST, signals }: CallLimits,
): Promise<readonly MemberDescription[] | null> => {
  const found = known.get(held)
  if (found !== undefined) return found
  // The rejection must not wait for other calls.
  if (held.released || held.caller.state !== 'idle') return null
  const limits = { timeout: Math.min(timeout, LONGEST), queueTimeout: LONGEST, signals }
  try {
    const { hresult, description } = await ask(limits)
    const members = failed(hresult) ? null : (description?.interface.members ?? null)
    known.set(held, members)
    return members
  } catch {
    return null
  }
}

/** Advice for a failed call to a member; undefined when the object says nothing about it. */
export const hintFor = async (
  held: HeldPointer,
  call: MemberCall,
  { hresult, exception }: CallOutcome,
  ask: (limits: CallLimits) => Promise<CallOutcome>,
  limits: CallLimits,
): Promise<string | undefined> => {
  if (!describable.has(hresult) || exception?.description) return undefined
  const members = await membersOf(held, ask, limits)
  return members ? adviceFrom(members, call, hresult) : adviceWithout(call, hresult)
}
