// Worker threads that share one emulated COM: classes, pointers and cancels across them, and workers that end.
import {
  CancelObject,
  type ComObject,
  ComThread,
  coGetCancelObject,
  coSetCancelObject,
  getCurrentThreadId,
  HResult,
  raw,
} from 'com-cancel'
import { type ClassRegistration, Emulator } from 'com-cancel/emulator'
import { describe, expect, it } from 'vitest'
import { turn } from '../support/emulated-threads'
import { eachLeavesNoWorker, failsThere, node, ProgramWorker, registered } from '../support/program-workers'
import { soon, until } from '../support/until'

eachLeavesNoWorker()

const { S_OK, RPC_E_CALL_CANCELED, RPC_E_CALL_COMPLETE, E_NOINTERFACE, RPC_E_SERVER_DIED } = HResult
const emulator = Emulator.shared

/** How many calls of Work have begun in this thread. */
let worksBegun = 0

/** A server of this worker: counts, works until it is canceled, calls back, hands out objects. */
const registerServer = (threading: 'sta' | 'mta' = 'mta'): ClassRegistration<{ value: number }> =>
  registered(
    emulator.registerClass({
      progId: 'Test.Server',
      threading,
      events: ['Done'],
      create: () => ({ value: 0 }),
      methods: {
        Add(_call, n) {
          this.value += Number(n)
          return this.value
        },
        async Work(call) {
          worksBegun++
          while (!call.testCancel()) await call.delay(1)
          throw Object.assign(new Error('canceled'), { name: 'AbortError' })
        },
        async Sleep(call, ms) {
          await call.delay(Number(ms))
          return 'slept'
        },
        Caller: call => call.caller,
        Echo: (_call, value) => value,
        async Call(_call, callback, n) {
          return (callback as { call(member: number, args: unknown[]): unknown }).call(0, [n])
        },
        Keep(_call, object) {
          Object.assign(this, { kept: (object as { keep(): unknown }).keep() })
        },
        Forget() {
          ;(this as unknown as { kept: { release(): void } }).kept.release()
        },
        Fire: (call, n) => call.fire('Done', n),
        Self: call => call.object,
        Fail() {
          throw Object.assign(new Error('no'), { hresult: HResult.E_ACCESSDENIED })
        },
      },
    }),
  )

