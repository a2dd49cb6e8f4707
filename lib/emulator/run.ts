// Runs a program in emulated time to its end, where nothing happens but one thing after the other, as a seed chooses.
import * as validate from '../errors/validate'
import type { Com } from './client/com'
import type { ControlledClock } from './clock/controlled-clock'
import { laterTurn } from './clock/machine-clock'
import { oldestFirst, seededChoice, withSeed } from './clock/seeded-choice'
import { listOfLiving } from './leak-check'

export interface RunOptions {
  /**
   * Chooses, wherever several things could happen, which one does: 0 to 4294967295. The same seed chooses the same
   * again. Without one it is always what has been ready for the longest time.
   */
  seed?: number
}

export const runToEnd = async <T>(
  com: Com,
  clock: ControlledClock,
  program: () => T | PromiseLike<T>,
  options: RunOptions | undefined,
): Promise<T> => {
  const where = 'Emulator.run'
  const { seed } = validate.options<RunOptions>(where, options)
  if (seed === undefined) return runAlone(where, com, clock, program)
  validate.uint32(where, 'options.seed', seed)
  try {
    return await runAlone(where, com, clock, program, seed)
  } catch (error) {
    throw withSeed(error, seed)
  }
}

const runAlone = async <T>(
  where: string,
  com: Com,
  clock: ControlledClock,
  program: () => T | PromiseLike<T>,
  seed?: number,
): Promise<T> => {
  const choose = seed === undefined ? oldestFirst : seededChoice(seed)
  const moved = clock.takeOver(where, seed !== undefined)
  let over = false
  try {
    return await new Promise<T>((resolve, reject) => {
      let nothing = 0
      const turn = () => {
        if (over) return
        try {
          nothing = clock.step(choose) ? 0 : nothing + 1
          // One turn more: a program may wait for one of the event loop's own.
          if (nothing > 1) throw new Error(`${where}: ${whatIsLeft(com)}`)
          laterTurn(turn)
        } catch (error) {
          reject(error)
        }
      }
      laterTurn(turn)
      Promise.resolve().then(program).then(resolve, reject)
    })
  } finally {
    over = true
    moved[Symbol.dispose]()
  }
}

const whatIsLeft = ({ system }: Com): string =>
  `nothing is left to happen at ${system.clock.now()} ms, and the program has not ended. Still pending:\n\n` +
  `${listOfLiving(system)}\n\n` +
  "The machine's own timers and files are not waited for: clock.delay and clock.timeout take emulated time"
