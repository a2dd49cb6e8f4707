// Deadlines: timeouts that the binding keeps, how they combine with signals, and what an aborted call reports.
import { channel } from 'node:diagnostics_channel'
import { ComAbortError, ComThread, HResult } from 'com-cancel'
import { describe, expect, it } from 'vitest'
import { callOf, jobs, leaveNothingBehind, own, startThread, threads } from '../support/com'
import { expectComError, rejection } from '../support/errors'
import { A_WHILE, LONG, until } from '../support/until'

leaveNothingBehind()

const { RPC_E_CALL_CANCELED, RPC_E_DISCONNECTED, RPC_S_CALLPENDING, S_OK } = HResult

/** Blocks JavaScript. */
const block = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

/** The properties of an aborted call that say what happened. */
const stateOf = async (call: Promise<unknown>) => {
  const error = await rejection(call)
  expect(error).toBeInstanceOf(ComAbortError)
  const { reason, started, busy, abandoned, hresult, timeout } = error as ComAbortError
  return { reason, started, busy, abandoned, hresult, timeout }
}

describe('timeout', () => {
  it('C7 cancels the running call', async () => {
    const thread = await startThread()
    const error = await rejection(thread.wait(LONG, { timeout: 50 }))
    expect(error).toMatchObject({
      name: 'AbortError',
      code: 'ABORT_ERR',
      function: 'ComThread.wait',
      message: 'ComThread.wait was canceled after 50 ms (timeout); the server may still be working on it',
    })
    await thread.wait(0)
    expect(thread.state).toBe('idle')
  })

  it('counts from when the call begins, not from when it is queued', async () => {
    const thread = await startThread()
    const first = thread.wait(2 * A_WHILE)
    const second = thread.wait(0, { timeout: A_WHILE })
    await Promise.all([first, second])
  })

  it('leaves a call alone that ends in time', async () => {
    const thread = await startThread()
    await thread.wait(1, { timeout: LONG, queueTimeout: LONG })
    await Promise.all(
      Array.from({ length: 100 }, () => thread.wait(0, { timeout: LONG, queueTimeout: LONG })),
    )
    expect(jobs()).toBe(0)
  })

  it('C12 cancels the call while JavaScript is blocked, and the result is delivered afterwards', async () => {
    const thread = await startThread({ grace: 50 })
    const call = stateOf(thread.wait(A_WHILE, { timeout: 100 }))
    // The call would complete, and its grace period end, before JavaScript continues.
    block(2 * A_WHILE)
    expect(await call).toEqual({
      reason: 'timeout',
      started: true,
      busy: false,
      abandoned: false,
      hresult: RPC_E_CALL_CANCELED,
      timeout: 100,
    })
    expect(thread.state).toBe('idle')
  })

  it('lets the next call begin while JavaScript is blocked', async () => {
    const thread = await startThread()
    const first = stateOf(thread.wait(LONG, { timeout: 50 }))
    const second = thread.wait(A_WHILE, { timeout: 2 * A_WHILE })
    block(2 * A_WHILE)
    expect(await first).toMatchObject({ reason: 'timeout' })
    await second
  })
})

describe('queueTimeout', () => {
  it('drops a call that has not begun: it never reaches the server', async () => {
    const thread = await startThread()
    const controller = new AbortController()
    const running = rejection(thread.wait(LONG, { signal: controller.signal }))
    await callOf(thread.id)
    const error = await rejection(thread.wait(LONG, { queueTimeout: 30, timeout: LONG }))
    expect(error).toMatchObject({
      reason: 'timeout',
      started: false,
      timeout: 30,
      hresult: RPC_E_CALL_CANCELED,
      message: 'ComThread.wait was canceled after 30 ms in the queue (timeout); it had not started',
    })
    expect(jobs()).toBe(1)
    controller.abort()
    await running
  })

  it('has no effect on a call that has begun', async () => {
    const thread = await startThread()
    await thread.wait(A_WHILE, { queueTimeout: A_WHILE / 2 })
  })

  it('drops a call while JavaScript is blocked', async () => {
    const thread = await startThread()
    const running = thread.wait(A_WHILE)
    const queued = stateOf(thread.wait(0, { queueTimeout: 50 }))
    block(2 * A_WHILE)
    expect(await queued).toMatchObject({ reason: 'timeout', started: false })
    await running
  })
})