describe('a class registered in the main thread', () => {
  it('serves a worker', async () => {
    const server = registerServer()
    const worker = new ProgramWorker()
    const result = await worker.run(({ withThread }) =>
      withThread({}, async thread => {
        const object = await thread.createObject('Test.Server')
        const sums = [await object.call('Add', [40]), await object.call('add', [2])]
        const caller = await object.call('Caller')
        const failed = await object.call('Fail').catch(error => error)
        const values = [1.5, 'text', true, null, [1, 2, [3]], 12n, new Date(0)]
        const echoed = []
        for (const value of values) echoed.push(await object.call('Echo', [value]))
        return { sums, own: thread.id, caller, failed: failed.code, echoed }
      }),
    )
    expect(result).toMatchObject({
      sums: [40, 42],
      failed: 'E_ACCESSDENIED',
      echoed: [1.5, 'text', true, null, [1, 2, [3]], 12n, new Date(0)],
    })
    expect(result.caller).toBe(result.own)
    await until('its object is released', () => server.counts.objects === 0)
    expect(server.counts.starts).toBe(1)
  })

  it.each(['sta', 'mta'] as const)(
    'C7 S2 S4 in an apartment of kind %s is notified of a cancel, and its reply is dropped',
    async threading => {
      const server = registerServer(threading)
      const worker = new ProgramWorker()
      const result = await worker.run(({ withThread }) =>
        withThread({}, async thread => {
          const object = await thread.createObject('Test.Server')
          const error = await object
            .call('Work', [], { signal: AbortSignal.timeout(1000) })
            .catch(error => error)
          return { error: error.name, hresult: error.hresult, next: await object.call('Add', [1]) }
        }),
      )
      expect(result).toEqual({ error: 'AbortError', hresult: RPC_E_CALL_CANCELED, next: 1 })
      await until('the method has noticed', () => server.counts.canceled === 1)
      expect(server.counts).toMatchObject({ canceled: 1, dropped: 1 })
    },
  )

  it('is recorded in both workers: there as a call to another, here as one of that thread', async () => {
    const server = registerServer()
    using log = emulator.record()
    const worker = new ProgramWorker()
    const there = await worker.run(({ withThread, record }) =>
      withThread({}, async thread => {
        const log = record()
        const object = await thread.createObject('Test.Server')
        await object.call('Work', [], { signal: AbortSignal.timeout(1000) }).catch(() => {})
        log[Symbol.dispose]()
        return { id: thread.id, call: log.call('Work') }
      }),
    )
    await until('the method has noticed', () => server.counts.dropped === 1)
    expect(there.call).toMatchObject({ caller: there.id, canceled: true, released: true })
    expect(there.call.server).toMatch(/^worker \d+$/)
    expect(log.call('Work')).toMatchObject({
      caller: there.id,
      server: 'Test.Server',
      notified: true,
      released: true,
      replyDropped: true,
    })
    log.assertHappened('call:reply-dropped', { threadId: there.id })
  })

  it('C1 C7 serves a call that the main thread and a third worker can cancel', async () => {
    registerServer()
    const worker = new ProgramWorker()
    const other = new ProgramWorker()
    const id = await worker.run(async ({ ComThread, kept }) => {
      kept.thread = await ComThread.start()
      kept.object = await kept.thread.createObject('Test.Server')
      return kept.thread.id
    })
    const work = () => failsThere(worker.run(async ({ kept }) => kept.object.call('Work')))
    for (const cancel of [
      async () => raw.coCancelCall(id),
      async () => raw.coCancelCall(id, 10),
      () => other.run(({ raw }, id) => raw.coCancelCall(id), id),
    ]) {
      const canceled = work()
      await until('the call is pending', () => {
        using object = raw.coGetCancelObject(id).object
        return object !== null
      })
      expect(await cancel()).toBe(S_OK)
      expect(await soon('it is released', canceled)).toBe(RPC_E_CALL_CANCELED)
    }
    await worker.run(({ kept }) => kept.thread[Symbol.asyncDispose]())
  })

  it('C5 C6 a Cancel waits for the reply', async () => {
    const server = registerServer()
    const worker = new ProgramWorker()
    const id = await worker.run(async ({ ComThread, kept }) => {
      kept.thread = await ComThread.start()
      kept.object = await kept.thread.createObject('Test.Server')
      return kept.thread.id
    })
    const called = worker.run(({ kept }) => kept.object.call('Sleep', [200]))
    await until('the method runs', () => server.counts.calls === 1)
    using object = coGetCancelObject(id)
    const outcome = await new Promise(resolve => emulator.binding.cancelCall(id, 0xffffffff, resolve))
    expect(outcome).toBe(RPC_E_CALL_COMPLETE)
    expect(await called).toBe('slept')
    expect(object.references).toBe(1)
    await worker.run(({ kept }) => kept.thread[Symbol.asyncDispose]())
  })

  it('calls back into the worker while its thread waits, and fires events there', async () => {
    const server = registerServer()
    const worker = new ProgramWorker()
    const result = await worker.run(({ withThread }) =>
      withThread({ apartment: 'sta' }, async thread => {
        const object = await thread.createObject('Test.Server')
        const twice = await object.call('Call', [(_call: unknown, n: number) => n * 2, 21])
        const heard: unknown[] = []
        const connection = await object.connect({ Done: (_call: unknown, n: unknown) => void heard.push(n) })
        const delivered = await object.call('Fire', [7])
        await connection[Symbol.asyncDispose]()
        const afterwards = await object.call('Fire', [8])
        return { twice, delivered, heard, afterwards }
      }),
    )
    expect(result).toEqual({ twice: 42, delivered: 1, heard: [7], afterwards: 0 })
    await until('its object is released', () => server.counts.objects === 0)
  })

  it('O3 C7 serves a call that is canceled during its callback and returns after it', async () => {
    registerServer()
    const worker = new ProgramWorker()
    const hresult = await failsThere(
      worker.run(({ withThread }) =>
        withThread({ apartment: 'sta' }, async thread => {
          const object = await thread.createObject('Test.Server')
          const controller = new AbortController()
          const callback = () => controller.abort()
          await object.call('Call', [callback, 1], { signal: controller.signal })
        }),
      ),
    )
    expect(hresult).toBe(RPC_E_CALL_CANCELED)
  })

  it('gets its own objects back as themselves, and releases them with the last pointer', async () => {
    const server = registerServer()
    const worker = new ProgramWorker()
    const same = await worker.run(async ({ ComThread, kept }) => {
      kept.thread = await ComThread.start()
      const object = await kept.thread.createObject('Test.Server')
      const again = await object.call('Self')
      await object.call('Add', [5])
      const sum = await again.call('Add', [1])
      object[Symbol.dispose]()
      kept.again = again
      return sum
    })
    expect(same).toBe(6)
    expect(server.counts.objects).toBe(1)
    await worker.run(({ kept }) => kept.thread[Symbol.asyncDispose]())
    await until('no pointer is left', () => server.counts.objects === 0)
  })

  it('keeps an object of a worker until the worker ends', async () => {
    registerServer()
    const worker = new ProgramWorker()
    await using thread = await ComThread.start()
    using object = await thread.createObject('Test.Server')
    await worker.run(async ({ ComThread, kept }) => {
      kept.thread = await ComThread.start({ apartment: 'sta' })
      kept.object = await kept.thread.createObject('Test.Server')
      await kept.object.call('Keep', [() => 'there'])
    })
    expect(await object.call('Add', [1])).toBe(1)
    await worker.terminate()
    expect(await object.call('Add', [1])).toBe(2)
  })

  it.each(['rejected', 'later'])(
    'M1 a call to a busy one (%s) is retried, as the caller’s apartment decides',
    async how => {
      const server = registerServer('sta')
      const worker = new ProgramWorker()
      await worker.run(async ({ ComThread, kept }) => {
        kept.thread = await ComThread.start({ apartment: 'sta', busyRetry: 5000 })
        kept.object = await kept.thread.createObject('Test.Server')
      })
      server.busy(200, { reject: how === 'rejected' })
      expect(await worker.run(({ kept }) => kept.object.call('Add', [1]))).toBe(1)
      server.busy(undefined, { reject: how === 'rejected' })
      await worker.run(async ({ ComThread, kept }) => {
        kept.hasty = await ComThread.start({ apartment: 'sta', busyRetry: 0 })
      })
      const refused = worker.run(async ({ kept }) => {
        await kept.hasty.createObject('Test.Server')
      })
      expect(await failsThere(refused)).toBe(HResult.RPC_E_CALL_REJECTED)
      await worker.run(async ({ kept }) => {
        await kept.thread[Symbol.asyncDispose]()
        await kept.hasty[Symbol.asyncDispose]()
      })
    },
  )

  it('M1 a retried call to a busy one carries its callback arguments each time', async () => {
    const server = registerServer('sta')
    const worker = new ProgramWorker()
    await worker.run(async ({ ComThread, kept }) => {
      kept.thread = await ComThread.start({ apartment: 'sta', busyRetry: 10_000 })
      kept.object = await kept.thread.createObject('Test.Server')
    })
    server.busy(200)
    const doubled = worker.run(({ kept }) =>
      kept.object.call('Call', [(_call: unknown, n: number) => n * 2, 21]),
    )
    expect(await doubled).toBe(42)
    await worker.run(({ kept }) => kept.thread[Symbol.asyncDispose]())
  })

  it('can die, hang and fail for a worker', async () => {
    const server = registerServer()
    const worker = new ProgramWorker()
    const call = (member: string) =>
      failsThere(
        worker.run(
          ({ kept }, member) => kept.object.call(member, [1], { signal: AbortSignal.timeout(60_000) }),
          member,
        ),
      )
    const create = () =>
      worker.run(async ({ ComThread, kept }) => {
        kept.thread ??= await ComThread.start()
        kept.object = await kept.thread.createObject('Test.Server')
      })
    await create()
    server.fail = HResult.E_FAIL
    expect(await call('Add')).toBe(HResult.E_FAIL)
    server.fail = null
    server.hang = true
    const hanging = worker.run(({ kept }) =>
      kept.object.call('Add', [1], { signal: AbortSignal.timeout(1000) }),
    )
    await expect(hanging).rejects.toMatchObject({ name: 'AbortError' })
    server.hang = false
    const before = worksBegun
    const dying = call('Work')
    await until('the call has begun', () => worksBegun > before)
    server.die()
    expect(await dying).toBe(RPC_E_SERVER_DIED)
    expect(await call('Add')).toBe(HResult.RPC_S_SERVER_UNAVAILABLE)
    await create()
    expect(await call('Add')).toBe(undefined)
    await worker.run(({ kept }) => kept.thread[Symbol.asyncDispose]())
  })
})

