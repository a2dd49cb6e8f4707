// Random programs: on every binding they end as the contract says, and so as on the others.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { leaveNothingBehind, own } from '../support/com'
import { predict, program } from './model/programs'
import { Stage } from './model/stage'

leaveNothingBehind()

const SEED = 1
const PROGRAMS = 150

it(`${PROGRAMS} random programs end as the contract says`, { timeout: 120_000 }, async () => {
  const stage = own(new Stage())
  const wrong: unknown[] = []
  for (const each of fc.sample(program, { seed: SEED, numRuns: PROGRAMS })) {
    const expected = each.steps.map(step => predict(each, step))
    const seen = await stage.perform(each).catch(String)
    // What hangs takes its time to say so.
    if (JSON.stringify(seen) !== JSON.stringify(expected)) wrong.push({ program: each, seen, expected })
    if (wrong.length === 3) break
  }
  expect(wrong).toEqual([])
})