describe('the grace period', () => {
  it('W4 a result that came in time is delivered, however late JavaScript takes it', async () => {
    const thread = await startThread({ grace: 50 })
    const controller = new AbortController()
    const call = stateOf(thread.wait(LONG, { signal: controller.signal }))
    await callOf(thread.id)
    controller.abort()
    // Longer than the grace period: its end and the result are both there when JavaScript continues.
    block(1000)
    expect(await call).toMatchObject({ reason: 'signal', abandoned: false, hresult: RPC_E_CALL_CANCELED })
    expect(thread.state).toBe('idle')
  })

  it('W4 a call that times out and can not be canceled is abandoned', async () => {
    const thread = await startThread({ grace: 30 })
    const error = await rejection(thread.wait(2500, { cancelable: false, timeout: 50 }))
    expect(error).toMatchObject({
      reason: 'timeout',
      abandoned: true,
      started: true,
      message:
        'ComThread.wait was canceled after 50 ms (timeout); it has not returned and still blocks its thread',
    })
    expect(thread.state).toBe('abandoned')
    await until('the call has returned', () => thread.state === 'idle')
  })
})

describe('an aborted call says what happened', () => {
  const common = { busy: false, abandoned: false, timeout: undefined }

  it.each([
    ['before it was made', { reason: 'signal', started: false, hresult: RPC_E_CALL_CANCELED }],
    ['by a signal while it was queued', { reason: 'signal', started: false, hresult: RPC_E_CALL_CANCELED }],
    [
      'by a timeout while it was queued',
      { reason: 'timeout', started: false, hresult: RPC_E_CALL_CANCELED, timeout: 20 },
    ],
    ['by a signal while it ran', { reason: 'signal', started: true, hresult: RPC_E_CALL_CANCELED }],
    [
      'by a timeout while it ran',
      { reason: 'timeout', started: true, hresult: RPC_E_CALL_CANCELED, timeout: 20 },
    ],
    ['by a signal, too late', { reason: 'signal', started: true, hresult: S_OK }],
    [
      'by a signal, and abandoned',
      { reason: 'signal', started: true, abandoned: true, hresult: RPC_S_CALLPENDING },
    ],
    [
      'by a timeout, and abandoned',
      { reason: 'timeout', started: true, abandoned: true, hresult: RPC_S_CALLPENDING, timeout: 20 },
    ],
    ['by disposal while it was queued', { reason: 'disposed', started: false, hresult: RPC_E_DISCONNECTED }],
    ['by disposal while it ran', { reason: 'disposed', started: true, hresult: RPC_E_CALL_CANCELED }],
    [
      'by disposal, and abandoned',
      { reason: 'disposed', started: true, abandoned: true, hresult: RPC_S_CALLPENDING },
    ],
  ] as const)('canceled %s', async (how, expected) => {
    const abandons = how.endsWith('abandoned')
    const thread = await startThread({ grace: abandons ? 30 : 20_000 })
    const controller = new AbortController()
    const { signal } = controller
    if (how === 'before it was made') controller.abort()
    const running = how.includes('queued') ? rejection(thread.wait(LONG)) : undefined
    if (running) await callOf(thread.id)
    const limits = how.startsWith('by a timeout')
      ? how.includes('queued')
        ? { queueTimeout: 20 }
        : { timeout: 20 }
      : { signal }
    const cancelable = !abandons && !how.endsWith('too late')
    const call = stateOf(thread.wait(cancelable ? LONG : A_WHILE, { ...limits, cancelable }))
    if (how.startsWith('by a signal')) {
      // A call without a cancel object can not be found; it has begun after this time.
      if (cancelable && !running) await callOf(thread.id)
      else await new Promise(resolve => setTimeout(resolve, A_WHILE / 3))
      controller.abort()
    }
    if (how.startsWith('by disposal')) {
      if (cancelable) await callOf(thread.id)
      else await new Promise(resolve => setTimeout(resolve, A_WHILE / 3))
      await thread[Symbol.asyncDispose]()
    }
    expect(await call).toEqual({ ...common, ...expected })
    await thread[Symbol.asyncDispose]()
    await running
    await until('the thread has ended', () => threads() === 0)
  })

  it('and keeps it as JSON and in its message', async () => {
    const thread = await startThread()
    const error = await rejection(thread.wait(LONG, { timeout: 20 }))
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: 'AbortError',
      message: 'ComThread.wait was canceled after 20 ms (timeout); the server may still be working on it',
      code: 'ABORT_ERR',
      reason: 'timeout',
      function: 'ComThread.wait',
      hresult: RPC_E_CALL_CANCELED,
      abandoned: false,
      started: true,
      busy: false,
      hostTerminated: false,
      timeout: 20,
    })
    expect((error as Error).stack).toContain('canceled after 20 ms (timeout)')
  })

  it('with the reason of the signal in its message', async () => {
    const thread = await startThread()
    const messageFor = async (reason?: unknown) =>
      ((await rejection(thread.wait(1, { signal: AbortSignal.abort(reason) }))) as Error).message
    const end = '; it had not started'
    expect(await messageFor()).toBe(`ComThread.wait was canceled (signal)${end}`)
    expect(await messageFor('Cancel clicked')).toBe(
      `ComThread.wait was canceled (signal: Cancel clicked)${end}`,
    )
    expect(await messageFor(new Error('no time'))).toBe(`ComThread.wait was canceled (signal: no time)${end}`)
    expect(await messageFor(42)).toBe(`ComThread.wait was canceled (signal)${end}`)
  })
})

