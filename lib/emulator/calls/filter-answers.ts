// The answers of a program's message filter. Its errors and bad answers become uncaught exceptions, and the default
// answer is used.
import * as validate from '../../errors/validate'
import type { MessageFilter, Rejection } from '../apartments/message-filter'
import type { ThreadStack } from '../apartments/thread-stack'
import type { Milliseconds } from '../clock/clock'
import type { System } from '../threads/system'

/** COM calls the filter on the thread. A filter in C++ cannot throw: no caller in COM can get its error. */
const askFilter = <T>(
  system: System,
  { filter, thread }: ThreadStack,
  byDefault: T,
  ask: (filter: MessageFilter) => T,
): T => {
  if (!filter) return byDefault
  try {
    return system.threads.runAs(thread, () => ask(filter))
  } catch (error) {
    system.clock.soon(() => {
      throw error
    })
    return byDefault
  }
}

/** The milliseconds until the retry, or less than 0. */
export const askRetryRejectedCall = (
  system: System,
  stack: ThreadStack,
  elapsed: Milliseconds,
  reason: Rejection,
): Milliseconds =>
  askFilter(system, stack, -1, filter => {
    const pause: unknown = filter.retryRejectedCall?.(elapsed, reason) ?? -1
    if (typeof pause === 'number' && pause >= -1 && pause <= validate.LONGEST_WAIT) return pause
    const expected = `a number from -1 to ${validate.LONGEST_WAIT}`
    throw validate.wrongType('MessageFilter.retryRejectedCall', 'the result', expected, pause)
  })

export const askMessagePending = (
  system: System,
  stack: ThreadStack,
  elapsed: Milliseconds,
): 'cancel' | 'wait' =>
  askFilter<'cancel' | 'wait'>(system, stack, 'wait', filter =>
    validate.oneOf('MessageFilter.messagePending', 'the result', filter.messagePending?.(elapsed) ?? 'wait', [
      'cancel',
      'wait',
    ] as const),
  )
