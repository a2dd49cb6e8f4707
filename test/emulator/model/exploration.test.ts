// Random programs in random interleavings.
import { expect, it } from 'vitest'
import { takeSeed } from '../../support/random'
import { expectEveryEnd, explorePrograms, PROGRAMS, TIMEOUT } from './exploration'

it(`every call of ${PROGRAMS} random programs ends once, with its own reply or for a reason, and leaves nothing behind`, {
  timeout: TIMEOUT,
}, async () => {
  const { runs, tally } = await explorePrograms(takeSeed('random programs'))
  if (process.env.COM_CANCEL_MODEL_PATH) return
  expect(runs).toBe(PROGRAMS)
  expectEveryEnd(tally)
})
