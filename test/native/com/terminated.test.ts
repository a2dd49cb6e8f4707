// Worker threads that are terminated during calls to and from objects: no crash, and no leak.
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import { it } from 'vitest'
import { repeat } from '../../support/program'
import { repetitions } from '../../support/repetitions'
import { SOON, sleep, soon } from '../../support/until'
import { describePrime, keepServers } from './support'

// Another thread stays in the MTA, which under Wine hangs when it ends during a call.
keepServers()

const start = (situation: string, n: number): Promise<Worker> =>
  soon(
    'the worker is in the middle of it',
    new Promise((resolve, reject) => {
      const workerData = { situation, apartment: n % 2 ? 'sta' : 'mta' }
      const worker = new Worker(path.join(import.meta.dirname, 'fixtures/doomed.cjs'), { workerData })
      worker.once('error', reject)
      worker.once('message', () => resolve(worker))
    }),
    SOON,
  )

describePrime('a worker terminated at any moment of', () => {
  it.each([
    'calls that end, with values and objects as results',
    'calls that call back',
    'calls that are canceled, and handlers that are notified',
  ])(
    '%s several times',
    situation =>
      repeat(repetitions(6, 40), 4, async n => {
        const worker = await start(situation, n)
        await sleep(n % 16)
        await soon('the worker has ended', worker.terminate())
      }),
    repetitions(900_000, 7_200_000),
  )
})