describe('signals', () => {
  it('C12 that abort while the call is being queued are not lost', async () => {
    const thread = await startThread()
    const controller = new AbortController()
    const queued = channel('com-cancel:job:queued')
    const abort = () => controller.abort('inside')
    queued.subscribe(abort)
    const call = rejection(thread.wait(LONG, { signal: controller.signal }))
    queued.unsubscribe(abort)
    expect(await call).toMatchObject({ reason: 'signal', cause: 'inside' })
  })

  it('and timeouts: what comes first counts', async () => {
    const thread = await startThread()
    const signal = AbortSignal.timeout(LONG)
    expect(await stateOf(thread.wait(LONG, { signal, timeout: 20 }))).toMatchObject({ reason: 'timeout' })
    const soon = AbortSignal.timeout(20)
    expect(await stateOf(thread.wait(LONG, { signal: soon, timeout: LONG }))).toMatchObject({
      reason: 'signal',
    })
  })
})

describe('defaults of a thread', () => {
  const start = async (options: Parameters<typeof ComThread.start>[0]) => own(await ComThread.start(options))

  it('limit each of its calls', async () => {
    const thread = await start({ timeout: 30 })
    for (let i = 0; i < 3; i++)
      expect(await stateOf(thread.wait(LONG))).toMatchObject({ reason: 'timeout', timeout: 30 })
  })

  it('are not taken away by undefined, and by Infinity are', async () => {
    const thread = await start({ timeout: 30 })
    const limits = { timeout: undefined, queueTimeout: undefined, signal: undefined }
    expect(await stateOf(thread.wait(LONG, limits))).toMatchObject({ timeout: 30 })
    await thread.wait(A_WHILE, { timeout: Number.POSITIVE_INFINITY })
    expect(await stateOf(thread.wait(LONG, { timeout: 20 }))).toMatchObject({ timeout: 20 })
  })

  it('have a signal that is combined with that of the call', async () => {
    const all = new AbortController()
    const one = new AbortController()
    const thread = await start({ signal: all.signal })
    const first = rejection(thread.wait(LONG, { signal: one.signal }))
    await callOf(thread.id)
    one.abort('one')
    expect(await first).toMatchObject({ cause: 'one' })
    const second = rejection(thread.wait(LONG, { signal: one.signal }))
    expect(await second).toMatchObject({ cause: 'one', started: false })
    const third = rejection(thread.wait(LONG, { signal: undefined }))
    await callOf(thread.id)
    all.abort('all')
    expect(await third).toMatchObject({ cause: 'all', started: true })
    expect(await rejection(thread.wait(0))).toMatchObject({ cause: 'all', started: false })
  })

  it('belong to the thread that replaces it', async () => {
    const thread = await start({ timeout: 30 })
    const fresh = own(await thread.replace())
    expect(await stateOf(fresh.wait(LONG))).toMatchObject({ timeout: 30 })
  })

  it('do not change what a disposed thread answers', async () => {
    const thread = await start({ timeout: 30 })
    await thread[Symbol.asyncDispose]()
    expectComError(await rejection(thread.wait(1)), 'RPC_E_DISCONNECTED', 'ComThread.wait')
  })
})

describe('a timeout', () => {
  const expected = 'an integer from 1 to 2147483647 (milliseconds) or Infinity'

  it.each([0, -1, 1.5, Number.NaN, 0x80000000, Number.NEGATIVE_INFINITY])(
    'of %s is a RangeError',
    async ms => {
      const thread = await startThread()
      for (const name of ['timeout', 'queueTimeout'])
        expect(await rejection(thread.wait(0, { [name]: ms }))).toMatchObject({
          name: 'RangeError',
          message: `ComThread.wait: options.${name} must be ${expected}, got ${ms}`,
        })
      expect(await rejection(ComThread.start({ timeout: ms }))).toBeInstanceOf(RangeError)
    },
  )

  it.each(['50', null, 50n, new Date(50)])('of another type is a TypeError', async ms => {
    const thread = await startThread()
    expect(await rejection(thread.wait(0, { timeout: ms as unknown as number }))).toMatchObject({
      name: 'TypeError',
      message: expect.stringContaining(`ComThread.wait: options.timeout must be ${expected}, got`),
    })
  })

  it('of 1 and of 2147483647 is accepted', async () => {
    const thread = await startThread()
    await rejection(thread.wait(LONG, { timeout: 1 }))
    await thread.wait(0, { timeout: 0x7fffffff, queueTimeout: 0x7fffffff })
  })
})
