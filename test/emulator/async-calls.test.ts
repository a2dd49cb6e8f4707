// Asynchronous calls to emulated servers: in emulated time, with faults, in other apartments and workers.
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import {
  type ComError,
  type ComObject,
  ComThread,
  defineInterface,
  HResult,
  implementInterface,
} from 'com-cancel'
import { type EmulatedCall, Emulator, emulatedInterface } from 'com-cancel/emulator'
import { aroundEach, describe, expect, it } from 'vitest'
import { expectAbortError, rejection, thrown } from '../support/errors'
import { eachLeavesNoWorker, ProgramWorker, registered } from '../support/program-workers'
import { until } from '../support/until'

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

describe('an object that JavaScript implements', () => {
  let emulator: Emulator
  aroundEach(async runTest => {
    emulator = new Emulator()
    await emulator.run(runTest)
    emulator.assertIdle()
  })

  /** The object as a client on another thread has it. */
  const serve = async (handlers: Parameters<typeof implementInterface<typeof IWork.methods>>[1]) => {
    register(emulator)
    const home = await ComThread.start({ binding: emulator.binding, apartment: 'sta' })
    const thread = await ComThread.start({ binding: emulator.binding })
    const server = await thread.createObject('Test.Work')
    const implementation = home.implement({}, { interfaces: [implementInterface(IWork, handlers)] })
    const object = (await server.callMethod(IWork, 'Keep', [implementation])) as ComObject
    const end = async () => {
      for (const each of [object, implementation, server]) each.release()
      await Promise.all([thread.close(), home.close()])
    }
    return { object, end }
  }

  it('has methods by vtable, with buffers, and E_NOTIMPL for those without a handler', async () => {
    const { object, end } = await serve({
      Fill: (_call, count) => new Uint8Array(count - 1).fill(7),
      Keep: (_call, kept) => kept,
    })
    expect(await object.callMethod(IWork, 'Fill', [3])).toEqual(Uint8Array.of(7, 7))
    using same = await object.callMethod(IWork, 'Keep', [object])
    expect(same && (await same.is(object))).toBe(true)
    expect(((await rejection(object.callMethod(IWork, 'Missing'))) as ComError).code).toBe('E_NOTIMPL')
    await end()
  })

  it('A2 A5 serves asynchronous calls with begin and finish, and sees their cancel', async () => {
    const steps: string[] = []
    const { object, end } = await serve({
      Wait: {
        async begin(call, ms) {
          steps.push(`begin ${ms}`)
          await emulator.clock.delay(ms)
          if (call.testCancel()) steps.push('canceled')
          return ms * 2
        },
        finish(_call, doubled) {
          steps.push(`finish ${doubled}`)
          return doubled
        },
      },
    })
    expect(await Promise.all([10, 20].map(ms => object.callAsync(IWork, 'Wait', [ms])))).toEqual([20, 40])
    expect(steps).toEqual(['begin 10', 'begin 20', 'finish 20', 'finish 40'])
    const error = await rejection(object.callAsync(IWork, 'Wait', [500], { timeout: 100 }))
    expectAbortError(error, { why: 'timeout', started: true })
    await emulator.clock.delay(1_000)
    expect(steps).toContain('canceled')
    await end()
  })

  it('refuses bad handlers and interfaces', async () => {
    const refused = (act: () => unknown) => String(thrown(act))
    expect(refused(() => implementInterface(IWork, { Wait: { begin: () => 1 } } as never))).toContain(
      'TypeError: implementInterface: handlers.Wait.finish must be a function',
    )
    expect(refused(() => implementInterface(IWork, { wait: () => 1 } as never))).toContain(
      'did you mean Wait?',
    )
    const thread = await ComThread.start({ binding: emulator.binding })
    expect(refused(() => thread.implement({}, { interfaces: [IWork] as never }))).toContain(
      'options.interfaces[0] must be what implementInterface made',
    )
    await thread.close()
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
        const call = await object.createCall(IWork)
        await call.begin('Wait', [20_000])
        const next = await object.callMethod(IWork, 'Wait', [1]) // the first one has arrived
        const canceled = await call.cancel()
        const error = await call.finish().catch(error => error)
        call.release()
        return { done, next, canceled, hresult: error.hresult }
      })
    })
    const hresult = HResult.RPC_E_CALL_CANCELED
    expect(result).toEqual({ done: 10, next: 1, canceled: 'requested', hresult })
    await until('the server sees the cancel', () => calls[1]?.testCancel())
    registration.die()
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
