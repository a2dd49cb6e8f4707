// Workers that are terminated in the middle of something: no crash, no hang, and nothing of them is left.
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import { diagnostics, raw } from 'com-cancel'
import { expect, it } from 'vitest'
import { callOf, leaveNothingBehind, nothingPending } from '../support/com'
import { repeat } from '../support/program'
import { sleep, soon, until } from '../support/until'

leaveNothingBehind()

const start = (situation: string, n: number): Promise<{ worker: Worker; threadId: number }> =>
  soon(
    'the worker is in the middle of it',
    new Promise((resolve, reject) => {
      const workerData = { situation, apartment: n % 2 ? 'sta' : 'mta' }
      const worker = new Worker(path.join(import.meta.dirname, 'fixtures/doomed.cjs'), { workerData })
      worker.once('error', reject)
      worker.once('message', threadId => resolve({ worker, threadId }))
    }),
    30_000,
  )

const alive = () => {
  const { threads, jobs, objects } = diagnostics()
  return { threads, jobs, objects }
}

/** Node, its worker threads and the system's thread pool keep a few handles once they have had them. */
const HANDLES_OF_OTHERS = 20

/** Does it often, then checks that the process is as it was after the first few times. */
const leavingNothing = async (times: number, act: (n: number) => Promise<void>): Promise<void> => {
  const before = alive()
  const settle = (when: string) =>
    until(`everything is back ${when}`, () => {
      const now = alive()
      return now.threads <= before.threads && now.jobs <= before.jobs && now.objects <= before.objects
    })
  await repeat(10, 4, act)
  await settle('after the first few')
  const { handles } = diagnostics()
  await repeat(times, 4, act)
  await settle('after all')
  await until(
    `no more than ${HANDLES_OF_OTHERS} handles are open beyond ${handles}`,
    () => diagnostics().handles <= handles + HANDLES_OF_OTHERS,
  ).catch(error => {
    throw new Error(`${diagnostics().handles} handles are open instead of ${handles}`, { cause: error })
  })
}

const MANY = 300_000

it(
  'a worker terminated in a call it awaits: 200 times',
  () =>
    leavingNothing(200, async n => {
      const { worker, threadId } = await start('a call it awaits', n)
      if (n % 4 < 2) (await callOf(threadId))[Symbol.dispose]()
      await soon('the worker has ended', worker.terminate())
    }),
  MANY,
)

it(
  'a worker terminated in a synchronous call: 200 times, its call being canceled',
  () =>
    leavingNothing(200, async n => {
      const { worker, threadId } = await start('a synchronous call', n)
      ;(await callOf(threadId))[Symbol.dispose]()
      const ended = worker.terminate()
      if (n % 2) await sleep(1)
      // JavaScript can be stopped, a call of the system can not: it has to come back first.
      raw.coCancelCall(threadId)
      await soon('the worker has ended', ended)
      expect(nothingPending(threadId)).toBe(true)
    }),
  MANY,
)

it.each([
  'a synchronous call that ends by itself',
  'calls that are queued, and one that runs',
  'a call that is being given up',
  'starting threads',
  'disposing of a thread',
  'a cancel that waits',
  'a call that can not be canceled',
  'cancel objects and call contexts',
])(
  'a worker terminated in the middle of: %s',
  situation =>
    leavingNothing(20, async n => {
      const { worker } = await start(situation, n)
      await soon('the worker has ended', worker.terminate())
    }),
  MANY,
)
