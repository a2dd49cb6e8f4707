// Deadlines of calls to emulated servers: on the clock of the emulator, and while a server is busy.
import { ComThread, HResult } from 'com-cancel'
import { Emulator } from 'com-cancel/emulator'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PROG_ID } from '../support/emulated-servers'

let emulator: Emulator
beforeEach(() => {
  emulator = new Emulator()
})
afterEach(() => vi.useRealTimers())

/** The error that a promise rejects with. It sets no timer, unlike the one for other tests. */
const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    value => {
      throw new Error(`it did not reject but fulfilled with ${String(value)}`)
    },
    (error: unknown) => error,
  )

const { RPC_E_CALL_CANCELED, RPC_S_CALLPENDING } = HResult

const register = () =>
  emulator.registerClass({ progId: PROG_ID, threading: 'sta', methods: { Number: (_, n) => n } })

describe('on a stopped clock', () => {
  it('the timeout counts from when the call begins on its thread', async () => {
    await emulator.run(async ({ binding, clock }) => {
      const server = register()
      await using thread = await ComThread.start({ binding })
      using object = await thread.createObject(PROG_ID)
      server.latency = 40
      const begin = clock.now()
      const calls = [1, 2, 3].map(n => object.call('Number', [n], { timeout: 50 }))
      expect(await Promise.all(calls)).toEqual([1, 2, 3])
      server.latency = 51
      const failed = await rejection(object.call('Number', [4], { timeout: 50 }))
      expect(failed).toMatchObject({ reason: 'timeout', started: true, hresult: RPC_E_CALL_CANCELED })
      expect(clock.now() - begin).toBe(3 * 40 + 50)
    })
  })

  it('the queue timeout counts from when the call is queued', async () => {
    await emulator.run(async ({ binding, clock }) => {
      const server = register()
      await using thread = await ComThread.start({ binding })
      using object = await thread.createObject(PROG_ID)
      server.latency = 40
      const begin = clock.now()
      const first = object.call('Number', [1])
      const second = rejection(object.call('Number', [2], { queueTimeout: 30 }))
      const third = object.call('Number', [3], { queueTimeout: 50 })
      expect(await second).toMatchObject({ reason: 'timeout', started: false, timeout: 30 })
      expect(clock.now() - begin).toBe(30)
      expect([await first, await third]).toEqual([1, 3])
      expect(server.counts.finished).toBe(2)
    })
  })

  it('W4 the grace period counts from the end of the timeout', async () => {
    await emulator.run(async ({ binding, clock }) => {
      const server = register()
      await using thread = await ComThread.start({ binding, callCancellation: false, grace: 30 })
      using object = await thread.createObject(PROG_ID)
      server.hang = true
      const begin = clock.now()
      const failed = await rejection(object.call('Number', [1], { timeout: 50 }))
      expect(failed).toMatchObject({ reason: 'timeout', abandoned: true, hresult: RPC_S_CALLPENDING })
      expect(clock.now() - begin).toBe(80)
      server.hang = false
    })
  })

  it('no timer is left when calls end in time', async () => {
    const server = register()
    await emulator.run(async ({ binding, clock }) => {
      await using thread = await ComThread.start({ binding, timeout: 60_000, queueTimeout: 60_000 })
      using object = await thread.createObject(PROG_ID)
      for (let n = 0; n < 5; n++) expect(await object.call('Number', [n])).toBe(n)
      expect(clock.timers).toBe(0)
    })
    expect(server.counts.finished).toBe(5)
    emulator.assertIdle()
  })
})

it('a timeout follows fake timers', async () => {
  const { binding } = emulator
  const server = register()
  await using thread = await ComThread.start({ binding })
  using object = await thread.createObject(PROG_ID)
  server.hang = true
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  const call = rejection(object.call('Number', [1], { timeout: 60_000 }))
  await vi.advanceTimersByTimeAsync(59_999)
  expect(thread.state).toBe('busy')
  await vi.advanceTimersByTimeAsync(2)
  expect(await call).toMatchObject({ reason: 'timeout', timeout: 60_000 })
  vi.useRealTimers()
  server.hang = false
})

it('a method that blocks JavaScript beyond the timeout of its call does not save the call', async () => {
  const { binding } = emulator
  const words = new Int32Array(new SharedArrayBuffer(4))
  emulator.registerClass({ progId: PROG_ID, methods: { Block: () => void Atomics.wait(words, 0, 0, 300) } })
  await using thread = await ComThread.start({ binding })
  using object = await thread.createObject(PROG_ID)
  expect(await rejection(object.call('Block', [], { timeout: 100 }))).toMatchObject({
    reason: 'timeout',
    hresult: RPC_E_CALL_CANCELED,
  })
})

describe.each(['sta', 'mta'] as const)('a busy server and a client in an apartment of kind %s', apartment => {
  describe.each([
    ['SERVERCALL_RETRYLATER', false],
    ['SERVERCALL_REJECTED', true],
  ])('%s', (_, reject) => {
    it('a call that ends while it is rejected is busy, with the code of every canceled call', async () => {
      await emulator.run(async ({ binding, clock }) => {
        const server = register()
        await using thread = await ComThread.start({ binding, apartment })
        using object = await thread.createObject(PROG_ID)
        const busy = server.busy(10_000, { reject })
        const expected = { started: true, busy: true, abandoned: false, hresult: RPC_E_CALL_CANCELED }
        const timedOut = await rejection(object.call('Number', [1], { timeout: 250 }))
        expect(timedOut).toMatchObject({
          ...expected,
          reason: 'timeout',
          message: 'Number was canceled after 250 ms (timeout); its server was busy and had rejected it',
        })
        const signal = clock.timeout(250)
        expect(await rejection(object.call('Number', [2], { signal }))).toMatchObject({
          ...expected,
          reason: 'signal',
        })
        const disposed = rejection(object.call('Number', [3]))
        await clock.delay(150)
        void thread[Symbol.asyncDispose]()
        expect(await disposed).toMatchObject({ ...expected, reason: 'disposed' })
        busy[Symbol.dispose]()
      })
    })

    it('a call that the server has accepted after a rejection is not', async () => {
      await emulator.run(async ({ binding }) => {
        const server = register()
        await using thread = await ComThread.start({ binding, apartment })
        using object = await thread.createObject(PROG_ID)
        server.busy(150, { reject })
        server.latency = 2000
        expect(await rejection(object.call('Number', [1], { timeout: 1200 }))).toMatchObject({
          reason: 'timeout',
          busy: false,
        })
      })
    })
  })
})
