// Events that only the emulator publishes: a call from its caller to the server and back.
import { type ComEvent, type EventLog, HResult } from 'com-cancel'
import { describe, expect, it } from 'vitest'
import {
  delay,
  eachInEmulatedTime,
  emulator,
  hresultOf,
  PROG_ID,
  register,
  startThread,
  timeout,
  until,
} from '../support/emulated-servers'
import { turn } from '../support/emulated-threads'

eachInEmulatedTime()

const { S_OK, RPC_E_CALL_CANCELED, RPC_E_SERVER_DIED, DISP_E_EXCEPTION, RPC_E_CALL_REJECTED } = HResult

const ofCall = (log: EventLog, call: number): ComEvent[] =>
  log.events.filter(event => 'call' in event && event.call === call)

const typesOf = (events: readonly ComEvent[]) => events.map(({ type }) => type)

describe('a call', () => {
  it('is made, registered, dispatched, finished and returned, under one id', async () => {
    register()
    const thread = await startThread()
    using object = await thread.createObject(PROG_ID)
    using log = emulator().record()
    await object.call('Echo', [1])
    const call = log.call('echo')
    const events = ofCall(log, call.id)
    expect(typesOf(events)).toEqual([
      'call:made',
      'call:registered',
      'call:dispatched',
      'context:switched',
      'context:switched',
      'call:finished',
      'call:returned',
    ])
    const [job] = log.of('job:queued')
    expect(events[0]).toMatchObject({
      threadId: thread.id,
      server: PROG_ID,
      operation: 'invoke',
      name: 'Echo',
      job: job?.job,
      marshaled: true,
      cancelable: true,
    })
    expect(events[2]).toMatchObject({ from: thread.id, threadId: call.servedBy })
    expect(call).toMatchObject({
      caller: thread.id,
      server: PROG_ID,
      dispatched: true,
      canceled: false,
      finished: true,
      returned: true,
      released: false,
      replyDropped: false,
      hresult: S_OK,
      outcome: 'completed',
    })
    const { begin, dispatched, finished, returned } = call.times
    const times = [begin, dispatched, finished, returned].map(Number)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
  })

  it('C7 S4 that is canceled is released early; its server is notified and its reply dropped', async () => {
    register()
    const thread = await startThread()
    using object = await thread.createObject(PROG_ID)
    using log = emulator().record()
    const signal = timeout(20)
    expect(await hresultOf(object.call('Block', [80], { signal }))).toBe(RPC_E_CALL_CANCELED)
    expect(log.call('Block')).toMatchObject({
      canceled: true,
      notified: true,
      released: true,
      finished: false,
    })
    await until(() => log.call('Block').replyDropped === true)
    expect(log.call('Block')).toMatchObject({
      finished: true,
      serverHresult: S_OK,
      hresult: RPC_E_CALL_CANCELED,
      outcome: 'canceled',
    })
    const { id: call } = log.call('Block')
    log.assertOrder(
      'job:canceled',
      { type: 'call:canceled', call },
      'call:notified',
      'call:released',
      'call:finished',
      'call:reply-dropped',
    )
  })

  it('C11 that is canceled in the queue is not dispatched', async () => {
    register({ threading: 'sta' })
    const [one, other] = [await startThread(), await startThread()]
    using object = await one.createObject(PROG_ID)
    using queued = await other.createObject(PROG_ID)
    using log = emulator().record()
    const running = object.call('Block', [60])
    await turn()
    await hresultOf(queued.call('Echo', [1], { signal: timeout(10) }))
    expect(log.call('Echo')).toMatchObject({
      dispatched: false,
      servedBy: null,
      canceled: true,
      notified: false,
    })
    await running
    log.assertNever('call:dispatched', { call: log.call('Echo').id })
  })

  it('C14 inside one apartment registers nothing and can not be canceled', async () => {
    register({ server: 'inproc', threading: 'both' })
    const thread = await startThread()
    using object = await thread.createObject(PROG_ID)
    using log = emulator().record()
    await object.call('Echo', [1])
    expect(log.call('Echo')).toMatchObject({ marshaled: false, cancelable: false, servedBy: thread.id })
    log.assertNever('call:registered')
  })

  it('C3 of a thread without cancellation is not cancelable', async () => {
    register()
    const thread = await startThread({ callCancellation: false })
    using object = await thread.createObject(PROG_ID)
    using log = emulator().record()
    await object.call('Echo', [1])
    expect(log.call('Echo')).toMatchObject({ marshaled: true, cancelable: false })
  })

  it('O5 whose cancel object is refused returns E_ACCESSDENIED', async () => {
    register()
    const thread = await startThread()
    using object = await thread.createObject(PROG_ID)
    using log = emulator().record()
    using _block = emulator().blockCancelOperations()
    await hresultOf(object.call('Echo', [1]))
    expect(log.assertHappened('call:registered').hresult).toBe(HResult.E_ACCESSDENIED)
    expect(log.call('Echo')).toMatchObject({ hresult: HResult.E_ACCESSDENIED, dispatched: false })
  })

  it('that fails has the HRESULT of its server', async () => {
    register({
      methods: {
        Fail() {
          throw new Error('no')
        },
      },
    })
    const thread = await startThread()
    using object = await thread.createObject(PROG_ID)
    using log = emulator().record()
    await hresultOf(object.call('Fail'))
    expect(log.call('Fail')).toMatchObject({
      hresult: DISP_E_EXCEPTION,
      serverHresult: DISP_E_EXCEPTION,
      outcome: 'failed',
    })
  })

  it('back to the client is a call of the server, within the call that it serves', async () => {
    register()
    const thread = await startThread({ apartment: 'sta' })
    using object = await thread.createObject(PROG_ID)
    using log = emulator().record()
    await object.call('CallBack', [() => 5, 1])
    const outer = log.call('CallBack')
    const inner = log.call(0)
    expect(inner).toMatchObject({ server: 'program', caller: outer.servedBy, servedBy: thread.id })
    log.assertOrder('incoming:received', 'incoming:replied', {
      type: 'call:returned',
      call: inner.id,
    })
    expect(inner.times.returned).toBeLessThanOrEqual(Number(outer.times.finished))
  })

  it('that a busy server rejects is retried', async () => {
    const server = register({ threading: 'sta' })
    const [retrying, other] = [await startThread({ apartment: 'sta' }), await startThread({ busyRetry: 0 })]
    using object = await retrying.createObject(PROG_ID)
    using refused = await other.createObject(PROG_ID)
    using log = emulator().record()
    const busy = server.busy()
    const call = object.call('Echo', [1])
    await until(() => log.of('call:rejected').length > 0)
    busy[Symbol.dispose]()
    await call
    expect(log.call('Echo').rejections).toBeGreaterThan(0)
    expect(log.call('Echo').outcome).toBe('completed')
    using _busy = server.busy(10_000, { reject: true })
    expect(await hresultOf(refused.call('Block', [1]))).toBe(HResult.RPC_E_CALL_REJECTED)
    expect(log.call('Block')).toMatchObject({ rejections: 1, hresult: RPC_E_CALL_REJECTED })
  })

  it('whose server dies returns RPC_E_SERVER_DIED; the process starts and ends', async () => {
    using log = emulator().record()
    const server = register()
    const thread = await startThread()
    using object = await thread.createObject(PROG_ID)
    const call = hresultOf(object.call('Block', [200]))
    await until(() => log.of('call:dispatched').length === 2)
    server.die()
    expect(await call).toBe(RPC_E_SERVER_DIED)
    expect(log.call('Block')).toMatchObject({
      hresult: RPC_E_SERVER_DIED,
      outcome: 'failed',
      released: false,
    })
    log.assertOrder({ type: 'server:started', server: PROG_ID }, 'call:returned', 'server:ended')
  })

  it('of an event handler is recorded as a call', async () => {
    const server = register({ events: { members: { Found: 1 } } })
    const thread = await startThread()
    using object = await thread.createObject(PROG_ID)
    await using _connection = await object.connect({ Found: () => {} })
    using log = emulator().record()
    expect(await server.fire('Found', 1)).toBe(1)
    expect(log.call('Found')).toMatchObject({ operation: 'fire', server: 'program', outcome: 'completed' })
  })
})

describe('record', () => {
  it('keeps the last events up to its limit, and counts the dropped ones', async () => {
    const thread = await startThread()
    using all = emulator().record()
    using last = emulator().record({ limit: 5 })
    for (let i = 0; i < 4; i++) await thread.wait(0)
    expect(last.events).toEqual(all.events.slice(-5))
    expect(last.dropped).toBe(all.events.length - 5)
    expect(all.dropped).toBe(0)
    expect([...last]).toEqual(last.events)
  })
})

it('a picture and a trace can be made during calls', async () => {
  register()
  const thread = await startThread()
  using object = await thread.createObject(PROG_ID)
  using log = emulator().record()
  const controller = new AbortController()
  const call = hresultOf(object.call('Poll', [10_000], { signal: controller.signal }))
  await delay(20)
  expect(log.call('Poll').outcome).toBe('pending')
  expect(log.toSvg()).toContain('class="call pending"')
  const [span] = log.toChromeTrace().traceEvents.filter(({ ph, cat }) => ph === 'X' && cat === 'call')
  // It goes on until now, though nothing happened since.
  expect(span?.dur).toBeGreaterThan(10_000)
  controller.abort()
  expect(await call).toBe(RPC_E_CALL_CANCELED)
})
