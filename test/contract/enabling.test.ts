// Enabling and disabling cancellation, counted per thread (rules E).
import {
  callCancellation,
  cancelCall,
  coDisableCallCancellation,
  coEnableCallCancellation,
  coInitializeEx,
  coUninitialize,
  HResult,
  raw,
} from 'com-cancel'
import { describe, expect, it } from 'vitest'
import { callOf, leaveNothingBehind, startThread } from '../support/com'
import { expectComError, rejection, thrown } from '../support/errors'
import { A_WHILE } from '../support/until'

leaveNothingBehind()

const { S_OK, S_FALSE, E_INVALIDARG, CO_E_CANCEL_DISABLED, CO_E_NOTINITIALIZED, RPC_E_CHANGED_MODE } = HResult

describe('the count', () => {
  it('E1 a thread starts with cancellation disabled', () => {
    expect(raw.coDisableCallCancellation()).toBe(CO_E_CANCEL_DISABLED)
  })

  it('E2 an enable returns S_OK and increments the count', () => {
    expect(raw.coEnableCallCancellation()).toBe(S_OK)
    expect(raw.coEnableCallCancellation(null)).toBe(S_OK)
    expect(raw.coDisableCallCancellation()).toBe(S_OK)
    expect(raw.coDisableCallCancellation()).toBe(S_OK)
    expect(raw.coDisableCallCancellation()).toBe(CO_E_CANCEL_DISABLED)
  })

  it.each([
    ['an object', {}],
    ['an array', []],
    ['a function', () => {}],
  ])('E2 a reserved argument that is not null (%s) is refused and counts nothing', (_, reserved) => {
    expect(raw.coEnableCallCancellation(reserved)).toBe(E_INVALIDARG)
    expect(raw.coDisableCallCancellation()).toBe(CO_E_CANCEL_DISABLED)
  })

  it('E3 cancellation is disabled after as many disables as enables', () => {
    for (let i = 0; i < 100; i++) expect(raw.coEnableCallCancellation()).toBe(S_OK)
    for (let i = 0; i < 100; i++) expect(raw.coDisableCallCancellation(null)).toBe(S_OK)
    expect(raw.coDisableCallCancellation()).toBe(CO_E_CANCEL_DISABLED)
  })

  it('E3 a disable with a reserved argument is E_INVALIDARG and does not change the count', () => {
    coEnableCallCancellation()
    expect(raw.coDisableCallCancellation({})).toBe(E_INVALIDARG)
    expect(raw.coDisableCallCancellation()).toBe(S_OK)
  })

  it('E4 a disable without an enable returns CO_E_CANCEL_DISABLED and changes nothing', () => {
    expect(raw.coDisableCallCancellation()).toBe(CO_E_CANCEL_DISABLED)
    expect(raw.coDisableCallCancellation()).toBe(CO_E_CANCEL_DISABLED)
    expect(raw.coEnableCallCancellation()).toBe(S_OK)
    expect(raw.coDisableCallCancellation()).toBe(S_OK)
  })

  it('E4 coDisableCallCancellation throws CO_E_CANCEL_DISABLED', () => {
    coEnableCallCancellation()
    coDisableCallCancellation()
    expectComError(thrown(coDisableCallCancellation), 'CO_E_CANCEL_DISABLED', 'CoDisableCallCancellation')
  })
})

describe('the thread of the count', () => {
  it('E7 enabling on one thread does nothing for another', async () => {
    using _ = callCancellation()
    const thread = await startThread({ callCancellation: false })
    const waiting = thread.wait(A_WHILE)
    await callOf(thread.id)
    expectComError(await rejection(cancelCall(thread.id)), 'CO_E_CANCEL_DISABLED', 'CoCancelCall')
    await waiting
  })

  it('E7 a thread with cancellation does not enable it for a thread that it starts', async () => {
    await startThread({ callCancellation: true })
    expect(raw.coDisableCallCancellation()).toBe(CO_E_CANCEL_DISABLED)
  })

  it('E5 a pending call stays not cancelable when its thread enables cancellation later', async () => {
    const thread = await startThread({ callCancellation: false })
    const waiting = thread.wait(A_WHILE)
    const call = await callOf(thread.id)
    using _ = callCancellation()
    expectComError(
      thrown(() => call.cancel()),
      'CO_E_CANCEL_DISABLED',
      'ICancelMethodCalls::Cancel',
    )
    await waiting
  })
})

