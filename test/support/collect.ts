// The garbage collector, called by tests.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { until } from './until'

const exposed = (): (() => void) => {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}

// Bun has its own function: it has no V8, whose flags expose one.
const { Bun } = globalThis as { Bun?: { gc(force: boolean): void } }

/** Collects garbage. */
export const collect = Bun ? () => Bun.gc(true) : exposed()

/** Collects garbage until a condition holds. */
export const untilCollected = (what: string, condition: () => boolean): Promise<boolean> =>
  until(what, () => {
    collect()
    return condition()
  })
