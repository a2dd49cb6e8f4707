// @ts-check
// Benchmarks of host processes in a Windows node.exe: their start, calls to their objects, and their termination. Run by
// run.mjs.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { ComHost, ComThread } from 'com-cancel'
import { heading, inTurn, median, quantile, ratio, row, sleep, time, timed } from './measure.mjs'

const folder = process.env.COM_CANCEL_PRIME
if (!folder) throw new Error('COM_CANCEL_PRIME is not set; start bench/run.mjs')
const program = path.join(folder, '../Release/com-cancel-host.exe')
/** The DISPID of Number. */
const number = 13

async function starting() {
  heading('the start of a host process / of the same program, which ends at once for want of pipes')
  const { hosts, ends, alone } = await inTurn(20, {
    hosts: async () => {
      /** @type {ComHost | undefined} */
      let host
      const ms = await timed(async () => {
        host = await ComHost.start()
      })
      await host?.close()
      return ms
    },
    ends: async () => {
      const host = await ComHost.start()
      return timed(() => host.close())
    },
    alone: () => timed(() => once(spawn(program, { stdio: 'ignore' }), 'exit')),
  })
  const note = `${time(median(hosts))} to ${time(median(alone))}`
  row('ComHost.start', { value: ratio(hosts, alone), atMost: 2, note })
  row('host.close()', { value: ratio(ends, alone), note: time(median(ends)) })
}

async function calls() {
  heading('a call to an object in a host process / the same call to a local server')
  const thread = await ComThread.start()
  const host = await ComHost.start()
  for (const [apartment, server] of /** @type {const} */ ([
    ['mta', 'Prime.Calculator'],
    ['sta', 'Prime.Calculator.Sta'],
  ])) {
    const hosted = await thread.createObject('Prime.Calculator.Inproc', { host, apartment })
    const local = await thread.createObject(server)
    /** Milliseconds of 512 calls. @param {import('com-cancel').ComObject} object */
    const each = object =>
      timed(async () => {
        for (let i = 0; i < 512; i++) await object.call(number, [i])
      })
    const { ours, theirs } = await inTurn(9, { ours: () => each(hosted), theirs: () => each(local) })
    const note = `${time(median(ours) / 512)} to ${time(median(theirs) / 512)}`
    row(`Number, in the ${apartment}`, { value: ratio(ours, theirs), atMost: 1.1, note })
  }
  await thread.close()
  await host.close()
}

async function terminating() {
  heading('a call that no cancel ends; its host is terminated at once')
  const thread = await ComThread.start({ callCancellation: false })
  /** @type {number[]} */
  const latencies = []
  for (let i = 0; i < 30; i++) {
    const object = await thread.createObject('Prime.Hostile', { isolated: { terminateAfter: 0 } })
    const controller = new AbortController()
    const call = object.call('Block', [60_000], { signal: controller.signal }).catch(() => {})
    await sleep(20)
    latencies.push(
      await timed(() => {
        controller.abort()
        return call
      }),
    )
    object.release()
  }
  await thread.close()
  row('from abort() to the rejection: median', { value: median(latencies), unit: 'ms' })
  row('from abort() to the rejection: 95th percentile', { value: quantile(latencies, 0.95), unit: 'ms' })
}

await starting()
await calls()
await terminating()
