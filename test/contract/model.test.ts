// Random programs: their outcome on every binding is what the contract says.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { leaveNothingBehind, own } from '../support/com'
import { takeSeed } from '../support/random'
import { repetitions } from '../support/repetitions'
import { predict, program } from './model/programs'
import { Stage } from './model/stage'

leaveNothingBehind()

const PROGRAMS = repetitions(60, 3_000)

it(`${PROGRAMS} random programs end as the contract says`, {
  timeout: repetitions(240_000, 3_600_000),
}, async () => {
  const stage = own(new Stage())
  const wrong: unknown[] = []
  for (const each of fc.sample(program, { seed: takeSeed('programs of the contract'), numRuns: PROGRAMS })) {
    const expected = each.steps.map(step => predict(each, step))
    const seen = await stage.perform(each).catch(String)
    if (JSON.stringify(seen) !== JSON.stringify(expected)) wrong.push({ program: each, seen, expected })
    // A program that hangs takes long to fail.
    if (wrong.length === 3) break
  }
  expect(wrong).toEqual([])
})
