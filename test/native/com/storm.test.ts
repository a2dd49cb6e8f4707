// Thousands of numbered calls to every kind of server, canceled at random (C10). Most methods never look.
import { ComAbortError, type ComObject, ComThread, diagnostics } from 'com-cancel'
import { expect, it } from 'vitest'
import { untilCollected } from '../../support/collect'
import { random, takeSeed } from '../../support/random'
import { repetitions } from '../../support/repetitions'
import { sleep, soon, until } from '../../support/until'
import { countsOf, describePrime, dispid, keepServers, marshaled, untilObjects } from './support'

keepServers()

const CALLS = repetitions(2_000, 40_000)
/** Of each apartment. */
const THREADS = 16

const SEED = takeSeed('storm')
/** Calls at a time on each thread. */
const AT_ONCE = 3
/** Handles that Node and COM keep after first use. */
const HANDLES_OF_OTHERS = 40

interface Tally {
  fulfilled: number
  /** Calls that were rejected. */
  aborted: number
  /** Calls that were rejected before they reached the server. */
  early: number
}

/** One call: it returns its own number, or is canceled with its own reason. */
const callOnce = async (
  calculator: ComObject,
  n: number,
  choose: (limit: number) => number,
  tally: Tally,
): Promise<void> => {
  const fate = choose(10)
  const controller = new AbortController()
  const { signal } = controller
  if (fate === 0) {
    controller.abort(n)
    tally.early++
  }
  const delay = choose(4)
  const polling = fate === 9
  // The method does not look, and often ends after the call.
  const args = fate >= 6 || choose(5) === 0 ? [n, choose(8)] : [n]
  const call = polling
    ? calculator.call(dispid.blockPolling, [20 + choose(20)], { signal })
    : calculator.call(fate % 2 ? dispid.number : 'Number', args, { signal })
  const outcome = call.then(
    value => ({ value }),
    (error: unknown) => ({ error }),
  )
  if (fate >= 6) {
    if (delay === 1) await new Promise(resolve => setImmediate(resolve))
    else if (delay > 1) await sleep(choose(6))
    controller.abort(n)
  }
  const ended = await outcome
  if ('value' in ended) {
    tally.fulfilled++
    expect(ended.value).toBe(polling ? undefined : n)
    return
  }
  tally.aborted++
  expect(ended.error).toBeInstanceOf(ComAbortError)
  expect(ended.error).toMatchObject({ cause: n, abandoned: false })
  expect(signal.aborted).toBe(true)
}

/** Calls on all threads to all servers; ends when all promises are settled and all is released. */
const storm = async (calls: number, seed: number): Promise<Tally> => {
  const tally: Tally = { fulfilled: 0, aborted: 0, early: 0 }
  let next = 0
  await Promise.all(
    Array.from({ length: 2 * THREADS }, async (_, i) => {
      const choose = random(SEED + seed + i)
      const apartment = i % 2 ? 'mta' : 'sta'
      const reachable = marshaled.filter(({ client }) => client === apartment)
      const progId = reachable[(i >> 1) % reachable.length]?.progId ?? ''
      await using thread = await ComThread.start({ apartment, grace: 60_000 })
      using calculator = await thread.createObject(progId)
      const runner = async () => {
        while (next < calls) await callOnce(calculator, next++, choose, tally)
      }
      await Promise.all(Array.from({ length: AT_ONCE }, runner))
      expect(thread.state).toBe('idle')
    }),
  )
  return tally
}

const settled = (before: { pointers: number; objects: number; jobs: number; threads: number }) =>
  untilCollected('pointers, objects, jobs and threads are back', () => {
    const now = diagnostics()
    return (['pointers', 'objects', 'jobs', 'threads'] as const).every(what => now[what] <= before[what])
  })

describePrime('a storm of calls', () => {
  it(
    `C7 C10 S4 ${CALLS} calls, canceled at random, on ${THREADS} STA and ${THREADS} MTA threads, to an STA and an MTA in this and in another process`,
    async () => {
      const thread = await ComThread.start()
      const servers: ComObject[] = []
      for (const progId of ['Prime.Calculator', 'Prime.Calculator.Sta', 'Prime.Calculator.Inproc'])
        servers.push(await thread.createObject(progId))
      // With those of programs that were ended in earlier tests: Wine's servers keep them.
      const held = await Promise.all(servers.map(server => server.get('Objects')))
      const before = diagnostics()
      await storm(400, 1)
      await settled(before)
      const { handles } = diagnostics()
      for (const server of servers) await server.call('Reset')

      const tally = await soon(
        'every promise is settled',
        storm(CALLS, 1000),
        repetitions(540_000, 3_500_000),
      )
      expect(tally.fulfilled + tally.aborted).toBe(CALLS)
      expect(tally.fulfilled).toBeGreaterThan(CALLS / 4)
      expect(tally.aborted).toBeGreaterThan(CALLS / 4)

      // Canceled calls may still run.
      const counts = await until('every call that came in has ended', async () => {
        const now = await Promise.all(servers.map(countsOf))
        return now.every(({ started, finished, canceled }) => finished + canceled === started) && now
      })
      const sum = (what: 'started' | 'finished' | 'canceled') =>
        counts.reduce((all, each) => all + each[what], 0)
      expect(sum('canceled')).toBeGreaterThan(0)
      expect(sum('finished')).toBeGreaterThanOrEqual(tally.fulfilled)
      expect(sum('started')).toBeLessThanOrEqual(CALLS - tally.early)

      await settled(before)
      await until('the handles are back', () => diagnostics().handles <= handles + HANDLES_OF_OTHERS)
      for (const [i, server] of servers.entries()) {
        const atMost = Number(held[i])
        await untilObjects(server, atMost)
        expect(await server.get('Objects')).toBeLessThanOrEqual(atMost)
        server[Symbol.dispose]()
      }
      await thread[Symbol.asyncDispose]()
    },
    repetitions(600_000, 3_600_000),
  )
})
