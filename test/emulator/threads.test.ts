// Emulated threads: the calling thread, the state of each thread, and several emulators.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { functionsOf, HResult, IID_ICancelMethodCalls } from 'com-cancel'
import { type EmulatedThread, Emulator } from 'com-cancel/emulator'
import { beforeEach, describe, expect, it } from 'vitest'
import { cancelCall, close, sleep, start, turn, wait } from '../support/emulated-threads'

let emulator: Emulator
beforeEach(() => {
  emulator = new Emulator()
})

describe('the calling thread', () => {
  it('is the main thread unless code runs on another', () => {
    const { binding } = emulator
    expect(binding.getCurrentThreadId()).toBe(emulator.mainThread.id)
    expect(emulator.currentThread).toBe(emulator.mainThread)
    const thread = emulator.newThread()
    expect(emulator.runOn(thread, () => binding.getCurrentThreadId())).toBe(thread.id)
    expect(emulator.runOn(thread, () => emulator.currentThread)).toBe(thread)
    expect(binding.getCurrentThreadId()).toBe(emulator.mainThread.id)
  })

  it('stays the same over awaits and timers, and inside one runOn another can be called', async () => {
    const { binding } = emulator
    const [a, b] = [emulator.newThread(), emulator.newThread()]
    const seen = await Promise.all(
      [a, b].map(thread =>
        emulator.runOn(thread, async () => {
          const ids = [binding.getCurrentThreadId()]
          await sleep(2)
          ids.push(binding.getCurrentThreadId())
          emulator.runOn(emulator.mainThread, () => ids.push(binding.getCurrentThreadId()))
          await turn()
          ids.push(binding.getCurrentThreadId())
          return ids
        }),
      ),
    )
    expect(seen).toEqual([a, b].map(({ id }) => [id, id, emulator.mainThread.id, id]))
  })

  it('callbacks come back on the thread that passed them in', async () => {
    const { binding } = emulator
    const thread = emulator.newThread()
    const id = await new Promise<number>(resolve => {
      const other = emulator.runOn(thread, () =>
        binding.startThread({ apartment: 'sta', callCancellation: true, busyRetry: 0, grace: 100 }, () => {
          other.wait({ ms: 1, cancelable: true }, () => {
            const now = binding.getCurrentThreadId()
            other.close(() => resolve(now))
          })
        }),
      )
    })
    expect(id).toBe(thread.id)
  })

  it('ids are not 0, multiples of 4, and never the same, over all emulators', () => {
    const other = new Emulator()
    const ids = [emulator.mainThread, other.mainThread].map(({ id }) => id)
    for (let i = 0; i < 1000; i++) ids.push((i % 2 ? emulator : other).newThread().id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.every(id => id > 0 && id % 4 === 0 && id <= 0xffffffff)).toBe(true)
  })

  it('runOn refuses anything but a living thread of its emulator', () => {
    const run = () => 1
    for (const wrong of [null, undefined, 4, {}, { id: emulator.mainThread.id, ended: false }])
      expect(() => emulator.runOn(wrong as unknown as EmulatedThread, run)).toThrow(TypeError)
    expect(() => emulator.runOn(new Emulator().newThread(), run)).toThrow(/thread of this emulator/)
    expect(() => emulator.runOn(emulator.mainThread, 5 as unknown as () => void)).toThrow(TypeError)
    const thread = emulator.newThread()
    thread[Symbol.dispose]()
    thread[Symbol.dispose]()
    expect(thread.ended).toBe(true)
    expect(() => emulator.runOn(thread, run)).toThrow(`thread ${thread.id} has ended`)
  })

  it('a thread counts as alive until it is disposed, and then releases what was registered on it', () => {
    const { binding } = emulator
    const thread = emulator.newThread()
    emulator.runOn(thread, () => {
      const object = binding.createCancelObject({ onCancel: () => {}, cancelResult: 0 })
      const context = binding.createUnknown()
      expect(binding.coSetCancelObject(object)).toBe(HResult.S_OK)
      expect(binding.coSwitchCallContext(context).hresult).toBe(HResult.S_OK)
      object.release()
      context.release()
    })
    expect(binding.diagnostics()).toMatchObject({ threads: 1, objects: 2 })
    thread[Symbol.dispose]()
    expect(binding.diagnostics()).toEqual({ threads: 0, jobs: 0, objects: 0, pointers: 0, handles: 0 })
    expect(binding.coCancelCall(thread.id, 0)).toBe(HResult.E_NOINTERFACE)
  })
})

