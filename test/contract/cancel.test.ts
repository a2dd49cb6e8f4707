// The effect of a cancel on a call that blocks a thread, and its return value (rules C).
import {
  type CancelOutcome,
  type ComThread,
  type ComThreadOptions,
  cancelCall,
  coCancelCall,
  coDisableCallCancellation,
  coEnableCallCancellation,
  coGetCancelObject,
  getCurrentThreadId,
  HResult,
  raw,
  wait,
} from 'com-cancel'
import { describe, expect, it } from 'vitest'
import { callOf, leaveNothingBehind, nothingPending, startThread, threads } from '../support/com'
import { expectComError, rejection, thrown } from '../support/errors'
import { A_WHILE, LONG, SOON, sleep, soon, until } from '../support/until'

leaveNothingBehind()

const { S_OK, E_NOINTERFACE, RPC_E_CALL_CANCELED, RPC_E_CALL_COMPLETE, CO_E_CANCEL_DISABLED } = HResult

/** A wait that the test cancels: the error it rejects with. */
const block = (thread: ComThread, ms = LONG): Promise<unknown> => rejection(thread.wait(ms))

const expectCanceled = async (blocked: Promise<unknown>): Promise<void> =>
  expectComError(await blocked, 'RPC_E_CALL_CANCELED', 'ComThread.wait')

