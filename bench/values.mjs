// @ts-check
// Benchmarks of values: bytes there and back, and ranges of a million cells, on either binding. Run by run.mjs.

import { backend, ComThread } from 'com-cancel'
import { heading, inTurn, median, ratio, row, sleep, time, timed } from './measure.mjs'

const emulated = backend.kind === 'emulator'
/** Natively in the thread's own apartment, without RPC, whose speed is the system's. */
const progId = 'Prime.Calculator.Inproc'
const rows = 10_000
const columns = 100

/** @typedef {import('com-cancel').ComObject} ComObject */

/** Makes a value of a cell, given its index. @type {Record<string, (i: number) => any>} */
const kinds = {
  numbers: i => i + 0.5,
  'numbers and texts': i => (i % 3 === 0 ? `cell ${i}` : i + 0.5),
  'numbers, texts, dates, booleans, empty': i => {
    switch (i % 8) {
      case 0:
        return `cell ${i}`
      case 1:
        return i % 16 === 1
      case 2:
        return undefined
      case 3:
        return new Date(2020, 1, 1, 0, 0, i)
      default:
        return i + 0.5
    }
  },
}

/** The same nested array of plain values, made in JavaScript. @param {(i: number) => unknown} cell */
function plain(cell) {
  const made = new Array(rows)
  let i = 0
  for (let r = 0; r < rows; r++) {
    const values = new Array(columns)
    for (let c = 0; c < columns; c++) values[c] = cell(i++)
    made[r] = values
  }
  return made
}

if (emulated) {
  const { Emulator } = await import('com-cancel/emulator')
  /** @type {unknown} */
  let kept
  Emulator.shared.registerClass({
    progId,
    methods: { Echo: (/** @type {unknown} */ _call, /** @type {unknown} */ value) => value },
    properties: {
      Value: {
        get: () => kept,
        set: (/** @type {unknown} */ _call, /** @type {unknown} */ value) => {
          kept = value
        },
      },
    },
  })
}

/** @template T @param {(object: ComObject) => Promise<T>} use */
async function withPrime(use) {
  const thread = await ComThread.start()
  try {
    return await use(await thread.createObject(progId))
  } finally {
    await thread[Symbol.asyncDispose]()
  }
}

/** Milliseconds that JavaScript was busy until a promise resolved. @param {() => Promise<unknown>} run */
async function busy(run) {
  const before = performance.eventLoopUtilization()
  await run()
  return performance.eventLoopUtilization(before).active
}

async function bytes() {
  const mebibytes = 64
  const buffer = Buffer.alloc(mebibytes * 2 ** 20, 7)
  const results = await withPrime(object =>
    inTurn(7, {
      clone: () => timed(() => structuredClone(buffer)),
      call: () => timed(() => object.call('Echo', [buffer])),
      busy: () => busy(() => object.call('Echo', [buffer])),
    }),
  )
  heading(`${mebibytes} MiB of bytes there and back / structuredClone of the same buffer`)
  const note = `${time(median(results.call))} to ${time(median(results.clone))}`
  row('until the result is there', { value: ratio(results.call, results.clone), atMost: 2, note })
  row('JavaScript busy', {
    value: ratio(results.busy, results.clone),
    atMost: 2,
    note: time(median(results.busy)),
  })
}

/** The longest time without a turn of the event loop. @param {() => Promise<unknown>} run */
async function longestPause(run) {
  let worst = 0
  let last = performance.now()
  let over = false
  const turn = () => {
    const now = performance.now()
    worst = Math.max(worst, now - last)
    last = now
    if (!over) setImmediate(turn)
  }
  setImmediate(turn)
  await run()
  await sleep(5)
  over = true
  return worst
}

async function cells() {
  for (const [name, cell] of Object.entries(kinds)) {
    const range = plain(cell)
    const results = await withPrime(object =>
      inTurn(5, {
        plain: () => timed(() => plain(cell)),
        set: () => busy(() => object.set('Value', range)),
        get: () => busy(() => object.get('Value')),
        columns: () => busy(() => object.get('Value', [], { as: 'columns' })),
        pause: () => longestPause(() => object.get('Value')),
        idle: () => longestPause(() => sleep(200)),
      }),
    )
    heading(`1,000,000 cells (${name}): JavaScript busy / the same nested array made in JavaScript`)
    /** @param {string} what @param {number[]} measured */
    const against = (what, measured) => {
      const note = `${time(median(measured))} to ${time(median(results.plain))}`
      // An array of numbers is made in a few nanoseconds each; an emulated server converts them in JavaScript as well.
      const atMost = emulated && name === 'numbers' ? undefined : 3
      row(what, { value: ratio(measured, results.plain), atMost, note })
    }
    against('a result', results.get)
    against('a result as columns', results.columns)
    against('an argument', results.set)
    row('for scale: the longest pause without a call', { value: median(results.idle), unit: 'ms' })
    row('the longest pause while a result arrives', {
      value: median(results.pause),
      unit: 'ms',
      atMost: 50,
      floor: median(results.idle),
    })
  }
}

await bytes()
await cells()
