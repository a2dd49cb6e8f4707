// The event loop while many threads block in another process.
import { performance } from 'node:perf_hooks'
import { expect, it } from 'vitest'
import { own, startThread } from '../../support/com'
import { expectAbortError, rejection } from '../../support/errors'
import { LONG, sleep } from '../../support/until'
import { describePrime, dispid, keepServers } from './support'

keepServers()

const BLOCKED = 20
const TICK = 10

/** The number of times that a timer fires, and its longest delay in milliseconds. */
const paceFor = async (ms: number): Promise<{ ticks: number; longest: number }> => {
  let ticks = 0
  let longest = 0
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    ticks++
    longest = Math.max(longest, now - last)
    last = now
  }, TICK)
  await sleep(ms)
  clearInterval(timer)
  return { ticks, longest }
}

describePrime('JavaScript', () => {
  it(`runs its timers while ${BLOCKED} threads block in another process, and one answers`, async () => {
    const calculators = []
    for (let i = 0; i < BLOCKED; i++) {
      const thread = await startThread({ apartment: i % 2 ? 'sta' : 'mta', grace: 20_000 })
      calculators.push(own(await thread.createObject('Prime.Calculator')))
    }
    const free = own(await (await startThread()).createObject('Prime.Calculator'))
    const idle = await paceFor(1000)
    const controller = new AbortController()
    const { signal } = controller
    const blocked = calculators.map(each => rejection(each.call(dispid.blockPolling, [LONG], { signal })))
    const busy = await paceFor(1000)
    for (let i = 0; i < 20; i++) expect(await free.call(dispid.number, [i])).toBe(i)
    controller.abort('all')
    for (const error of await Promise.all(blocked)) expectAbortError(error, { reason: 'all' })
    // A blocked JavaScript thread would not run its timers.
    expect(busy.ticks).toBeGreaterThan(0)
    expect(busy.longest).toBeLessThan(Math.max(5_000, 4 * idle.longest))
  })
})
