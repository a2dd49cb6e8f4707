// Synchronous calls that block a JavaScript thread and are canceled by another: C7, C9, and the rules E for them.
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

/** Blocks a worker in a wait; `result` is the HRESULT that the wait returns. */
const block = async (worker: ComWorker, id: number, ms = LONG) => {
  const result = worker.run<number>('wait', ms)
  const call = await callOf(id)
  return { call, result: (what: string) => soon(what, result) }
}

describeWhere('cancelAcrossWorkers', 'a synchronous call of a worker', () => {
  it('C7 C9 is canceled by the main thread, and returns RPC_E_CALL_CANCELED', async () => {
    const { worker, id } = await startWorker()
    expect(id).not.toBe(getCurrentThreadId())
    expect(await worker.run('coEnableCallCancellation')).toBe(S_OK)
    const { result } = await block(worker, id)
    expect(coCancelCall(id)).toBe('requested')
    expect(await result('it is released')).toBe(RPC_E_CALL_CANCELED)
    expect(await worker.run('wait', 1), 'C10 the next call').toBe(S_OK)
  })

  it('C7 is released by cancelCall when the cancel timeout ends', async () => {
    const { worker, id } = await startWorker()
    await worker.run('coEnableCallCancellation')
    const { call, result } = await block(worker, id)
    const begin = performance.now()
    const canceling = cancelCall(id, { timeout: 1000 })
    await until('the call is canceled', () => call.testCancel())
    expect(await canceling).toBe('requested')
    expect(await result('it is released')).toBe(RPC_E_CALL_CANCELED)
    expect(performance.now() - begin).toBeGreaterThan(900)
  })

  it('C5 completes within the cancel timeout: cancelCall answers that it has completed', async () => {
    const { worker, id } = await startWorker()
    await worker.run('coEnableCallCancellation')
    const { result } = await block(worker, id, A_WHILE)
    expect(await cancelCall(id, { timeout: Number.POSITIVE_INFINITY })).toBe('completed')
    expect(await result('it has ended')).toBe(S_OK)
  })

  it('C3 E7 is CO_E_CANCEL_DISABLED on a thread without cancellation, also when another thread has enabled it', async () => {
    using _ = callCancellation()
    const { worker, id } = await startWorker()
    const { result } = await block(worker, id, A_WHILE)
    expect(raw.coCancelCall(id)).toBe(CO_E_CANCEL_DISABLED)
    expectComError(await rejection(cancelCall(id)), 'CO_E_CANCEL_DISABLED', 'CoCancelCall')
    expect(await result('it has ended')).toBe(S_OK)
  })

  it('E5 is cancelable if cancellation was enabled when it was made', async () => {
    const { worker, id } = await startWorker()
    const first = await block(worker, id, A_WHILE)
    expect(raw.coCancelCall(id)).toBe(CO_E_CANCEL_DISABLED)
    expect(await first.result('it has ended')).toBe(S_OK)

    await worker.run('coEnableCallCancellation')
    const second = await block(worker, id)
    expect(raw.coCancelCall(id)).toBe(S_OK)
    expect(await second.result('it is released')).toBe(RPC_E_CALL_CANCELED)

    await worker.run('coDisableCallCancellation')
    const third = await block(worker, id, A_WHILE)
    expect(raw.coCancelCall(id)).toBe(CO_E_CANCEL_DISABLED)
    expect(await third.result('it has ended')).toBe(S_OK)
  })

  it('E3 is cancelable until each enable has been matched by a disable', async () => {
    const { worker, id } = await startWorker()
    await worker.run('coEnableCallCancellation')
    await worker.run('coEnableCallCancellation')
    await worker.run('coDisableCallCancellation')
    const { result } = await block(worker, id)
    expect(raw.coCancelCall(id)).toBe(S_OK)
    expect(await result('it is released')).toBe(RPC_E_CALL_CANCELED)
  })

  it('E6 is not cancelable after its thread has left its apartment and entered it again', async () => {
    const { worker, id } = await startWorker()
    await worker.run('coInitializeEx', 0)
    await worker.run('coEnableCallCancellation')
    await worker.run('coUninitialize')
    await worker.run('coInitializeEx', 0)
    const { result } = await block(worker, id, A_WHILE)
    expect(raw.coCancelCall(id)).toBe(CO_E_CANCEL_DISABLED)
    expect(await result('it has ended')).toBe(S_OK)
    await worker.run('coUninitialize')
  })

  it('C14 registers no cancel object when cancelable is false', async () => {
    const { worker, id } = await startWorker()
    await worker.run('coEnableCallCancellation')
    const result = worker.run('wait', A_WHILE, { cancelable: false })
    expect(raw.coCancelCall(id)).toBe(E_NOINTERFACE)
    expect(await soon('it has ended', result)).toBe(S_OK)
  })

  it('C12 is not affected by a cancel that was made before it', async () => {
    const { worker, id } = await startWorker()
    await worker.run('coEnableCallCancellation')
    expect(raw.coCancelCall(id)).toBe(E_NOINTERFACE)
    expect(await soon('it has ended', worker.run('wait', 20))).toBe(S_OK)
    expect(nothingPending(id)).toBe(true)
  })

  it('C9 is canceled by another worker', async () => {
    const { worker: blocked, id } = await startWorker()
    const { worker: canceler } = await startWorker()
    await blocked.run('coEnableCallCancellation')
    const { result } = await block(blocked, id)
    expect(await soon('the other worker has canceled the call', canceler.run('coCancelCall', id))).toBe(S_OK)
    expect(await result('it is released')).toBe(RPC_E_CALL_CANCELED)
  })

  it('O7 is E_NOINTERFACE after the worker has ended', async () => {
    const { worker, id } = await startWorker()
    await worker.terminate()
    expect(raw.coCancelCall(id)).toBe(E_NOINTERFACE)
  })
})

describeWhere('cancelAcrossWorkers', 'a synchronous call of the main thread', () => {
  it('C7 C9 is canceled by a worker', async () => {
    const { worker } = await startWorker()
    using _ = callCancellation()
    const canceled = worker.run('cancelWhenPending', getCurrentThreadId())
    const begin = performance.now()
    expect(raw.wait(LONG)).toBe(RPC_E_CALL_CANCELED)
    expect(performance.now() - begin).toBeLessThan(LONG / 2)
    expect(await canceled).toBe(S_OK)
    expect(raw.wait(1)).toBe(S_OK)
  })

  it('C3 E5 is not canceled when the main thread has not enabled cancellation', async () => {
    const { worker } = await startWorker()
    let canceling = true
    const canceled = worker.run('cancelWhenPending', getCurrentThreadId()).finally(() => {
      canceling = false
    })
    while (canceling) {
      expect(raw.wait(A_WHILE)).toBe(S_OK)
      await sleep(1)
    }
    expect(await canceled).toBe(CO_E_CANCEL_DISABLED)
  })
})
