// Runs random programs, each in a random interleaving; reduces a program that fails to a small one.
import { ComThread } from 'com-cancel'
import { explore } from 'com-cancel/emulator'
import fc from 'fast-check'
import { expect } from 'vitest'
import { isLongRun, repetitions } from '../../support/repetitions'
import { carryOut } from './carry-out'
import { program } from './program'
import type { Tally } from './world'

export const PROGRAMS = repetitions(1_000, 100_000)

/** How many interleavings of a program are tried once one program has failed, to find a smaller one that fails. */
const INTERLEAVINGS_OF_FAILING = 50

/** Milliseconds for all programs, of which a busy machine then runs fewer, and again for reducing one that fails. */
const LIMIT = repetitions(20_000, 1_800_000)

/** Fewer would be a fault. */
export const FEWEST_PROGRAMS = PROGRAMS / 100

export const TIMEOUT = 2 * LIMIT

export interface Explored {
  runs: number
  /** How often calls ended in which way. */
  tally: Tally
}

/**
 * Rejects with the smallest failing program found, and with its seed and path. COM_CANCEL_SEED and
 * COM_CANCEL_MODEL_PATH in the environment run that program alone, and print its events.
 */
export const explorePrograms = async (seed: number): Promise<Explored> => {
  const path = process.env.COM_CANCEL_MODEL_PATH
  const tally: Tally = {}
  let runs = 0
  let failed = path !== undefined
  // A failing run leaves abandoned threads behind, and later runs must not fail for those.
  ComThread.maxAbandoned = 65_536
  const property = fc.asyncProperty(program, fc.noShrink(fc.nat()), async (each, interleaving) => {
    const options = { runs: failed ? INTERLEAVINGS_OF_FAILING : 1, seed: interleaving }
    try {
      await explore(emulator => {
        runs++
        return carryOut(each, emulator, tally, path !== undefined)
      }, options)
    } catch (error) {
      failed = true
      throw error
    }
  })
  await fc.assert(property, {
    seed,
    ...(path && { path }),
    numRuns: path ? 1 : PROGRAMS,
    interruptAfterTimeLimit: LIMIT,
  })
  return { runs, tally }
}

/** Checks that calls have ended in all possible ways. */
export const expectEveryEnd = (tally: Tally): void => {
  expect(Object.keys(tally).toSorted()).toEqual([
    'AbortError',
    'AbortError, abandoned',
    'AbortError, host terminated',
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
  expect(Math.min(...Object.values(tally))).toBeGreaterThan(isLongRun ? 20 : 0)
}
