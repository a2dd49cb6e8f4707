// Random programs in random interleavings.
import { expect, it } from 'vitest'
import { takeSeed } from '../../support/random'
import { expectEveryEnd, explorePrograms, FEWEST_PROGRAMS, PROGRAMS, TIMEOUT } from './exploration'

it(`every call of up to ${PROGRAMS} random programs ends once, with its own reply or for a reason, and leaves nothing behind`, {
  timeout: TIMEOUT,
}, async () => {
  const { runs, tally } = await explorePrograms(takeSeed('random programs'))
  if (process.env.COM_CANCEL_MODEL_PATH) return
  expect(runs).toBeGreaterThanOrEqual(FEWEST_PROGRAMS)
  if (runs === PROGRAMS) expectEveryEnd(tally)
})
