// Bad input that a binding refuses: the same class of error with the same message on every binding.
import {
  CancelObject,
  type ComReference,
  type ComThread,
  cancelCall,
  coCancelCall,
  coDisableCallCancellation,
  coGetCancelObject,
  coSetCancelObject,
  coSwitchCallContext,
  HResult,
  raw,
} from 'com-cancel'
import { Emulator } from 'com-cancel/emulator'
import { describe, expect, it } from 'vitest'
import { expectError, rejecting, throwing } from '../support/bad-input'
import { callOf, leaveNothingBehind, startThread, threads } from '../support/com'
import { rejection, thrown } from '../support/errors'
import { LONG, until } from '../support/until'

leaveNothingBehind()

describe('apartments', () => {
  it.each([16, 0x100, 0x80000000, 0xffffffff])(
    'raw.coInitializeEx refuses unknown flags %i: E_INVALIDARG',
    flags => {
      expect(raw.coInitializeEx(flags)).toBe(HResult.E_INVALIDARG)
    },
  )
})

describe('unknown threads', () => {
  const noCall = (functionName: string) =>
    `${functionName} failed: E_NOINTERFACE (0x80004002): no cancelable call is pending on that thread, or the object lacks the interface`
  throwing([
    ['coGetCancelObject', () => coGetCancelObject(0xfffffff0), 'ComError', noCall('CoGetCancelObject')],
    ['coCancelCall', () => coCancelCall(0xfffffff0), 'ComError', noCall('CoCancelCall')],
    [
      'coCancelCall, for ever',
      () => coCancelCall(0xfffffff0, { timeout: Number.POSITIVE_INFINITY }),
      'ComError',
      noCall('CoCancelCall'),
    ],
  ])
  rejecting([
    ['cancelCall', () => cancelCall(0xfffffff0), 'ComError', noCall('CoCancelCall')],
    [
      'cancelCall, for ever',
      () => cancelCall(0xfffffff0, { timeout: Number.POSITIVE_INFINITY }),
      'ComError',
      noCall('CoCancelCall'),
    ],
  ])
})

describe('cancel objects', () => {
  it('O1 S5 an object of another binding is refused', () => {
    const other = new CancelObject({ binding: new Emulator().binding })
    const expected = 'must be a CancelObject or ComReference of this binding, or null, got an object of class'
    expectError(
      thrown(() => coSetCancelObject(other)),
      'TypeError',
      `CoSetCancelObject: object ${expected} CancelObject`,
    )
    expectError(
      thrown(() => coSwitchCallContext(other)),
      'TypeError',
      `CoSwitchCallContext: context ${expected} CancelObject`,
    )
    expect(other.references).toBe(1)
    other[Symbol.dispose]()
  })

  it('O1 a refused object registers nothing', () => {
    expect(raw.coGetCancelObject(0).hresult).toBe(HResult.E_NOINTERFACE)
  })
})

describe('disposed objects', () => {
  const disposed = (): CancelObject => {
    const object = new CancelObject()
    object[Symbol.dispose]()
    return object
  }
  const gone = (functionName: string) =>
    `${functionName} failed: RPC_E_DISCONNECTED (0x80010108): it was disposed; make a new one`
  throwing([
    ['coSetCancelObject', () => coSetCancelObject(disposed()), 'ComError', gone('CoSetCancelObject')],
    ['coSwitchCallContext', () => coSwitchCallContext(disposed()), 'ComError', gone('CoSwitchCallContext')],
    ['cancel', () => disposed().cancel(), 'ComError', gone('ICancelMethodCalls::Cancel')],
    ['testCancel', () => disposed().testCancel(), 'ComError', gone('ICancelMethodCalls::TestCancel')],
    [
      'supports',
      () => disposed().supports('00000000-0000-0000-c000-000000000046'),
      'ComError',
      gone('QueryInterface'),
    ],
  ])

  it('S5 raw.coSwitchCallContext returns RPC_E_DISCONNECTED', () => {
    expect(raw.coSwitchCallContext(disposed())).toEqual({ hresult: HResult.RPC_E_DISCONNECTED, object: null })
    expect(raw.coGetCallContext().hresult).toBe(HResult.RPC_E_CALL_COMPLETE)
  })

  it('S5 a context can be disposed while it is the current one', () => {
    const context = new CancelObject()
    coSwitchCallContext(context)
    context[Symbol.dispose]()
    const { object } = raw.coGetCallContext()
    object?.[Symbol.dispose]()
    const old = raw.coSwitchCallContext(null)
    expect(old.hresult).toBe(HResult.S_OK)
    old.object?.[Symbol.dispose]()
    expect(raw.coGetCallContext()).toEqual({ hresult: HResult.RPC_E_CALL_COMPLETE, object: null })
  })
})

describe("another thread's cancel object", () => {
  const blockedCall = async (): Promise<ComReference> => {
    const thread = await startThread()
    thread.wait(LONG).catch(() => {})
    return callOf(thread.id)
  }

  it('O1 is refused by coSetCancelObject', async () => {
    const call = await blockedCall()
    const { references } = call
    expect(raw.coSetCancelObject(call)).toBe(HResult.RPC_E_WRONG_THREAD)
    expectError(
      thrown(() => coSetCancelObject(call)),
      'ComError',
      'CoSetCancelObject failed: RPC_E_WRONG_THREAD (0x8001010E): it belongs to another thread; use it on the thread that made it',
    )
    expect(call.references).toBe(references)
    expect(raw.coGetCancelObject(0).hresult).toBe(HResult.E_NOINTERFACE)
    expect(call.testCancel()).toBe(false)
  })

  it('O1 is RPC_E_DISCONNECTED for coSetCancelObject after it was disposed', async () => {
    const call = await blockedCall()
    call[Symbol.dispose]()
    expect(raw.coSetCancelObject(call)).toBe(HResult.RPC_E_DISCONNECTED)
  })
})

describe('disposed threads', () => {
  const disposed = async (): Promise<ComThread> => {
    const thread = await startThread()
    await thread[Symbol.asyncDispose]()
    return thread
  }
  const gone = (functionName: string) =>
    `${functionName} failed: RPC_E_DISCONNECTED (0x80010108): it was disposed; make a new one`

  it('refuse wait', async () => {
    const thread = await disposed()
    expectError(await rejection(thread.wait(0)), 'ComError', gone('ComThread.wait'))
  })

  it('refuse bad arguments of wait before they refuse the call', async () => {
    const thread = await disposed()
    expectError(
      await rejection(thread.wait(-1)),
      'RangeError',
      'ComThread.wait: ms must be an integer from 0 to 4294967294, got -1',
    )
  })

  it('refuse cancel', async () => {
    const thread = await disposed()
    expectError(await rejection(thread.cancel()), 'ComError', gone('ComThread.cancel'))
  })

  it('O7 have no cancelable call: cancelCall is E_NOINTERFACE', async () => {
    const thread = await disposed()
    await until('it has ended', () => threads() === 0)
    expectError(
      await rejection(cancelCall(thread.id)),
      'ComError',
      'CoCancelCall failed: E_NOINTERFACE (0x80004002): no cancelable call is pending on that thread, or the object lacks the interface',
    )
  })
})

describe('after all of these', () => {
  it('E4 cancellation is still disabled', () => {
    expectError(
      thrown(coDisableCallCancellation),
      'ComError',
      'CoDisableCallCancellation failed: CO_E_CANCEL_DISABLED (0x80010140): cancellation is not enabled on the thread; call coEnableCallCancellation on it before the call is made',
    )
  })
})
