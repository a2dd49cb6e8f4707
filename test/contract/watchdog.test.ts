// watchdog: the synchronous calls that keep the event loop silent for too long are canceled (W3).
import {
  CancelObject,
  callCancellation,
  coSetCancelObject,
  type Freeze,
  HResult,
  raw,
  type WatchdogOptions,
  watchdog,
} from 'com-cancel'
import { describe, expect, it } from 'vitest'
import { leaveNothingBehind, own } from '../support/com'
import { uncaughtDuring } from '../support/uncaught'
import { A_WHILE, LONG, sleep, until } from '../support/until'

leaveNothingBehind()

const { S_OK, RPC_E_CALL_CANCELED, CO_E_CANCEL_DISABLED, E_FAIL } = HResult

/** Milliseconds. */
const THRESHOLD = 300

/** A watchdog and the freezes that it has seen. A busy machine can freeze the loop besides. */
const start = async (options: WatchdogOptions = {}) => {
  const freezes: Freeze[] = []
  const dog = own(
    watchdog({ threshold: THRESHOLD, interval: 5, onFreeze: freeze => freezes.push(freeze), ...options }),
  )
  // A loop that has not run since the start of the watchdog is silent, too.
  await sleep(1)
  const first = (what: Freeze['what']) =>
    until(`the loop was frozen: ${what}`, () => freezes.find(freeze => freeze.what === what))
  return { dog, freezes, first }
}

const spin = (ms: number) => {
  const end = performance.now() + ms
  while (performance.now() < end);
}

describe('a frozen loop', () => {
  it('W3 is brought back: the call that blocks it is canceled', async () => {
    const order: string[] = []
    const { dog, first } = await start({ onRecovered: ({ what }) => order.push(`recovered: ${what}`) })
    expect(raw.wait(LONG)).toBe(RPC_E_CALL_CANCELED)
    order.push('JavaScript goes on')
    expect(await first('canceled')).toMatchObject({ canceled: 1, refused: undefined })
    expect(order).toEqual(['JavaScript goes on', 'recovered: canceled'])
    dog.close()
    expect(raw.coDisableCallCancellation()).toBe(CO_E_CANCEL_DISABLED)
  })

  it('W3 is canceled not before the threshold, counted from when the loop was last alive', async () => {
    const { first } = await start({ threshold: 1_000 })
    const begin = performance.now()
    expect(raw.wait(LONG)).toBe(RPC_E_CALL_CANCELED)
    expect(performance.now() - begin).toBeGreaterThan(900)
    expect((await first('canceled')).lasted).toBeGreaterThan(900)
  })

  it('W3 has each of its calls canceled, in intervals, until it lives', async () => {
    const { first } = await start()
    for (let i = 0; i < 5; i++) expect(raw.wait(LONG)).toBe(RPC_E_CALL_CANCELED)
    expect(await first('canceled')).toMatchObject({ canceled: 5 })
  })

  it('W3 is brought back again the next time', async () => {
    const { freezes } = await start()
    const canceled = () => freezes.filter(({ what }) => what === 'canceled').length
    for (let i = 1; i <= 3; i++) {
      expect(raw.wait(LONG)).toBe(RPC_E_CALL_CANCELED)
      await until(`it was reported ${i} times`, () => canceled() === i)
    }
  })
})

describe('what cannot be canceled', () => {
  it('W3 JavaScript that spins is left alone and reported', async () => {
    const { first } = await start()
    spin(A_WHILE)
    expect(await first('not a COM call')).toMatchObject({ canceled: 0, refused: undefined, stack: undefined })
  })

  it('W3 C14 a call without a cancel object is left alone and reported', async () => {
    const { first } = await start()
    expect(raw.wait(A_WHILE, { cancelable: false })).toBe(S_OK)
    expect(await first('not a COM call')).toMatchObject({ canceled: 0 })
  })

  it('W3 O9 a call whose cancel object refuses is reported with the reason', async () => {
    using object = new CancelObject({ cancelResult: E_FAIL })
    const { first } = await start()
    coSetCancelObject(object)
    expect(raw.wait(A_WHILE, { cancelable: false })).toBe(S_OK)
    coSetCancelObject(null)
    expect(await first('not cancelable')).toMatchObject({ canceled: 0, refused: { code: 'E_FAIL' } })
  })
})

describe('what it leaves alone', () => {
  it('W3 calls that are shorter than the threshold', async () => {
    const { freezes } = await start({ threshold: 30_000 })
    for (let i = 0; i < 10; i++) expect(raw.wait(20)).toBe(S_OK)
    await sleep(1)
    expect(freezes).toEqual([])
  })

  it('W3 a suspended loop, until the last suspension ends', async () => {
    const { dog, freezes, first } = await start()
    {
      using _outer = dog.suspend()
      const inner = dog.suspend()
      inner[Symbol.dispose]()
      inner[Symbol.dispose]()
      expect(raw.wait(A_WHILE)).toBe(S_OK)
      await sleep(1)
      expect(freezes).toEqual([])
    }
    expect(raw.wait(LONG)).toBe(RPC_E_CALL_CANCELED)
    await first('canceled')
  })

  it('W3 all calls, once it is closed', async () => {
    using _ = callCancellation()
    const { dog, freezes } = await start()
    dog.close()
    dog.close()
    expect(raw.wait(A_WHILE)).toBe(S_OK)
    await sleep(1)
    expect(freezes).toEqual([])
  })
})

describe('callbacks', () => {
  it('an exception of onFreeze is an uncaught one', async () => {
    const error = new Error('of onFreeze')
    let called = false
    await start({
      onFreeze: () => {
        called = true
        throw error
      },
    })
    const uncaught = await uncaughtDuring(async () => {
      expect(raw.wait(LONG)).toBe(RPC_E_CALL_CANCELED)
      await until('onFreeze is called', () => called)
    })
    expect(uncaught).toContain(error)
  })
})

it('bad options are refused, and leave cancellation disabled', () => {
  expect(() => watchdog({ threshold: 0 })).toThrow(RangeError)
  expect(() => watchdog({ threshold: Number.NaN })).toThrow(RangeError)
  expect(() => watchdog({ interval: -1 })).toThrow(RangeError)
  expect(() => watchdog({ interval: '5' as unknown as number })).toThrow(TypeError)
  expect(() => watchdog({ onFreeze: 1 as unknown as () => void })).toThrow(TypeError)
  expect(() => watchdog({ onFrozen: () => {} } as object)).toThrow(/onFreeze/)
  expect(raw.coDisableCallCancellation()).toBe(CO_E_CANCEL_DISABLED)
})