describe('a class registered in a worker', () => {
  const register = (worker: ProgramWorker, progId = 'Worker.Server') =>
    worker.run(({ Emulator, kept }, progId) => {
      kept.server = Emulator.shared.registerClass({
        progId,
        create: () => ({ objects: 0 }),
        methods: {
          Double: (_call, n) => Number(n) * 2,
          async Work(call) {
            kept.working = true
            while (!call.testCancel()) await call.delay(1)
          },
          Echo: (_call, value) => value,
        },
      })
      kept.moniker = Emulator.shared.registerMoniker(`${progId}!`, kept.server)
      kept.server.running = true
    }, progId)

  it('serves the main thread and a third worker, by any of its names', async () => {
    const worker = new ProgramWorker()
    await register(worker)
    await using thread = await ComThread.start()
    using created = await thread.createObject('worker.server')
    using moniker = await thread.getObject('Worker.Server!file')
    using running = await thread.getActiveObject('Worker.Server')
    for (const object of [created, moniker, running]) expect(await object.call('Double', [21])).toBe(42)
    const third = new ProgramWorker()
    const doubled = await third.run(({ withThread }) =>
      withThread({ apartment: 'sta' }, async thread => {
        return (await thread.createObject('Worker.Server')).call('Double', [4])
      }),
    )
    expect(doubled).toBe(8)
  })

  it('passes an object through three workers, each of which calls it', async () => {
    const server = registerServer()
    const worker = new ProgramWorker()
    await register(worker)
    const third = new ProgramWorker()
    const sums = await third.run(({ withThread }) =>
      withThread({}, async thread => {
        const mine = await thread.createObject('Test.Server')
        const echo = await thread.createObject('Worker.Server')
        const back = (await echo.call('Echo', [mine])) as ComObject
        mine[Symbol.dispose]()
        return [await back.call('Add', [20]), await back.call('Add', [22])]
      }),
    )
    expect(sums).toEqual([20, 42])
    await until('its objects are released', () => server.counts.objects === 0)
  })

  it('has names that no other worker can register', async () => {
    const worker = new ProgramWorker()
    await register(worker)
    expect(() => emulator.registerClass({ progId: 'Worker.Server' })).toThrow(
      /another worker thread has registered worker.server already/,
    )
    await worker.run(({ kept }) => kept.server[Symbol.dispose]())
    registered(emulator.registerClass({ progId: 'Worker.Server' }))
  })

  it('ends with its worker: RPC_E_SERVER_DIED, then RPC_S_SERVER_UNAVAILABLE, then CO_E_CLASSSTRING', async () => {
    const worker = new ProgramWorker()
    await register(worker)
    await using thread = await ComThread.start()
    using object = await thread.createObject('Worker.Server')
    const working = object.call('Work').catch(error => error.hresult)
    await until('the call has begun', () => worker.run(({ kept }) => kept.working === true))
    await worker.terminate()
    expect(await soon('the call has failed', working)).toBe(RPC_E_SERVER_DIED)
    await expect(object.call('Double', [1])).rejects.toMatchObject({
      hresult: HResult.RPC_S_SERVER_UNAVAILABLE,
    })
    await expect(thread.createObject('Worker.Server')).rejects.toMatchObject({ code: 'CO_E_CLASSSTRING' })
  })
})

