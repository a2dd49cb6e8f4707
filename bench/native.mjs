// @ts-check
// Benchmarks of the addon in a Windows node.exe: functions, jobs, cancels, blocked threads. Run by run.mjs.

import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import {
  backend,
  ComThread,
  coDisableCallCancellation,
  coEnableCallCancellation,
  diagnostics,
  getCurrentThreadId,
  raw,
} from 'com-cancel'
import { heading, inTurn, median, quantile, ratio, row, sleep, time, timed } from './measure.mjs'

/** Longer than any measurement: such a wait ends only when it is canceled. */
const LONG = 600_000

/** A worker that sends each message back. */
class Echo {
  #worker = new Worker(
    "const { parentPort: port } = require('node:worker_threads'); port.on('message', m => port.postMessage(m))",
    { eval: true },
  )
  #resolve = (/** @type {unknown} */ _message) => {}

  constructor() {
    this.#worker.on('message', message => this.#resolve(message))
  }

  roundTrip() {
    return new Promise(resolve => {
      this.#resolve = resolve
      this.#worker.postMessage(0)
    })
  }

  end() {
    return this.#worker.terminate()
  }
}

/** The same functions through koffi, and some that only the measurements need. */
function throughKoffi() {
  const folder = process.env.COM_CANCEL_BENCH_PEER
  if (!folder) throw new Error('COM_CANCEL_BENCH_PEER is not set; start bench/run.mjs')
  const koffi = createRequire(`${folder}/package.json`)('koffi')
  const ole32 = koffi.load('ole32.dll')
  const kernel32 = koffi.load('kernel32.dll')
  const self = kernel32.func('__stdcall', 'GetCurrentProcess', 'void *', [])()
  const setAffinity = kernel32.func('__stdcall', 'SetProcessAffinityMask', 'int', ['void *', 'uintptr_t'])
  const sleep = kernel32.func('__stdcall', 'GetProcAddress', 'void *', ['void *', 'str'])(
    kernel32.func('__stdcall', 'GetModuleHandleA', 'void *', ['str'])('kernel32.dll'),
    'Sleep',
  )
  const createThread = kernel32.func('__stdcall', 'CreateThread', 'void *', [
    'void *',
    'uintptr_t',
    'void *',
    'uintptr_t',
    'uint32_t',
    'void *',
  ])
  return {
    /** @type {(reserved: null) => number} */
    enable: ole32.func('__stdcall', 'CoEnableCallCancellation', 'int32', ['void *']),
    /** @type {(reserved: null) => number} */
    disable: ole32.func('__stdcall', 'CoDisableCallCancellation', 'int32', ['void *']),
    /** @type {() => number} */
    threadId: kernel32.func('__stdcall', 'GetCurrentThreadId', 'uint32', []),
    /** Sets the processors that this process may use. @param {bigint} mask */
    useProcessors: mask => {
      if (!setAffinity(self, mask)) throw new Error('SetProcessAffinityMask failed')
    },
    /** Starts a system thread that sleeps until the process ends, with the stack size of a ComThread. */
    startSleeper: () => {
      const stackSizeIsReservation = 0x10000
      if (!createThread(null, 1 << 20, sleep, 0xffffffff, stackSizeIsReservation, null))
        throw new Error('CreateThread failed')
    },
  }
}

const koffi = throughKoffi()

/** Milliseconds per call. Each contestant has its own loop, so that the engine optimizes each call site. */
async function functions() {
  const {
    coEnableCallCancellation: rawEnable,
    coDisableCallCancellation: rawDisable,
    getCurrentThreadId: rawId,
  } = raw
  if (koffi.threadId() !== getCurrentThreadId())
    throw new Error('koffi and the addon call different functions')
  const calls = 50_000
  const since = (/** @type {number} */ start) => (performance.now() - start) / calls

  const pairs = await inTurn(25, {
    koffi: () => {
      const start = performance.now()
      for (let i = 0; i < calls; i += 2) {
        koffi.enable(null)
        koffi.disable(null)
      }
      return since(start)
    },
    public: () => {
      const start = performance.now()
      for (let i = 0; i < calls; i += 2) {
        coEnableCallCancellation()
        coDisableCallCancellation()
      }
      return since(start)
    },
    raw: () => {
      const start = performance.now()
      for (let i = 0; i < calls; i += 2) {
        rawEnable()
        rawDisable()
      }
      return since(start)
    },
  })
  const ids = await inTurn(25, {
    koffi: () => {
      const start = performance.now()
      for (let i = 0; i < calls; i++) koffi.threadId()
      return since(start)
    },
    public: () => {
      const start = performance.now()
      for (let i = 0; i < calls; i++) getCurrentThreadId()
      return since(start)
    },
    raw: () => {
      const start = performance.now()
      for (let i = 0; i < calls; i++) rawId()
      return since(start)
    },
  })

  const compare = (
    /** @type {string} */ what,
    /** @type {number[]} */ ours,
    /** @type {number[]} */ theirs,
    atMost = 1,
  ) =>
    row(what, {
      value: ratio(ours, theirs),
      atMost,
      note: `${time(median(ours))} to ${time(median(theirs))}`,
    })
  heading(
    `a function / the same function through koffi (CoEnableCallCancellation: ${backend.entryPoints.CoEnableCallCancellation} to ole32)`,
  )
  compare('enable + disable', pairs.public, pairs.koffi, 0.8)
  compare('enable + disable, raw', pairs.raw, pairs.koffi, 0.8)
  compare('getCurrentThreadId', ids.public, ids.koffi)
  compare('getCurrentThreadId, raw', ids.raw, ids.koffi)
}

