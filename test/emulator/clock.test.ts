// The clock of an emulator: stopped and moved by a test, shared by worker threads.
import { Worker } from 'node:worker_threads'
import { ComThread, HResult } from 'com-cancel'
import { Emulator } from 'com-cancel/emulator'
import { beforeEach, describe, expect, it } from 'vitest'
import { start, turn, wait } from '../support/emulated-threads'

let emulator: Emulator
beforeEach(() => {
  emulator = new Emulator()
})

describe('a stopped clock', () => {
  it('is 0 if it was not read before, else a whole millisecond', () => {
    const { clock } = emulator
    const stopped = clock.stop()
    expect([clock.now(), clock.stopped]).toEqual([0, true])
    stopped[Symbol.dispose]()
    const before = clock.now()
    clock.stop()
    expect(clock.now()).toBeGreaterThanOrEqual(before)
    expect(clock.now()).toBe(Math.round(clock.now()))
  })

  it('runs what takes no time, and no timers', async () => {
    const { clock, binding } = emulator
    clock.stop()
    const { thread } = await start(binding)
    expect(await wait(thread, 0).ended).toBe(HResult.S_OK)
    await clock.delay(0)
    const late = wait(thread, 1)
    await new Promise(resolve => setTimeout(resolve, 20))
    expect([late.hresult, clock.now(), clock.timers]).toEqual([undefined, 0, 1])
  })

  it('fires timers in the order of their times, each at exactly its time', async () => {
    const { clock } = emulator
    clock.stop()
    const log: string[] = []
    const say = (what: string) => log.push(`${what} ${clock.now()}`)
    const chain = async (name: string, ...spans: number[]) => {
      for (const ms of spans) {
        await clock.delay(ms)
        say(name)
        // However deep: it is done before the next timer.
        for (let i = 0; i < 50; i++) await null
        say(`${name}'`)
      }
    }
    void chain('a', 30, 30)
    void chain('b', 10, 20, 30)
    void chain('c', 60)
    await clock.advance(59)
    expect(log).toEqual(['b 10', "b' 10", 'a 30', "a' 30", 'b 30', "b' 30"])
    expect(clock.now()).toBe(59)
    await clock.advance(1)
    expect(log.slice(6)).toEqual(['c 60', "c' 60", 'a 60', "a' 60", 'b 60', "b' 60"])
    expect([clock.now(), clock.timers]).toEqual([60, 0])
  })

  it('lets calls of threads and servers take emulated time', async () => {
    const { clock, binding } = emulator
    const server = emulator.registerClass({
      progId: 'Test.Server',
      threading: 'sta',
      create: () => ({}),
      methods: {
        async Work(call, ms) {
          await call.delay(ms as number)
          return clock.now()
        },
      },
    })
    clock.stop()
    const [one, two] = [await ComThread.start({ binding }), await ComThread.start({ binding })]
    const objects = await Promise.all([one, two].map(thread => thread.createObject('Test.Server')))
    server.latency = 5
    const ends = Promise.all(objects.map(object => object.call('Work', [100])))
    await clock.advance(104)
    expect(server.counts.finished).toBe(0)
    await clock.advance(101)
    expect(await ends).toEqual([105, 205])
    const signal = clock.timeout(50)
    const given = expect(objects[0]?.call('Work', [100], { signal })).rejects.toMatchObject({
      name: 'AbortError',
      cause: { name: 'TimeoutError' },
    })
    await clock.advance(50)
    await given
    await Promise.all([one, two].map(thread => thread[Symbol.asyncDispose]()))
    await clock.advance(100)
    expect(clock.timers).toBe(0)
  })

  it('W4 lets the grace period take emulated time', async () => {
    const { clock, binding } = emulator
    clock.stop()
    const thread = await ComThread.start({ binding, grace: 2000 })
    const controller = new AbortController()
    const refused = expect(
      thread.wait(10_000, { signal: controller.signal, cancelable: false }),
    ).rejects.toMatchObject({ abandoned: true })
    await turn()
    controller.abort()
    await clock.advance(1999)
    expect(thread.state).toBe('busy')
    await clock.advance(1)
    await refused
    expect(thread.state).toBe('abandoned')
    await clock.advance(8000)
    expect(thread.state).toBe('idle')
  })

  it('advanceToNext moves to the next timer, and returns false when there is none', async () => {
    const { clock } = emulator
    clock.stop()
    const log: number[] = []
    for (const ms of [500, 20, 500]) void clock.delay(ms).then(() => log.push(clock.now()))
    clock.timeout(700)
    expect(clock.timers).toBe(3)
    expect(await clock.advanceToNext()).toBe(true)
    expect(log).toEqual([20])
    expect(await clock.advanceToNext()).toBe(true)
    expect(log).toEqual([20, 500, 500])
    expect([await clock.advanceToNext(), clock.now()]).toEqual([true, 700])
    expect([await clock.advanceToNext(), clock.now()]).toEqual([false, 700])
  })

  it('continues from its time when the last stop scope is disposed of', async () => {
    const { clock } = emulator
    const [outer, inner] = [clock.stop(), clock.stop()]
    const stood = clock.now()
    const delays = [3, 1, 2].map(async ms => {
      await clock.delay(ms)
      return clock.now() - stood
    })
    outer[Symbol.dispose]()
    outer[Symbol.dispose]()
    await new Promise(resolve => setTimeout(resolve, 20))
    expect([clock.stopped, clock.now(), clock.timers]).toEqual([true, stood, 3])
    inner[Symbol.dispose]()
    expect(clock.stopped).toBe(false)
    const [third = 0, first = 0, second = 0] = await Promise.all(delays)
    expect(first).toBeGreaterThanOrEqual(1)
    expect(second).toBeGreaterThanOrEqual(2)
    expect(third).toBeGreaterThanOrEqual(3)
  })

  it('is moved by a call that blocks JavaScript', async () => {
    const { clock, binding } = emulator
    clock.stop()
    const { thread } = await start(binding)
    const [short, long] = [wait(thread, 1000), wait(thread, 0xfffffffe)]
    await turn()
    expect(binding.wait({ ms: 3_600_000, cancelable: true })).toBe(HResult.S_OK)
    expect(clock.now()).toBe(3_600_000)
    // What was due meanwhile needs no advance.
    expect(await short.ended).toBe(HResult.S_OK)
    expect(binding.coCancelCall(thread.id, 60)).toBe(HResult.S_OK)
    expect(clock.now()).toBe(3_660_000)
    expect(await long.ended).toBe(HResult.RPC_E_CALL_CANCELED)
  })

  it('refuses invalid arguments and a second advance', async () => {
    const { clock } = emulator
    await expect(clock.advance(1)).rejects.toThrow('clock.advance: the clock is not stopped')
    await expect(clock.advanceToNext()).rejects.toThrow('clock.advanceToNext: the clock is not stopped')
    clock.stop()
    await expect(clock.advance(-1)).rejects.toThrow(RangeError)
    await expect(clock.advance('1' as never)).rejects.toThrow(TypeError)
    await expect(clock.delay(1.5)).rejects.toThrow(RangeError)
    expect(() => clock.timeout(Number.NaN)).toThrow(RangeError)
    const first = clock.advance(10)
    await expect(clock.advance(10)).rejects.toThrow('the clock is being moved already')
    await first
    expect(clock.now()).toBe(10)
  })

  it('throws for an endless loop at one moment', async () => {
    const { clock } = emulator
    clock.stop()
    const poll = async () => {
      while (clock.now() === 0) await clock.delay(0)
    }
    void poll()
    await expect(clock.advance(1)).rejects.toThrow('an endless loop')
    emulator.binding.wait({ ms: 1, cancelable: false })
  })
})

