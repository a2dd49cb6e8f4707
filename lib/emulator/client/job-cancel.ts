// Cancels the call that a running job is in, and retries until the job is over (C12).
import { HResult } from '../../errors/hresult'
import { cancelInBackground } from '../cancel/cancel-operations'
import type { Milliseconds } from '../clock/clock'
import type { CountedObject } from '../objects/counted-object'
import type { System } from '../threads/system'
import type { Job } from './job'

/** The pauses between attempts double from the first to the longest, which depends on the grace period. */
const FIRST_PAUSE: Milliseconds = 1
const LONGEST_PAUSE: Milliseconds = 50
const LONGEST_PAUSE_AFTER_GRACE: Milliseconds = 1000

/** The cancel object of the job's own call: never that of a call around the job, or of a nested one (C15). */
export const cancelObjectOf = (job: Job): CountedObject | undefined => {
  const { stack } = job
  stack?.catchUp()
  if (!stack || (job.outer && !job.barrier)) return undefined
  const at = stack.jobs.indexOf(job)
  if (at < 0) return undefined
  const nested = stack.jobs[at + 1]
  // The caller must use the object at once: in the next moment the thread may be in the call of another job.
  return nested ? nested.outer : stack.thread.cancelObjects.top
}

export interface Retry {
  /** Brings the job's thread up to date. */
  catchUp(): void
  /** The end of the grace period. */
  graceEndsAt: Milliseconds
  pause?: Milliseconds
}

/** Cancels no other job: the next one may begin at any moment (C12). */
export const cancelUntilOver = (system: System, job: Job, retry: Retry): void => {
  retry.catchUp()
  if (job.state !== 'running') return
  let disabled = false
  cancelInBackground(cancelObjectOf(job), 0, hr => {
    disabled = hr === HResult.CO_E_CANCEL_DISABLED
  })
  // A pending call stays as it was made (E5), and a canceled job makes no further calls.
  if (isOver(job) || disabled) return
  const { pause = FIRST_PAUSE, graceEndsAt } = retry
  job.nextAttempt = system.clock.after(pause, () => {
    const longest = system.clock.now() < graceEndsAt ? LONGEST_PAUSE : LONGEST_PAUSE_AFTER_GRACE
    cancelUntilOver(system, job, { ...retry, pause: Math.min(pause * 2, longest) })
  })
}

/** Called after a cancel, which may have changed the state that the compiler has narrowed. */
const isOver = (job: Job): boolean => job.state === 'over'
