// Where this worker thread is one with the others: joined once, with memory inherited or of its own making.
import * as validate from '../../errors/validate'
import { DEFAULT_SIZES, type Sizes } from './layout'
import { SharedCom } from './shared-com'
import { inheritedMemory, newMemory } from './shared-memory'

/** How large the memory is to be, where that is not inherited: `threads=100000,calls=1000000`, any of the sizes. */
const MEMORY_VARIABLE = 'COM_CANCEL_EMULATOR_MEMORY'

const sizeLimits: Readonly<Record<keyof Sizes, readonly [least: number, most: number]>> = {
  workers: [1, 4096],
  threads: [64, 1_048_576],
  calls: [64, 4_194_304],
  names: [2, 65_536],
}

const isSize = (what: string): what is keyof Sizes => Object.hasOwn(sizeLimits, what)

/** Throws RangeError for what makes no sense. */
const parseSizes = (asked: string): Sizes => {
  const sizes = { ...DEFAULT_SIZES }
  for (const each of asked.split(',').filter(Boolean)) {
    const [what = '', size] = each.split('=').map(part => part.trim())
    if (!isSize(what) || !/^\d+$/.test(size ?? ''))
      throw new RangeError(
        `${MEMORY_VARIABLE}: expected sizes such as threads=100000,calls=1000000 (of ${Object.keys(sizeLimits).join(', ')}), got '${each}'`,
      )
    sizes[what] = validate.between(MEMORY_VARIABLE, what, Number(size), ...sizeLimits[what])
  }
  return sizes
}

let joined: SharedCom | undefined

/** Throws RangeError for bad sizes, Error when there are as many workers as there may be. */
export const together = (): SharedCom => {
  joined ??= new SharedCom(inheritedMemory() ?? newMemory(parseSizes(process.env[MEMORY_VARIABLE] ?? '')))
  return joined
}