it('the emulator of the package has a clock that can be stopped', async () => {
  const { clock } = Emulator.shared
  const stopped = clock.stop()
  const thread = await ComThread.start()
  const since = clock.now()
  const wait = thread.wait(3_600_000)
  await clock.advance(3_600_000)
  await wait
  await thread[Symbol.asyncDispose]()
  expect(clock.now() - since).toBe(3_600_000)
  stopped[Symbol.dispose]()
  expect(clock.stopped).toBe(false)
})

it('two emulators have two clocks', async () => {
  const other = new Emulator()
  emulator.clock.stop()
  other.clock.stop()
  const log: string[] = []
  const threads = await Promise.all([emulator, other].map(({ binding }) => ComThread.start({ binding })))
  const waits = threads.map((thread, i) => thread.wait(100).then(() => log.push(`${i}`)))
  await other.clock.advance(100)
  expect([emulator.clock.now(), other.clock.now(), log]).toEqual([0, 100, ['1']])
  await emulator.clock.advance(100)
  await Promise.all(waits)
  expect(log).toEqual(['1', '0'])
})

it('nested runOn of two emulators keep a current thread each', () => {
  const other = new Emulator()
  const [mine, others] = [emulator.newThread(), other.newThread()]
  const current = () => [emulator.currentThread.id, other.currentThread.id]
  emulator.runOn(mine, () => {
    expect(current()).toEqual([mine.id, other.mainThread.id])
    other.runOn(others, () => {
      expect(current()).toEqual([mine.id, others.id])
      emulator.runOn(emulator.mainThread, () => {
        expect(current()).toEqual([emulator.mainThread.id, others.id])
      })
    })
  })
  expect(current()).toEqual([emulator.mainThread.id, other.mainThread.id])
})

it('time is the same in all threads of the process', async () => {
  const program = `
    const { parentPort } = require('node:worker_threads')
    const { Emulator } = require('com-cancel/emulator')
    const { clock } = new Emulator()
    parentPort.on('message', () => parentPort.postMessage(clock.now()))
    parentPort.postMessage(0)
  `
  const worker = new Worker(program, { eval: true })
  const said = () => new Promise<number>(resolve => worker.once('message', resolve))
  await said()
  const { clock } = emulator
  const before = clock.now()
  worker.postMessage('now?')
  const there = await said()
  const after = clock.now()
  await worker.terminate()
  expect(there).toBeGreaterThanOrEqual(before)
  expect(there).toBeLessThanOrEqual(after)
})