describe('the state of one thread', () => {
  it('E7 enabling on one thread does nothing for another', () => {
    const { binding } = emulator
    const [a, b] = [emulator.newThread(), emulator.newThread()]
    expect(emulator.runOn(a, () => binding.coEnableCallCancellation(null))).toBe(HResult.S_OK)
    expect(emulator.runOn(b, () => binding.coDisableCallCancellation(null))).toBe(
      HResult.CO_E_CANCEL_DISABLED,
    )
    expect(binding.coDisableCallCancellation(null)).toBe(HResult.CO_E_CANCEL_DISABLED)
    expect(emulator.runOn(a, () => binding.coDisableCallCancellation(null))).toBe(HResult.S_OK)
  })

  it('E7 enabling on the thread that starts another does nothing for its calls', async () => {
    const { binding } = emulator
    binding.coEnableCallCancellation(null)
    const { thread } = await start(binding, { callCancellation: false })
    const { ended } = wait(thread, 2000)
    expect(await cancelCall(binding, thread.id, 0)).toBe(HResult.CO_E_CANCEL_DISABLED)
    expect(await ended).toBe(HResult.S_OK)
    await close(thread)
  })

  it('E6 the last coUninitialize of a thread disables cancellation there, and only there', () => {
    const { binding } = emulator
    const other = emulator.newThread()
    emulator.runOn(other, () => binding.coEnableCallCancellation(null))
    emulator.runOn(emulator.newThread(), () => {
      expect(binding.coInitializeEx(2)).toBe(HResult.S_OK)
      expect(binding.coInitializeEx(2 | 4 | 8)).toBe(HResult.S_FALSE)
      expect(binding.coInitializeEx(0)).toBe(HResult.RPC_E_CHANGED_MODE)
      binding.coEnableCallCancellation(null)
      binding.coEnableCallCancellation(null)
      expect(binding.coUninitialize()).toBe(HResult.S_OK)
      expect(binding.coDisableCallCancellation(null)).toBe(HResult.S_OK)
      expect(binding.coUninitialize()).toBe(HResult.S_OK)
      expect(binding.coUninitialize()).toBe(HResult.CO_E_NOTINITIALIZED)
      expect(binding.coInitializeEx(0)).toBe(HResult.S_OK)
      expect(binding.coDisableCallCancellation(null)).toBe(HResult.CO_E_CANCEL_DISABLED)
      expect(binding.coInitializeEx(1)).toBe(HResult.E_INVALIDARG)
    })
    expect(emulator.runOn(other, () => binding.coDisableCallCancellation(null))).toBe(HResult.S_OK)
  })

  it('E7 a scope can be disposed on its own thread only', () => {
    const { callCancellation } = functionsOf(emulator.binding)
    const thread = emulator.newThread()
    const scope = emulator.runOn(thread, () => callCancellation())
    expect(() => scope[Symbol.dispose]()).toThrow(expect.objectContaining({ code: 'RPC_E_WRONG_THREAD' }))
    emulator.runOn(thread, () => scope[Symbol.dispose]())
    expect(emulator.runOn(thread, () => emulator.binding.coDisableCallCancellation(null))).toBe(
      HResult.CO_E_CANCEL_DISABLED,
    )
  })

  it('O3 every thread has a stack of its own, and an object is registered by its own thread only', () => {
    const { binding } = emulator
    const thread = emulator.newThread()
    const object = emulator.runOn(thread, () =>
      binding.createCancelObject({ onCancel: () => {}, cancelResult: 0 }),
    )
    expect(object.threadId).toBe(thread.id)
    expect(binding.coSetCancelObject(object)).toBe(HResult.RPC_E_WRONG_THREAD)
    expect(object.references()).toBe(1)
    expect(emulator.runOn(thread, () => binding.coSetCancelObject(object))).toBe(HResult.S_OK)
    expect(object.references()).toBe(2)
    expect(binding.coGetCancelObject(0, IID_ICancelMethodCalls).hresult).toBe(HResult.E_NOINTERFACE)
    expect(binding.coSetCancelObject(null)).toBe(HResult.S_OK)
    expect(object.references()).toBe(2)
    const found = binding.coGetCancelObject(thread.id, IID_ICancelMethodCalls)
    expect(found.object?.threadId).toBe(thread.id)
    expect(
      emulator.runOn(thread, () => binding.coGetCancelObject(0, IID_ICancelMethodCalls)).object?.threadId,
    ).toBe(thread.id)
  })

  it('an object is notified of a Cancel on its own thread: inside Cancel there, in a later turn from another thread', async () => {
    const { binding } = emulator
    const owner = emulator.newThread()
    const notified: string[] = []
    const make = (name: string) =>
      emulator.runOn(owner, () =>
        binding.createCancelObject({
          onCancel: seconds =>
            notified.push(`${name} ${seconds} ${binding.getCurrentThreadId() === owner.id}`),
          cancelResult: 0,
        }),
      )
    const [own, foreign, pool] = [make('own'), make('foreign'), make('pool')]
    expect(emulator.runOn(owner, () => own.cancel(3))).toBe(HResult.S_OK)
    expect(notified).toEqual(['own 3 true'])
    expect(foreign.cancel(5)).toBe(HResult.S_OK)
    expect(foreign.testCancel()).toBe(HResult.RPC_E_CALL_CANCELED)
    expect(notified).toHaveLength(1)
    emulator.runOn(owner, () => binding.coSetCancelObject(pool))
    expect(await emulator.runOn(owner, () => cancelCall(binding, owner.id, 7))).toBe(HResult.S_OK)
    await turn()
    expect(notified).toEqual(['own 3 true', 'foreign 5 true', 'pool 7 true'])
  })
})

