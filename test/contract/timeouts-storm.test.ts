// Many timeouts, opened and closed by workers while calls come and go: no cancel hits a call outside its scope (W1).
import { expect, it } from 'vitest'
import { callOf, leaveNothingBehind } from '../support/com'
import { ComWorker } from '../support/com-worker'
import { takeSeed } from '../support/random'
import { repetitions } from '../support/repetitions'

leaveNothingBehind()

const SEED = takeSeed('timeouts')
const WORKERS = 4
const SCOPES = repetitions(400, 10_000) / WORKERS

const start = () => ComWorker.start(import.meta.dirname, 'scopes-worker.cjs')

it(`W1 C12 no call outside a timeout is canceled: ${WORKERS} workers`, async () => {
  const workers = Array.from({ length: WORKERS }, start)
  const results = await Promise.all(
    workers.map((worker, n) => worker.run<{ wrong: string[]; canceled: number }>('storm', SCOPES, SEED + n)),
  )
  expect(results.flatMap(({ wrong }) => wrong)).toEqual([])
  expect(results.reduce((sum, { canceled }) => sum + canceled, 0)).toBeGreaterThan(0)
}, 600_000)

it('W1 a worker that is terminated in a timeout leaves nothing behind', async () => {
  const worker = start()
  const id = await worker.threadId()
  worker.run('blockInScope').catch(() => {})
  await callOf(id)
  await worker[Symbol.asyncDispose]()
})
