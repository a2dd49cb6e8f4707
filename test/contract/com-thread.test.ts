// ComThread: queue, signals, cancel(), disposal, and calls that can't be canceled (W4, W5).
import { getEventListeners } from 'node:events'
import { ComThread, type ComThreadState, getCurrentThreadId, HResult } from 'com-cancel'
import { describe, expect, it } from 'vitest'
import { callOf, jobs, leaveNothingBehind, startThread, threads } from '../support/com'
import { expectAbortError, expectComError, rejection } from '../support/errors'
import { A_WHILE, LONG, SOON, sleep, soon, until } from '../support/until'

leaveNothingBehind()

const { S_OK, RPC_S_CALLPENDING, RPC_E_DISCONNECTED } = HResult

const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length

/** Waits until a thread is in a state. */
const inState = (thread: ComThread, state: ComThreadState): Promise<boolean> =>
  until(`the thread is ${state}`, () => thread.state === state)

describe.each(['mta', 'sta'] as const)('a thread of kind %s', apartment => {
  it('has an id of its own', async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => startThread({ apartment })))
    const ids = [getCurrentThreadId(), ...all.map(thread => thread.id)]
    expect(new Set(ids).size).toBe(6)
    for (const id of ids) expect(id > 0 && id === id >>> 0).toBe(true)
    expect(threads()).toBe(5)
  })

  it('makes a call while JavaScript runs', async () => {
    const thread = await startThread({ apartment })
    expect(thread.state).toBe('idle')
    let ticks = 0
    const timer = setInterval(() => ticks++, 10)
    const waiting = thread.wait(A_WHILE)
    expect(thread.state).toBe('busy')
    await waiting
    clearInterval(timer)
    expect(thread.state).toBe('idle')
    expect(ticks).toBeGreaterThan(0)
  })

  it('makes one call after the other, in order', async () => {
    const thread = await startThread({ apartment })
    const order: number[] = []
    const waits = [30, 0, 20, 1, 10].map((ms, n) => thread.wait(ms).then(() => order.push(n)))
    await until('all are queued or running', () => jobs() === 5)
    await Promise.all(waits)
    expect(order).toEqual([0, 1, 2, 3, 4])
    await until('all have ended', () => jobs() === 0)
  })

  it('does not delay other threads', async () => {
    const blocked = await startThread({ apartment })
    const other = await startThread({ apartment })
    const controller = new AbortController()
    const waiting = rejection(blocked.wait(LONG, { signal: controller.signal }))
    await callOf(blocked.id)
    for (let i = 0; i < 10; i++) await soon('the other thread answers', other.wait(1))
    controller.abort()
    await waiting
  })

  it('queues a thousand calls', async () => {
    const thread = await startThread({ apartment })
    await Promise.all(Array.from({ length: 1000 }, () => thread.wait(0)))
    expect(thread.state).toBe('idle')
  })

  it('C7 a signal that aborts during the call cancels it, and the promise rejects', async () => {
    const thread = await startThread({ apartment })
    const controller = new AbortController()
    const reason = new Error('enough')
    const begin = performance.now()
    const blocked = rejection(thread.wait(LONG, { signal: controller.signal }))
    await callOf(thread.id)
    expect(listeners(controller.signal)).toBe(1)
    controller.abort(reason)
    expectAbortError(await blocked, { reason })
    expect(performance.now() - begin).toBeLessThan(SOON)
    expect(listeners(controller.signal)).toBe(0)
    await inState(thread, 'idle')
    await thread.wait(1)
  })

  it('C12 a signal that aborts right after the call was queued cancels it', async () => {
    const thread = await startThread({ apartment })
    for (let i = 0; i < 20; i++) {
      const controller = new AbortController()
      const blocked = rejection(thread.wait(LONG, { signal: controller.signal }))
      controller.abort(i)
      expectAbortError(await blocked, { reason: i })
    }
    await thread.wait(1)
  })

  it('C12 a signal that aborts while the call is queued removes it from the queue', async () => {
    const thread = await startThread({ apartment })
    const first = new AbortController()
    const second = new AbortController()
    const order: string[] = []
    const running = rejection(thread.wait(LONG, { signal: first.signal })).then(error => {
      order.push('running')
      return error
    })
    const queued = rejection(thread.wait(LONG, { signal: second.signal })).then(error => {
      order.push('queued')
      return error
    })
    // Long enough not to return in the same turn of the event loop as the call before it.
    const last = thread.wait(A_WHILE).then(() => order.push('last'))
    const call = await callOf(thread.id)
    expect(jobs()).toBe(3)
    second.abort('changed my mind')
    expectAbortError(await queued, { reason: 'changed my mind' })
    await until('it is out of the queue', () => jobs() === 2)
    expect(call.testCancel()).toBe(false)
    expect(listeners(second.signal)).toBe(0)
    first.abort('all of it')
    expectAbortError(await running, { reason: 'all of it' })
    await last
    expect(order).toEqual(['queued', 'running', 'last'])
  })

  it('C7 one signal cancels all calls that it was passed to', async () => {
    const thread = await startThread({ apartment })
    const controller = new AbortController()
    const all = Array.from({ length: 50 }, () => rejection(thread.wait(LONG, { signal: controller.signal })))
    const untouched = thread.wait(1)
    await callOf(thread.id)
    const reason = { all: true }
    controller.abort(reason)
    for (const error of await Promise.all(all)) expectAbortError(error, { reason })
    expect(listeners(controller.signal)).toBe(0)
    await untouched
    await until('all are gone', () => jobs() === 0)
  })

  it('C7 disposal cancels the running call, removes the queued ones, and settles every promise', async () => {
    const thread = await startThread({ apartment })
    const signal = new AbortController().signal
    const running = rejection(thread.wait(LONG, { signal }))
    const queued = [thread.wait(LONG), thread.wait(0, { signal }), thread.wait(0, { cancelable: false })].map(
      rejection,
    )
    await callOf(thread.id)
    const begin = performance.now()
    await thread[Symbol.asyncDispose]()
    expect(performance.now() - begin).toBeLessThan(SOON)
    expectAbortError(await running, { why: 'disposed', started: true })
    for (const error of await Promise.all(queued))
      expectAbortError(error, { why: 'disposed', started: false, hresult: RPC_E_DISCONNECTED })
    expect(listeners(signal)).toBe(0)
    await until('the thread has ended', () => threads() === 0 && jobs() === 0)
    expect(thread.state).toBe('disposed')
  })

  it('can be disposed of right after its start', async () => {
    for (let i = 0; i < 20; i++) {
      const thread = await startThread({ apartment })
      const waiting = i % 2 ? rejection(thread.wait(LONG)) : undefined
      await thread[Symbol.asyncDispose]()
      if (waiting) expect(await waiting).toBeInstanceOf(Error)
    }
    await until('all have ended', () => threads() === 0)
  })
})

