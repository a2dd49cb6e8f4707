// @ts-check
// Benchmarks of comTimeout and watchdog on the calling thread: their costs, and how soon a freeze ends. Run by run.mjs.

import { backend, callCancellation, comTimeout, raw, watchdog } from 'com-cancel'
import { heading, inTurn, median, ratio, row, sleep, timed } from './measure.mjs'

/** Longer than any measurement: such a wait ends only when it is canceled. */
const LONG = 600_000

const fastCalls = () =>
  timed(() => {
    for (let i = 0; i < 20_000; i++) raw.wait(0)
  })

/** A call that returns at once, in an open timeout and without one. */
async function calls() {
  const { plain, inTimeout } = await inTurn(15, {
    plain: () => {
      const enabled = callCancellation()
      try {
        return fastCalls()
      } finally {
        enabled[Symbol.dispose]()
      }
    },
    inTimeout: () => comTimeout(LONG, fastCalls),
  })
  row('a fast call in comTimeout / in callCancellation', { value: ratio(inTimeout, plain), atMost: 1.05 })
}

async function scopes() {
  const count = 20_000
  const { scope } = await inTurn(15, {
    scope: () =>
      timed(() => {
        for (let i = 0; i < count; i++) comTimeout(LONG).close()
      }),
  })
  row('opening and closing comTimeout', { value: median(scope) / count, atMost: 0.002, unit: 'ms' })
}

/** Turns of the event loop, one after the other. @param {number} count */
const turns = count =>
  timed(
    () =>
      new Promise(resolve => {
        const turn = () => (--count > 0 ? setImmediate(turn) : resolve(undefined))
        setImmediate(turn)
      }),
  )

async function loop() {
  const count = 20_000
  const { alone, watched, again } = await inTurn(15, {
    alone: () => turns(count),
    watched: async () => {
      const dog = watchdog({ threshold: 500 })
      const time = await turns(count)
      dog.close()
      return time
    },
    again: () => turns(count),
  })
  const floor = Math.max(ratio(again, alone), ratio(alone, again))
  row('event loop at full speed, watched / alone', { value: ratio(watched, alone), atMost: 1.01, floor })
  row('  for scale: alone / alone', { value: floor })
}

async function freezes() {
  const threshold = 500
  const { late } = await inTurn(5, {
    late: async () => {
      const dog = watchdog({ threshold })
      await sleep(100)
      const time = await timed(() => raw.wait(LONG))
      dog.close()
      return time - threshold
    },
  })
  const atMost = backend.kind === 'native' ? 60 : undefined
  row('from the threshold to the end of a freeze', { value: median(late), atMost, unit: 'ms' })
}

heading(`comTimeout and watchdog: ${backend.host}`)
await calls()
await scopes()
await loop()
await freezes()