describe('a worker that ends', () => {
  it('ends its threads and calls', async () => {
    const server = registerServer()
    for (let i = 0; i < 5; i++) {
      const worker = new ProgramWorker()
      const id = await worker.run(async ({ ComThread, kept }) => {
        kept.threads = [await ComThread.start(), await ComThread.start({ apartment: 'sta' })]
        kept.objects = []
        for (const thread of kept.threads) {
          kept.objects.push(await thread.createObject('Test.Server'))
          void kept.objects.at(-1).call('Work')
        }
        return kept.threads[0].id
      })
      await until('its calls are pending', () => server.counts.calls === 2 * (i + 1))
      const { object } = raw.coGetCancelObject(id)
      if (!object) throw new Error('no call is pending')
      const canceled = new Promise(resolve => emulator.binding.cancelCall(id, 0xffffffff, resolve))
      await turn() // it waits now
      await worker.terminate()
      expect(await soon('the thread that waits for its call is notified', canceled)).toBe(RPC_E_CALL_COMPLETE)
      expect(raw.coCancelCall(id)).toBe(E_NOINTERFACE)
      expect(object.references).toBe(1)
      object[Symbol.dispose]()
    }
    await until('no reference to its objects is left', () => server.counts.objects === 0)
    await until('its methods have ended', () => server.counts.canceled === 10)
  })

  it('leaves no block on cancel operations behind', async () => {
    const worker = new ProgramWorker()
    await worker.run(({ Emulator, kept }) => {
      kept.block = Emulator.shared.blockCancelOperations()
    })
    expect(raw.coSetCancelObject(null), 'O5').toBe(HResult.E_ACCESSDENIED)
    await worker.terminate()
    expect(raw.coSetCancelObject(null)).toBe(S_OK)
  })
})