describe('signals', () => {
  it('aborted before the call reject it without COM', async () => {
    const thread = await startThread()
    const reason = new RangeError('too late')
    const signal = AbortSignal.abort(reason)
    const waiting = rejection(thread.wait(LONG, { signal }))
    expect(jobs()).toBe(0)
    expect(thread.state).toBe('idle')
    expectAbortError(await waiting, { reason })
    expect(listeners(signal)).toBe(0)
  })

  it('aborted after the call have no effect', async () => {
    const thread = await startThread()
    const controller = new AbortController()
    await thread.wait(1, { signal: controller.signal })
    expect(listeners(controller.signal)).toBe(0)
    controller.abort()
    await thread.wait(1)
    expect(thread.state).toBe('idle')
  })

  it('without a reason give the default reason', async () => {
    const thread = await startThread()
    const controller = new AbortController()
    const blocked = rejection(thread.wait(LONG, { signal: controller.signal }))
    await callOf(thread.id)
    controller.abort()
    const error = await blocked
    expectAbortError(error, { reason: controller.signal.reason })
    expect(error).toMatchObject({
      message: 'ComThread.wait was canceled (signal); the server may still be working on it',
      function: 'ComThread.wait',
      cause: { name: 'AbortError' },
    })
  })

  it('give an error whose stack has the caller', async context => {
    context.skip('Bun' in globalThis, 'the stack of an error in Bun has no callers that await')
    const thread = await startThread()
    const makesTheCall = async () => {
      await thread.wait(LONG, { signal: AbortSignal.timeout(20) })
    }
    expect(await rejection(makesTheCall())).toMatchObject({ stack: expect.stringContaining('makesTheCall') })
  })

  it('of AbortSignal.timeout cancel the call', async () => {
    const thread = await startThread()
    const signal = AbortSignal.timeout(50)
    const error = await rejection(thread.wait(LONG, { signal }))
    expectAbortError(error, { reason: signal.reason })
    expect(error).toMatchObject({ cause: { name: 'TimeoutError' } })
  })

  it.each([
    ['no error', 'a string'],
    ['null', null],
    ['a number', 0],
  ])('may have a reason that is %s', async (_, reason) => {
    const thread = await startThread()
    const controller = new AbortController()
    const blocked = rejection(thread.wait(LONG, { signal: controller.signal }))
    controller.abort(reason)
    expectAbortError(await blocked, { reason })
  })

  it('of AbortSignal.any cancel the call', async () => {
    const thread = await startThread()
    const controller = new AbortController()
    const signal = AbortSignal.any([controller.signal, AbortSignal.timeout(LONG)])
    const blocked = rejection(thread.wait(LONG, { signal }))
    await callOf(thread.id)
    controller.abort('through the other')
    expectAbortError(await blocked, { reason: 'through the other' })
  })

  it('that never abort have no effect and no listener left', async () => {
    const thread = await startThread()
    const { signal } = new AbortController()
    for (let i = 0; i < 20; i++) await thread.wait(0, { signal })
    expect(listeners(signal)).toBe(0)
  })

  it('do not prevent another cancel', async () => {
    const thread = await startThread()
    const controller = new AbortController()
    const blocked = rejection(thread.wait(LONG, { signal: controller.signal }))
    const call = await callOf(thread.id)
    call.cancel()
    expectComError(await blocked, 'RPC_E_CALL_CANCELED', 'ComThread.wait')
    expect(listeners(controller.signal)).toBe(0)
  })
})

