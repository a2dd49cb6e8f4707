// @ts-check
// Benchmarks of the emulator: rates, memory, and the cost of an operation among many pending ones. Run by run.mjs.

import { PerformanceObserver } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { MessageChannel } from 'node:worker_threads'
import { backend, ComThread, functionsOf } from 'com-cancel'
import { Emulator } from 'com-cancel/emulator'
import { heading, inTurn, median, ratio, row, sleep, time, timed } from './measure.mjs'

const LONG = 600_000

/** Starts threads in a new emulator, so that measurements do not affect each other. @param {number} count */
async function pending(count) {
  const { binding } = new Emulator()
  const threads = await Promise.all(Array.from({ length: count }, () => ComThread.start({ binding })))
  return { threads, cancelCall: functionsOf(binding).cancelCall }
}

/** Checks that all calls were canceled; otherwise the measurement is invalid. @param {Promise<unknown>[]} calls */
async function allRejected(calls) {
  for (const { status } of await Promise.allSettled(calls))
    if (status !== 'rejected') throw new Error('a wait was not canceled')
}

async function rates() {
  const emulator = new Emulator()
  const methods = { Echo: (/** @type {unknown} */ _call, /** @type {unknown} */ value) => value }
  emulator.registerClass({ progId: 'Of.MTA', threading: 'mta', methods })
  emulator.registerClass({ progId: 'Of.STA', threading: 'sta', methods })
  emulator.registerClass({ progId: 'In.Process', server: 'inproc', methods })
  const thread = await ComThread.start({ binding: emulator.binding })
  const [mta, sta, direct] = await Promise.all(
    ['Of.MTA', 'Of.STA', 'In.Process'].map(progId => thread.createObject(progId)),
  )
  if (!mta || !sta || !direct) throw new Error('an object is missing')
  const { port1, port2 } = new MessageChannel()
  port2.on('message', message => port2.postMessage(message))
  const count = 500
  /** @param {() => Promise<unknown>} once */
  const each = once => async () =>
    (await timed(async () => {
      for (let i = 0; i < count; i++) await once()
    })) / count
  const results = await inTurn(9, {
    turn: each(nextTurn),
    channel: each(
      () =>
        new Promise(resolve => {
          port1.once('message', resolve)
          port1.postMessage(0)
        }),
    ),
    wait: each(() => thread.wait(0)),
    mta: each(() => mta.call('Echo', [1])),
    sta: each(() => sta.call('Echo', [1])),
    direct: each(() => direct.call('Echo', [1])),
    queued: async () =>
      (await timed(() => Promise.all(Array.from({ length: count }, () => mta.call('Echo', [1]))))) / count,
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
  port1.close()
  await thread[Symbol.asyncDispose]()
  emulator.assertIdle()

  heading('one operation after the other / a turn of the event loop (setImmediate)')
  /** @param {string} what @param {keyof typeof results} name @param {{ atMost?: number }} [aim] */
  const show = (what, name, aim) => {
    const once = median(results[name])
    const perSecond = Math.round(1000 / once).toLocaleString('en')
    row(what, {
      ...aim,
      value: ratio(results[name], results.turn),
      note: `${time(once)}, ${perSecond} a second`,
    })
  }
  show('for scale: the turn', 'turn')
  show('for scale: a MessageChannel round trip', 'channel')
  show('a wait of 0 ms', 'wait')
  show('a call to an MTA server', 'mta', { atMost: 8 })
  show('a call to an STA server', 'sta', { atMost: 8 })
  show('a direct call, in process', 'direct')
  show('calls to an MTA server, all queued at once', 'queued')
  show('cancelCall, each for another thread', 'cancels')
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc')

/** The growth of the heap per item. @param {number} count @param {() => Promise<unknown>} make */
async function bytesEach(count, make) {
  await nextTurn()
  collect()
  const before = process.memoryUsage().heapUsed
  const made = await make()
  collect()
  const each = (process.memoryUsage().heapUsed - before) / count
  return { each, made }
}

async function memory() {
  heading('memory per item: 10,000 items / 1,000 items')
  /** @param {number} count */
  const measure = async count => {
    const emulator = new Emulator()
    const server = emulator.registerClass({ progId: 'A.Server', methods: { Get: () => 1 } })
    const { binding } = emulator
    /** @type {ComThread[]} */
    const threads = []
    const ofThread = await bytesEach(count, async () => {
      for (let i = 0; i < count; i++) threads.push(await ComThread.start({ binding }))
    })
    const objects = await Promise.all(threads.map(thread => thread.createObject('A.Server')))
    server.hang = true
    /** @type {Promise<unknown>[]} */
    let calls = []
    const ofCall = await bytesEach(count, async () => {
      calls = objects.map(object => object.call('Get'))
      for (const call of calls) call.catch(() => {})
      for (let i = 0; i < 3; i++) await nextTurn()
    })
    await Promise.all([end(threads), allRejected(calls)])
    emulator.assertIdle()
    return { thread: ofThread.each, call: ofCall.each }
  }
  await measure(1_000) // warm-up
  const few = await measure(1_000)
  const many = await measure(10_000)
  for (const what of /** @type {const} */ (['thread', 'call']))
    row(what === 'thread' ? 'a thread' : 'a call pending in a server', {
      value: many[what] / few[what],
      atMost: 1.5,
      note: `${Math.round(many[what])} to ${Math.round(few[what])} bytes`,
    })
}

/** @typedef {{ took: number, collecting: number }} Cost Milliseconds; `took` includes those of the garbage collector. */

let collected = 0
new PerformanceObserver(list => {
  for (const { duration } of list.getEntries()) collected += duration
}).observe({ entryTypes: ['gc'] })

/** @param {() => Promise<void>} run @returns {Promise<Cost>} */
async function costOf(run) {
  // The observer is notified with a delay.
  await sleep(10)
  const before = collected
  const took = await timed(run)
  await sleep(10)
  return { took, collecting: collected - before }
}

/** Shapes of many pending calls: all queued at once, begun, and all canceled at once. */
const shapes = {
  'own threads, own signals': {
    count: 2_000,
    /** @param {number} count */
    shape: async count => {
      const { threads } = await pending(count)
      const callers = threads.map(thread => ({ thread, controller: new AbortController() }))
      const cost = await costOf(async () => {
        const calls = callers.map(({ thread, controller }) =>
          thread.wait(LONG, { signal: controller.signal }),
        )
        await nextTurn()
        for (const { controller } of callers) controller.abort()
        await allRejected(calls)
      })
      await end(threads)
      return cost
    },
  },
  'own threads, one signal': {
    count: 10_000,
    /** @param {number} count */
    shape: async count => {
      const { threads } = await pending(count)
      const cost = await withOneSignal(threads)
      await end(threads)
      return cost
    },
  },
  'one thread, one signal': {
    count: 10_000,
    /** @param {number} count */
    shape: async count => {
      const { threads } = await pending(1)
      const cost = await withOneSignal(Array.from({ length: count }, () => threads).flat())
      await end(threads)
      return cost
    },
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

/** A call must not cost more among ten times as many; the allowed difference is due to the processor's caches. */
async function growth() {
  heading('a call begun, pending and canceled: among ten times as many / among few')
  for (const [name, { count, shape }] of Object.entries(shapes)) {
    await shape(count) // warm-up
    const few = new Costs(count)
    const many = new Costs(count * 10)
    for (let round = 0; round < 2; round++) {
      await few.measure(shape, 3)
      await many.measure(shape, 1)
    }
    row(`${(count * 10).toLocaleString('en')}: ${name}`, {
      value: ratio(many.ours, few.ours),
      atMost: 2.5,
      note: `${many} to ${few}`,
    })
  }
}

/** Milliseconds per call, one value per round. */
class Costs {
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
    this.ours.push(ours / this.count / times)
    this.collecting.push(collecting / this.count / times)
  }

  toString() {
    return `${time(median(this.ours))} + ${time(median(this.collecting))}`
  }
}

console.log(`the ${backend.host}, Node.js ${process.versions.node}`)
await rates()
await memory()
await growth()
