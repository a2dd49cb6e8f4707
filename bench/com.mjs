// @ts-check
// Benchmarks of calls to a COM server in a Windows node.exe: compared with C++, canceled, and concurrent. Run by run.mjs.

import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { ComThread } from 'com-cancel'
import { heading, inTurn, median, quantile, ratio, row, sleep, time, timed } from './measure.mjs'

const folder = process.env.COM_CANCEL_PRIME
if (!folder) throw new Error('COM_CANCEL_PRIME is not set; start bench/run.mjs')
const client = path.join(folder, 'prime_client.exe')
const servers = ['Prime.Calculator', 'Prime.Calculator.Sta']
/** The DISPID of Number. */
const number = 13

/** Microseconds per call of a client in C++. @param {string} server @param {number} calls */
function byClient(server, calls) {
  const output = execFileSync(client, ['calls', String(calls), server], { encoding: 'utf8' })
  const number = /[\d.]+/.exec(output.split('\n').find(line => line.includes('per call')) ?? output)
  return Number(number?.[0])
}

/** @template T @param {string} server @param {(prime: import('com-cancel').ComObject, thread: ComThread) => Promise<T>} use */
async function withPrime(server, use) {
  const thread = await ComThread.start()
  try {
    return await use(await thread.createObject(server), thread)
  } finally {
    await thread[Symbol.asyncDispose]()
  }
}

/** All upper and lower case spellings of a name: distinct names to the library, the same name to the object. @param {string} name */
const spellings = name =>
  Array.from({ length: 2 ** name.length }, (_, bits) =>
    [...name].map((c, i) => ((bits >> i) & 1 ? c.toUpperCase() : c.toLowerCase())).join(''),
  )

async function calls() {
  heading('a late-bound call to a server in another process / the same call by a client in C++')
  for (const server of servers) {
    await withPrime(server, async prime => {
      const count = 512
      const names = spellings('Number')
      /** Microseconds per call. @param {(i: number) => Promise<unknown>} call */
      const each = async call => {
        const ms = await timed(async () => {
          for (let i = 0; i < count; i++) await call(i)
        })
        return (ms * 1000) / count
      }
      /** The same object, with no DISPIDs cached. */
      const another = async () => /** @type {typeof prime} */ (await prime.call('Return', ['dispatch']))
      const { byName, byDispid, lookedUp, theirs } = await inTurn(5, {
        byName: () => each(i => prime.call('Number', [i])),
        byDispid: () => each(i => prime.call(number, [i])),
        lookedUp: async () => {
          let fresh = await another()
          return each(async i => {
            if (i > 0 && i % names.length === 0) fresh = await another()
            await fresh.call(names[i % names.length] ?? '', [i])
          })
        },
        theirs: () => byClient(server, count),
      })
      /** @param {string} what @param {number[]} ours @param {number} [atMost] */
      const against = (what, ours, atMost) => {
        const note = `${time(median(ours) / 1000)} to ${time(median(theirs) / 1000)}`
        row(`${server}.Number, ${what}`, { value: ratio(ours, theirs), atMost, note })
      }
      against('by name', byName, 1.3)
      against('by DISPID', byDispid)
      against('by a name that is not cached', lookedUp)
    })
  }
}

async function canceling() {
  heading('from abort() to the rejection; the server checks for a cancel every 5 ms')
  for (const server of servers) {
    await withPrime(server, async prime => {
      /** @type {number[]} */
      const latencies = []
      for (let i = 0; i < 100; i++) {
        const controller = new AbortController()
        const call = prime.call('BlockPolling', [60_000], { signal: controller.signal }).catch(() => {})
        await sleep(20)
        latencies.push(
          await timed(() => {
            controller.abort()
            return call
          }),
        )
      }
      row(`${server}: median`, { value: median(latencies), unit: 'ms' })
      row(`${server}: 99th percentile`, { value: quantile(latencies, 0.99), unit: 'ms' })
    })
  }
}

async function concurrent() {
  heading('calls per second of concurrent threads / of one thread')
  for (const server of servers) {
    let alone = Number.NaN
    for (const count of [1, 8, 64]) {
      const threads = await Promise.all(Array.from({ length: count }, () => ComThread.start()))
      const objects = await Promise.all(threads.map(thread => thread.createObject(server)))
      const each = Math.ceil(1000 / count)
      const ms = await timed(() =>
        Promise.all(
          objects.map(async prime => {
            for (let i = 0; i < each; i++) await prime.call('Number', [i])
          }),
        ),
      )
      const perSecond = (each * count * 1000) / ms
      if (count === 1) alone = perSecond
      row(`${server}, ${count} threads`, {
        value: perSecond / alone,
        note: `${Math.round(perSecond)} calls per second`,
      })
      await Promise.all(threads.map(thread => thread[Symbol.asyncDispose]()))
    }
  }
}

/** The longest delay of a 1 ms timer within a second. */
async function longestPause() {
  let worst = 0
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    worst = Math.max(worst, now - last - 1)
    last = now
  }, 1)
  await sleep(1000)
  clearInterval(timer)
  return worst
}

async function pace() {
  heading('the longest pause of JavaScript while 20 threads block in calls to another process')
  const threads = await Promise.all(Array.from({ length: 20 }, () => ComThread.start()))
  const objects = await Promise.all(threads.map(thread => thread.createObject('Prime.Calculator')))
  const idle = await longestPause()
  const controller = new AbortController()
  const blocked = objects.map(prime =>
    prime.call('BlockPolling', [60_000], { signal: controller.signal }).catch(() => {}),
  )
  await sleep(200)
  const busy = await longestPause()
  controller.abort()
  await Promise.all(blocked)
  row('for scale: nothing blocks', { value: idle, unit: 'ms' })
  row('20 threads block', { value: busy, unit: 'ms', atMost: 5, floor: idle })
  await Promise.all(threads.map(thread => thread[Symbol.asyncDispose]()))
}

await calls()
await canceling()
await concurrent()
await pace()