async function roundTrips() {
  const echo = new Echo()
  const mta = await ComThread.start()
  const sta = await ComThread.start({ apartment: 'sta' })
  const trips = 300
  /** @param {() => Promise<unknown>} trip */
  const each = async trip =>
    (await timed(async () => {
      for (let i = 0; i < trips; i++) await trip()
    })) / trips
  const measure = () =>
    inTurn(25, {
      worker: () => each(() => echo.roundTrip()),
      mta: () => each(() => mta.wait(0)),
      sta: () => each(() => sta.wait(0)),
    })
  const all = (1n << BigInt(availableParallelism())) - 1n
  koffi.useProcessors(1n)
  const onOne = await measure()
  koffi.useProcessors(all)
  const onAll = await measure()
  await Promise.all([echo.end(), endThreads([mta, sta])])

  heading('a job on a ComThread and back / a message to a worker thread and back')
  // On all processors, both include waking a sleeping processor, which can dominate.
  for (const [where, { worker, ...threads }] of Object.entries({
    'one processor': onOne,
    'all processors': onAll,
  }))
    for (const [name, times] of Object.entries(threads))
      row(`round trip, ${name.toUpperCase()}, ${where}`, {
        value: ratio(times, worker),
        atMost: 0.5,
        note: `${time(median(times))} to ${time(median(worker))}`,
      })
}

async function abortToRejection() {
  const echo = new Echo()
  const mta = await ComThread.start()
  const sta = await ComThread.start({ apartment: 'sta' })
  /** @param {ComThread} thread */
  const cancelOne = async thread => {
    const controller = new AbortController()
    const call = thread.wait(LONG, { signal: controller.signal }).catch(() => {})
    await sleep(3) // the call blocks by then
    return timed(() => {
      controller.abort()
      return call
    })
  }
  const { worker, ...threads } = await inTurn(600, {
    mta: () => cancelOne(mta),
    sta: () => cancelOne(sta),
    // The simplest exchange between two idle threads, for comparison.
    worker: async () => {
      await sleep(3)
      return timed(() => echo.roundTrip())
    },
  })
  await Promise.all([echo.end(), endThreads([mta, sta])])

  const spread = (/** @type {number[]} */ times) =>
    `median ${time(median(times))}, longest ${time(Math.max(...times))}`
  heading('abort to rejection, for a blocked wait: the 99th percentile')
  for (const [name, times] of Object.entries(threads))
    row(`abort to rejection, ${name.toUpperCase()}`, {
      value: quantile(times, 0.99),
      atMost: 1,
      floor: quantile(worker, 0.99),
      unit: 'ms',
      note: spread(times),
    })
  row('for scale: a message to a worker and back', {
    value: quantile(worker, 0.99),
    unit: 'ms',
    note: spread(worker),
  })
}

/** The longest time between two turns of a busy event loop. Timers would be too coarse on Windows. @param {number} ms */
function longestPause(ms) {
  return new Promise(resolve => {
    const end = performance.now() + ms
    let before = performance.now()
    let longest = 0
    const turn = () => {
      const now = performance.now()
      longest = Math.max(longest, now - before)
      before = now
      if (now < end) setImmediate(turn)
      else resolve(longest)
    }
    setImmediate(turn)
  })
}

/** @param {number} count @param {import('com-cancel').ComThreadOptions} [options] */
const startThreads = (count, options) =>
  Promise.all(Array.from({ length: count }, () => ComThread.start(options)))

