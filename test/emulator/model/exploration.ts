// Many random programs, each in many interleavings; what fails is made as small as it can be, and can be done again.
import { ComThread } from 'com-cancel'
import { explore } from 'com-cancel/emulator'
import fc from 'fast-check'
import { expect } from 'vitest'
import { carryOut } from './carry-out'
import { program } from './program'
import type { Tally } from './world'

/** Of each program. */
const INTERLEAVINGS = 50

/** In this one half; COM_CANCEL_MODEL_PROGRAMS in the environment has it be fewer, but not in CI. */
const PROGRAMS = 1_000

/** How long it may take, and a failing program be made smaller. */
const LIMIT = 300_000

export const TIMEOUT = LIMIT + 30_000

/** What was explored: how many runs there were, and how often calls ended in which way. */
export interface Explored {
  runs: number
  programs: number
  interleavings: number
  tally: Tally
}

/**
 * Explores what a seed of fast-check's generates. Rejects with the smallest program found that fails, its path, and
 * the seed of the interleaving. COM_CANCEL_MODEL_PATH and COM_CANCEL_SEED in the environment have it do that one again,
 * and with COM_CANCEL_SEED it says what happened.
 */
export const explorePrograms = async (seed: number): Promise<Explored> => {
  const { CI, COM_CANCEL_MODEL_PROGRAMS, COM_CANCEL_MODEL_PATH: path, COM_CANCEL_SEED } = process.env
  const programs = path ? 1 : Number((CI !== 'true' && COM_CANCEL_MODEL_PROGRAMS) || PROGRAMS)
  const interleavings = COM_CANCEL_SEED ? 1 : INTERLEAVINGS
  const tally: Tally = {}
  let runs = 0
  // Runs that fail leave theirs behind, and others are to fail for their own reasons.
  ComThread.maxAbandoned = 65_536
  const property = fc.asyncProperty(program, each =>
    explore(
      emulator => {
        runs++
        return carryOut(each, emulator, tally)
      },
      { runs: interleavings, seed: 1 },
    ),
  )
  await fc.assert(property, {
    seed,
    ...(path && { path }),
    numRuns: programs,
    interruptAfterTimeLimit: LIMIT,
    markInterruptAsFailure: true,
  })
  return { runs, programs, interleavings, tally }
}

/** They were as many as they should be, and calls have ended in all the ways that there are. */
export const expectExplored = ({ runs, programs, interleavings, tally }: Explored): void => {
  expect(runs).toBe(programs * interleavings)
  if (programs < PROGRAMS) return
  expect(runs).toBeGreaterThanOrEqual(50_000)
  expect(Object.keys(tally).toSorted()).toEqual([
    'AbortError',
    'AbortError, abandoned',
    'E_ACCESSDENIED',
    'E_FAIL',
    'RPC_E_CALL_CANCELED',
    'RPC_E_CALL_REJECTED',
    'RPC_E_DISCONNECTED',
    'RPC_E_SERVERCALL_RETRYLATER',
    'RPC_E_SERVER_DIED',
    'RPC_S_CALLPENDING',
    'RPC_S_SERVER_UNAVAILABLE',
    'a reply',
  ])
  expect(Math.min(...Object.values(tally))).toBeGreaterThan(20)
}
