// Garbage collection of objects, threads and signals that a program does not dispose of.
import { CancelObject, ComThread, coCancelCall, coGetCancelObject, coSetCancelObject } from 'com-cancel'
import { expect, it } from 'vitest'
import { collect, untilCollected } from '../support/collect'
import {
  callOf,
  jobs,
  leaveNothingBehind,
  nothingPending,
  objects,
  startThread,
  threads,
} from '../support/com'
import { expectAbortError, rejection } from '../support/errors'
import { LONG, sleep, until } from '../support/until'

leaveNothingBehind()

it('O2 collected objects are released', async () => {
  ;(() => {
    for (let i = 0; i < 100; i++) new CancelObject({ onCancel: () => i }).testCancel()
  })()
  expect(objects()).toBe(100)
  await untilCollected('all are released', () => objects() === 0)
})

it('O2 collected references are released', async () => {
  const object = new CancelObject()
  coSetCancelObject(object)
  ;(() => {
    for (let i = 0; i < 100; i++) coGetCancelObject(0).testCancel()
  })()
  expect(object.references).toBe(102)
  await untilCollected('all are released', () => object.references === 2)
  coSetCancelObject(null)
  object[Symbol.dispose]()
})

it('O2 a registered object without other references still calls onCancel', async () => {
  let notified = 0
  ;(() => coSetCancelObject(new CancelObject({ onCancel: () => notified++ })))()
  for (let i = 0; i < 10; i++) {
    collect()
    await sleep(5)
  }
  expect(nothingPending()).toBe(false)
  expect(coCancelCall(0)).toBe('requested')
  expect(notified).toBe(1)
  coSetCancelObject(null)
  await untilCollected('it is released', () => objects() === 0)
})

it('a thread that is collected ends', async context => {
  context.skip('Bun' in globalThis, 'Bun keeps an object that a finished function has awaited with')
  await (async () => {
    const thread = await ComThread.start()
    await thread.wait(1)
  })()
  expect(threads()).toBe(1)
  await untilCollected('it has ended', () => threads() === 0)
})

it('a thread without references completes its calls before it ends', async () => {
  const waiting = (async () => {
    const thread = await ComThread.start({ apartment: 'sta' })
    return [thread.wait(300), thread.wait(1)]
  })()
  const [first, second] = await waiting
  collect()
  await first
  collect()
  await second
  await untilCollected('it has ended', () => threads() === 0)
})

it('a signal keeps no thread alive when its call has ended', async () => {
  const { signal } = new AbortController()
  await (async () => {
    const thread = await ComThread.start()
    await thread.wait(1, { signal })
  })()
  await untilCollected('the thread has ended', () => threads() === 0)
  expect(signal.aborted).toBe(false)
})

it('C7 a signal cancels the call of a thread without other references', async () => {
  // An error references the functions of its stack until the stack is read, so it must not be kept either.
  await (async () => {
    const controller = new AbortController()
    const blocked = await (async () => {
      const thread = await ComThread.start()
      return [rejection(thread.wait(LONG, { signal: controller.signal }))] as const
    })()
    await until('the call is queued or running', () => jobs() === 1)
    for (let i = 0; i < 5; i++) {
      collect()
      await sleep(5)
    }
    expect(jobs()).toBe(1)
    controller.abort('reached')
    expectAbortError(await blocked[0], { reason: 'reached' })
  })()
  await untilCollected('it has ended', () => threads() === 0)
})

it('O6 cancel objects of a pending call may be collected', async () => {
  const thread = await startThread()
  const blocked = rejection(thread.wait(LONG))
  await callOf(thread.id)
  ;(() => {
    for (let i = 0; i < 50; i++) coGetCancelObject(thread.id).testCancel()
  })()
  collect()
  await sleep(20)
  collect()
  expect(coCancelCall(thread.id)).toBe('requested')
  expect(await blocked).toMatchObject({ code: 'RPC_E_CALL_CANCELED' })
})
