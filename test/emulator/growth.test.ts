// Cost and memory in order of magnitude: what is pending elsewhere costs an operation nothing.
import { HResult } from 'com-cancel'
import { Emulator } from 'com-cancel/emulator'
import { expect, it } from 'vitest'

const options = { apartment: 'mta', callCancellation: true, busyRetry: 0 } as const
const call = { ms: 600_000, cancelable: true } as const

/** Milliseconds for n threads, each with a call pending, all canceled. */
const onThreads = async (n: number): Promise<number> => {
  const { binding } = new Emulator()
  const since = performance.now()
  const threads = await new Promise<ReturnType<typeof binding.startThread>[]>(resolve => {
    let left = n
    const started = Array.from({ length: n }, () =>
      binding.startThread(options, () => --left === 0 && resolve(started)),
    )
  })
  const ended = threads.map(thread => new Promise<number>(resolve => thread.wait(call, resolve)))
  const results = threads.map(
    thread => new Promise<number>(resolve => binding.cancelCall(thread.id, 0, resolve)),
  )
  expect((await Promise.all(results)).every(hr => hr === HResult.S_OK)).toBe(true)
  expect((await Promise.all(ended)).every(hr => hr === HResult.RPC_E_CALL_CANCELED)).toBe(true)
  await Promise.all(threads.map(thread => new Promise<void>(resolve => thread.close(resolve))))
  expect(binding.diagnostics()).toEqual({ threads: 0, jobs: 0, objects: 0, pointers: 0, handles: 0 })
  return performance.now() - since
}

/** Milliseconds for n calls in one queue, given up from the middle outwards. */
const inOneQueue = async (n: number): Promise<number> => {
  const { binding } = new Emulator()
  const since = performance.now()
  const thread = binding.startThread(options, () => {})
  const jobs: number[] = []
  const ended = Array.from(
    { length: n },
    () => new Promise<number>(resolve => jobs.push(thread.wait(call, resolve))),
  )
  const half = n >> 1
  for (const job of [...jobs.slice(half), ...jobs.slice(0, half)]) binding.cancelJob(job)
  expect((await Promise.all(ended)).every(hr => hr === HResult.RPC_E_CALL_CANCELED)).toBe(true)
  await new Promise<void>(resolve => thread.close(resolve))
  return performance.now() - since
}

for (const [name, run] of Object.entries({ onThreads, inOneQueue }))
  it(`100,000 pending calls cost what ten times 10,000 cost: ${name}`, { timeout: 60_000 }, async () => {
    await run(10_000) // warm
    const small = await run(10_000)
    const large = await run(100_000)
    // Quadratic growth would be 100; linear is 10, and the rest is for a machine that is busy.
    expect(large / small).toBeLessThan(40)
  })
