// Worker threads that are terminated in the middle of a COM operation: no crash, no hang, and no leak.
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import { raw } from 'com-cancel'
import { expect, it } from 'vitest'
import { callOf, leaveNothingBehind, nothingPending } from '../support/com'
import { leavingNothing } from '../support/leaks'
import { repetitions } from '../support/repetitions'
import { SOON, sleep, soon } from '../support/until'

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
    SOON,
  )

const TIMES = repetitions(4, 200)

const TIMEOUT = repetitions(900_000, 7_200_000)

it(
  `a worker terminated in a call it awaits: ${TIMES} times`,
  () =>
    leavingNothing(TIMES, async n => {
      const { worker, threadId } = await start('a call it awaits', n)
      if (n % 4 < 2) (await callOf(threadId))[Symbol.dispose]()
      const ended = worker.terminate()
      if (n % 4 === 0) raw.coCancelCall(threadId)
      await soon('the worker has ended', ended)
    }),
  TIMEOUT,
)

it(
  `a worker terminated in a synchronous call: ${TIMES} times, its call being canceled by another thread or not`,
  () =>
    leavingNothing(TIMES, async n => {
      const { worker, threadId } = await start('a synchronous call', n)
      ;(await callOf(threadId))[Symbol.dispose]()
      const ended = worker.terminate()
      if (n % 2) await sleep(n % 3)
      if (n % 4 < 2) raw.coCancelCall(threadId)
      await soon('the worker has ended', ended)
      expect(nothingPending(threadId)).toBe(true)
    }),
  TIMEOUT,
)

it.each([
  'a synchronous call that completes',
  'calls that are queued, and one that runs',
  'a call that is being canceled',
  'starting threads',
  'disposing of a thread',
  'a cancel that waits',
  'a call that can not be canceled',
  'cancel objects and call contexts',
])(
  'a worker terminated in the middle of: %s',
  situation =>
    leavingNothing(repetitions(2, 20), async n => {
      const { worker } = await start(situation, n)
      await soon('the worker has ended', worker.terminate())
    }),
  TIMEOUT,
)
