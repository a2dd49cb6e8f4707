// Rules E: cancellation is enabled and disabled per thread, and counted.
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

  it('E2 enabling returns S_OK and counts one up', () => {
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

  it('E3 as many disables as enables, and only then is it off', () => {
    for (let i = 0; i < 100; i++) expect(raw.coEnableCallCancellation()).toBe(S_OK)
    for (let i = 0; i < 100; i++) expect(raw.coDisableCallCancellation(null)).toBe(S_OK)
    expect(raw.coDisableCallCancellation()).toBe(CO_E_CANCEL_DISABLED)
  })

  it('E3 disabling with a reserved argument that is not null is refused and counts nothing', () => {
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

  it('E4 as an exception', () => {
    coEnableCallCancellation()
    coDisableCallCancellation()
    expectComError(thrown(coDisableCallCancellation), 'CO_E_CANCEL_DISABLED', 'CoDisableCallCancellation')
  })
})

describe('whose calls', () => {
  it('E7 enabling on one thread does nothing for another', async () => {
    using _ = callCancellation()
    const thread = await startThread({ callCancellation: false })
    const waiting = thread.wait(A_WHILE)
    await callOf(thread.id)
    expectComError(await rejection(cancelCall(thread.id)), 'CO_E_CANCEL_DISABLED', 'CoCancelCall')
    await waiting
  })

  it('E7 a thread that is enabled enables no other', async () => {
    await startThread({ callCancellation: true })
    expect(raw.coDisableCallCancellation()).toBe(CO_E_CANCEL_DISABLED)
  })

  it('E5 a pending call stays not cancelable, whatever is enabled while it lasts', async () => {
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
  it('E6 leaving and entering an apartment leaves cancellation disabled', () => {
    expect(raw.coInitializeEx(coInit)).toBe(S_OK)
    expect(raw.coEnableCallCancellation()).toBe(S_OK)
    expect(raw.coEnableCallCancellation()).toBe(S_OK)
    expect(raw.coUninitialize()).toBe(S_OK)
    expect(raw.coInitializeEx(coInit)).toBe(S_OK)
    expect(raw.coDisableCallCancellation()).toBe(CO_E_CANCEL_DISABLED)
    expect(raw.coUninitialize()).toBe(S_OK)
  })

  it('E6 enabling works in an apartment that was entered again', () => {
    raw.coInitializeEx(coInit)
    raw.coUninitialize()
    raw.coInitializeEx(coInit)
    expect(raw.coEnableCallCancellation()).toBe(S_OK)
    expect(raw.coDisableCallCancellation()).toBe(S_OK)
    expect(raw.coDisableCallCancellation()).toBe(CO_E_CANCEL_DISABLED)
    raw.coUninitialize()
  })

  it('entering again is S_FALSE, and takes another leaving', () => {
    expect(raw.coInitializeEx(coInit)).toBe(S_OK)
    expect(raw.coInitializeEx(coInit)).toBe(S_FALSE)
    expect(raw.coUninitialize()).toBe(S_OK)
    expect(raw.coInitializeEx(coInit | 4)).toBe(S_FALSE)
    expect(raw.coUninitialize()).toBe(S_OK)
    expect(raw.coUninitialize()).toBe(S_OK)
    expect(raw.coUninitialize()).toBe(CO_E_NOTINITIALIZED)
  })

  it('one of the other kind is RPC_E_CHANGED_MODE, and nothing to be undone', () => {
    expect(raw.coInitializeEx(coInit)).toBe(S_OK)
    expect(raw.coInitializeEx(coInit ^ 2)).toBe(RPC_E_CHANGED_MODE)
    expect(raw.coUninitialize()).toBe(S_OK)
    expect(raw.coUninitialize()).toBe(CO_E_NOTINITIALIZED)
  })

  it('by name, as values and exceptions', () => {
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
  it('E8 enables for as long as the scope lives', () => {
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

  it('disables once, however often it is disposed', () => {
    coEnableCallCancellation()
    const scope = callCancellation()
    scope[Symbol.dispose]()
    scope[Symbol.dispose]()
    expect(raw.coDisableCallCancellation()).toBe(S_OK)
  })
})
