// Asynchronous calls to emulated servers: in emulated time, with faults, in other apartments and workers.
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { type ComError, ComThread, defineInterface, HResult } from 'com-cancel'
import { type EmulatedCall, Emulator, emulatedInterface } from 'com-cancel/emulator'
import { aroundEach, describe, expect, it } from 'vitest'
import { expectAbortError, rejection, thrown } from '../support/errors'
import { eachLeavesNoWorker, ProgramWorker, registered } from '../support/program-workers'

const root = path.join(import.meta.dirname, '../..')

const IWork = defineInterface({
  name: 'IWork',
  iid: '5c1f0a10-7a52-4f0e-9b0e-9a4f5d1f6a01',
  asyncIid: '5c1f0a11-7a52-4f0e-9b0e-9a4f5d1f6a01',
  methods: {
    Wait: { parameters: [{ in: 'ui4' }, { out: 'ui4' }] },
    Fill: { parameters: [{ out: 'ui1', size: 1, length: 2 }, { in: 'ui4' }, { out: 'ui4' }] },
    Keep: { parameters: [{ inout: 'unknown' }] },
    Missing: {},
  },
})

/** A server of the class Test.Work. `calls`: the calls of Wait, in the order in which they began. */
const register = (emulator: Emulator, threading: 'sta' | 'mta' = 'mta') => {
  const calls: EmulatedCall[] = []
  const registration = emulator.registerClass({
    progId: 'Test.Work',
    threading,
    interfaces: [
      emulatedInterface(IWork, {
        async Wait(call, ms) {
          calls.push(call)
          await call.delay(ms)
          return ms
        },
        Fill: (_call, count) => new Uint8Array(count + 1),
        Keep: (_call, object) => object,
      }),
    ],
  })
  return { registration, calls }
}

describe('in emulated time', () => {
  let emulator: Emulator
  aroundEach(async runTest => {
    emulator = new Emulator()
    await emulator.run(runTest)
    emulator.assertIdle()
  })

  const serve = async (threading?: 'sta' | 'mta') => {
    const server = register(emulator, threading)
    const thread = await ComThread.start({ binding: emulator.binding })
    const object = await thread.createObject('Test.Work')
    return { ...server, thread, object }
  }

  it('A5 C6 a cancel waits for the call, then releases its client, and the method runs on', async () => {
    const { thread, object, calls } = await serve()
    using call = await object.createCall(IWork)
    await call.begin('Wait', [5_000])
    const since = emulator.clock.now()
    expect(await call.cancel({ timeout: 2_000 })).toBe('requested')
    expect(emulator.clock.now() - since).toBe(2_000)
    expect(await call.cancel()).toBe('already-canceled')
    expect(calls[0]?.testCancel()).toBe(true)
    expect(((await rejection(call.finish())) as ComError).code).toBe('RPC_E_CALL_CANCELED')
    // The late reply is not that of the next call (C10).
    await call.begin('Wait', [4_000])
    expect(await call.finish()).toBe(4_000)
    await thread.close()
  })

  it('C5 a call that completes while a cancel waits has its results', async () => {
    const { thread, object } = await serve()
    using call = await object.createCall(IWork)
    await call.begin('Wait', [500])
    expect(await call.cancel({ timeout: 2_000 })).toBe('completed')
    expect(await call.finish()).toBe(500)
    await thread.close()
  })

  it('A3 wait takes its time', async () => {
    const { thread, object } = await serve()
    using call = await object.createCall(IWork)
    await call.begin('Wait', [500])
    expect(await call.wait(100)).toBe(false)
    expect(emulator.clock.now()).toBeGreaterThanOrEqual(100)
    expect(await call.wait(Number.POSITIVE_INFINITY)).toBe(true)
    expect(await call.finish()).toBe(500)
    await thread.close()
  })

  it('a server in a single-threaded apartment executes the calls one after the other, one in an MTA at once', async () => {
    for (const threading of ['sta', 'mta'] as const) {
      const { registration, thread, object } = await serve(threading)
      const since = emulator.clock.now()
      expect(await Promise.all([1_000, 1_000].map(ms => object.callAsync(IWork, 'Wait', [ms])))).toEqual([
        1_000, 1_000,
      ])
      const took = emulator.clock.now() - since
      expect(took >= 2_000).toBe(threading === 'sta')
      await thread.close()
      registration[Symbol.dispose]()
    }
  })

  it('a timeout cancels a call to a server that hangs, and the grace period is not needed', async () => {
    const { registration, thread, object } = await serve()
    registration.hang = true
    const since = emulator.clock.now()
    const error = await rejection(object.callAsync(IWork, 'Wait', [1], { timeout: 500 }))
    expectAbortError(error, { why: 'timeout', started: true })
    expect(emulator.clock.now() - since).toBeLessThan(1_000)
    registration.hang = false
    await thread.close()
  })

  it('the end of the server ends its calls', async () => {
    const { registration, thread, object } = await serve()
    const pending = rejection(object.callAsync(IWork, 'Wait', [60_000]))
    await emulator.clock.delay(10)
    registration.die()
    expect(((await pending) as ComError).code).toBe('RPC_E_SERVER_DIED')
    await thread.close()
  })

  it('a server that writes beyond a buffer fails, and a method without a function is E_NOTIMPL', async () => {
    const { thread, object } = await serve()
    const fill = (await rejection(object.callAsync(IWork, 'Fill', [3]))) as ComError
    expect([fill.code, fill.description]).toEqual([
      'E_FAIL',
      'IWork.Fill: the result must have at most 3 elements, got 4',
    ])
    const missing = (await rejection(object.callMethod(IWork, 'Missing'))) as ComError
    expect(missing.code).toBe('E_NOTIMPL')
    await thread.close()
  })

  it('objects go in with Begin_ and come out with Finish_', async () => {
    const { thread, object } = await serve()
    using same = await object.callAsync(IWork, 'Keep', [object])
    expect(same && (await same.is(object))).toBe(true)
    expect(await object.callAsync(IWork, 'Keep', [null])).toBeNull()
    await thread.close()
  })

  it('a call is listed by the leak check until it has ended', async () => {
    const { thread, object } = await serve()
    const call = await object.createCall(IWork)
    await call.begin('Wait', [1_000])
    const { message } = thrown(() => emulator.assertIdle()) as Error
    expect(message).toContain('a call object for an object of Test.Work')
    call.release()
    await thread.close()
    await emulator.clock.delay(2_000)
  })

  it('the events of a call name its client, its method and its end', async () => {
    using log = emulator.record()
    const { thread, object } = await serve()
    await object.callAsync(IWork, 'Wait', [20])
    const controller = new AbortController()
    const { signal } = controller
    const rejected = rejection(object.callAsync(IWork, 'Wait', [5_000], { signal }))
    await emulator.clock.delay(100)
    controller.abort()
    await rejected
    const { id } = thread
    const ends = log.events.flatMap(event =>
      event.threadId === id && (event.type === 'call:canceled' || event.type === 'call:made')
        ? [[event.type, 'name' in event ? event.name : undefined]]
        : [],
    )
    expect(ends).toContainEqual(['call:made', 'Begin_IWork.Wait'])
    expect(ends).toContainEqual(['call:canceled', undefined])
    expect(log.toSvg()).toContain('Begin_IWork.Wait')
    await thread.close()
    await emulator.clock.delay(10_000)
  })
})

