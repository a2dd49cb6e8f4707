// Cancel objects of a worker, canceled by the main thread: recorded at once, onCancel called later.
import { coCancelCall, coGetCancelObject, HResult, raw } from 'com-cancel'
import { expect, it } from 'vitest'
import { callOf, leaveNothingBehind, nothingPending, objects, own } from '../support/com'
import { ComWorker } from '../support/com-worker'
import { expectComError, thrown } from '../support/errors'
import { repetitions } from '../support/repetitions'
import { sleep, soon, until } from '../support/until'

leaveNothingBehind()

interface Received {
  timeout: number
  thread: number
}

const startOwner = async () => {
  const owner = ComWorker.start(import.meta.dirname, 'owner.cjs')
  const id = await owner.threadId()
  const received = () => owner.run<Received[]>('received')
  return { owner, id, received }
}

/** Blocks a worker; returns the function that wakes it. */
const putToSleep = async (owner: ComWorker) => {
  const gate = new Int32Array(new SharedArrayBuffer(8))
  const asleep = owner.run('sleep', gate)
  await until('the worker sleeps', () => Atomics.load(gate, 1) === 1)
  return async () => {
    Atomics.store(gate, 0, 1)
    Atomics.notify(gate, 0)
    await soon('the worker is awake', asleep)
  }
}

it('C2 a Cancel is recorded while its owner is blocked, and onCancel is called later', async () => {
  const { owner, id, received } = await startOwner()
  const heard = new Int32Array(new SharedArrayBuffer(4))
  await owner.run('register', { heard })
  const wakeUp = await putToSleep(owner)
  expect(coCancelCall(id, { timeout: 30_000 })).toBe('requested')
  // The worker sleeps until it is woken up, so the call cannot have waited for it.
  using call = coGetCancelObject(id)
  expect(call.testCancel()).toBe(true)
  expect(raw.coCancelCall(id, 30)).toBe(HResult.RPC_E_CALL_CANCELED)
  await sleep(50)
  expect(Atomics.load(heard, 0)).toBe(0)
  await wakeUp()
  await until('onCancel was called', () => Atomics.load(heard, 0) === 1)
  expect(await received()).toEqual([{ timeout: 30_000, thread: id }])
  await owner.run('unregister')
  expect(nothingPending(id)).toBe(true)
})

it('C2 onCancel is called once for each of a hundred cancels', async () => {
  const { owner, id, received } = await startOwner()
  for (let i = 0; i < 100; i++) {
    await owner.run('register')
    expect(coCancelCall(id)).toBe('requested')
    expect(coCancelCall(id)).toBe('already-canceled')
    await owner.run('unregister')
  }
  for (let deliveries = 0; deliveries < 100; await sleep(2)) deliveries = (await received()).length
  await sleep(50)
  expect(await received()).toHaveLength(100)
})

it('C2 onCancel is called for a registered object whose handle was disposed of', async () => {
  const { owner, id, received } = await startOwner()
  await owner.run('register', { disposed: true })
  expect(coCancelCall(id)).toBe('requested')
  for (let deliveries = 0; deliveries < 1; await sleep(2)) deliveries = (await received()).length
  await owner.run('unregister')
})

it('C5 an object that its owner has completed is RPC_E_CALL_COMPLETE', async () => {
  const { owner, id, received } = await startOwner()
  await owner.run('register')
  await owner.run('complete')
  expect(coCancelCall(id)).toBe('completed')
  using call = coGetCancelObject(id)
  expectComError(
    thrown(() => call.testCancel()),
    'RPC_E_CALL_COMPLETE',
    'ICancelMethodCalls::TestCancel',
  )
  await sleep(20)
  expect(await received()).toEqual([])
  await owner.run('unregister')
})

it('O9 an object that must not be canceled returns its code to other threads', async () => {
  const { owner, id, received } = await startOwner()
  await owner.run('register', { cancelResult: HResult.E_NOTIMPL })
  expect(raw.coCancelCall(id)).toBe(HResult.E_NOTIMPL)
  expect(raw.coCancelCall(id, 30)).toBe(HResult.E_NOTIMPL)
  expect(await owner.run('testCancel')).toBe(false)
  expect(await received()).toEqual([])
  await owner.run('unregister')
})

it('O2 references of two threads share one count', async () => {
  const { owner, id } = await startOwner()
  await owner.run('register')
  const references = Array.from({ length: 10 }, () => coGetCancelObject(id))
  expect(await owner.run('references')).toBe(12)
  for (const reference of references) reference[Symbol.dispose]()
  expect(await owner.run('references')).toBe(2)
  await owner.run('unregister')
  expect(await owner.run('references')).toBe(1)
})

it("O1 another thread's object can not be registered: RPC_E_WRONG_THREAD", async () => {
  const { owner, id } = await startOwner()
  await owner.run('register')
  const call = own(coGetCancelObject(id))
  expect(raw.coSetCancelObject(call)).toBe(HResult.RPC_E_WRONG_THREAD)
  expect(nothingPending()).toBe(true)
  await owner.run('unregister')
})

it('C2 an exception of onCancel is uncaught in its owner and does not change what Cancel returns', async () => {
  const { owner, id } = await startOwner()
  await owner.run('register', { throws: true })
  expect(coCancelCall(id)).toBe('requested')
  expect(await owner.died()).toMatchObject({ message: 'thrown by onCancel' })
  expect(await soon('the worker has ended', owner.exited)).toBe(1)
  await until('its object is gone', () => objects() === 0)
})

it('O7 a thread that was terminated has no cancel object, and its objects are released', async () => {
  const { owner, id } = await startOwner()
  await owner.run('register')
  await owner.run('register')
  expect(objects()).toBe(2)
  await owner.terminate()
  expect(raw.coGetCancelObject(id)).toEqual({ hresult: HResult.E_NOINTERFACE, object: null })
  expect(raw.coCancelCall(id)).toBe(HResult.E_NOINTERFACE)
  await until('its objects are released', () => objects() === 0)
})

it('C2 an object can be canceled after its worker has ended', async () => {
  for (let i = 0; i < repetitions(3, 40); i++) {
    const { owner, id } = await startOwner()
    await owner.run('register')
    const call = own(await callOf(id))
    await owner.terminate()
    // The owner has ended; every Cancel after the first answers the same.
    const answer = () => {
      try {
        return call.cancel()
      } catch (error) {
        return (error as Error).message
      }
    }
    const first = answer()
    expect(answer()).toBe(first === 'requested' ? 'already-canceled' : first)
    call[Symbol.dispose]()
    await until('its object is released', () => objects() === 0)
  }
})

it('C2 a worker can end after a cancel of its object, before onCancel is called', async () => {
  for (let i = 0; i < repetitions(3, 40); i++) {
    const { owner, id } = await startOwner()
    await owner.run('register')
    const wakeUp = await putToSleep(owner)
    const call = own(await callOf(id))
    expect(call.cancel()).toBe('requested')
    const ended = owner.terminate()
    if (i % 2) wakeUp().catch(() => {})
    await soon('the worker has ended', ended)
    expect(call.testCancel()).toBe(true)
    expect(call.cancel()).toBe('already-canceled')
    call[Symbol.dispose]()
    await until('its object is released', () => objects() === 0)
  }
})
