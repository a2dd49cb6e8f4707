// Repetitions after which leaks show in the counts and handles of the process.
import { diagnostics } from 'com-cancel'
import { untilCollected } from './collect'
import { repeat } from './program'

/** Handles that Node, its worker threads and the system's thread pool keep after first use. */
const HANDLES_OF_OTHERS = 20

/** Repeats `act`, four at once, and checks that the counts and handles are as after the first repetitions. */
export const leavingNothing = async (times: number, act: (n: number) => Promise<void>): Promise<void> => {
  const before = diagnostics()
  const settled = (when: string) =>
    untilCollected(`threads, jobs and objects are back ${when}`, () => {
      const now = diagnostics()
      return now.threads <= before.threads && now.jobs <= before.jobs && now.objects <= before.objects
    })
  await repeat(Math.min(10, times), 4, act)
  await settled('after the first few times')
  const { handles } = diagnostics()
  await repeat(times, 4, act)
  await settled('after all of them')
  const limit = handles + HANDLES_OF_OTHERS
  await untilCollected('the handles are back', () => diagnostics().handles <= limit).catch(error => {
    throw new Error(
      `${diagnostics().handles} handles are open, and after the first few times it was ${handles}`,
      {
        cause: error,
      },
    )
  })
}
