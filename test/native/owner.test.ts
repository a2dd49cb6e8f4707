// Cancel objects of one JavaScript thread, canceled from another: recorded at once, delivered when there is time.
import { coCancelCall, coGetCancelObject, HResult, raw } from 'com-cancel'
import { expect, it } from 'vitest'
import { callOf, leaveNothingBehind, nothingPending, objects, own } from '../support/com'
import { ComWorker } from '../support/com-worker'
import { expectComError, thrown } from '../support/errors'
import { sleep, soon, until } from '../support/until'

leaveNothingBehind()

interface Told {
  timeout: number
  thread: number
}

const startOwner = async () => {
  const owner = ComWorker.start(import.meta.dirname, 'owner.cjs')
  const id = await owner.threadId()
  const told = () => owner.tell<Told[]>('told')
  return { owner, id, told }
}

/** Puts a worker to sleep, deaf to events; what wakes it. */
const putToSleep = async (owner: ComWorker) => {
  const gate = new Int32Array(new SharedArrayBuffer(8))
  const asleep = owner.tell('sleep', gate)
  await until('the worker sleeps', () => Atomics.load(gate, 1) === 1)
  return async () => {
    Atomics.store(gate, 0, 1)
    Atomics.notify(gate, 0)
    await soon('the worker is awake', asleep)
  }
}

it('C2 a Cancel is recorded at once, whatever its owner is doing, and delivered later', async () => {
  const { owner, id, told } = await startOwner()
  const heard = new Int32Array(new SharedArrayBuffer(4))
  await owner.tell('register', { heard })
  const wakeUp = await putToSleep(owner)
  expect(coCancelCall(id, { timeout: 30_000 })).toBe('requested')
  // The worker sleeps until it is woken up, so the call cannot have waited for it.
  using call = coGetCancelObject(id)
  expect(call.testCancel()).toBe(true)
  expect(raw.coCancelCall(id, 30)).toBe(HResult.RPC_E_CALL_CANCELED)
  await sleep(50)
  expect(Atomics.load(heard, 0)).toBe(0)
  await wakeUp()
  await until('the owner has heard', () => Atomics.load(heard, 0) === 1)
  expect(await told()).toEqual([{ timeout: 30_000, thread: id }])
  await owner.tell('unregister')
  expect(nothingPending(id)).toBe(true)
})

it('C2 a hundred deliveries, each once', async () => {
  const { owner, id, told } = await startOwner()
  for (let i = 0; i < 100; i++) {
    await owner.tell('register')
    expect(coCancelCall(id)).toBe('requested')
    expect(coCancelCall(id)).toBe('already-canceled')
    await owner.tell('unregister')
  }
  for (let deliveries = 0; deliveries < 100; await sleep(2)) deliveries = (await told()).length
  await sleep(50)
  expect(await told()).toHaveLength(100)
})

it('C2 the owner is told of an object it no longer holds, while it is registered', async () => {
  const { owner, id, told } = await startOwner()
  await owner.tell('register', { disposed: true })
  expect(coCancelCall(id)).toBe('requested')
  for (let deliveries = 0; deliveries < 1; await sleep(2)) deliveries = (await told()).length
  await owner.tell('unregister')
})

it('C5 completed by its owner', async () => {
  const { owner, id, told } = await startOwner()
  await owner.tell('register')
  await owner.tell('complete')
  expect(coCancelCall(id)).toBe('completed')
  using call = coGetCancelObject(id)
  expectComError(
    thrown(() => call.testCancel()),
    'RPC_E_CALL_COMPLETE',
    'ICancelMethodCalls::TestCancel',
  )
  await sleep(20)
  expect(await told()).toEqual([])
  await owner.tell('unregister')
})

it('O9 one that must not be canceled says so to whoever asks', async () => {
  const { owner, id, told } = await startOwner()
  await owner.tell('register', { cancelResult: HResult.E_NOTIMPL })
  expect(raw.coCancelCall(id)).toBe(HResult.E_NOTIMPL)
  expect(raw.coCancelCall(id, 30)).toBe(HResult.E_NOTIMPL)
  expect(await owner.tell('testCancel')).toBe(false)
  expect(await told()).toEqual([])
  await owner.tell('unregister')
})

it('O2 references from two threads are one count', async () => {
  const { owner, id } = await startOwner()
  await owner.tell('register')
  const references = Array.from({ length: 10 }, () => coGetCancelObject(id))
  expect(await owner.tell('references')).toBe(12)
  for (const reference of references) reference[Symbol.dispose]()
  expect(await owner.tell('references')).toBe(2)
  await owner.tell('unregister')
  expect(await owner.tell('references')).toBe(1)
})

it("O1 another thread's object can not be registered: RPC_E_WRONG_THREAD", async () => {
  const { owner, id } = await startOwner()
  await owner.tell('register')
  const call = own(coGetCancelObject(id))
  expect(raw.coSetCancelObject(call)).toBe(HResult.RPC_E_WRONG_THREAD)
  expect(nothingPending()).toBe(true)
  await owner.tell('unregister')
})

it('C2 what onCancel throws is an uncaught exception of its owner, and no answer of Cancel', async () => {
  const { owner, id } = await startOwner()
  await owner.tell('register', { throws: true })
  expect(coCancelCall(id)).toBe('requested')
  expect(await owner.died()).toMatchObject({ message: 'thrown by onCancel' })
  expect(await soon('the worker has ended', owner.exited)).toBe(1)
  await until('its object is gone', () => objects() === 0)
})

it('O7 a thread that was terminated has no cancel object, and its objects are released', async () => {
  const { owner, id } = await startOwner()
  await owner.tell('register')
  await owner.tell('register')
  expect(objects()).toBe(2)
  await owner.terminate()
  expect(raw.coGetCancelObject(id)).toEqual({ hresult: HResult.E_NOINTERFACE, object: null })
  expect(raw.coCancelCall(id)).toBe(HResult.E_NOINTERFACE)
  await until('its objects are released', () => objects() === 0)
})

it('C2 a delivery to an environment that has gone does no harm', async () => {
  for (let i = 0; i < 20; i++) {
    const { owner, id } = await startOwner()
    await owner.tell('register')
    const call = own(await callOf(id))
    await owner.terminate()
    // Nobody is left to be told; whatever it answers, it answers again.
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

it('C2 an environment that goes while a delivery is on its way does no harm', async () => {
  for (let i = 0; i < 20; i++) {
    const { owner, id } = await startOwner()
    await owner.tell('register')
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
