// The garbage collector, called by tests.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { until } from './until'

setFlagsFromString('--expose-gc')

/** Collects garbage. */
export const collect = runInNewContext('gc') as () => void

/** Collects garbage until a condition holds. */
export const untilCollected = (what: string, condition: () => boolean): Promise<boolean> =>
  until(what, () => {
    collect()
    return condition()
  })
