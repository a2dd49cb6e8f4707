// The members that an object describes, fetched for the message of a failed call.
import type { CallOutcome, MemberDescription } from '../../binding'
import { failed } from '../errors/hresult'
import { adviceFrom, adviceWithout, describable, type MemberCall } from '../errors/member-advice'
import type { HeldPointer } from './held-pointer'

/** How long the message of a failed call may wait for the description of the object, in milliseconds. */
const LONGEST = 1000

/** By object: null for one that does not describe itself. */
const known = new WeakMap<HeldPointer, readonly MemberDescription[] | null>()

/**
 * Asks the object, once. Null when it does not describe itself or when it can not be asked now: other calls wait, the
 * signal aborts, or it takes too long.
 */
const membersOf = async (
  held: HeldPointer,
  ask: (signal: AbortSignal) => Promise<CallOutcome>,
  signal: AbortSignal | undefined,
): Promise<readonly MemberDescription[] | null> => {
  const found = known.get(held)
  if (found !== undefined) return found
  // The failure is not to wait for other calls.
  if (held.released || held.caller.state !== 'idle') return null
  const limit = new AbortController()
  const abort = () => limit.abort()
  const timer = held.caller.later(abort, LONGEST)
  signal?.addEventListener('abort', abort)
  try {
    if (signal?.aborted) return null
    const { hresult, description } = await ask(limit.signal)
    const members = failed(hresult) ? null : (description?.interface.members ?? null)
    known.set(held, members)
    return members
  } catch {
    return null
  } finally {
    timer.cancel()
    signal?.removeEventListener('abort', abort)
  }
}

/** Advice for a failed call to a member; undefined when the object says nothing about it. */
export const hintFor = async (
  held: HeldPointer,
  call: MemberCall,
  { hresult, exception }: CallOutcome,
  ask: (signal: AbortSignal) => Promise<CallOutcome>,
  signal: AbortSignal | undefined,
): Promise<string | undefined> => {
  if (!describable.has(hresult) || exception?.description) return undefined
  const members = await membersOf(held, ask, signal)
  return members ? adviceFrom(members, call, hresult) : adviceWithout(call, hresult)
}
