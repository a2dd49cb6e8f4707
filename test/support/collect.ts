// The garbage collector, when a test wants it.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { until } from './until'

setFlagsFromString('--expose-gc')

/** Collects what nobody holds any more. */
export const collect = runInNewContext('gc') as () => void

/** Collects until something is so. */
export const untilCollected = (what: string, condition: () => boolean): Promise<boolean> =>
  until(what, () => {
    collect()
    return condition()
  })
