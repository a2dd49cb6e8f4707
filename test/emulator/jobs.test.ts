// Emulated COM threads: the queue, canceled jobs, and the end of a thread.
import { ComThread, HResult, IID_ICancelMethodCalls } from 'com-cancel'
import { Emulator } from 'com-cancel/emulator'
import { afterEach, aroundEach, expect, it } from 'vitest'
import { close, start, wait } from '../support/emulated-threads'

let emulator: Emulator
aroundEach(runTest => {
  emulator = new Emulator()
  return emulator.run(runTest)
})
afterEach(() => {
  expect(emulator.binding.diagnostics()).toEqual({ threads: 0, jobs: 0, objects: 0, pointers: 0, handles: 0 })
})

it('jobs run one at a time, in the order they came', async () => {
  const { thread } = await start(emulator.binding)
  const order: number[] = []
  const calls = [20, 5, 10].map(ms => wait(thread, ms).ended.then(() => order.push(ms)))
  await Promise.all(calls)
  expect(order).toEqual([20, 5, 10])
  expect(emulator.clock.now()).toBe(35)
  await close(thread)
})

it('C12 a queued job can be removed, and does not run', async () => {
  const { binding } = emulator
  const { thread } = await start(binding)
  const calls = [200, 5, 5, 5, 5, 5].map(ms => wait(thread, ms))
  await emulator.clock.delay(1)
  const taken = [2, 5, 1].map(index => binding.cancelJob(calls[index]?.job ?? 0))
  expect(taken).toEqual([true, true, true])
  // `done` is never called inside the call that brings it about.
  expect(calls[2]?.hresult).toBeUndefined()
  expect(binding.diagnostics()).toMatchObject({ jobs: 3, objects: 1 })
  const canceled = HResult.RPC_E_CALL_CANCELED
  expect(await Promise.all(calls.map(({ ended }) => ended))).toEqual([0, canceled, canceled, 0, 0, canceled])
  expect(binding.cancelJob(calls[0]?.job ?? 0)).toBe(false)
  expect(binding.cancelJob(4711)).toBe(false)
  await close(thread)
})

it('C12 canceling a job cancels no other', async () => {
  const { binding } = emulator
  const { thread } = await start(binding)
  const [first, second] = [wait(thread, 60_000), wait(thread, 30)]
  await emulator.clock.delay(1)
  expect(binding.cancelJob(first.job)).toBe(false)
  expect(await first.ended).toBe(HResult.RPC_E_CALL_CANCELED)
  expect(await second.ended).toBe(HResult.S_OK)
  await close(thread)
})

it('C12 a cancel of one job does not affect the next', async () => {
  const { binding } = emulator
  const { thread } = await start(binding)
  const [first, second] = [wait(thread, 60_000), wait(thread, 30)]
  await emulator.clock.delay(1)
  const canceled = new Promise(resolve => thread.cancel(0, resolve))
  binding.coCancelCall(thread.id, 0)
  expect(await first.ended).toBe(HResult.RPC_E_CALL_CANCELED)
  expect(await canceled).toBe(HResult.E_NOINTERFACE)
  expect(await second.ended).toBe(HResult.S_OK)
  await close(thread)
})

it('C12 a cancel does not affect a job that was queued after it', async () => {
  const { thread } = await start(emulator.binding)
  const first = wait(thread, 0)
  const canceled = new Promise(resolve => thread.cancel(0, resolve))
  const second = wait(thread, 30)
  expect(await first.ended).toBe(HResult.S_OK)
  expect(await canceled).toBe(HResult.E_NOINTERFACE)
  expect(await second.ended).toBe(HResult.S_OK)
  await close(thread)
})

it('closing drops queued jobs, cancels the running one, and refuses later ones', async () => {
  const { thread } = await start(emulator.binding)
  const [running, queued] = [wait(thread, 60_000), wait(thread, 1)]
  await emulator.clock.delay(1)
  const closed = Promise.all([close(thread), close(thread)])
  const late = wait(thread, 1)
  expect(await Promise.all([running, queued, late].map(({ ended }) => ended))).toEqual([
    HResult.RPC_E_CALL_CANCELED,
    HResult.RPC_E_DISCONNECTED,
    HResult.RPC_E_DISCONNECTED,
  ])
  await closed
  await close(thread)
  expect(await new Promise(resolve => thread.cancel(0, resolve))).toBe(HResult.E_NOINTERFACE)
})

it('closing waits for a call that cannot be canceled', async () => {
  const { thread } = await start(emulator.binding)
  const call = wait(thread, 40, { cancelable: false })
  await emulator.clock.delay(1)
  await close(thread)
  expect(call.hresult).toBe(HResult.S_OK)
})

it('a thread can be closed before it has started', async () => {
  const events: string[] = []
  const { promise, resolve } = resolvers()
  const thread = emulator.binding.startThread(
    { apartment: 'sta', callCancellation: true, busyRetry: 0, grace: 100 },
    hr => events.push(`started ${hr}`),
  )
  thread.wait({ ms: 0, cancelable: true }, hr => events.push(`job ${hr}`))
  thread.close(() => {
    events.push('ended')
    resolve()
  })
  expect(events).toEqual([])
  await promise
  expect(events.sort()).toEqual(['ended', `job ${HResult.RPC_E_DISCONNECTED}`, 'started 0'])
})

it('C10 a thread whose call was canceled gets the next reply, not the late one', async () => {
  await using thread = await ComThread.start({ binding: emulator.binding })
  const controller = new AbortController()
  const given = thread.wait(60_000, { signal: controller.signal })
  await emulator.clock.delay(1)
  controller.abort()
  await expect(given).rejects.toMatchObject({ name: 'AbortError', abandoned: false })
  await thread.wait(5)
  expect(thread.state).toBe('idle')
})

it('C3 O6 CoGetCancelObject finds the cancel object of a call until it returns', async () => {
  const { binding } = emulator
  const { thread } = await start(binding, { callCancellation: false })
  const { ended } = wait(thread, 200)
  await emulator.clock.delay(1)
  const { object } = binding.coGetCancelObject(thread.id, IID_ICancelMethodCalls)
  expect(object?.cancel(0)).toBe(HResult.CO_E_CANCEL_DISABLED)
  expect(object?.testCancel()).toBe(HResult.RPC_S_CALLPENDING)
  expect(await ended).toBe(HResult.S_OK)
  expect(object?.references()).toBe(1)
  expect(object?.testCancel()).toBe(HResult.RPC_E_CALL_COMPLETE)
  expect(binding.coGetCancelObject(thread.id, IID_ICancelMethodCalls).object).toBeNull()
  object?.release()
  expect(object?.cancel(0)).toBe(HResult.RPC_E_DISCONNECTED)
  await close(thread)
})

const resolvers = () => {
  let resolve = () => {}
  const promise = new Promise<void>(settle => {
    resolve = settle
  })
  return { promise, resolve }
}