describe('two emulators', () => {
  it('do not share threads', async () => {
    const [a, b] = [emulator.binding, new Emulator().binding]
    const { thread } = await start(a)
    const { ended } = wait(thread, 2000)
    await turn()
    expect(b.coCancelCall(thread.id, 0)).toBe(HResult.E_NOINTERFACE)
    expect(b.diagnostics()).toEqual({ threads: 0, jobs: 0, objects: 0, pointers: 0, handles: 0 })
    a.coEnableCallCancellation(null)
    expect(b.coDisableCallCancellation(null)).toBe(HResult.CO_E_CANCEL_DISABLED)
    expect(await ended).toBe(HResult.S_OK)
    await close(thread)
    expect(a.diagnostics().threads).toBe(0)
  })

  it('running on a thread of one leaves the other on its main thread', () => {
    const other = new Emulator()
    emulator.runOn(emulator.newThread(), () =>
      expect(other.binding.getCurrentThreadId()).toBe(other.mainThread.id),
    )
  })

  it('of different workers do not share threads', async () => {
    const worker = new Worker(
      `const { parentPort } = require('node:worker_threads')
      const { Emulator } = require('com-cancel/emulator')
      parentPort.once('message', id => {
        const { mainThread, binding } = Emulator.shared
        parentPort.postMessage([mainThread.id, binding.coCancelCall(id, 0)])
      })`,
      { eval: true },
    )
    worker.postMessage(emulator.mainThread.id)
    const [[id, hresult]] = await once(worker, 'message')
    await worker.terminate()
    expect(id).not.toBe(emulator.mainThread.id)
    expect(id % 4).toBe(0)
    expect(hresult).toBe(HResult.E_NOINTERFACE)
    expect(emulator.binding.coCancelCall(id, 0)).toBe(HResult.E_NOINTERFACE)
  })

  it('Emulator.shared is one object', () => expect(Emulator.shared).toBe(Emulator.shared))
})
