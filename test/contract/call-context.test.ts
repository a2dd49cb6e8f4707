// Call contexts and CoTestCancel without a server (rules S).
import {
  CancelObject,
  coGetCallContext,
  coSwitchCallContext,
  coTestCancel,
  HResult,
  IID_ICancelMethodCalls,
  IID_IUnknown,
  raw,
} from 'com-cancel'
import { describe, expect, it } from 'vitest'
import { createUnknown, leaveNothingBehind, objects, own } from '../support/com'
import { expectComError, thrown } from '../support/errors'

leaveNothingBehind()

const { S_OK, E_NOINTERFACE, RPC_S_CALLPENDING, RPC_E_CALL_CANCELED, RPC_E_CALL_COMPLETE } = HResult

describe('outside any incoming call', () => {
  it('S3 CoGetCallContext gives RPC_E_CALL_COMPLETE', () => {
    for (const iid of [IID_ICancelMethodCalls, IID_IUnknown])
      expect(raw.coGetCallContext(iid)).toEqual({ hresult: RPC_E_CALL_COMPLETE, object: null })
    expectComError(
      thrown(() => coGetCallContext()),
      'RPC_E_CALL_COMPLETE',
      'CoGetCallContext',
    )
  })

  it('S3 CoTestCancel gives RPC_E_CALL_COMPLETE', () => {
    expect(raw.coTestCancel()).toBe(RPC_E_CALL_COMPLETE)
    expectComError(thrown(coTestCancel), 'RPC_E_CALL_COMPLETE', 'CoTestCancel')
  })

  it('S3 a registered cancel object is not a call context', () => {
    raw.coSetCancelObject(own(new CancelObject()))
    expect(raw.coTestCancel()).toBe(RPC_E_CALL_COMPLETE)
    raw.coSetCancelObject(null)
  })

  it('S5 CoSwitchCallContext(NULL) is S_OK and returns no context', () => {
    expect(raw.coSwitchCallContext(null)).toEqual({ hresult: S_OK, object: null })
    expect(coSwitchCallContext(null)).toBeNull()
  })
})

describe('the current context', () => {
  it('S5 CoSwitchCallContext takes no reference, CoGetCallContext adds one', () => {
    const context = createUnknown()
    expect(raw.coSwitchCallContext(context)).toEqual({ hresult: S_OK, object: null })
    expect(context.references).toBe(1)
    {
      using found = coGetCallContext(IID_IUnknown)
      expect(context.references).toBe(2)
      expect(found.references).toBe(2)
    }
    expect(context.references).toBe(1)
    const old = coSwitchCallContext(null)
    expect(context.references).toBe(2)
    old?.[Symbol.dispose]()
    expect(context.references).toBe(1)
    expect(raw.coGetCallContext(IID_IUnknown).hresult).toBe(RPC_E_CALL_COMPLETE)
  })

  it('S5 CoSwitchCallContext returns the previous context', () => {
    const first = own(new CancelObject())
    const second = own(new CancelObject())
    expect(coSwitchCallContext(first)).toBeNull()
    const old = coSwitchCallContext(second)
    expect(first.references).toBe(2)
    expect(old?.cancel()).toBe('requested')
    expect(first.testCancel()).toBe(true)
    expect(coTestCancel()).toBe(false)
    old?.[Symbol.dispose]()
    const newer = coSwitchCallContext(null)
    expect(newer?.testCancel()).toBe(false)
    newer?.[Symbol.dispose]()
    expect([first.references, second.references]).toEqual([1, 1])
  })

  it('S5 the previous context can be made current again', () => {
    const outer = own(new CancelObject())
    const inner = own(new CancelObject())
    coSwitchCallContext(outer)
    const saved = coSwitchCallContext(inner)
    inner.cancel()
    expect(coTestCancel()).toBe(true)
    coSwitchCallContext(saved)?.[Symbol.dispose]()
    expect(coTestCancel()).toBe(false)
    coSwitchCallContext(null)?.[Symbol.dispose]()
    saved?.[Symbol.dispose]()
    expect([outer.references, inner.references]).toEqual([1, 1])
  })

  it('S5 is queried for the interface that CoGetCallContext names', () => {
    coSwitchCallContext(createUnknown())
    expect(raw.coGetCallContext()).toEqual({ hresult: E_NOINTERFACE, object: null })
    using found = coGetCallContext(IID_IUnknown)
    expect(found.supports(IID_ICancelMethodCalls)).toBe(false)
    coSwitchCallContext(null)?.[Symbol.dispose]()
  })

  it('S1 CoTestCancel returns the state of the context: pending, then canceled', () => {
    const context = own(new CancelObject())
    coSwitchCallContext(context)
    expect(raw.coTestCancel()).toBe(RPC_S_CALLPENDING)
    expect(coTestCancel()).toBe(false)
    context.cancel()
    expect(raw.coTestCancel()).toBe(RPC_E_CALL_CANCELED)
    expect(coTestCancel()).toBe(true)
    expect(context.references).toBe(1)
    coSwitchCallContext(null)?.[Symbol.dispose]()
    expect(raw.coTestCancel()).toBe(RPC_E_CALL_COMPLETE)
  })

  it('S1 CoTestCancel returns the state of the context: completed', () => {
    const context = own(new CancelObject())
    coSwitchCallContext(context)
    context.complete()
    expect(raw.coTestCancel()).toBe(RPC_E_CALL_COMPLETE)
    coSwitchCallContext(null)?.[Symbol.dispose]()
  })

  it('S1 CoTestCancel is E_NOINTERFACE when the context has no ICancelMethodCalls', () => {
    coSwitchCallContext(createUnknown())
    expect(raw.coTestCancel()).toBe(E_NOINTERFACE)
    expectComError(thrown(coTestCancel), 'E_NOINTERFACE', 'CoTestCancel')
    coSwitchCallContext(null)?.[Symbol.dispose]()
  })

  it('S5 is not registered as a cancel object', () => {
    coSwitchCallContext(own(new CancelObject()))
    expect(raw.coGetCancelObject(0).hresult).toBe(E_NOINTERFACE)
    coSwitchCallContext(null)?.[Symbol.dispose]()
  })

  it('S5 keeps its reference count when it is switched a thousand times', () => {
    const context = own(new CancelObject())
    for (let i = 0; i < 1000; i++) {
      coSwitchCallContext(context)
      coSwitchCallContext(null)?.[Symbol.dispose]()
    }
    expect(context.references).toBe(1)
    expect(objects()).toBe(1)
  })
})
