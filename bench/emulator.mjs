// @ts-check
// What the emulator costs, and that an operation costs the same however many calls are pending. Run by run.mjs.

import { PerformanceObserver } from 'node:perf_hooks'
import { backend, ComThread, functionsOf } from 'com-cancel'
import { Emulator } from 'com-cancel/emulator'
import { heading, inTurn, median, ratio, row, sleep, time, timed } from './measure.mjs'

const LONG = 600_000

/** An emulator of its own, so that nothing is left of the measurement before. @param {number} count */
async function pending(count) {
  const { binding } = new Emulator()
  const threads = await Promise.all(Array.from({ length: count }, () => ComThread.start({ binding })))
  return { threads, cancelCall: functionsOf(binding).cancelCall }
}

/** Whatever was pending must be over, or the measurement was of something else. @param {Promise<unknown>[]} calls */
async function allRejected(calls) {
  for (const { status } of await Promise.allSettled(calls))
    if (status !== 'rejected') throw new Error('a wait was not given up')
}

async function rates() {
  const thread = await ComThread.start()
  const count = 2000
  const { calls, queued, cancels } = await inTurn(9, {
    calls: async () =>
      (await timed(async () => {
        for (let i = 0; i < count; i++) await thread.wait(0)
      })) / count,
    queued: async () =>
      (await timed(() => Promise.all(Array.from({ length: count }, () => thread.wait(0))))) / count,
    cancels: async () => {
      const { threads, cancelCall } = await pending(count)
      const calls = threads.map(each => each.wait(LONG))
      const took = await timed(() =>
        Promise.all([...threads.map(each => cancelCall(each.id)), allRejected(calls)]),
      )
      await end(threads)
      return took / count
    },
  })
  await thread[Symbol.asyncDispose]()

  heading('how many a second')
  const perSecond = (/** @type {number[]} */ times) => ({
    value: 1000 / median(times),
    unit: /** @type {const} */ ('count'),
  })
  row('calls, one after the other', perSecond(calls))
  row('calls, queued at once', perSecond(queued))
  row('cancelCall, each on a thread of its own', perSecond(cancels))
}

/** @typedef {{ took: number, collecting: number }} Cost milliseconds, those of the garbage collector among them */

let collected = 0
new PerformanceObserver(list => {
  for (const { duration } of list.getEntries()) collected += duration
}).observe({ entryTypes: ['gc'] })

/** @param {() => Promise<void>} run @returns {Promise<Cost>} */
async function costOf(run) {
  // What the observer sees arrives a little late.
  await sleep(10)
  const before = collected
  const took = await timed(run)
  await sleep(10)
  return { took, collecting: collected - before }
}

/** Ways to have many calls pending: queued all at once, begun, given up all at once. */
const shapes = {
  /** @param {number} count */
  'own threads, own signals': async count => {
    const { threads } = await pending(count)
    const callers = threads.map(thread => ({ thread, controller: new AbortController() }))
    const cost = await costOf(async () => {
      const calls = callers.map(({ thread, controller }) => thread.wait(LONG, { signal: controller.signal }))
      await nextTurn()
      for (const { controller } of callers) controller.abort()
      await allRejected(calls)
    })
    await end(threads)
    return cost
  },
  /** @param {number} count */
  'own threads, one signal': async count => {
    const { threads } = await pending(count)
    const cost = await withOneSignal(threads)
    await end(threads)
    return cost
  },
  /** @param {number} count */
  'one thread, one signal': async count => {
    const { threads } = await pending(1)
    const cost = await withOneSignal(Array.from({ length: count }, () => threads).flat())
    await end(threads)
    return cost
  },
}

/** @param {ComThread[]} threads */
const withOneSignal = threads =>
  costOf(async () => {
    const controller = new AbortController()
    const calls = threads.map(thread => thread.wait(LONG, { signal: controller.signal }))
    await nextTurn()
    controller.abort()
    await allRejected(calls)
  })

/** @param {ComThread[]} threads */
const end = threads => Promise.all(threads.map(thread => thread[Symbol.asyncDispose]()))

const nextTurn = () => new Promise(resolve => setImmediate(resolve))

async function growth() {
  heading('a call begun, pending with others, given up: among many to among 1,000, and garbage collection')
  for (const [name, shape] of Object.entries(shapes)) {
    const few = new Costs(1_000)
    const many = [new Costs(10_000), new Costs(100_000)]
    for (let round = 0; round < 6; round++) {
      // The small one often enough to meet the garbage collector as the others do.
      await few.measure(shape, 10)
      for (const costs of many) await costs.measure(shape, 1)
    }
    for (const costs of many)
      row(`${costs.count.toLocaleString('en')}: ${name}`, {
        value: ratio(costs.ours, few.ours),
        atMost: costs.count === 100_000 ? 2 : undefined,
        note: `${costs} to ${few}`,
      })
  }
}

/** Milliseconds a call, one value for each round after the first, which is for warming up. */
class Costs {
  #rounds = 0
  /** @type {number[]} */
  ours = []
  /** @type {number[]} */
  collecting = []

  /** @param {number} count */
  constructor(count) {
    this.count = count
  }

  /** @param {(count: number) => Promise<Cost>} shape @param {number} times */
  async measure(shape, times) {
    let ours = 0
    let collecting = 0
    for (let i = 0; i < times; i++) {
      const cost = await shape(this.count)
      ours += cost.took - cost.collecting
      collecting += cost.collecting
    }
    if (this.#rounds++ === 0) return
    this.ours.push(ours / this.count / times)
    this.collecting.push(collecting / this.count / times)
  }

  toString() {
    return `${time(median(this.ours))} + ${time(median(this.collecting))}`
  }
}

console.log(`the ${backend.host}, Node.js ${process.versions.node}`)
await rates()
await growth()