describe('cancel objects of programs', () => {
  it('O6 C4 of the main thread can be canceled by a worker, with one call of onCancel', async () => {
    const worker = new ProgramWorker()
    const timeouts: unknown[] = []
    using object = new CancelObject({ onCancel: given => void timeouts.push(given) })
    coSetCancelObject(object)
    try {
      const cancel = () => worker.run(({ raw }, id) => raw.coCancelCall(id, 3), getCurrentThreadId())
      expect(await cancel()).toBe(S_OK)
      expect(await cancel()).toBe(RPC_E_CALL_CANCELED)
      await until('it is notified', () => timeouts.length > 0)
      expect(timeouts).toEqual([{ timeout: 3000 }])
    } finally {
      coSetCancelObject(null)
    }
    expect(await worker.run(({ raw }, id) => raw.coCancelCall(id), getCurrentThreadId())).toBe(E_NOINTERFACE)
  })

  it('O9 that must not be canceled return their code to other workers', async () => {
    const worker = new ProgramWorker()
    using object = new CancelObject({ onCancel: () => {}, cancelResult: HResult.E_NOTIMPL })
    coSetCancelObject(object)
    try {
      const id = getCurrentThreadId()
      expect(await worker.run(({ raw }, id) => raw.coCancelCall(id), id)).toBe(HResult.E_NOTIMPL)
    } finally {
      coSetCancelObject(null)
    }
  })

  it('O2 live while a worker holds them, also after they were unregistered', async () => {
    const worker = new ProgramWorker()
    const id = await worker.run(({ raw, CancelObject, coSetCancelObject, kept }) => {
      kept.notified = 0
      kept.object = new CancelObject({ onCancel: () => kept.notified++ })
      coSetCancelObject(kept.object)
      return raw.getCurrentThreadId()
    })
    using held = coGetCancelObject(id)
    await worker.run(({ coSetCancelObject }) => coSetCancelObject(null))
    expect(held.testCancel()).toBe(false)
    held.cancel()
    expect(held.testCancel()).toBe(true)
    expect(await worker.run(({ kept }) => kept.object.testCancel())).toBe(true)
    await worker.run(async ({ kept }) => {
      while (kept.notified === 0) await new Promise(resolve => setTimeout(resolve, 1))
      kept.object[Symbol.dispose]()
    })
  })
})

