// @ts-check
// Benchmarks of the emulator across worker threads: cancels and calls. Run by run.mjs.

import { parentPort, Worker, workerData } from 'node:worker_threads'
import { ComThread, coEnableCallCancellation, getCurrentThreadId, HResult, raw } from 'com-cancel'
import { Emulator } from 'com-cancel/emulator'
import { heading, inTurn, median, quantile, ratio, row, time, timed } from './measure.mjs'

const ROUNDS = 300

/** Indexes of the shared words: the word that the bare waiter sleeps on, and the flag that it is awake. */
const [BARE, WOKE] = [0, 1]

/** @typedef {{ words: Int32Array, moments: BigInt64Array, role: 'blocked' | 'calling' }} Given */

const now = () => process.hrtime.bigint()

// The worker that blocks, alternately in `wait` and in a bare Atomics.wait.
function block() {
  const { words, moments } = /** @type {Given} */ (workerData)
  coEnableCallCancellation()
  parentPort?.postMessage(getCurrentThreadId())
  for (;;) {
    const hr = raw.wait(600_000)
    Atomics.store(moments, 0, now())
    if (hr !== HResult.RPC_E_CALL_CANCELED) throw new Error(`the wait ended with ${hr}`)
    Atomics.store(words, WOKE, 1)
    Atomics.notify(words, WOKE)
    Atomics.wait(words, BARE, 0)
    Atomics.store(moments, 0, now())
    Atomics.store(words, BARE, 0)
    Atomics.store(words, WOKE, 1)
    Atomics.notify(words, WOKE)
  }
}

/** Milliseconds per call. */
async function perCall() {
  const thread = await ComThread.start()
  const object = await thread.createObject('Bench.Server')
  const count = 2000
  const took = await timed(async () => {
    for (let i = 0; i < count; i++) await object.call('Nothing')
  })
  await thread[Symbol.asyncDispose]()
  return took / count
}

/** @param {Given['role']} role @param {Int32Array} words @param {BigInt64Array} moments */
function start(role, words, moments) {
  return new Worker(new URL(import.meta.url), { workerData: { words, moments, role } })
}

/** @param {Worker} worker @returns {Promise<number>} */
const message = worker => new Promise(resolve => worker.once('message', resolve))

async function measure() {
  const words = new Int32Array(new SharedArrayBuffer(8))
  const moments = new BigInt64Array(new SharedArrayBuffer(8))
  const worker = start('blocked', words, moments)
  const id = await message(worker)
  /** Milliseconds from the call of `wake` until the other thread runs. @param {() => boolean} wake */
  const latency = wake => {
    Atomics.wait(words, WOKE, 0, 2) // time for the worker to fall asleep
    let since = now()
    while (!wake()) since = now()
    Atomics.wait(words, WOKE, 0)
    Atomics.store(words, WOKE, 0)
    return Number(Atomics.load(moments, 0) - since) / 1e6
  }
  const { cancel, notify } = await inTurn(ROUNDS, {
    cancel: () => latency(() => raw.coCancelCall(id) === HResult.S_OK),
    notify: () =>
      latency(() => {
        Atomics.store(words, BARE, 1)
        return Atomics.notify(words, BARE) === 1
      }),
  })
  await worker.terminate()

  heading('from one worker thread to another, emulated')
  row('a blocked call canceled / bare Atomics.notify', {
    value: ratio(cancel, notify),
    note: `${time(median(cancel))} / ${time(median(notify))}; p99 ${time(quantile(cancel, 0.99))} / ${time(quantile(notify, 0.99))}`,
  })

  const server = Emulator.shared.registerClass({ progId: 'Bench.Server', methods: { Nothing() {} } })
  const caller = start('calling', words, moments)
  const there = await message(caller)
  await caller.terminate()
  const here = await perCall()
  server[Symbol.dispose]()
  const program =
    "const { parentPort } = require('node:worker_threads'); parentPort.on('message', m => parentPort.postMessage(m))"
  const echo = new Worker(program, { eval: true })
  const trip = async () => {
    echo.postMessage(0)
    await message(echo)
  }
  await trip()
  const trips = await timed(async () => {
    for (let i = 0; i < 1000; i++) await trip()
  })
  await echo.terminate()
  row('a call served by another worker / a message round trip', {
    value: there / (trips / 1000),
    note: `${time(there)} / ${time(trips / 1000)}; served by its own worker: ${time(here)}`,
  })
}

const given = /** @type {Given | null} */ (workerData)
if (given?.role === 'blocked') block()
else if (given) parentPort?.postMessage(await perCall())
else await measure()
