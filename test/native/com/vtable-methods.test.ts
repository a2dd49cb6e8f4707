// Methods by vtable: parameters of every type and direction, buffers, and calls that are refused.
import { HResult } from 'com-cancel'
import { describe, expect, it } from 'vitest'
import type { BindingPointer, Block, MethodCall, MethodParameter, Variant } from '../../../binding'
import { leaveNothingBehind } from '../../support/com'
import { empty, method, parameter, pointerOf, type Raw, startRaw } from './operations'
import { describePrime } from './support'

leaveNothingBehind()

const TYPES = '2f7c4e5c-9b1d-4c3e-8a60-71d2b8e4c953'
const PIPE = 'db2f3aca-2f86-11d1-8e04-00c04fb9989a'
const DISPATCH = '00020400-0000-0000-c000-000000000046'

/** The slots of ITypes. */
const slots = {
  print: 3,
  echoUnknown: 4,
  echoDispatch: 5,
  echoVariant: 6,
  echoDecimal: 7,
  double: 8,
  note: 9,
  noted: 10,
  sum: 11,
  count: 12,
  reverse: 13,
  fail: 14,
  overstate: 15,
}

const block = (element: 'ui1' | 'i4', elements: Block): Variant => ({
  type: 'array',
  element,
  dimensions: [{ length: elements.length, lower: 0 }],
  elements,
})
const buffer = (text: string, length: number): MethodParameter => parameter(text, { length })