describe('thread ids', () => {
  it('W5 are unique over all workers, and multiples of 4', async () => {
    const workers = Array.from({ length: 4 }, () => new ProgramWorker())
    const ids = await Promise.all(
      workers.map(worker =>
        worker.run(async ({ ComThread, getCurrentThreadId }) => {
          const ids = [getCurrentThreadId()]
          for (let i = 0; i < 200; i++) {
            const thread = await ComThread.start()
            ids.push(thread.id)
            await thread[Symbol.asyncDispose]()
          }
          return ids
        }),
      ),
    )
    const all = [...ids.flat(), getCurrentThreadId()]
    expect(new Set(all).size).toBe(all.length)
    expect(all.every(id => id > 0 && id % 4 === 0)).toBe(true)
  })
})

describe('the shared memory', () => {
  it('is as large as the environment says, and warns when it is full', () => {
    const { stdout, stderr } = node(
      `
      const { ComThread, raw, HResult, ComError } = require('com-cancel')
      const { Emulator } = require('com-cancel/emulator')
      const run = async () => {
        Emulator.shared.registerClass({ progId: 'A.B' })
        try { Emulator.shared.registerClass({ progId: 'A.C' }) } catch (error) { console.log(error.name) }
        const threads = []
        try {
          for (;;) threads.push(await ComThread.start())
        } catch (error) { console.log(error.code, threads.length) }
        try { Emulator.shared.newThread() } catch (error) { console.log(error.code) }
        console.log(JSON.stringify(Emulator.usage))
        await threads.pop()[Symbol.asyncDispose]()
        threads.push(await ComThread.start())
        for (const thread of threads) await thread[Symbol.asyncDispose]()
        console.log(Emulator.usage.threads.used)
      }
      run()
    `,
      'threads=64,calls=64,names=2',
    )
    expect(stdout.split('\n')).toEqual([
      'RangeError',
      'E_OUTOFMEMORY 63',
      'E_OUTOFMEMORY',
      '{"workers":{"used":1,"size":64},"threads":{"used":64,"size":64},"calls":{"used":0,"size":64},"names":{"used":2,"size":2}}',
      '1',
    ])
    expect(stderr).toMatch(/COM_CANCEL_EMULATOR_FULL.*full: 64 threads.*COM_CANCEL_EMULATOR_MEMORY/s)
  })

  it.each(['threads=1', 'calls=x', 'rooms=3', 'threads', 'workers=1e9'])(
    'can not be of the size %s',
    size => {
      expect(() => node('require("com-cancel")', size)).toThrow(/RangeError.*COM_CANCEL_EMULATOR_MEMORY: /)
    },
  )

  it('a call that finds no room fails with E_OUTOFMEMORY, and the next works', () => {
    const { stdout } = node(
      `
      const { ComThread } = require('com-cancel')
      const { Emulator } = require('com-cancel/emulator')
      const run = async () => {
        const threads = []
        for (let i = 0; i < 70; i++) threads.push(await ComThread.start())
        const ends = await Promise.all(threads.map(thread => thread.wait(2000).then(() => 'ok', error => error.code)))
        console.log(ends.filter(end => end === 'ok').length, ends.filter(end => end === 'E_OUTOFMEMORY').length)
        await threads[0].wait(1)
        for (const thread of threads) await thread[Symbol.asyncDispose]()
        console.log(Emulator.usage.calls.used)
      }
      run()
    `,
      'calls=64',
    )
    expect(stdout.split('\n')).toEqual(['64 6', '0'])
  })

  it('fails for a worker too many when it first uses the emulator', () => {
    const { stdout } = node(
      `
      const { Worker } = require('node:worker_threads')
      const { Emulator } = require('com-cancel/emulator')
      require('com-cancel')
      const start = () => new Promise(resolve => {
        const worker = new Worker("const { parentPort } = require('node:worker_threads'); try { require('com-cancel').getCurrentThreadId(); parentPort.postMessage('ok') } catch (error) { parentPort.postMessage(error.message) }; setInterval(() => {}, 1000)", { eval: true })
        worker.once('message', message => resolve({ worker, message }))
      })
      const run = async () => {
        const first = await start()
        const second = await start()
        console.log(first.message, '|', second.message)
        await second.worker.terminate()
        await first.worker.terminate()
        const third = await start()
        console.log(third.message)
        await third.worker.terminate()
      }
      run()
    `,
      'workers=2',
    )
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^ok \| com-cancel: 2 worker threads use the emulator already/),
      'ok',
    ])
  })
})