describe('between workers', () => {
  eachLeavesNoWorker()

  it('a worker calls an object of the main thread asynchronously, and cancels', async () => {
    const { registration, calls } = register(Emulator.shared)
    registered(registration)
    const worker = new ProgramWorker()
    const result = await worker.run(async ({ defineInterface, withThread }) => {
      const IWork = defineInterface({
        iid: '5c1f0a10-7a52-4f0e-9b0e-9a4f5d1f6a01',
        asyncIid: '5c1f0a11-7a52-4f0e-9b0e-9a4f5d1f6a01',
        methods: { Wait: { parameters: [{ in: 'ui4' }, { out: 'ui4' }] } },
      })
      return withThread({}, async thread => {
        const object = await thread.createObject('Test.Work')
        const done = await object.callAsync(IWork, 'Wait', [10])
        const error = await object.callAsync(IWork, 'Wait', [500], { timeout: 50 }).catch(error => error)
        return { done, hresult: error.hresult }
      })
    })
    expect(result).toEqual({ done: 10, hresult: HResult.RPC_E_CALL_CANCELED })
    expect(calls.map(call => call.testCancel())).toEqual([false, true])
  })
})

it('the example program cancels IsPrime, and makes a hundred calls at once', () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['examples/async-prime/main.mjs'], {
    encoding: 'utf8',
    cwd: root,
    env: { ...process.env, COM_CANCEL_BACKEND: 'emulator' },
    timeout: 120_000,
  })
  expect([stderr, status]).toEqual(['', 0])
  expect(stdout).toContain('IsPrime(2147483647) is under way; the thread is idle')
  expect(stdout).toContain('meanwhile IsPrime(97) is 1')
  expect(stdout).toContain('not complete after 200 ms: requested')
  expect(stdout).toContain('IPrime.IsPrime failed: RPC_E_CALL_CANCELED (0x80010002): the call was canceled')
  expect(stdout).toContain('IPrime.IsPrime was canceled (signal')
  expect(stdout).toContain('100 of 100 calls have their own result')
})