describe.each(['mta', 'sta'] as const)('a thread of kind %s', apartment => {
  const start = (options?: ComThreadOptions) => startThread({ ...options, apartment })

  it('C1 C2 CoCancelCall cancels the pending call of a thread: S_OK', async () => {
    const thread = await start()
    const blocked = block(thread)
    await callOf(thread.id)
    expect(raw.coCancelCall(thread.id)).toBe(S_OK)
    await expectCanceled(blocked)
  })

  it('C1 CoCancelCall equals CoGetCancelObject, Cancel and Release', async () => {
    const thread = await start()
    const blocked = block(thread)
    const call = await callOf(thread.id)
    expect(call.testCancel()).toBe(false)
    expect(call.cancel()).toBe('requested')
    expect(call.testCancel()).toBe(true)
    await expectCanceled(blocked)
  })

  it('C2 cancelCall cancels the call without blocking JavaScript', async () => {
    const thread = await start()
    const blocked = block(thread)
    await callOf(thread.id)
    await expect(cancelCall(thread.id)).resolves.toBe('requested')
    await expectCanceled(blocked)
  })

  it('C3 the cancel of a call that was made without cancellation is CO_E_CANCEL_DISABLED, and the call completes', async () => {
    const thread = await start({ callCancellation: false })
    const waiting = thread.wait(A_WHILE)
    const call = await callOf(thread.id)
    expect(raw.coCancelCall(thread.id)).toBe(CO_E_CANCEL_DISABLED)
    expect(raw.coCancelCall(thread.id)).toBe(CO_E_CANCEL_DISABLED)
    expectComError(
      thrown(() => coCancelCall(thread.id)),
      'CO_E_CANCEL_DISABLED',
      'CoCancelCall',
    )
    expectComError(await rejection(cancelCall(thread.id)), 'CO_E_CANCEL_DISABLED', 'CoCancelCall')
    expect(call.testCancel()).toBe(false)
    await waiting
  })

  it('C4 a second cancel returns RPC_E_CALL_CANCELED', async () => {
    const thread = await start()
    const blocked = block(thread)
    const call = await callOf(thread.id)
    expect(call.cancel()).toBe('requested')
    expect(call.cancel()).toBe('already-canceled')
    expect(call.cancel({ timeout: 5000 })).toBe('already-canceled')
    await expectCanceled(blocked)
    expect(call.cancel()).toBe('already-canceled')
    expect(call.testCancel()).toBe(true)
  })

  it('C5 the cancel of a call that has completed is RPC_E_CALL_COMPLETE', async () => {
    const thread = await start()
    const waiting = thread.wait(A_WHILE)
    const call = await callOf(thread.id)
    await waiting
    expect(call.cancel()).toBe('completed')
    expect(call.cancel({ timeout: 60_000 })).toBe('completed')
    expectComError(
      thrown(() => call.testCancel()),
      'RPC_E_CALL_COMPLETE',
      'ICancelMethodCalls::TestCancel',
    )
  })

  it('C5 C6 a call that completes within the cancel timeout has its own result, and the cancel is RPC_E_CALL_COMPLETE', async () => {
    const thread = await start()
    const waiting = thread.wait(A_WHILE)
    await callOf(thread.id)
    await expect(cancelCall(thread.id, { timeout: 30_000 })).resolves.toBe('completed')
    await waiting
  })

  it('C5 C6 a cancel with an infinite timeout waits until the call has completed', async () => {
    const thread = await start()
    const waiting = thread.wait(A_WHILE)
    await callOf(thread.id)
    await expect(cancelCall(thread.id, { timeout: Number.POSITIVE_INFINITY })).resolves.toBe('completed')
    await waiting
  })

  it('C6 CoCancelCall with a timeout blocks its caller until the call has completed', async () => {
    const thread = await start()
    const waiting = thread.wait(A_WHILE)
    await callOf(thread.id)
    expect(raw.coCancelCall(thread.id, 30)).toBe(RPC_E_CALL_COMPLETE)
    await waiting
    expect(nothingPending(thread.id)).toBe(true)
  })

  it('C6 CoCancelCall blocks its caller for the timeout, then the call is released', async () => {
    const thread = await start()
    const blocked = block(thread)
    await callOf(thread.id)
    const begin = performance.now()
    expect(raw.coCancelCall(thread.id, 1)).toBe(S_OK)
    const took = performance.now() - begin
    expect(took).toBeGreaterThan(900)
    expect(took).toBeLessThan(SOON)
    await expectCanceled(blocked)
  })

  it('C6 CoCancelCall with timeout 0 does not wait for the call', async () => {
    const thread = await start()
    const blocked = block(thread)
    await callOf(thread.id)
    const begin = performance.now()
    expect(coCancelCall(thread.id)).toBe('requested')
    expect(performance.now() - begin).toBeLessThan(SOON)
    await expectCanceled(blocked)
  })

  it('C7 the blocked thread is released', async () => {
    const thread = await start()
    const begin = performance.now()
    const blocked = block(thread)
    await callOf(thread.id)
    coCancelCall(thread.id)
    await expectCanceled(blocked)
    expect(performance.now() - begin).toBeLessThan(SOON)
    expect(nothingPending(thread.id)).toBe(true)
  })

  it('C7 cancelCall releases the thread when the timeout ends, and JavaScript runs meanwhile', async () => {
    const thread = await start()
    const blocked = block(thread)
    const call = await callOf(thread.id)
    let ticks = 0
    const timer = setInterval(() => ticks++, 20)
    const begin = performance.now()
    const canceling = cancelCall(thread.id, { timeout: 1000 })
    const released = blocked.then(() => performance.now() - begin)
    await until('the call is canceled', () => call.testCancel())
    expect(await soon('the cancel has ended', canceling)).toBe('requested')
    clearInterval(timer)
    expect(performance.now() - begin).toBeGreaterThan(900)
    expect(await released).toBeGreaterThan(900)
    await expectCanceled(blocked)
    expect(ticks).toBeGreaterThan(0)
  })

  it('C4 C7 a second cancel with a shorter timeout is RPC_E_CALL_CANCELED and releases the thread sooner', async () => {
    const thread = await start()
    const blocked = block(thread)
    const call = await callOf(thread.id)
    const first = cancelCall(thread.id, { timeout: 50_000 })
    await until('the call is canceled', () => call.testCancel())
    expect(coCancelCall(thread.id)).toBe('already-canceled')
    await expectCanceled(blocked)
    expect(await soon('the first cancel has ended', first)).toBe('requested')
  })

  it('C4 C7 a second cancel with a longer timeout does not delay the release', async () => {
    const thread = await start()
    const blocked = block(thread)
    const call = await callOf(thread.id)
    const first = cancelCall(thread.id, { timeout: 1000 })
    await until('the call is canceled', () => call.testCancel())
    expect(await soon('it ended', cancelCall(thread.id, { timeout: 50_000 }))).toBe('already-canceled')
    await expectCanceled(blocked)
    expect(await first).toBe('requested')
  })

  it('C10 the next call has its own result', async () => {
    const thread = await start()
    for (let i = 0; i < 10; i++) {
      const blocked = block(thread)
      const next = thread.wait(1)
      await callOf(thread.id)
      expect(coCancelCall(thread.id)).toBe('requested')
      await expectCanceled(blocked)
      await next
    }
  })

  it('C12 a cancel before the first call is E_NOINTERFACE and has no later effect', async () => {
    const thread = await start()
    expect(raw.coCancelCall(thread.id)).toBe(E_NOINTERFACE)
    expectComError(
      thrown(() => coCancelCall(thread.id)),
      'E_NOINTERFACE',
      'CoCancelCall',
    )
    expectComError(await rejection(cancelCall(thread.id)), 'E_NOINTERFACE', 'CoCancelCall')
    expectComError(
      await rejection(cancelCall(thread.id, { timeout: 50_000 })),
      'E_NOINTERFACE',
      'CoCancelCall',
    )
    await thread.wait(20)
  })

  it('C12 a cancel between two calls is E_NOINTERFACE and has no later effect', async () => {
    const thread = await start()
    await thread.wait(1)
    await until('the call has ended', () => nothingPending(thread.id))
    expect(raw.coCancelCall(thread.id)).toBe(E_NOINTERFACE)
    await thread.wait(1)
  })

  it('C14 the cancel of a call without a cancel object is E_NOINTERFACE, and the call completes', async () => {
    const thread = await start()
    let over = false
    const waiting = thread.wait(A_WHILE, { cancelable: false }).then(() => {
      over = true
    })
    const answers = new Set<number>()
    while (!over) {
      answers.add(raw.coCancelCall(thread.id))
      await sleep(5)
    }
    await waiting
    expect([...answers]).toEqual([E_NOINTERFACE])
  })
})

