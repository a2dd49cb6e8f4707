// Runs a program many times, each time with another seed: in another order of what could happen in any.
import * as validate from '../errors/validate'
import { Emulator } from './emulator'

export interface ExploreOptions {
  /** How many seeds. Default 100. */
  runs?: number
  /** The first of them, the others being those after it. Default: any. */
  seed?: number
}

/**
 * Runs a program in a fresh emulator for each of many seeds. Rejects with what the first failing run threw, its
 * seed in the message. COM_CANCEL_SEED in the environment has it run that one seed only. Rejects with TypeError
 * or RangeError for options, or such a seed, that make no sense.
 */
export const explore = async (
  program: (emulator: Emulator) => unknown,
  options?: ExploreOptions,
): Promise<void> => {
  const where = 'explore'
  const { runs = 100, seed = Math.floor(Math.random() * 0x100000000) } = validate.options<ExploreOptions>(
    where,
    options,
  )
  validate.callback(where, 'program', program)
  validate.between(where, 'options.runs', runs, 1, 0xffffffff)
  validate.uint32(where, 'options.seed', seed)
  const only = seedOfEnvironment(where)
  for (let i = 0; i < (only === undefined ? runs : 1); i++) {
    const emulator = new Emulator()
    // For good: what a program leaves behind does not go on, nor keep the process alive.
    emulator.clock.stop()
    await emulator.run(program, { seed: only ?? (seed + i) >>> 0 })
  }
}

const seedOfEnvironment = (where: string): number | undefined => {
  const text = process.env.COM_CANCEL_SEED
  if (!text) return undefined
  const seed = Number(text)
  if (/^\d+$/.test(text) && seed <= 0xffffffff) return seed
  throw new RangeError(`${where}: COM_CANCEL_SEED must be an integer from 0 to 4294967295, got '${text}'`)
}