describe.each([
  ['mta', 0],
  ['sta', 2],
] as const)('apartments: %s', (apartment, coInit) => {
  it('E6 cancellation is disabled after an apartment was left and entered again', () => {
    expect(raw.coInitializeEx(coInit)).toBe(S_OK)
    expect(raw.coEnableCallCancellation()).toBe(S_OK)
    expect(raw.coEnableCallCancellation()).toBe(S_OK)
    expect(raw.coUninitialize()).toBe(S_OK)
    expect(raw.coInitializeEx(coInit)).toBe(S_OK)
    expect(raw.coDisableCallCancellation()).toBe(CO_E_CANCEL_DISABLED)
    expect(raw.coUninitialize()).toBe(S_OK)
  })

  it('E6 cancellation can be enabled in an apartment that was entered again', () => {
    raw.coInitializeEx(coInit)
    raw.coUninitialize()
    raw.coInitializeEx(coInit)
    expect(raw.coEnableCallCancellation()).toBe(S_OK)
    expect(raw.coDisableCallCancellation()).toBe(S_OK)
    expect(raw.coDisableCallCancellation()).toBe(CO_E_CANCEL_DISABLED)
    raw.coUninitialize()
  })

  it('a second CoInitializeEx is S_FALSE and needs a second CoUninitialize', () => {
    expect(raw.coInitializeEx(coInit)).toBe(S_OK)
    expect(raw.coInitializeEx(coInit)).toBe(S_FALSE)
    expect(raw.coUninitialize()).toBe(S_OK)
    expect(raw.coInitializeEx(coInit | 4)).toBe(S_FALSE)
    expect(raw.coUninitialize()).toBe(S_OK)
    expect(raw.coUninitialize()).toBe(S_OK)
    expect(raw.coUninitialize()).toBe(CO_E_NOTINITIALIZED)
  })

  it('CoInitializeEx of the other kind is RPC_E_CHANGED_MODE and needs no CoUninitialize', () => {
    expect(raw.coInitializeEx(coInit)).toBe(S_OK)
    expect(raw.coInitializeEx(coInit ^ 2)).toBe(RPC_E_CHANGED_MODE)
    expect(raw.coUninitialize()).toBe(S_OK)
    expect(raw.coUninitialize()).toBe(CO_E_NOTINITIALIZED)
  })

  it('coInitializeEx takes the name of the apartment and throws on failure', () => {
    expect(coInitializeEx(apartment)).toBe(true)
    expect(coInitializeEx(apartment)).toBe(false)
    const other = apartment === 'sta' ? 'mta' : 'sta'
    expectComError(
      thrown(() => coInitializeEx(other)),
      'RPC_E_CHANGED_MODE',
      'CoInitializeEx',
    )
    coUninitialize()
    coUninitialize()
    expectComError(thrown(coUninitialize), 'CO_E_NOTINITIALIZED', 'CoUninitialize')
  })
})

describe('callCancellation', () => {
  it('E8 enables cancellation until the scope is disposed of', () => {
    {
      using _ = callCancellation()
      expect(raw.coDisableCallCancellation()).toBe(S_OK)
      expect(raw.coEnableCallCancellation()).toBe(S_OK)
    }
    expect(raw.coDisableCallCancellation()).toBe(CO_E_CANCEL_DISABLED)
  })

  it('E3 scopes nest', () => {
    {
      using _outer = callCancellation()
      {
        using _inner = callCancellation()
      }
      expect(raw.coDisableCallCancellation()).toBe(S_OK)
      expect(raw.coEnableCallCancellation()).toBe(S_OK)
    }
    expect(raw.coDisableCallCancellation()).toBe(CO_E_CANCEL_DISABLED)
  })

  it('E3 disables once when it is disposed of several times', () => {
    coEnableCallCancellation()
    const scope = callCancellation()
    scope[Symbol.dispose]()
    scope[Symbol.dispose]()
    expect(raw.coDisableCallCancellation()).toBe(S_OK)
  })
})
