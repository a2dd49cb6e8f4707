// Emulator.run: runs a program to its end in emulated time, one step after the other.
import * as validate from '../errors/validate'
import type { Com } from './client/com'
import type { ControlledClock } from './clock/controlled-clock'
import { laterTurn } from './clock/machine-clock'
import { oldestFirst, seededChoice, withSeed } from './clock/seeded-choice'
import { listOfLiving } from './leak-check'

export interface RunOptions {
  /**
   * Determines the order of tasks and timers that could run in any order: 0 to 4294967295. The same seed gives the
   * same order. Without a seed, the task that has been ready for the longest time runs first.
   */
  seed?: number | undefined
}

export const runToEnd = async <T>(
  com: Com,
  clock: ControlledClock,
  program: () => T | PromiseLike<T>,
  options: RunOptions | undefined,
): Promise<T> => {
  const where = 'Emulator.run'
  const { seed } = validate.options<RunOptions>(where, options, { seed: true })
  if (seed === undefined) return runSteps(where, com, clock, program)
  validate.uint32(where, 'options.seed', seed)
  try {
    return await runSteps(where, com, clock, program, seed)
  } catch (error) {
    throw withSeed(error, seed)
  }
}

const runSteps = async <T>(
  where: string,
  com: Com,
  clock: ControlledClock,
  program: () => T | PromiseLike<T>,
  seed?: number,
): Promise<T> => {
  const choose = seed === undefined ? oldestFirst : seededChoice(seed)
  const scope = clock.takeOver(where, seed !== undefined)
  let over = false
  try {
    return await new Promise<T>((resolve, reject) => {
      let idleTurns = 0
      const turn = () => {
        if (over) return
        try {
          idleTurns = clock.step(choose) ? 0 : idleTurns + 1
          // One more turn: the program may wait for a turn of the event loop.
          if (idleTurns > 1) throw new Error(`${where}: ${stuckMessage(com)}`)
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
    scope[Symbol.dispose]()
  }
}

const stuckMessage = ({ system }: Com): string =>
  `nothing is left to happen at ${system.clock.now()} ms, and the program has not ended. Still pending:\n\n` +
  `${listOfLiving(system)}\n\n` +
  "Emulator.run does not wait for the machine's timers and files; clock.delay and clock.timeout take emulated time"