describePrime('methods by vtable', () => {
  describe.each(['mta', 'sta'] as const)('in the %s', apartment => {
    const start = async () => {
      const raw = await startRaw(apartment)
      return { raw, object: await raw.create('Prime.Async') }
    }
    const call = async (
      { raw, object }: { raw: Raw; object: BindingPointer },
      name: keyof typeof slots,
      parameters: (string | MethodParameter)[],
      args: Variant[],
      more?: Partial<MethodCall>,
    ) => raw.ask(object, method(TYPES, slots[name], parameters, args, more))

    it('take values of every type', async () => {
      const made = await start()
      const args: Variant[] = [
        { type: 'bool', value: true },
        { type: 'i1', value: -1 },
        { type: 'ui1', value: 255 },
        { type: 'i2', value: -2 },
        { type: 'ui2', value: 65_535 },
        { type: 'i4', value: -4 },
        { type: 'ui4', value: 4_294_967_295 },
        { type: 'i8', value: -(2n ** 62n) },
        { type: 'ui8', value: 2n ** 63n },
        { type: 'r4', value: 0.5 },
        { type: 'r8', value: -0.25 },
        { type: 'cy', value: 12_345n },
        { type: 'date', value: 1.5 },
        { type: 'bstr', value: 'text' },
        { type: 'error', value: HResult.E_FAIL },
      ]
      const { hresult, outs } = await call(
        made,
        'print',
        [...args.map(arg => `in ${arg.type}`), 'out bstr'],
        [...args, empty],
      )
      expect(hresult).toBe(HResult.S_OK)
      const printed =
        '-1 -1 255 -2 65535 -4 4294967295 -4611686018427387904 9223372036854775808 0.5 -0.25 12345 1.5 text -2147467259'
      expect(outs).toEqual([{ position: args.length, value: { type: 'bstr', value: printed } }])
    })

    it('take and return objects, which are queried for the interface of their parameter', async () => {
      const made = await start()
      const { raw, object } = made
      const value: Variant = { type: 'unknown', value: object }
      const same = await call(made, 'echoUnknown', ['in unknown', 'out unknown'], [value, empty])
      expect(same.hresult).toBe(HResult.S_OK)
      const returned = pointerOf(0, same.outs[0]?.value ?? null)
      const is = await raw.ask(object, { kind: 'is', other: returned })
      expect(is.value).toEqual({ type: 'bool', value: true })
      returned.release()
      const none = await call(
        made,
        'echoUnknown',
        ['in unknown', 'out unknown'],
        [{ type: 'unknown', value: null }, empty],
      )
      expect(none.outs).toEqual([{ position: 1, value: { type: 'unknown', value: null } }])
      const iid = (id: string) => [parameter('in unknown', { iid: id }), 'out unknown']
      const asPipe = await call(made, 'echoUnknown', iid(PIPE), [value, empty])
      expect(asPipe.hresult).toBe(HResult.S_OK)
      pointerOf(0, asPipe.outs[0]?.value ?? null).release()
      const refused = await call(made, 'echoUnknown', iid(DISPATCH), [value, empty])
      expect(refused).toMatchObject({ hresult: HResult.E_NOINTERFACE, argument: 0, outs: [] })
      const calculator = await raw.create('Prime.Calculator.Inproc')
      const dispatch = await call(
        made,
        'echoDispatch',
        ['in dispatch', 'out dispatch'],
        [{ type: 'dispatch', value: calculator }, empty],
      )
      expect(dispatch.hresult).toBe(HResult.S_OK)
      pointerOf(0, dispatch.outs[0]?.value ?? null).release()
      calculator.release()
    })

    it('take and return VARIANTs and DECIMALs', async () => {
      const made = await start()
      for (const value of [
        { type: 'bstr', value: 'a' },
        { type: 'i4', value: 7 },
        { type: 'null' },
        block('ui1', Uint8Array.of(1, 2)),
      ] satisfies Variant[]) {
        const { hresult, outs } = await call(
          made,
          'echoVariant',
          ['in variant', 'out variant'],
          [value, empty],
        )
        expect(hresult).toBe(HResult.S_OK)
        expect(outs).toEqual([{ position: 1, value }])
      }
      const decimal: Variant = {
        type: 'decimal',
        value: { digits: 79_228_162_514_264_337_593_543_950_335n, scale: 28, negative: true },
      }
      const same = await call(made, 'echoDecimal', ['in decimal', 'out decimal'], [decimal, empty])
      expect(same).toMatchObject({ hresult: HResult.S_OK, outs: [{ position: 1, value: decimal }] })
    })

    it('replace values', async () => {
      const { hresult, outs } = await call(
        await start(),
        'double',
        ['inout i4', 'inout r8', 'inout bstr', 'inout variant'],
        [
          { type: 'i4', value: 21 },
          { type: 'r8', value: 0.25 },
          { type: 'bstr', value: 'ab' },
          { type: 'bstr', value: '1.5' },
        ],
      )
      expect(hresult).toBe(HResult.S_OK)
      expect(outs.map(({ value }) => value)).toEqual([
        { type: 'i4', value: 42 },
        { type: 'r8', value: 0.5 },
        { type: 'bstr', value: 'abab' },
        { type: 'r8', value: 3 },
      ])
    })

    it('may return nothing', async () => {
      const made = await start()
      const noted = await call(made, 'note', ['in i4'], [{ type: 'i4', value: -5 }], { returns: 'void' })
      expect(noted).toMatchObject({ hresult: HResult.S_OK, outs: [] })
      const { outs } = await call(made, 'noted', ['out i4'], [empty])
      expect(outs).toEqual([{ position: 0, value: { type: 'i4', value: -5 } }])
    })

    it('read, fill and change buffers', async () => {
      const made = await start()
      const sum = await call(
        made,
        'sum',
        [buffer('in i4', 1), 'in ui4', 'out i8'],
        [block('i4', Int32Array.of(1, 2, -10)), { type: 'ui4', value: 3 }, empty],
      )
      expect(sum.outs).toEqual([{ position: 2, value: { type: 'i8', value: -7n } }])
      const room: Variant = { type: 'ui4', value: 5 }
      const counted = await call(
        made,
        'count',
        [buffer('out r8', 2), 'in ui4', 'out ui4'],
        [room, room, empty],
      )
      expect(counted.outs).toMatchObject([
        { position: 0, value: { element: 'r8', elements: Float64Array.of(1, 2, 3) } },
        { position: 2, value: { type: 'ui4', value: 3 } },
      ])
      const all = await call(made, 'count', [buffer('out r8', -1), 'in ui4', 'out ui4'], [room, room, empty])
      expect(all.outs[0]?.value).toMatchObject({ elements: Float64Array.of(1, 2, 3, 0, 0) })
      const bytes = Uint8Array.of(1, 2, 3)
      const reversed = await call(
        made,
        'reverse',
        [buffer('inout ui1', 1), 'in ui4'],
        [block('ui1', bytes), { type: 'ui4', value: 2 }],
      )
      // As many as the number that was passed.
      expect(reversed.outs).toMatchObject([{ position: 0, value: { elements: Uint8Array.of(2, 1) } }])
      expect(bytes).toEqual(Uint8Array.of(1, 2, 3))
    })

    it('give no more elements of a buffer than there is room for', async () => {
      const { hresult, outs } = await call(
        await start(),
        'overstate',
        [buffer('out ui1', 1), 'out ui4'],
        [{ type: 'ui4', value: 4 }, empty],
      )
      expect(hresult).toBe(HResult.S_OK)
      expect(outs[0]?.value).toMatchObject({ elements: Uint8Array.of(1, 0, 0, 0) })
    })

    it('leave no results when they fail, and their error object', async () => {
      const failed = await call(await start(), 'fail', ['out bstr', 'out unknown'], [empty, empty])
      expect(failed).toMatchObject({
        hresult: HResult.E_ACCESSDENIED,
        outs: [],
        exception: { description: 'it always fails' },
      })
    })

    it('are not called with arguments of another type, or too small a buffer', async () => {
      const made = await start()
      const note = (parameters: string[], args: Variant[]) =>
        call(made, 'note', parameters, args, { returns: 'void' })
      expect(await note(['in i4'], [{ type: 'i8', value: 1n }])).toMatchObject({
        hresult: HResult.DISP_E_TYPEMISMATCH,
        argument: 0,
      })
      expect(await note(['in i4'], [])).toMatchObject({ hresult: HResult.E_INVALIDARG })
      const sum = (elements: Variant, count: number) =>
        call(
          made,
          'sum',
          [buffer('in i4', 1), 'in ui4', 'out i8'],
          [elements, { type: 'ui4', value: count }, empty],
        )
      const two = block('i4', Int32Array.of(1, 2))
      expect(await sum(two, 3)).toMatchObject({ hresult: HResult.E_INVALIDARG, argument: 0 })
      expect(await sum(block('ui1', Uint8Array.of(1, 2, 3, 4)), 1)).toMatchObject({
        hresult: HResult.DISP_E_TYPEMISMATCH,
        argument: 0,
      })
      const text = await call(
        made,
        'reverse',
        [buffer('out bstr', 1), 'in ui4'],
        [
          { type: 'ui4', value: 1 },
          { type: 'ui4', value: 1 },
        ],
      )
      expect(text).toMatchObject({ hresult: HResult.E_INVALIDARG, argument: 0 })
      expect((await call(made, 'noted', ['out i4'], [empty])).outs[0]?.value).toEqual({
        type: 'i4',
        value: 0,
      })
    })

    it('need an object with their interface', async () => {
      const { raw, object } = await start()
      const outcome = await raw.ask(object, method(DISPATCH, 3, ['out ui4'], [empty]))
      expect(outcome).toMatchObject({ hresult: HResult.E_NOINTERFACE, outs: [] })
    })

    it('call an interface of the system', async () => {
      const { raw, object } = await start()
      const bytes = Uint8Array.of(5, 6, 7)
      const push = method(
        PIPE,
        4,
        [buffer('in ui1', 1), 'in ui4'],
        [block('ui1', bytes), { type: 'ui4', value: 3 }],
      )
      expect((await raw.ask(object, push)).hresult).toBe(HResult.S_OK)
      const ten: Variant = { type: 'ui4', value: 10 }
      const pull = method(PIPE, 3, [buffer('out ui1', 2), 'in ui4', 'out ui4'], [ten, ten, empty])
      expect((await raw.ask(object, pull)).outs[0]?.value).toMatchObject({ elements: bytes })
    })
  })
})
