// Where this worker thread is one with the others: joined once, with memory inherited or of its own making.
import * as validate from '../../validate'
import { DEFAULT_SIZES, type Sizes } from './layout'
import { inheritedMemory, newMemory } from './memory'
import { Together } from './together'

let joined: Together | undefined

/** Throws Error when there are as many workers as there may be. */
export const together = (): Together => {
  joined ??= new Together(inheritedMemory() ?? newMemory(DEFAULT_SIZES))
  return joined
}

const limits: Readonly<Record<keyof Sizes, readonly [least: number, most: number]>> = {
  workers: [1, 4096],
  threads: [64, 1_048_576],
  calls: [64, 4_194_304],
  names: [1, 65_536],
}

/** Makes the memory anew, of other sizes. Throws RangeError or TypeError for bad sizes, Error where it is too late. */
export const reserve = (where: string, given: unknown): void => {
  const asked = validate.options<Sizes>(where, given, 'sizes')
  const sizes: Sizes = { ...DEFAULT_SIZES }
  for (const what of Object.keys(limits) as (keyof Sizes)[]) {
    const size = asked[what]
    if (size !== undefined) sizes[what] = validate.between(where, `sizes.${what}`, size, ...limits[what])
  }
  if (inheritedMemory() && !joined?.founded)
    throw new Error(
      `${where}: this worker thread has inherited its memory; the main thread says how large it is`,
    )
  if (joined && !joined.unused)
    throw new Error(
      `${where}: the memory is in use already; reserve it before the first use, and before workers start`,
    )
  joined?.leave()
  joined = new Together(newMemory(sizes))
}
