// Call objects: asynchronous calls as the binding makes them, with a server whose call objects are complete, one
// whose call objects refuse to be aggregated, and one whose call objects cannot be canceled.
import { diagnostics, HResult } from 'com-cancel'
import { describe, expect, it } from 'vitest'
import type { BindingPointer, CallOutcome, Operation, Variant } from '../../../binding'
import { leaveNothingBehind } from '../../support/com'
import { A_WHILE, LONG, sleep, until } from '../../support/until'
import { empty, method, pointerOf, type Raw, startRaw } from './operations'
import { describePrime } from './support'

leaveNothingBehind()

const PRIME = '2f7c4e5a-9b1d-4c3e-8a60-71d2b8e4c953'
const ASYNC_PRIME = '2f7c4e5b-9b1d-4c3e-8a60-71d2b8e4c953'

const i4 = (value: number): Variant => ({ type: 'i4', value })
const ui4 = (value: number): Variant => ({ type: 'ui4', value })

class Call {
  signals = 0
  readonly #raw: Raw
  readonly pointer: BindingPointer

  private constructor(raw: Raw, outcome: CallOutcome, signals: { count: number }) {
    this.#raw = raw
    this.pointer = pointerOf(outcome.hresult, outcome.value)
    Object.defineProperty(this, 'signals', { get: () => signals.count })
  }

  static async create(raw: Raw, object: BindingPointer): Promise<Call> {
    const signals = { count: 0 }
    const signaled = () => void signals.count++
    return new Call(raw, await raw.ask(object, { kind: 'create-call', iid: ASYNC_PRIME, signaled }), signals)
  }

  beginIsPrime = (n: number) => this.#hresult(method(ASYNC_PRIME, 3, ['in i4'], [i4(n)], { step: 'begin' }))
  finishIsPrime = () => this.#result(method(ASYNC_PRIME, 4, ['out i4'], [empty], { step: 'finish' }))
  beginNumber = (n: number, ms: number) =>
    this.#hresult(method(ASYNC_PRIME, 5, ['in i4', 'in ui4'], [i4(n), ui4(ms)], { step: 'begin' }))
  finishNumber = () => this.#result(method(ASYNC_PRIME, 6, ['out i4'], [empty], { step: 'finish' }))
  beginBlock = (ms: number) => this.#hresult(method(ASYNC_PRIME, 7, ['in ui4'], [ui4(ms)], { step: 'begin' }))
  finishBlock = () => this.#result(method(ASYNC_PRIME, 8, [], [], { step: 'finish' }))
  cancel = (seconds = 0) => this.#hresult({ kind: 'cancel-call', seconds })
  test = () => this.#hresult({ kind: 'test-call' })
  wait = () => this.#hresult({ kind: 'wait-call' })
  untilSignals = (count: number) => until(`it has ${count} signals`, () => this.signals >= count)

  async #hresult(operation: Operation): Promise<number> {
    return (await this.#raw.ask(this.pointer, operation)).hresult
  }
  async #result(operation: Operation): Promise<[number, unknown]> {
    const { hresult, outs } = await this.#raw.ask(this.pointer, operation)
    const value = outs[0]?.value
    return [hresult, value && value.type !== 'array' ? value.value : undefined]
  }
}

const { S_OK, E_NOINTERFACE, RPC_S_CALLPENDING, RPC_E_CALL_CANCELED, RPC_E_CALL_COMPLETE } = HResult