describe('the thread id', () => {
  it('C1 O7 selects the thread whose call is canceled', async () => {
    const one = await startThread()
    const other = await startThread()
    const blocked = block(one)
    const waiting = other.wait(A_WHILE)
    await callOf(one.id)
    const otherCall = await callOf(other.id)
    coCancelCall(one.id)
    await expectCanceled(blocked)
    expect(otherCall.testCancel()).toBe(false)
    await waiting
  })

  it('C9 of the calling thread finds no pending call', () => {
    expect(raw.coCancelCall(0)).toBe(E_NOINTERFACE)
    expect(raw.coCancelCall(getCurrentThreadId())).toBe(E_NOINTERFACE)
  })

  it.each([1, 0xfffffffc, 0xffffffff])('O7 %i of no thread is E_NOINTERFACE', async id => {
    expect(raw.coCancelCall(id)).toBe(E_NOINTERFACE)
    expect(raw.coCancelCall(id, 30)).toBe(E_NOINTERFACE)
    expectComError(await rejection(cancelCall(id, { timeout: 30_000 })), 'E_NOINTERFACE', 'CoCancelCall')
  })

  it('O7 of a thread that has ended is E_NOINTERFACE', async () => {
    const thread = await startThread()
    await thread[Symbol.asyncDispose]()
    await until('the thread has ended', () => threads() === 0)
    expect(raw.coCancelCall(thread.id)).toBe(E_NOINTERFACE)
    expectComError(
      thrown(() => coGetCancelObject(thread.id)),
      'E_NOINTERFACE',
      'CoGetCancelObject',
    )
  })

  it('O6 is the threadId of the cancel object', async () => {
    const thread = await startThread()
    const blocked = block(thread)
    const call = await callOf(thread.id)
    expect(call.threadId).toBe(thread.id)
    call.cancel()
    await expectCanceled(blocked)
  })

  it('C2 of a call that is canceled many times at once gets one request', async () => {
    const thread = await startThread()
    const blocked = block(thread)
    await callOf(thread.id)
    const cancelers = Array.from({ length: 20 }, () =>
      cancelCall(thread.id, { timeout: 30_000 }).catch((error: unknown): CancelOutcome | 'gone' => {
        expectComError(error, 'E_NOINTERFACE', 'CoCancelCall')
        return 'gone'
      }),
    )
    const now = cancelCall(thread.id)
    await expectCanceled(blocked)
    const outcomes = [...(await soon('all have ended', Promise.all(cancelers))), await now]
    expect(outcomes.filter(outcome => outcome === 'requested')).toHaveLength(1)
    expect(outcomes).not.toContain('completed')
  })
})

describe('the wait of the calling thread', () => {
  it('returns S_OK when its time has passed', () => {
    const begin = performance.now()
    expect(raw.wait(60)).toBe(S_OK)
    expect(performance.now() - begin).toBeGreaterThan(40)
    expect(raw.wait(0)).toBe(S_OK)
    wait(1)
  })

  it('C14 may register no cancel object', () => {
    expect(raw.wait(1, { cancelable: false })).toBe(S_OK)
    expect(raw.wait(1, { cancelable: true })).toBe(S_OK)
    expect(raw.wait(1, {})).toBe(S_OK)
    wait(1, { cancelable: false })
  })

  it('O3 leaves no cancel object registered', () => {
    coEnableCallCancellation()
    for (let i = 0; i < 100; i++) raw.wait(0)
    coDisableCallCancellation()
    expect(nothingPending()).toBe(true)
  })

  it('C12 is not affected by a cancel before it', () => {
    coEnableCallCancellation()
    expect(raw.coCancelCall(0)).toBe(E_NOINTERFACE)
    expect(raw.wait(5)).toBe(S_OK)
    expect(raw.wait(5)).not.toBe(RPC_E_CALL_CANCELED)
    coDisableCallCancellation()
  })
})
