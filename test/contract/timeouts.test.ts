// comTimeout: synchronous calls of the calling thread that block it for too long are canceled (W1, W2).
import {
  CancelObject,
  type ComTimeout,
  callCancellation,
  coInitializeEx,
  comTimeout,
  coSetCancelObject,
  coUninitialize,
  HResult,
  raw,
  wait,
} from 'com-cancel'
import { describe, expect, it } from 'vitest'
import { leaveNothingBehind } from '../support/com'
import { expectComError, thrown } from '../support/errors'
import { A_WHILE, LONG, sleep, until } from '../support/until'

leaveNothingBehind()

const { S_OK, RPC_E_CALL_CANCELED, CO_E_CANCEL_DISABLED } = HResult

const expectDisabled = () => expect(raw.coDisableCallCancellation()).toBe(CO_E_CANCEL_DISABLED)

describe('an open timeout', () => {
  it('W1 W2 cancels each call that exceeds it, and no call that does not block', () => {
    const timeout = comTimeout(100)
    expect(raw.wait(LONG)).toBe(RPC_E_CALL_CANCELED)
    expect(raw.wait(LONG)).toBe(RPC_E_CALL_CANCELED)
    expect(raw.wait(0)).toBe(S_OK)
    expect(timeout.canceled).toBe(2)
    timeout.close()
    expect(timeout.canceled).toBe(2)
    expectDisabled()
  })

  it('W1 works in a single-threaded apartment', () => {
    coInitializeEx('sta')
    {
      using timeout = comTimeout(50)
      expectComError(
        thrown(() => wait(LONG)),
        'RPC_E_CALL_CANCELED',
        'wait',
      )
      expect(timeout.canceled).toBe(1)
    }
    coUninitialize()
  })

  it('W2 does not affect a call that ends in time', () => {
    using timeout = comTimeout(LONG)
    expect(raw.wait(10)).toBe(S_OK)
    expect(timeout.canceled).toBe(0)
  })

  it('W1 counts from its begin, and then in periods', () => {
    const begin = performance.now()
    using timeout = comTimeout(1_000, { repeat: 1 })
    for (let i = 1; i <= 5; i++) {
      expect(raw.wait(LONG)).toBe(RPC_E_CALL_CANCELED)
      expect(timeout.canceled).toBe(i)
    }
    expect(performance.now() - begin).toBeGreaterThan(900)
  })

  it('C14 does not end a call without a cancel object', () => {
    using timeout = comTimeout(20)
    expect(raw.wait(A_WHILE, { cancelable: false })).toBe(S_OK)
    expect(timeout.canceled).toBe(0)
  })

  it('O9 does not count a call whose cancel object refuses', () => {
    using object = new CancelObject({ cancelResult: HResult.E_FAIL })
    using timeout = comTimeout(20)
    coSetCancelObject(object)
    expect(raw.wait(A_WHILE, { cancelable: false })).toBe(S_OK)
    coSetCancelObject(null)
    expect(timeout.canceled).toBe(0)
  })

  it('O9 cancels blocking work of its own that has a cancel object', async () => {
    let canceled = 0
    using object = new CancelObject({ onCancel: () => canceled++ })
    using timeout = comTimeout(20)
    coSetCancelObject(object)
    expect(raw.wait(A_WHILE, { cancelable: false })).toBe(S_OK)
    coSetCancelObject(null)
    expect(timeout.canceled).toBe(1)
    await until('the object is notified', () => canceled === 1)
  })
})

describe('nested timeouts', () => {
  it.each([
    ['outer', 50, LONG, [1, 0]],
    ['inner', LONG, 50, [0, 1]],
  ])('W1 the tightest applies: the %s one', (_, outerMs, innerMs, counts) => {
    using outer = comTimeout(outerMs)
    {
      using inner = comTimeout(innerMs)
      expect(raw.wait(LONG)).toBe(RPC_E_CALL_CANCELED)
      expect([outer.canceled, inner.canceled]).toEqual(counts)
    }
  })

  it('W1 the outer one goes on when the inner one is closed', () => {
    using outer = comTimeout(100)
    comTimeout(10).close()
    expect(raw.wait(LONG)).toBe(RPC_E_CALL_CANCELED)
    expect(outer.canceled).toBe(1)
  })

  it('E3 can be closed in any order', () => {
    const outer = comTimeout(LONG)
    const inner = comTimeout(LONG)
    outer.close()
    expect(raw.coDisableCallCancellation()).toBe(S_OK)
    expect(raw.coEnableCallCancellation()).toBe(S_OK)
    inner.close()
    expectDisabled()
  })
})

describe('a closed timeout', () => {
  it('W1 cancels nothing any more', () => {
    using _ = callCancellation()
    const timeout = comTimeout(50, { repeat: 1 })
    expect(raw.wait(LONG)).toBe(RPC_E_CALL_CANCELED)
    timeout.close()
    timeout.close()
    expect(raw.wait(A_WHILE)).toBe(S_OK)
    expect(timeout.canceled).toBe(1)
  })

  it('E6 is closed without an error in an apartment that was left meanwhile', () => {
    coInitializeEx('mta')
    const timeout = comTimeout(LONG)
    coUninitialize()
    timeout.close()
    expectDisabled()
  })
})

describe('the form with a function', () => {
  it('W1 is open while the function runs, and returns its result', () => {
    let timeout: ComTimeout | undefined
    const result = comTimeout(50, scope => {
      timeout = scope
      return raw.wait(LONG)
    })
    expect(result).toBe(RPC_E_CALL_CANCELED)
    expect(timeout?.canceled).toBe(1)
    expectDisabled()
  })

  it('W1 is closed when the function throws', () => {
    const error = new Error('its own')
    expect(
      thrown(() =>
        comTimeout(
          LONG,
          () => {
            throw error
          },
          { repeat: 5 },
        ),
      ),
    ).toBe(error)
    expectDisabled()
  })

  it('W1 is open until the promise of the function settles', async () => {
    const running = comTimeout(50, async () => {
      await sleep(1)
      return raw.wait(LONG)
    })
    expect(raw.coDisableCallCancellation()).toBe(S_OK)
    expect(raw.coEnableCallCancellation()).toBe(S_OK)
    expect(await running).toBe(RPC_E_CALL_CANCELED)
    expectDisabled()
  })
})

describe('bad input', () => {
  it.each([
    ['no time', undefined, TypeError],
    ['a string', '100', TypeError],
    ['a bigint', 100n, TypeError],
    ['0', 0, RangeError],
    ['a negative time', -1, RangeError],
    ['NaN', Number.NaN, RangeError],
    ['Infinity', Number.POSITIVE_INFINITY, RangeError],
    ['a fraction', 1.5, RangeError],
    ['too long a time', 0x80000000, RangeError],
  ])('%s is refused, and leaves cancellation disabled', (_, ms, type) => {
    expect(() => comTimeout(ms as number)).toThrow(type)
    expectDisabled()
  })

  it('unknown and invalid options are refused', () => {
    expect(() => comTimeout(1, { period: 1 } as object)).toThrow(/period/)
    expect(() => comTimeout(1, { repeat: 0 })).toThrow(RangeError)
    expect(() => comTimeout(1, () => 1, { repeat: '1' as unknown as number })).toThrow(TypeError)
    expectDisabled()
  })
})
