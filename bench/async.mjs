// @ts-check
// Benchmark of asynchronous calls: many that are pending on one thread, against one thread for each call. Run by run.mjs.

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { backend, ComThread } from 'com-cancel'
import { registerAsyncPrime } from '../examples/async-prime/class.mjs'
import { IPrime } from '../examples/async-prime/interfaces.mjs'
import { heading, inTurn, median, ratio, row, sleep, time } from './measure.mjs'

const COUNT = 1_000
/** Milliseconds of each call: all of them are pending when the memory is read. */
const EACH = 4_000

if (backend.kind === 'emulator') {
  const { Emulator } = await import('com-cancel/emulator')
  registerAsyncPrime(Emulator.shared)
}

/**
 * Milliseconds beyond the calls themselves, and bytes. `begin` returns when all calls are under way; the function that it
 * returns waits for their ends.
 * @param {() => Promise<() => Promise<unknown>>} begin
 */
const measure = async begin => {
  const before = process.memoryUsage.rss()
  const since = performance.now()
  const end = await begin()
  await sleep(100)
  const bytes = process.memoryUsage.rss() - before
  await end()
  return { ms: performance.now() - since - EACH, bytes }
}

const numbers = Array.from({ length: COUNT }, (_, i) => i)

const calls = () =>
  measure(async () => {
    const thread = await ComThread.start()
    const object = await thread.createObject('Prime.Async')
    const results = numbers.map(i => object.callAsync(IPrime, 'Number', [i, EACH]))
    await object.callMethod(IPrime, 'IsPrime', [2])
    return async () => {
      await Promise.all(results)
      await thread.close()
    }
  })

const threads = () =>
  measure(async () => {
    const all = await Promise.all(numbers.map(() => ComThread.start()))
    const objects = await Promise.all(all.map(thread => thread.createObject('Prime.Async')))
    const results = objects.map(object => object.callMethod(IPrime, 'Block', [EACH]))
    return async () => {
      await Promise.all(results)
      await Promise.all(all.map(thread => thread.close()))
    }
  })

/** @typedef {'calls' | 'threads'} Kind */

/** Measures in a process of its own, as memory that was once used stays. @param {Kind} kind @param {number[]} bytes */
const inProcess = (kind, bytes) => () => {
  const output = execFileSync(process.execPath, [fileURLToPath(import.meta.url), kind], { encoding: 'utf8' })
  const result = JSON.parse(output)
  bytes.push(result.bytes)
  return result.ms
}

const compare = async () => {
  heading(`${COUNT} asynchronous calls on one thread / ${COUNT} threads with one call each: ${backend.host}`)
  /** @type {Record<Kind, number[]>} */
  const bytes = { calls: [], threads: [] }
  const ms = await inTurn(3, {
    calls: inProcess('calls', bytes.calls),
    threads: inProcess('threads', bytes.threads),
  })
  const note = `${time(median(ms.calls))} to ${time(median(ms.threads))}`
  row('time, without that of the calls', { value: ratio(ms.calls, ms.threads), note })
  const [few = Number.NaN, many = Number.NaN] = [bytes.calls, bytes.threads].map(
    each => median(each) / 2 ** 20,
  )
  row('memory', { value: few / many, note: `${few.toFixed(1)} MiB to ${many.toFixed(1)} MiB` })
}

const [, , kind] = process.argv
if (kind === undefined) await compare()
else console.log(JSON.stringify(await (kind === 'calls' ? calls() : threads())))