describe('cancel()', () => {
  it('C2 cancels the running call', async () => {
    const thread = await startThread()
    const blocked = rejection(thread.wait(LONG))
    const next = thread.wait(1)
    await callOf(thread.id)
    expect(await thread.cancel()).toBe('requested')
    expectComError(await blocked, 'RPC_E_CALL_CANCELED', 'ComThread.wait')
    await next
  })

  it('C12 without a running call is E_NOINTERFACE and has no later effect', async () => {
    const thread = await startThread()
    expectComError(await rejection(thread.cancel()), 'E_NOINTERFACE', 'CoCancelCall')
    expectComError(await rejection(thread.cancel({ timeout: 50_000 })), 'E_NOINTERFACE', 'CoCancelCall')
    await thread.wait(10)
  })

  it('C4 C7 with a shorter timeout than the first answers already-canceled and releases the thread sooner', async () => {
    const thread = await startThread()
    const blocked = rejection(thread.wait(LONG))
    const call = await callOf(thread.id)
    const first = thread.cancel({ timeout: 50_000 })
    await until('the call is canceled', () => call.testCancel())
    expect(await thread.cancel()).toBe('already-canceled')
    expectComError(await blocked, 'RPC_E_CALL_CANCELED', 'ComThread.wait')
    expect(await soon('the first cancel has ended', first)).toBe('requested')
  })

  it('C5 answers completed when the call completes within the timeout', async () => {
    const thread = await startThread()
    const waiting = thread.wait(A_WHILE)
    await callOf(thread.id)
    expect(await thread.cancel({ timeout: Number.POSITIVE_INFINITY })).toBe('completed')
    await waiting
  })

  it('C3 is CO_E_CANCEL_DISABLED on a thread without cancellation', async () => {
    const thread = await startThread({ callCancellation: false })
    const waiting = thread.wait(A_WHILE)
    await callOf(thread.id)
    expectComError(await rejection(thread.cancel()), 'CO_E_CANCEL_DISABLED', 'CoCancelCall')
    await waiting
  })

  it('C14 is E_NOINTERFACE when the call has no cancel object', async () => {
    const thread = await startThread()
    const waiting = thread.wait(A_WHILE, { cancelable: false })
    await sleep(500)
    expectComError(await rejection(thread.cancel()), 'E_NOINTERFACE', 'CoCancelCall')
    await waiting
  })

  it('C7 with an infinite timeout ends with the thread', async () => {
    const thread = await startThread()
    const blocked = rejection(thread.wait(LONG))
    const call = await callOf(thread.id)
    const first = thread.cancel({ timeout: Number.POSITIVE_INFINITY })
    await until('the call is canceled', () => call.testCancel())
    await thread[Symbol.asyncDispose]()
    expectAbortError(await blocked, { why: 'disposed', started: true })
    expect(await soon('the first cancel has ended', first)).toBe('requested')
  })
})

