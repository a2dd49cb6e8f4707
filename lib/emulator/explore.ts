// explore: runs a program with many seeds, each of which gives another order of events.
import * as validate from '../errors/validate'
import { Emulator } from './emulator'

export interface ExploreOptions {
  /** The number of seeds. Default: 100. */
  runs?: number | undefined
  /** The first seed; the others follow it. Default: a random one. */
  seed?: number | undefined
}

/**
 * Runs a program with many seeds, each in a new emulator (`Emulator.run`). Rejects with what the first failing run
 * throws, its seed added to the message. With COM_CANCEL_SEED in the environment it runs that seed only. Rejects
 * with TypeError or RangeError for invalid options or an invalid COM_CANCEL_SEED.
 */
export const explore = async (
  program: (emulator: Emulator) => unknown,
  options?: ExploreOptions,
): Promise<void> => {
  const where = 'explore'
  const { runs = 100, seed = Math.floor(Math.random() * 0x100000000) } = validate.options<ExploreOptions>(
    where,
    options,
    { runs: true, seed: true },
  )
  validate.callback(where, 'program', program)
  validate.between(where, 'options.runs', runs, 1, 0xffffffff)
  validate.uint32(where, 'options.seed', seed)
  const only = seedFromEnvironment(where)
  for (let i = 0; i < (only === undefined ? runs : 1); i++) {
    const emulator = new Emulator()
    // Not undone: what a program leaves behind neither continues nor keeps the process alive.
    emulator.clock.stop()
    await emulator.run(program, { seed: only ?? (seed + i) >>> 0 })
  }
}

const seedFromEnvironment = (where: string): number | undefined => {
  const text = process.env.COM_CANCEL_SEED
  if (!text) return undefined
  const seed = Number(text)
  if (/^\d+$/.test(text) && seed <= 0xffffffff) return seed
  throw new RangeError(`${where}: COM_CANCEL_SEED must be an integer from 0 to 4294967295, got '${text}'`)
}