/** @param {ComThread[]} threads */
const endThreads = threads => Promise.all(threads.map(thread => thread[Symbol.asyncDispose]()))

/** Blocks all threads; `cancel` resolves when all promises are rejected. @param {ComThread[]} threads */
function block(threads) {
  const controller = new AbortController()
  const calls = threads.map(thread => thread.wait(LONG, { signal: controller.signal }))
  const settled = Promise.allSettled(calls)
  return {
    cancel: async () => {
      controller.abort()
      for (const { status } of await settled)
        if (status !== 'rejected') throw new Error('a wait was not canceled')
    },
  }
}

async function eventLoop() {
  const threads = await startThreads(100)
  const span = 300
  const { idle, blocking, starting, canceling } = await inTurn(12, {
    idle: async () => {
      await sleep(20)
      return longestPause(span)
    },
    blocking: async () => {
      const blocked = block(threads)
      await sleep(20)
      const pause = await longestPause(span)
      await blocked.cancel()
      return pause
    },
    starting: async () => {
      const pause = longestPause(50)
      const more = await startThreads(100)
      const result = await pause
      await endThreads(more)
      return result
    },
    canceling: async () => {
      const blocked = block(threads)
      await sleep(20)
      const pause = longestPause(50)
      await blocked.cancel()
      return pause
    },
  })
  await endThreads(threads)

  heading('the longest pause of the event loop')
  const spread = (/** @type {number[]} */ times) => `median of ${times.length} rounds ${time(median(times))}`
  row('while 100 threads block', {
    value: Math.max(...blocking),
    atMost: 5,
    floor: Math.max(...idle),
    unit: 'ms',
    note: spread(blocking),
  })
  row('for scale: while nothing blocks', { value: Math.max(...idle), unit: 'ms', note: spread(idle) })
  row('while 100 threads start', { value: Math.max(...starting), unit: 'ms', note: spread(starting) })
  row('while 100 calls are canceled', { value: Math.max(...canceling), unit: 'ms', note: spread(canceling) })
}

async function manyThreads() {
  const sleepers = await growth(200, async () => {
    for (let i = 0; i < 200; i++) koffi.startSleeper()
  })
  /** @type {ComThread[]} */
  let many = []
  /** @type {ReturnType<typeof block> | undefined} */
  let blocked
  const ours = await growth(500, async () => {
    many = await startThreads(500)
    blocked = block(many)
  })
  await blocked?.cancel()
  const few = await startThreads(50)

  /** @param {ComThread[]} threads */
  const cancelAll = async threads => {
    const blocked = block(threads)
    await sleep(100)
    return timed(() => blocked.cancel())
  }
  const times = await inTurn(7, { few: () => cancelAll(few), many: () => cancelAll(many) })
  const ending = await timed(() => endThreads(many))
  await endThreads(few)

  heading('500 blocked threads')
  const perThread = (/** @type {number[]} */ values, /** @type {number} */ count) =>
    values.map(value => value / count)
  row('all canceled at once: until all are rejected', {
    value: median(times.many),
    unit: 'ms',
    note: `longest ${time(Math.max(...times.many))}`,
  })
  row('per thread: 500 threads / 50 threads', {
    value: ratio(perThread(times.many, 500), perThread(times.few, 50)),
  })
  row('starting all', { value: ours.took, unit: 'ms' })
  row('ending all', { value: ending, unit: 'ms' })
  row('memory per thread / memory of a sleeping system thread', {
    value: ours.memory / sleepers.memory,
    note: `${Math.round(ours.memory)} to ${Math.round(sleepers.memory)} KiB of resident memory`,
  })
  row('handles per thread', { value: ours.handles, note: `a system thread: ${sleepers.handles.toFixed(2)}` })
}

/** The growth of the process per thread, in KiB and handles. @param {number} count @param {() => Promise<void>} start */
async function growth(count, start) {
  await sleep(200)
  const before = { memory: process.memoryUsage().rss, handles: diagnostics().handles }
  const took = await timed(start)
  await sleep(500)
  return {
    took,
    memory: (process.memoryUsage().rss - before.memory) / 1024 / count,
    handles: (diagnostics().handles - before.handles) / count,
  }
}

console.log(`the addon on ${backend.host}, Node.js ${process.versions.node}`)
const selected = process.argv.slice(2)
for (const part of [functions, roundTrips, abortToRejection, eventLoop, manyThreads])
  if (selected.length === 0 || selected.includes(part.name)) await part()

// The system threads never end.
process.exit()
