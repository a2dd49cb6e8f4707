// Threads, events and thread-pool waits that the addon releases.
import {
  CancelObject,
  ComThread,
  cancelCall,
  coCancelCall,
  coGetCancelObject,
  coSetCancelObject,
} from 'com-cancel'
import { expect, it } from 'vitest'
import { callOf, leaveNothingBehind } from '../support/com'
import { expectAbortError, rejection } from '../support/errors'
import { leavingNothing } from '../support/leaks'
import { repetitions } from '../support/repetitions'
import { LONG } from '../support/until'

leaveNothingBehind()

const TIMES = repetitions(200, 500)

const apartmentOf = (n: number) => (n % 2 ? 'sta' : 'mta')

it(`W5 a thread that has ended and is collected leaves no handle: ${TIMES} times`, async () => {
  await leavingNothing(TIMES, async n => {
    await using thread = await ComThread.start({ apartment: apartmentOf(n) })
    await thread.wait(0)
  })
}, 600_000)

it(`C7 a canceled call leaves no handle: ${TIMES} times`, async () => {
  await leavingNothing(TIMES, async n => {
    await using thread = await ComThread.start({ apartment: apartmentOf(n) })
    const controller = new AbortController()
    const blocked = rejection(thread.wait(LONG, { signal: controller.signal }))
    if (n % 3) await new Promise(resolve => setImmediate(resolve))
    controller.abort(n)
    expectAbortError(await blocked, { reason: n })
  })
}, 600_000)

it(`C2 a cancel on the thread pool leaves no handle: ${TIMES} times`, async () => {
  await leavingNothing(TIMES, async n => {
    await using thread = await ComThread.start({ apartment: apartmentOf(n) })
    const blocked = rejection(thread.wait(LONG))
    const call = await callOf(thread.id)
    expect(await cancelCall(thread.id)).toBe('requested')
    call[Symbol.dispose]()
    await blocked
  })
}, 600_000)

it('O2 cancel objects leave nothing: 10000', async () => {
  await leavingNothing(10_000, async () => {
    const object = new CancelObject({ onCancel() {} })
    coSetCancelObject(object)
    coGetCancelObject(0)[Symbol.dispose]()
    coCancelCall(0)
    coSetCancelObject(null)
    object[Symbol.dispose]()
  })
})
