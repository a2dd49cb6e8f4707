// Synchronous calls that block a whole JavaScript thread, canceled from another one: C7, C9, and E where it decides.
import { callCancellation, cancelCall, coCancelCall, getCurrentThreadId, HResult, raw } from 'com-cancel'
import { expect, it } from 'vitest'
import { describeWhere } from '../support/capability'
import { callOf, leaveNothingBehind, nothingPending } from '../support/com'
import { ComWorker } from '../support/com-worker'
import { expectComError, rejection } from '../support/errors'
import { A_WHILE, LONG, sleep, soon, until } from '../support/until'

leaveNothingBehind()

const { S_OK, E_NOINTERFACE, RPC_E_CALL_CANCELED, CO_E_CANCEL_DISABLED } = HResult

const startWorker = async () => {
  const worker = ComWorker.start(import.meta.dirname, 'obedient-worker.cjs')
  return { worker, id: await worker.threadId() }
}

/** Has a worker block in a wait; `result` is the HRESULT its wait returned. */
const block = async (worker: ComWorker, id: number, ms = LONG) => {
  const result = worker.tell<number>('wait', ms)
  const call = await callOf(id)
  return { call, result: (what: string) => soon(what, result) }
}

describeWhere('cancelAcrossWorkers', 'a worker blocked in a synchronous call', () => {
  it('C7 C9 is released from the main thread, and its call returns RPC_E_CALL_CANCELED', async () => {
    const { worker, id } = await startWorker()
    expect(id).not.toBe(getCurrentThreadId())
    expect(await worker.tell('coEnableCallCancellation')).toBe(S_OK)
    const { result } = await block(worker, id)
    expect(coCancelCall(id)).toBe('requested')
    expect(await result('it is released')).toBe(RPC_E_CALL_CANCELED)
    expect(await worker.tell('wait', 1), 'C10 the next call').toBe(S_OK)
  })

  it('C7 is released by cancelCall, with its timeout', async () => {
    const { worker, id } = await startWorker()
    await worker.tell('coEnableCallCancellation')
    const { call, result } = await block(worker, id)
    const begin = performance.now()
    const canceling = cancelCall(id, { timeout: 1000 })
    await until('the call is canceled', () => call.testCancel())
    expect(await canceling).toBe('requested')
    expect(await result('it is released')).toBe(RPC_E_CALL_CANCELED)
    expect(performance.now() - begin).toBeGreaterThan(900)
  })

  it('C5 completes within the timeout', async () => {
    const { worker, id } = await startWorker()
    await worker.tell('coEnableCallCancellation')
    const { result } = await block(worker, id, A_WHILE)
    expect(await cancelCall(id, { timeout: Number.POSITIVE_INFINITY })).toBe('completed')
    expect(await result('it has ended')).toBe(S_OK)
  })

  it('C3 E7 that has not enabled cancellation: CO_E_CANCEL_DISABLED, whatever others enabled', async () => {
    using _ = callCancellation()
    const { worker, id } = await startWorker()
    const { result } = await block(worker, id, A_WHILE)
    expect(raw.coCancelCall(id)).toBe(CO_E_CANCEL_DISABLED)
    expectComError(await rejection(cancelCall(id)), 'CO_E_CANCEL_DISABLED', 'CoCancelCall')
    expect(await result('it has ended')).toBe(S_OK)
  })

  it('E5 each call is cancelable or not by what was enabled when it was made', async () => {
    const { worker, id } = await startWorker()
    const first = await block(worker, id, A_WHILE)
    expect(raw.coCancelCall(id)).toBe(CO_E_CANCEL_DISABLED)
    expect(await first.result('it has ended')).toBe(S_OK)

    await worker.tell('coEnableCallCancellation')
    const second = await block(worker, id)
    expect(raw.coCancelCall(id)).toBe(S_OK)
    expect(await second.result('it is released')).toBe(RPC_E_CALL_CANCELED)

    await worker.tell('coDisableCallCancellation')
    const third = await block(worker, id, A_WHILE)
    expect(raw.coCancelCall(id)).toBe(CO_E_CANCEL_DISABLED)
    expect(await third.result('it has ended')).toBe(S_OK)
  })

  it('E3 is cancelable until every enable has had its disable', async () => {
    const { worker, id } = await startWorker()
    await worker.tell('coEnableCallCancellation')
    await worker.tell('coEnableCallCancellation')
    await worker.tell('coDisableCallCancellation')
    const { result } = await block(worker, id)
    expect(raw.coCancelCall(id)).toBe(S_OK)
    expect(await result('it is released')).toBe(RPC_E_CALL_CANCELED)
  })

  it('E6 is no longer cancelable once its thread has left its apartment and entered it again', async () => {
    const { worker, id } = await startWorker()
    await worker.tell('coInitializeEx', 0)
    await worker.tell('coEnableCallCancellation')
    await worker.tell('coUninitialize')
    await worker.tell('coInitializeEx', 0)
    const { result } = await block(worker, id, A_WHILE)
    expect(raw.coCancelCall(id)).toBe(CO_E_CANCEL_DISABLED)
    expect(await result('it has ended')).toBe(S_OK)
    await worker.tell('coUninitialize')
  })

  it('C14 registers nothing when told so', async () => {
    const { worker, id } = await startWorker()
    await worker.tell('coEnableCallCancellation')
    const result = worker.tell('wait', A_WHILE, { cancelable: false })
    expect(raw.coCancelCall(id)).toBe(E_NOINTERFACE)
    expect(await soon('it has ended', result)).toBe(S_OK)
  })

  it('C12 is not what a cancel before it hits', async () => {
    const { worker, id } = await startWorker()
    await worker.tell('coEnableCallCancellation')
    expect(raw.coCancelCall(id)).toBe(E_NOINTERFACE)
    expect(await soon('it has ended', worker.tell('wait', 20))).toBe(S_OK)
    expect(nothingPending(id)).toBe(true)
  })

  it('C9 is released by another worker', async () => {
    const { worker: blocked, id } = await startWorker()
    const { worker: canceler } = await startWorker()
    await blocked.tell('coEnableCallCancellation')
    const { result } = await block(blocked, id)
    expect(await soon('the other one has canceled', canceler.tell('coCancelCall', id))).toBe(S_OK)
    expect(await result('it is released')).toBe(RPC_E_CALL_CANCELED)
  })

  it('O7 has ended: E_NOINTERFACE', async () => {
    const { worker, id } = await startWorker()
    await worker.terminate()
    expect(raw.coCancelCall(id)).toBe(E_NOINTERFACE)
  })
})

describeWhere('cancelAcrossWorkers', 'this thread, blocked in a synchronous call', () => {
  it('C7 C9 is released from a worker', async () => {
    const { worker } = await startWorker()
    using _ = callCancellation()
    const canceled = worker.tell('cancelWhenPending', getCurrentThreadId())
    const begin = performance.now()
    expect(raw.wait(LONG)).toBe(RPC_E_CALL_CANCELED)
    expect(performance.now() - begin).toBeLessThan(LONG / 2)
    expect(await canceled).toBe(S_OK)
    expect(raw.wait(1)).toBe(S_OK)
  })

  it('C3 E5 is not, where it has not enabled cancellation', async () => {
    const { worker } = await startWorker()
    let asked = false
    const canceled = worker.tell('cancelWhenPending', getCurrentThreadId()).finally(() => {
      asked = true
    })
    while (!asked) {
      expect(raw.wait(A_WHILE)).toBe(S_OK)
      await sleep(1)
    }
    expect(await canceled).toBe(CO_E_CANCEL_DISABLED)
  })
})
