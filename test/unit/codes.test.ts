// The codes of the contract by name.
import { HResult, IID_ICancelMethodCalls, RPC_C_CANCEL_INFINITE_TIMEOUT } from 'com-cancel'
import { describe, expect, it } from 'vitest'

describe('Codes', () => {
  const codes: Partial<Record<keyof typeof HResult, string>> = {
    S_OK: '00000000',
    S_FALSE: '00000001',
    E_NOTIMPL: '80004001',
    E_NOINTERFACE: '80004002',
    E_FAIL: '80004005',
    E_UNEXPECTED: '8000ffff',
    E_ACCESSDENIED: '80070005',
    E_OUTOFMEMORY: '8007000e',
    E_INVALIDARG: '80070057',
    RPC_E_CALL_CANCELED: '80010002',
    RPC_E_SERVER_DIED: '80010007',
    RPC_E_CHANGED_MODE: '80010106',
    RPC_E_DISCONNECTED: '80010108',
    RPC_E_WRONG_THREAD: '8001010e',
    RPC_S_CALLPENDING: '80010115',
    RPC_E_CALL_COMPLETE: '80010117',
    CO_E_CANCEL_DISABLED: '80010140',
    CO_E_NOTINITIALIZED: '800401f0',
  }

  it.each(Object.entries(codes))('Codes %s is %s', (name, hex) => {
    const value = HResult[name as keyof typeof HResult]
    expect((value >>> 0).toString(16).padStart(8, '0')).toBe(hex)
    expect(value, 'signed, as COM has it').toBe(value | 0)
  })

  it('Codes are all there', () => {
    expect(Object.keys(HResult)).toEqual(expect.arrayContaining(Object.keys(codes)))
    const values = Object.values(HResult)
    expect(values, 'signed, as COM has them').toEqual(values.map(value => value | 0))
    expect(new Set(values).size, 'no two names for one').toBe(values.length)
  })

  it('Codes: the interface of cancel objects and the endless timeout', () => {
    expect(IID_ICancelMethodCalls).toBe('00000029-0000-0000-c000-000000000046')
    expect(RPC_C_CANCEL_INFINITE_TIMEOUT).toBe(0xffffffff)
  })
})