describe('disposal', () => {
  it('refuses new calls', async () => {
    const thread = await startThread()
    const { id } = thread
    await thread[Symbol.asyncDispose]()
    expect(thread.state).toBe('disposed')
    expectComError(await rejection(thread.wait(0)), 'RPC_E_DISCONNECTED', 'ComThread.wait')
    expectComError(await rejection(thread.cancel()), 'RPC_E_DISCONNECTED', 'ComThread.cancel')
    expect(thread.id).toBe(id)
  })

  it('refuses new calls from its start', async () => {
    const thread = await startThread()
    const disposing = thread[Symbol.asyncDispose]()
    expect(thread.state).toBe('disposed')
    expectComError(await rejection(thread.wait(0)), 'RPC_E_DISCONNECTED', 'ComThread.wait')
    await disposing
  })

  it('returns the same promise the second time', async () => {
    const thread = await startThread()
    const first = thread[Symbol.asyncDispose]()
    expect(thread[Symbol.asyncDispose]()).toBe(first)
    await first
    await thread[Symbol.asyncDispose]()
  })

  it('makes later aborts have no effect', async () => {
    const thread = await startThread()
    const controller = new AbortController()
    const blocked = rejection(thread.wait(LONG, { signal: controller.signal }))
    await callOf(thread.id)
    await thread[Symbol.asyncDispose]()
    expectAbortError(await blocked, { why: 'disposed', started: true })
    controller.abort()
    expect(listeners(controller.signal)).toBe(0)
  })

  it('W4 abandons a call that can not be canceled after the grace period', async () => {
    const thread = await startThread({ callCancellation: false, grace: 50 })
    const blocked = rejection(thread.wait(2500))
    await callOf(thread.id)
    await thread[Symbol.asyncDispose]()
    const error = await blocked
    expectAbortError(error, { why: 'disposed', hresult: RPC_S_CALLPENDING, abandoned: true, started: true })
    expect(error).toMatchObject({ message: expect.stringContaining('still blocks its thread') })
    expect(threads()).toBe(1)
    expect(jobs()).toBe(1)
    await until('its call is back and it has ended', () => threads() === 0 && jobs() === 0)
  })

  it('happens at the end of an await using scope', async () => {
    let inside: ComThread
    {
      await using thread = await ComThread.start()
      await thread.wait(1)
      inside = thread
    }
    expect(inside.state).toBe('disposed')
    await until('it has ended', () => threads() === 0)
  })

  it('W5 no other thread gets the id while the handle is alive', async () => {
    const ended = await Promise.all(Array.from({ length: 20 }, () => startThread()))
    await Promise.all(ended.map(thread => thread[Symbol.asyncDispose]()))
    await until('all have ended', () => threads() === 0)
    const ids = new Set(ended.map(thread => thread.id))
    expect(ids.size).toBe(20)
    for (let round = 0; round < 5; round++) {
      const others = await Promise.all(Array.from({ length: 20 }, () => startThread()))
      for (const other of others) expect(ids).not.toContain(other.id)
      await Promise.all(others.map(thread => thread[Symbol.asyncDispose]()))
    }
    expect(ended.every(thread => thread.state === 'disposed')).toBe(true)
  })
})

describe('a call that can not be canceled', () => {
  /** The two kinds: a call without a cancel object, and a call of a thread without cancellation. */
  const kinds = [
    ['no cancel object', true, false],
    ['cancellation disabled', false, true],
  ] as const

  describe.each(kinds)('%s', (_, callCancellation, cancelable) => {
    const abandon = async (ms: number) => {
      const thread = await startThread({ callCancellation, grace: 50 })
      const controller = new AbortController()
      const blocked = rejection(thread.wait(ms, { cancelable, signal: controller.signal }))
      const queued = thread.wait(1)
      if (cancelable) await callOf(thread.id)
      else await sleep(1000)
      controller.abort('canceled by the test')
      return { thread, controller, queued, error: await blocked }
    }

    it('W4 rejects after the grace period, and the thread is abandoned until the call returns', async () => {
      const { thread, controller, queued, error } = await abandon(2500)
      expectAbortError(error, { reason: 'canceled by the test', hresult: RPC_S_CALLPENDING, abandoned: true })
      expect(error).toMatchObject({
        message:
          'ComThread.wait was canceled (signal: canceled by the test); it has not returned and still blocks its thread',
      })
      expect(thread.state).toBe('abandoned')
      expect(threads()).toBe(1)
      expect(listeners(controller.signal)).toBe(0)
      await queued
      expect(thread.state).toBe('idle')
      await thread.wait(1)
      await until('the call is back', () => jobs() === 0)
    })

    it('W4 an abandoned thread refuses new calls', async () => {
      const { thread, queued } = await abandon(2500)
      const refused = await rejection(thread.wait(0))
      expectComError(refused, 'RPC_S_CALLPENDING', 'ComThread.wait')
      expect(refused).toMatchObject({ message: expect.stringContaining('start another ComThread') })
      expect(jobs()).toBe(2)
      await queued
      await thread.wait(0)
    })

    it('W4 an abandoned thread that is disposed of ends when its call returns', async () => {
      const { thread, queued } = await abandon(2500)
      const dropped = rejection(queued)
      await thread[Symbol.asyncDispose]()
      expect(thread.state).toBe('disposed')
      expect(threads()).toBe(1)
      expectAbortError(await dropped, { why: 'disposed', started: false, hresult: RPC_E_DISCONNECTED })
      await until('it has ended', () => threads() === 0 && jobs() === 0)
    })
  })

  it('W4 is not abandoned when it returns within the grace period', async () => {
    const thread = await startThread({ callCancellation: false, grace: 20_000 })
    const controller = new AbortController()
    const blocked = rejection(thread.wait(A_WHILE, { signal: controller.signal }))
    await callOf(thread.id)
    controller.abort('within the grace period')
    expectAbortError(await blocked, { reason: 'within the grace period', hresult: S_OK })
    expect(thread.state).toBe('idle')
  })
})
