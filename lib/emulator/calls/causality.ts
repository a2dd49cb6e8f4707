// The causality of calls: a call that a thread makes while it serves another one is caused by that one.
import type { Causality, EmulatedApartment, ThreadStack } from '../apartments/thread-stack'

export type { Causality } from '../apartments/thread-stack'

/** The causality of a call that the thread makes now. */
export const causalityOf = ({ frames }: ThreadStack): Causality => {
  for (let i = frames.length - 1; i >= 0; i--) {
    const causality = frames[i]?.serves
    if (causality) return causality
  }
  return {}
}

/** Whether a thread of the apartment waits in a call of that causality: an incoming one is nested (CALLTYPE_NESTED). */
export const nestedIn = (apartment: EmulatedApartment, causality: Causality): boolean => {
  for (const { frames } of apartment.threads)
    if (frames.some(frame => frame.waitsFor === causality)) return true
  return false
}
