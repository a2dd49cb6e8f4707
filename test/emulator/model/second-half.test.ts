// Random programs in random interleavings: the other half of a hundred thousand, as two processes are done sooner than one.
import { it } from 'vitest'
import { expectExplored, explorePrograms, TIMEOUT } from './exploration'

it('every call ends once, with a reply of its own or for a reason, and nothing is left of it: 50,000 interleavings', {
  timeout: TIMEOUT,
}, async () => {
  expectExplored(await explorePrograms(2))
})
