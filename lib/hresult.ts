// Every HRESULT of the contract by name, and what to tell a person about each.
import type { HRESULT } from '../binding'

/** HRESULTs by name, as signed 32-bit integers. Source: contract, "Codes"; winerror.h. */
export const HResult = {
  S_OK: 0,
  S_FALSE: 1,
  E_NOTIMPL: 0x80004001 | 0,
  E_NOINTERFACE: 0x80004002 | 0,
  E_FAIL: 0x80004005 | 0,
  E_UNEXPECTED: 0x8000ffff | 0,
  E_ACCESSDENIED: 0x80070005 | 0,
  E_OUTOFMEMORY: 0x8007000e | 0,
  E_INVALIDARG: 0x80070057 | 0,
  RPC_E_CALL_CANCELED: 0x80010002 | 0,
  RPC_E_SERVER_DIED: 0x80010007 | 0,
  RPC_E_CHANGED_MODE: 0x80010106 | 0,
  RPC_E_DISCONNECTED: 0x80010108 | 0,
  RPC_E_WRONG_THREAD: 0x8001010e | 0,
  RPC_S_CALLPENDING: 0x80010115 | 0,
  RPC_E_CALL_COMPLETE: 0x80010117 | 0,
  CO_E_CANCEL_DISABLED: 0x80010140 | 0,
  CO_E_NOTINITIALIZED: 0x800401f0 | 0,
} as const

export type HResultName = keyof typeof HResult

/** RPC_C_CANCEL_INFINITE_TIMEOUT, in COM's seconds: wait for ever. */
export const RPC_C_CANCEL_INFINITE_TIMEOUT = 0xffffffff

/** The id of ICancelMethodCalls. */
export const IID_ICancelMethodCalls = '00000029-0000-0000-c000-000000000046'

/** The id of IUnknown. */
export const IID_IUnknown = '00000000-0000-0000-c000-000000000046'

const names = new Map<number, HResultName>(
  Object.entries(HResult).map(([name, value]) => [value, name as HResultName]),
)

const advice: Partial<Record<HResultName, string>> = {
  E_NOTIMPL: 'the call does not support being canceled',
  E_NOINTERFACE: 'no cancelable call is pending on that thread, or the object lacks the interface',
  E_ACCESSDENIED: 'a block on cancel operations is in force',
  E_INVALIDARG: 'an argument has a value that COM refuses',
  RPC_E_CALL_CANCELED: 'the call was canceled',
  RPC_E_SERVER_DIED: 'the server went away in the middle of the call',
  RPC_E_CHANGED_MODE: 'the thread is already initialized for another kind of apartment',
  RPC_E_DISCONNECTED: 'it was disposed; make a new one',
  RPC_E_WRONG_THREAD: 'it belongs to another thread; use it on the thread that made it',
  RPC_S_CALLPENDING: 'a call is still pending',
  RPC_E_CALL_COMPLETE: 'the call has completed, or there is no call',
  CO_E_CANCEL_DISABLED:
    'cancellation is not enabled on the thread; call coEnableCallCancellation on it before the call is made',
  CO_E_NOTINITIALIZED: 'COM is not initialized on this thread; call coInitializeEx first',
}

/** The name of an HRESULT, or its number in hex where the contract has no name for it. */
export const nameOf = (hresult: HRESULT): string => names.get(hresult) ?? hex(hresult)

/** An HRESULT as Windows writes it: `0x80010002`. */
export const hex = (hresult: HRESULT): string =>
  `0x${(hresult >>> 0).toString(16).toUpperCase().padStart(8, '0')}`

/** What an HRESULT means here and what to do about it; empty where there is nothing to add. */
export const adviceOn = (hresult: HRESULT): string => {
  const name = names.get(hresult)
  return (name && advice[name]) ?? ''
}

export const failed = (hresult: HRESULT): boolean => hresult < 0
