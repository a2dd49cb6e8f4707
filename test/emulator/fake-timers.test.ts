// Fake timers of test frameworks drive emulated time: vitest's here, node:test's in a process of its own.
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { ComThread } from 'com-cancel'
import { Emulator } from 'com-cancel/emulator'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { sleep } from '../support/emulated-threads'

let emulator: Emulator
beforeEach(() => {
  emulator = new Emulator()
})
afterEach(() => {
  vi.useRealTimers()
})

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

const startThread = async () => {
  const starting = ComThread.start({ binding: emulator.binding })
  await pass(5)
  return starting
}

describe("vitest's fake timers, all of them", () => {
  it('C7 drive waits, a server with latency, and signals', async () => {
    const server = emulator.registerClass({
      progId: 'Test.Server',
      create: () => ({}),
      methods: { Echo: (_call, value) => value },
    })
    vi.useFakeTimers()
    const thread = await startThread()
    const creating = thread.createObject('Test.Server')
    await pass(5)
    const object = await creating
    server.latency = 3_600_000
    let replied: unknown
    const call = object.call('Echo', [7]).then(value => {
      replied = value
    })
    await pass(3_599_000)
    expect(replied).toBeUndefined()
    await pass(2000)
    expect(replied).toBe(7)
    await call
    const given = expect(
      object.call('Echo', [8], { signal: emulator.clock.timeout(1000) }),
    ).rejects.toMatchObject({ name: 'AbortError', cause: { name: 'TimeoutError' } })
    await pass(1100)
    await given
    const ending = thread[Symbol.asyncDispose]()
    await pass(5)
    await ending
    expect(emulator.clock.timers).toBe(0)
  })

  it('can be removed before a call ends', async () => {
    const server = emulator.registerClass({
      progId: 'Test.Server',
      methods: { Work: call => call.delay(20) },
    })
    vi.useFakeTimers()
    const thread = await startThread()
    const creating = thread.createObject('Test.Server')
    await pass(5)
    const object = await creating
    const call = object.call('Work', [], { signal: emulator.clock.timeout(10) })
    await pass(1)
    vi.useRealTimers()
    const given = expect(call).rejects.toMatchObject({ name: 'AbortError' })
    await emulator.clock.delay(0) // something else happens
    await given
    await thread[Symbol.asyncDispose]()
    await emulator.settled()
    emulator.assertIdle()
    expect(server.counts).toMatchObject({ finished: 1, dropped: 1 })
  })

  it('can be removed before settled() waits', async () => {
    vi.useFakeTimers()
    const pause = emulator.clock.delay(20)
    vi.useRealTimers()
    await emulator.settled()
    emulator.assertIdle()
    await pause
  })

  it('W4 drive the grace period of a call that can not be canceled', async () => {
    vi.useFakeTimers()
    const thread = await startThread()
    const controller = new AbortController()
    let failed: unknown
    thread.wait(10_000, { signal: controller.signal, cancelable: false }).catch((error: unknown) => {
      failed = error
    })
    await pass(5)
    controller.abort()
    await pass(95)
    expect(failed).toBeUndefined()
    await pass(10)
    expect(failed).toMatchObject({ name: 'AbortError', abandoned: true })
    await pass(10_000)
    expect(thread.state).toBe('idle')
  })

  it('another Date does not move the clock', async () => {
    vi.useFakeTimers()
    const { clock } = emulator
    const before = clock.now()
    vi.setSystemTime(new Date(2100, 0, 1))
    expect(clock.now()).toBe(before)
    vi.setSystemTime(new Date(1999, 0, 1))
    await pass(50)
    expect(clock.now()).toBe(before + 50)
  })
})

it('with Date alone replaced, waits take real time', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  const since = performance.now()
  await emulator.clock.delay(20)
  expect(performance.now() - since).toBeGreaterThanOrEqual(20)
})

it('with setTimeout alone replaced, its timers move the clock', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const { clock } = emulator
  const since = clock.now()
  const order: number[] = []
  const delays = [30, 10, 20].map(ms => clock.delay(ms).then(() => order.push(clock.now() - since)))
  await pass(30)
  await Promise.all(delays)
  expect(order).toEqual([10, 20, 30])
})

it('time does not go back when fake timers are installed and removed', async () => {
  const { clock } = emulator
  const moments = [clock.now()]
  for (let i = 0; i < 3; i++) {
    vi.useFakeTimers()
    moments.push(clock.now())
    await pass(1000)
    moments.push(clock.now())
    vi.useRealTimers()
    moments.push(clock.now())
    await sleep(2)
    moments.push(clock.now())
  }
  expect(moments).toEqual([...moments].sort((a, b) => a - b))
  const [first = 0] = moments
  expect((moments.at(-1) ?? 0) - first).toBeGreaterThanOrEqual(3000)
})

it('timers of real time are cleared in real time', async () => {
  const { clock } = emulator
  const thread = await ComThread.start({ binding: emulator.binding })
  const controller = new AbortController()
  const wait = thread.wait(60_000, { signal: controller.signal })
  await clock.delay(1)
  vi.useFakeTimers()
  expect(clock.timers).toBe(1)
  controller.abort()
  const refused = expect(wait).rejects.toMatchObject({ name: 'AbortError' })
  await pass(10)
  await refused
  expect(clock.timers).toBe(0)
})

it('a stopped clock does not follow fake timers', async () => {
  vi.useFakeTimers()
  const { clock } = emulator
  clock.stop()
  const thread = await ComThread.start({ binding: emulator.binding })
  const now = clock.now()
  let over = false
  const wait = thread.wait(100).then(() => {
    over = true
  })
  await pass(1000)
  expect([clock.now(), over]).toEqual([now, false])
  await clock.advance(100)
  await wait
  expect([clock.now(), over]).toEqual([now + 100, true])
})

it("node:test's fake timers drive waits, servers, signals, and blocking calls", () => {
  const root = path.join(__dirname, '../..')
  // A program that node:test would otherwise take for one of its own.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const { stdout, status } = spawnSync(
    process.execPath,
    ['--test', '--test-reporter=tap', path.join(__dirname, 'fixtures/mock-timers.mjs')],
    { encoding: 'utf8', cwd: root, timeout: 120_000, env },
  )
  expect(stdout).toContain('# fail 0')
  expect(stdout).toContain('# pass 10')
  expect(status).toBe(0)
})