describePrime('call objects', () => {
  describe.each(['mta', 'sta'] as const)('in the %s', apartment => {
    const start = async (progId: string, callCancellation = true) => {
      const raw = await startRaw(apartment, callCancellation)
      const object = await raw.create(progId)
      return { raw, object, call: await Call.create(raw, object) }
    }

    describe.each(['Prime.Async', 'Prime.Async.Alone'])('%s', progId => {
      it('A2 A3 A6 carry out one call after the other, and signal once for each', async () => {
        const { call } = await start(progId)
        for (const [n, prime] of [
          [1_000_003, 1],
          [1_000_004, 0],
        ] as const) {
          const before = call.signals
          expect(await call.beginIsPrime(n)).toBe(S_OK)
          await call.untilSignals(before + 1)
          expect(await call.wait()).toBe(S_OK)
          // Until Finish_, also of a call that is complete.
          expect(await call.beginIsPrime(5)).toBe(RPC_S_CALLPENDING)
          expect(await call.cancel()).toBe(RPC_E_CALL_COMPLETE)
          expect(await call.finishIsPrime()).toEqual([S_OK, prime])
        }
        await sleep(100)
        expect(call.signals).toBe(2)
      })

      it('A2 A3 A5 refuse a second call while one is pending, and after its cancel until Finish_', async () => {
        const { call } = await start(progId)
        expect(await call.beginNumber(7, LONG)).toBe(S_OK)
        expect(await call.wait()).toBe(RPC_S_CALLPENDING)
        expect(await call.beginNumber(8, 0)).toBe(RPC_S_CALLPENDING)
        expect(await call.test()).toBe(RPC_S_CALLPENDING)
        expect(call.signals).toBe(0)
        expect(await call.cancel()).toBe(S_OK)
        await call.untilSignals(1)
        expect(await call.test()).toBe(RPC_E_CALL_CANCELED)
        expect(await call.cancel()).toBe(RPC_E_CALL_CANCELED)
        expect(await call.beginNumber(8, 0)).toBe(RPC_S_CALLPENDING)
        expect(await call.finishNumber()).toEqual([RPC_E_CALL_CANCELED, undefined])
        expect(await call.beginNumber(9, 0)).toBe(S_OK)
        await call.untilSignals(2)
        expect(await call.finishNumber()).toEqual([S_OK, 9])
      })

      it('A5 S6 the method sees the cancel by its call object, not by CoTestCancel, and ends', async () => {
        const { raw, object, call } = await start(progId)
        const counts = await raw.create('Prime.Calculator.Inproc')
        const canceled = async () => {
          const get: Operation = { member: 'Canceled', kind: 'get', args: [], named: [] }
          const { value } = await raw.ask(counts, get)
          return value && value.type !== 'array' ? Number(value.value) : Number.NaN
        }
        const before = await canceled()
        expect(await call.beginIsPrime(2_147_483_647)).toBe(S_OK)
        expect(await call.cancel()).toBe(S_OK)
        await call.untilSignals(1)
        expect(await call.finishIsPrime()).toEqual([RPC_E_CALL_CANCELED, undefined])
        await until('the method has ended', async () => (await canceled()) > before)
        const last = await raw.ask(object, method(PRIME, 6, ['out i4'], [empty]))
        expect(last.outs[0]?.value).toEqual(i4(RPC_E_CALL_COMPLETE))
        counts.release()
      })

      it('A6 a cancel with a timeout waits for a method that ends, and releases the caller of another', async () => {
        const { call } = await start(progId)
        expect(await call.beginIsPrime(2_147_483_647)).toBe(S_OK)
        expect(await call.cancel(60)).toBe(RPC_E_CALL_COMPLETE)
        await call.untilSignals(1)
        expect(await call.finishIsPrime()).toEqual([RPC_E_CALL_CANCELED, undefined])
        expect(await call.beginBlock(3 * A_WHILE)).toBe(S_OK)
        expect(await call.cancel(0)).toBe(S_OK)
        await call.untilSignals(2)
        expect(await call.finishBlock()).toEqual([RPC_E_CALL_CANCELED, undefined])
      })

      it('A8 a release drops the call', async () => {
        const { call } = await start(progId)
        expect(await call.beginNumber(1, A_WHILE)).toBe(S_OK)
        const before = diagnostics().objects
        call.pointer.release()
        await until('the call object is gone', () => diagnostics().objects < before)
      })
    })

    it('A7 need no call cancellation on their thread', async () => {
      const { call } = await start('Prime.Async', false)
      expect(await call.beginNumber(1, LONG)).toBe(S_OK)
      expect(await call.cancel()).toBe(S_OK)
      expect(await call.finishNumber()).toEqual([RPC_E_CALL_CANCELED, undefined])
    })

    it('A4 cannot be canceled when they do not implement it', async () => {
      const { call } = await start('Prime.Async.Plain')
      expect(await call.beginNumber(3, A_WHILE)).toBe(S_OK)
      expect(await call.cancel()).toBe(E_NOINTERFACE)
      expect(await call.test()).toBe(E_NOINTERFACE)
      await call.untilSignals(1)
      expect(await call.finishNumber()).toEqual([S_OK, 3])
    })

    it('A1 are made by servers with ICallFactory, for interfaces that they know', async () => {
      const { raw, object } = await start('Prime.Async')
      const create = (pointer: BindingPointer, iid: string) =>
        raw.ask(pointer, { kind: 'create-call', iid, signaled() {} })
      const calculator = await raw.create('Prime.Calculator.Inproc')
      expect(await create(calculator, ASYNC_PRIME)).toMatchObject({ hresult: E_NOINTERFACE, value: null })
      expect(await create(object, PRIME)).toMatchObject({ hresult: E_NOINTERFACE, value: null })
    })

    it.each(['Prime.Async', 'Prime.Async.Alone'])(
      'of %s: 1,000 are pending on one thread, and half are canceled',
      async progId => {
        const raw = await startRaw(apartment)
        const object = await raw.create(progId)
        const calls = await Promise.all(Array.from({ length: 1_000 }, () => Call.create(raw, object)))
        const begun = await Promise.all(
          calls.map((call, n) => call.beginNumber(n, n % 2 ? LONG : 2 * A_WHILE)),
        )
        expect(new Set(begun)).toEqual(new Set([S_OK]))
        const canceled = await Promise.all(calls.map((call, n) => (n % 2 ? call.cancel() : S_OK)))
        expect(new Set(canceled)).toEqual(new Set([S_OK]))
        await Promise.all(calls.map(call => call.untilSignals(1)))
        const results = await Promise.all(calls.map(call => call.finishNumber()))
        expect(results).toEqual(calls.map((_, n) => (n % 2 ? [RPC_E_CALL_CANCELED, undefined] : [S_OK, n])))
        expect(calls.filter(call => call.signals !== 1)).toEqual([])
      },
      120_000,
    )
  })
})
