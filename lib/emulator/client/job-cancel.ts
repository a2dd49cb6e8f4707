// Cancels the call that a running job is in, and retries until the job is over (C12).
import { cancelInBackground } from '../cancel/cancel-operations'
import type { Milliseconds } from '../clock/clock'
import type { CountedObject } from '../objects/counted-object'
import type { System } from '../threads/system'
import type { Job } from './job'

/** The pauses between attempts: they double from the first to the longest. */
const FIRST_PAUSE: Milliseconds = 1
const LONGEST_PAUSE: Milliseconds = 50

/** The cancel object of the call that the job is blocked in; undefined for none, and while a nested job runs. */
export const cancelObjectOf = (job: Job): CountedObject | undefined => {
  const { stack } = job
  stack?.catchUp()
  // The caller must use the object at once: in the next moment the thread may be in the call of another job.
  if (stack?.jobs.at(-1) !== job) return undefined
  const { cancelObjects } = stack.thread
  return cancelObjects.depth > job.outer ? cancelObjects.top : undefined
}

/** `catchUp` brings the job's thread up to date. Cancels no other job: the next one may begin at any moment (C12). */
export const cancelUntilOver = (
  system: System,
  job: Job,
  catchUp: () => void,
  pause: Milliseconds = FIRST_PAUSE,
): void => {
  catchUp()
  if (job.state !== 'running') return
  cancelInBackground(cancelObjectOf(job), 0, () => {})
  if (isOver(job)) return
  job.nextAttempt = system.clock.after(pause, () =>
    cancelUntilOver(system, job, catchUp, Math.min(pause * 2, LONGEST_PAUSE)),
  )
}

/** Called after a cancel, which may have changed the state that the compiler has narrowed. */
const isOver = (job: Job): boolean => job.state === 'over'
