// Emulated time: timeouts, long waits, calls while JavaScript sleeps, and what keeps a process alive.
import { spawnSync } from 'node:child_process'
import { HResult, IID_ICancelMethodCalls, RPC_C_CANCEL_INFINITE_TIMEOUT } from 'com-cancel'
import { Emulator } from 'com-cancel/emulator'
import { afterEach, aroundEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { BindingObject, ThreadOptions } from '../../binding'
import { cancelCall, close, elapsed, start, wait } from '../support/emulated-threads'

let emulator: Emulator
aroundEach(async runTest => {
  emulator = new Emulator()
  await runTest()
})

const cancelObjectOf = (threadId: number): BindingObject => {
  const { object } = emulator.binding.coGetCancelObject(threadId, IID_ICancelMethodCalls)
  if (!object) throw new Error('no call is pending')
  return object
}

describe('a call', () => {
  it('takes its time, synchronously and on a thread', async () => {
    const { binding } = emulator
    const { thread } = await start(binding)
    for (const ms of [0, 1, 7, 30]) {
      let since = performance.now()
      expect(binding.wait({ ms, cancelable: true })).toBe(HResult.S_OK)
      expect(elapsed(since)).toBeGreaterThanOrEqual(ms)
      since = performance.now()
      expect(await wait(thread, ms).ended).toBe(HResult.S_OK)
      expect(elapsed(since)).toBeGreaterThanOrEqual(ms)
    }
    await close(thread)
  })
})

describe('a call, in emulated time', () => {
  aroundEach(runTest => emulator.run(runTest))

  it('C12 on a thread begins in a later turn, and an earlier cancel is E_NOINTERFACE', async () => {
    const { binding } = emulator
    const { thread } = await start(binding)
    const { ended } = wait(thread, 60_000)
    expect(binding.coCancelCall(thread.id, 0)).toBe(HResult.E_NOINTERFACE)
    await emulator.clock.delay(1)
    expect(binding.coCancelCall(thread.id, 0)).toBe(HResult.S_OK)
    expect(await ended).toBe(HResult.RPC_E_CALL_CANCELED)
    await close(thread)
  })

  it('goes on while the JavaScript thread sleeps, and so do those queued behind it', async () => {
    const { binding } = emulator
    const { thread } = await start(binding)
    const calls = [30, 30, 60_000].map(ms => wait(thread, ms))
    await emulator.clock.delay(1)
    expect(binding.wait({ ms: 80, cancelable: true })).toBe(HResult.S_OK)
    // The third is running by now.
    expect(binding.coCancelCall(thread.id, 0)).toBe(HResult.S_OK)
    expect(await Promise.all(calls.map(({ ended }) => ended))).toEqual([
      HResult.S_OK,
      HResult.S_OK,
      HResult.RPC_E_CALL_CANCELED,
    ])
    await close(thread)
  })
})

describe('a cancel with a timeout', () => {
  aroundEach(runTest => emulator.run(runTest))

  it('C5 returns RPC_E_CALL_COMPLETE when the call completes, and sleeps until then', async () => {
    const { binding } = emulator
    const { thread } = await start(binding)
    const { ended } = wait(thread, 200)
    await emulator.clock.delay(1)
    const object = cancelObjectOf(thread.id)
    const since = emulator.clock.now()
    expect(binding.coCancelCall(thread.id, 5)).toBe(HResult.RPC_E_CALL_COMPLETE)
    expect(emulator.clock.now() - since).toBe(199)
    expect(object.testCancel()).toBe(HResult.RPC_E_CALL_CANCELED)
    expect(object.cancel(0)).toBe(HResult.RPC_E_CALL_COMPLETE)
    expect(await ended).toBe(HResult.S_OK)
    object.release()
    await close(thread)
  })

  it('C7 sleeps for the timeout, then releases the thread', async () => {
    const { binding } = emulator
    const { thread } = await start(binding)
    const { ended } = wait(thread, 60_000)
    await emulator.clock.delay(1)
    const object = cancelObjectOf(thread.id)
    const since = emulator.clock.now()
    expect(object.cancel(1)).toBe(HResult.S_OK)
    expect(emulator.clock.now() - since).toBe(1000)
    expect(object.testCancel()).toBe(HResult.RPC_E_CALL_CANCELED)
    expect(object.cancel(0)).toBe(HResult.RPC_E_CALL_CANCELED)
    expect(await ended).toBe(HResult.RPC_E_CALL_CANCELED)
    object.release()
    await close(thread)
    expect(binding.diagnostics()).toEqual({ threads: 0, jobs: 0, objects: 0, pointers: 0, handles: 0 })
  })

  it('C6 sleeps until the call completes when the timeout is infinite', async () => {
    const { binding } = emulator
    const { thread } = await start(binding)
    const { ended } = wait(thread, 200)
    await emulator.clock.delay(1)
    expect(binding.coCancelCall(thread.id, RPC_C_CANCEL_INFINITE_TIMEOUT)).toBe(HResult.RPC_E_CALL_COMPLETE)
    expect(await ended).toBe(HResult.S_OK)
    await close(thread)
  })

  it('C6 does not wait for a cancel object of JavaScript', () => {
    const { binding } = emulator
    const object = binding.createCancelObject({ onCancel: () => {}, cancelResult: 0 })
    binding.coSetCancelObject(object)
    const since = emulator.clock.now()
    expect(binding.coCancelCall(0, RPC_C_CANCEL_INFINITE_TIMEOUT)).toBe(HResult.S_OK)
    expect(emulator.clock.now()).toBe(since)
  })
})

describe('under fake timers', () => {
  beforeEach(() => {
    vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'performance'],
    })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  // A fake setImmediate inside a fake setImmediate takes a millisecond.
  const settle = () => vi.advanceTimersByTimeAsync(5)
  const startFaked = async (options: Partial<ThreadOptions> = {}) => {
    const starting = start(emulator.binding, options)
    await settle()
    return (await starting).thread
  }

  it('a wait of 0xFFFFFFFE ms ends after 49 days and not before', async () => {
    const thread = await startFaked()
    const longest = wait(thread, 0xfffffffe)
    await settle()
    await vi.advanceTimersByTimeAsync(0xfffffffe - 10)
    expect(longest.hresult).toBeUndefined()
    await vi.advanceTimersByTimeAsync(20)
    expect(longest.hresult).toBe(HResult.S_OK)
  })

  it('C6 a cancel of 100 years ends with its call, however long that takes', async () => {
    const thread = await startFaked()
    const longest = wait(thread, 0xfffffffe)
    await settle()
    let result: number | undefined
    emulator.binding.cancelCall(thread.id, 0xfffffffe, hr => {
      result = hr
    })
    await vi.advanceTimersByTimeAsync(0xffffffff - 20)
    expect([longest.hresult, result]).toEqual([undefined, undefined])
    await vi.advanceTimersByTimeAsync(30)
    expect([longest.hresult, result]).toEqual([HResult.S_OK, HResult.RPC_E_CALL_COMPLETE])
  })

  it('C5 C7 in the background: completes in time, is released when the time is up', async () => {
    const [quick, slow] = [await startFaked(), await startFaked()]
    const calls = [wait(quick, 1500), wait(slow, 2500)]
    const results = [quick, slow].map(({ id }) => cancelCall(emulator.binding, id, 2))
    await vi.advanceTimersByTimeAsync(1950)
    expect(calls.map(({ hresult }) => hresult)).toEqual([HResult.S_OK, undefined])
    await vi.advanceTimersByTimeAsync(100)
    expect(calls.map(({ hresult }) => hresult)).toEqual([HResult.S_OK, HResult.RPC_E_CALL_CANCELED])
    expect(await Promise.all(results)).toEqual([HResult.RPC_E_CALL_COMPLETE, HResult.S_OK])
  })

  it('C4 C7 a second cancel fails at once, and a shorter timeout makes the release earlier', async () => {
    const thread = await startFaked()
    const call = wait(thread, 60_000)
    const first = cancelCall(emulator.binding, thread.id, RPC_C_CANCEL_INFINITE_TIMEOUT)
    const second = cancelCall(emulator.binding, thread.id, 2)
    const third = cancelCall(emulator.binding, thread.id, 30)
    await settle()
    expect(await second).toBe(HResult.RPC_E_CALL_CANCELED)
    expect(await third).toBe(HResult.RPC_E_CALL_CANCELED)
    await vi.advanceTimersByTimeAsync(1900)
    expect(call.hresult).toBeUndefined()
    await vi.advanceTimersByTimeAsync(200)
    expect(call.hresult).toBe(HResult.RPC_E_CALL_CANCELED)
    expect(await first).toBe(HResult.S_OK)
  })

  it('C12 a cancel is retried after 1, 2, 4 … 50 ms until the canceled call returns', async () => {
    const thread = await startFaked()
    const call = wait(thread, 1000, { cancelable: false })
    await settle()
    expect(emulator.binding.cancelJob(call.job)).toBe(false)
    expect(emulator.binding.cancelJob(call.job)).toBe(false)
    // The call's own timer and that of the next attempt: canceling twice starts no second series.
    expect(vi.getTimerCount()).toBe(2)
    await vi.advanceTimersByTimeAsync(990)
    expect(vi.getTimerCount()).toBe(2)
    await vi.advanceTimersByTimeAsync(20)
    expect(call.hresult).toBe(HResult.S_OK)
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each([
    { grace: 100, pauses: [1, 2, 4, 8, 16, 32, 50, 100, 200, 400, 800, 1000, 1000, 1000] },
    { grace: 250, pauses: [1, 2, 4, 8, 16, 32, 50, 50, 50, 50, 100, 200, 400, 800, 1000] },
  ])(
    'C12 after a grace period of $grace ms the pauses between attempts grow to one second',
    async options => {
      const thread = await startFaked(options)
      const call = wait(thread, 60_000, { cancelable: false })
      await settle()
      emulator.binding.cancelJob(call.job)
      const pauses: number[] = []
      while (pauses.length < options.pauses.length) {
        const since = performance.now()
        await vi.advanceTimersToNextTimerAsync()
        pauses.push(Math.round(performance.now() - since))
      }
      expect(pauses).toEqual(options.pauses)
      await vi.advanceTimersByTimeAsync(60_000)
      expect(call.hresult).toBe(HResult.S_OK)
    },
  )

  it('C3 C12 E5 a cancel that is CO_E_CANCEL_DISABLED is not retried', async () => {
    const thread = await startFaked({ callCancellation: false })
    const call = wait(thread, 1000)
    await settle()
    expect(emulator.binding.cancelJob(call.job)).toBe(false)
    expect(vi.getTimerCount()).toBe(1) // the call's own
    await vi.advanceTimersByTimeAsync(1000)
    expect(call.hresult).toBe(HResult.S_OK)
  })
})

it('a running call keeps the process alive, an idle thread does not', () => {
  const program = `
    const { ComThread } = require('com-cancel')
    const { Emulator } = require('com-cancel/emulator')
    const since = performance.now()
    ComThread.start({ binding: new Emulator().binding }).then(async thread => {
      await thread.wait(100)
      console.log(0, performance.now() - since >= 100)
    })
  `
  const { stdout, stderr, status } = spawnSync(process.execPath, ['-e', program], {
    encoding: 'utf8',
    cwd: `${__dirname}/../..`,
    timeout: 120_000,
  })
  expect([stdout.trim(), stderr, status]).toEqual(['0 true', '', 0])
})
