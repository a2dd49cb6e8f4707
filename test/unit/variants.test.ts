// Conversion of JavaScript values to VARIANTs and back.
import {
  byRef,
  type ComArgument,
  ComDecimal,
  ComErrorValue,
  ComObject,
  type ComResult,
  HResult,
  omitted,
  type VariantTypeName,
  variant,
} from 'com-cancel'
import { describe, expect, it } from 'vitest'
import type { Cells, Variant } from '../../binding'
import {
  arrayOf,
  bstr,
  outcome,
  rejection,
  returning,
  startWithObject,
  thrown,
} from '../support/fake-binding'

const bad = <T>(value: unknown): T => value as T

const { object, fake, thread } = await startWithObject()

/** The VARIANT of a value as an argument. */
const sent = async (value: unknown): Promise<Variant | undefined> => {
  fake.server = () => outcome()
  await object.call('Take', [bad<ComArgument>(value)])
  return fake.invocations.at(-1)?.args[0]
}

/** The JavaScript value of a result. */
const received = async (value: Variant | null): Promise<ComResult> => {
  fake.server = () => returning(value)
  return object.call('Give')
}

/** The block of a type of numbers. */
const blocks: Record<string, { from(elements: readonly never[]): unknown }> = {
  i1: Int8Array,
  ui1: Uint8Array,
  i2: Int16Array,
  ui2: Uint16Array,
  i4: Int32Array,
  ui4: Uint32Array,
  r4: Float32Array,
  r8: Float64Array,
  i8: BigInt64Array,
  ui8: BigUint64Array,
  cy: BigInt64Array,
}

const array = (element: string, lengths: number[], elements: unknown[]) => ({
  type: 'array',
  element,
  dimensions: lengths.map(length => ({ length, lower: 0 })),
  elements: blocks[element]?.from(elements as never[]) ?? elements,
})

const i4 = (value: number): Variant => ({ type: 'i4', value })

describe('scalars without a type', () => {
  it.each<[string, unknown, Variant]>([
    ['undefined', undefined, { type: 'empty' }],
    ['null', null, { type: 'null' }],
    ['true', true, { type: 'bool', value: true }],
    ['0', 0, i4(0)],
    ['the greatest i4', 2 ** 31 - 1, i4(2 ** 31 - 1)],
    ['the least i4', -(2 ** 31), i4(-(2 ** 31))],
    ['one more', 2 ** 31, { type: 'r8', value: 2 ** 31 }],
    ['a fraction', 0.5, { type: 'r8', value: 0.5 }],
    ['-0', -0, { type: 'r8', value: -0 }],
    ['NaN', Number.NaN, { type: 'r8', value: Number.NaN }],
    ['-Infinity', Number.NEGATIVE_INFINITY, { type: 'r8', value: Number.NEGATIVE_INFINITY }],
    ['a bigint', 5n, { type: 'i8', value: 5n }],
    ['the least i8', -(2n ** 63n), { type: 'i8', value: -(2n ** 63n) }],
    ['the greatest i8', 2n ** 63n - 1n, { type: 'i8', value: 2n ** 63n - 1n }],
    ['above', 2n ** 63n, { type: 'ui8', value: 2n ** 63n }],
    ['a string', 'a\0b\ud800', { type: 'bstr', value: 'a\0b\ud800' }],
    ['an empty string', '', { type: 'bstr', value: '' }],
    ['a currency', ComDecimal.from('-1.5', 'currency'), { type: 'cy', value: -15_000n }],
    [
      'a decimal',
      ComDecimal.from('-1.50'),
      { type: 'decimal', value: { digits: 150n, scale: 2, negative: true } },
    ],
    ['a date', new Date(1899, 11, 31, 12), { type: 'date', value: 1.5 }],
    ['an error', new ComErrorValue(HResult.E_FAIL), { type: 'error', value: HResult.E_FAIL }],
    ['left out', omitted, { type: 'missing' }],
  ])('%s', async (_, value, expected) => {
    expect(await sent(value)).toStrictEqual(expected)
  })

  it.each([
    ['a symbol', Symbol('one'), 'a symbol'],
    ['a plain object', {}, 'an object of class Object; thread.implement makes one of an object with methods'],
    ['a map', new Map(), 'an object of class Map'],
    ['a promise', Promise.resolve(), 'an object of class Promise'],
    ['a data view', new DataView(new ArrayBuffer(1)), 'an object of class DataView'],
    ['a boxed number', Object(1), 'an object of class Number'],
  ])('%s is refused', async (_, value, described) => {
    expect(await rejection(sent(value))).toStrictEqual(
      new TypeError(`Take: argument 1 must be a value that Automation has a type for, got ${described}`),
    )
  })

  it.each([2n ** 64n, -(2n ** 63n) - 1n])('%d is out of range', async value => {
    expect(await rejection(sent(value))).toBeInstanceOf(RangeError)
  })

  it('an invalid date is out of range', async () => {
    expect(await rejection(sent([new Date(Number.NaN)]))).toStrictEqual(
      new RangeError('Take: argument 1[0] must be a date in the years 100 to 9999, got an invalid date'),
    )
  })
})

describe('arrays without a type', () => {
  it.each<[string, unknown, unknown]>([
    ['empty', [], array('variant', [0], [])],
    ['of values', [1, 'a', null], array('variant', [3], [i4(1), bstr('a'), { type: 'null' }])],
    [
      'of arrays of one length',
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      array('variant', [2, 3], [1, 2, 3, 4, 5, 6].map(i4)),
    ],
    ['of empty arrays', [[], []], array('variant', [2, 0], [])],
    ['of one empty array', [[]], array('variant', [1, 0], [])],
    [
      'of three dimensions',
      [
        [[1], [2]],
        [[3], [4]],
      ],
      array('variant', [2, 2, 1], [1, 2, 3, 4].map(i4)),
    ],
    ['mixed', [[1], 2], array('variant', [2], [array('variant', [1], [i4(1)]), i4(2)])],
    [
      'of arrays with a type of their own',
      [variant('variant[]', [1]), variant('variant[]', [2, 3])],
      array('variant', [2], [array('variant', [1], [i4(1)]), array('variant', [2], [i4(2), i4(3)])]),
    ],
    // biome-ignore lint/suspicious/noSparseArray: that is what is tested.
    ['with holes', [1, , 3], array('variant', [3], [i4(1), { type: 'empty' }, i4(3)])],
    [
      'with types',
      [variant('i2', 5), omitted],
      array('variant', [2], [{ type: 'i2', value: 5 }, { type: 'missing' }]),
    ],
    ['bytes', new Uint8Array([1, 2]), array('ui1', [2], [1, 2])],
    ['a buffer of Node', Buffer.from('ab'), array('ui1', [2], [97, 98])],
    ['a buffer', new Uint8Array([7]).buffer, array('ui1', [1], [7])],
    ['clamped', new Uint8ClampedArray([300]), array('ui1', [1], [255])],
    ['i1', new Int8Array([-1]), array('i1', [1], [-1])],
    ['i2', new Int16Array([-1]), array('i2', [1], [-1])],
    ['ui2', new Uint16Array([1]), array('ui2', [1], [1])],
    ['i4', new Int32Array([-1]), array('i4', [1], [-1])],
    ['ui4', new Uint32Array([2 ** 32 - 1]), array('ui4', [1], [2 ** 32 - 1])],
    ['r4', new Float32Array([0.5]), array('r4', [1], [0.5])],
    ['r8', new Float64Array([0.1]), array('r8', [1], [0.1])],
    ['i8', new BigInt64Array([-1n]), array('i8', [1], [-1n])],
    ['ui8', new BigUint64Array([1n]), array('ui8', [1], [1n])],
    ['of bytes', [new Uint8Array([1])], array('variant', [1], [array('ui1', [1], [1])])],
  ])('%s', async (_, value, expected) => {
    expect(await sent(value)).toStrictEqual(expected)
  })

  it.each<[string, unknown, string]>([
    ['two rows', [[1], [2, 3]], 'argument 1[1] has 2 elements, but argument 1[0] has 1'],
    ['an empty row', [[1, 2], []], 'argument 1[1] has 0 elements, but argument 1[0] has 2'],
    [
      'inside',
      [
        [[1], [2]],
        [[3], [4, 5]],
      ],
      'argument 1[1][1] has 2 elements, but argument 1[0][0] has 1',
    ],
  ])('with rows of different lengths are refused: %s', async (_, value, message) => {
    const advice =
      ": rows must have one length; pad them with undefined (VT_EMPTY), or pass each as variant('variant[]', row) for an array of arrays"
    expect(await rejection(sent(value))).toStrictEqual(new TypeError(`Take: ${message}${advice}`))
  })

  const nest = (depth: number, inner: unknown): unknown => {
    let value = inner
    for (let i = 0; i < depth; i++) value = [value]
    return value
  }

  it('of sixty dimensions, and not one more', async () => {
    const most = (await sent(nest(60, 5))) as { dimensions: unknown[]; elements: unknown[] }
    expect(most.dimensions).toHaveLength(60)
    expect(most.elements).toStrictEqual([i4(5)])
    expect(await rejection(sent(nest(61, 5)))).toBeInstanceOf(RangeError)
    expect(await rejection(sent(nest(61, 5)))).toMatchObject({
      message: expect.stringMatching(/^Take: argument 1(\[0\]){59} is nested in more than 60 arrays/),
    })
    expect(await rejection(sent(nest(100_000, 5)))).toBeInstanceOf(RangeError)
    expect(await rejection(sent([1, nest(60, 5)]))).toBeInstanceOf(RangeError)
  })

  it('that contain themselves are refused', async () => {
    const cyclic: unknown[] = [1, [2, []]]
    ;(cyclic[1] as unknown[][])[1]?.push(cyclic)
    expect(await rejection(sent(cyclic))).toStrictEqual(
      new TypeError('Take: argument 1[1][1][0] is cyclic: the array contains itself'),
    )
    const self: unknown[] = []
    self.push(self)
    expect(await rejection(sent(self))).toBeInstanceOf(TypeError)
  })

  it('that contain themselves through a typed value are refused', async () => {
    const inner: unknown[] = []
    const typed = variant('variant[]', inner)
    inner.push(typed)
    expect(await rejection(sent(typed))).toBeInstanceOf(RangeError)
  })

  it('that share parts are no cycle', async () => {
    const part = [1]
    expect(await sent([part, part])).toStrictEqual(array('variant', [2, 1], [i4(1), i4(1)]))
  })

  it('that grow without limit by sharing are refused', async () => {
    let value: unknown = [1, 2]
    for (let i = 0; i < 40; i++) value = [value, value]
    expect(await rejection(sent(value))).toMatchObject({
      name: 'RangeError',
      message: 'Take: argument 1 holds more than 16777216 values',
    })
    expect(await rejection(sent(new Array(2 ** 30)))).toBeInstanceOf(RangeError)
  })

  it('that are refused name the place', async () => {
    fake.server = () => outcome()
    const symbol = bad<ComArgument>(Symbol('x'))
    const call = object.call('Take', [1, [1, [symbol, 2]]])
    expect(await rejection(call)).toMatchObject({
      message: expect.stringMatching(/^Take: argument 2\[1\]\[0\] /),
    })
    const square = object.call('Take', [
      1,
      [
        [1, 2],
        [symbol, 3],
      ],
    ])
    expect(await rejection(square)).toMatchObject({
      message: expect.stringMatching(/^Take: argument 2\[1\]\[0\] /),
    })
    const named = object.call('Take', [], { named: { Other: [symbol] } })
    expect(await rejection(named)).toMatchObject({
      message: expect.stringMatching(/^Take: argument Other\[0\] /),
    })
    const set = object.set('Take', symbol)
    expect(await rejection(set)).toMatchObject({
      message: expect.stringMatching(/^Take: the value must be /),
    })
    expect(fake.invocations.at(-1)?.named).not.toHaveLength(1)
  })
})

describe('with a type', () => {
  it.each<[string, ReturnType<typeof variant>, unknown]>([
    ['i2', variant('i2', 5), { type: 'i2', value: 5 }],
    ['i2 of a bigint', variant('i2', 5n), { type: 'i2', value: 5 }],
    ['i4 of -0', variant('i4', -0), { type: 'i4', value: 0 }],
    ['i8 of a number', variant('i8', 5), { type: 'i8', value: 5n }],
    ['ui8', variant('ui8', 2n ** 64n - 1n), { type: 'ui8', value: 2n ** 64n - 1n }],
    ['int', variant('int', -1), { type: 'int', value: -1 }],
    ['uint', variant('uint', 2 ** 32 - 1), { type: 'uint', value: 2 ** 32 - 1 }],
    ['r4', variant('r4', 0.1), { type: 'r4', value: Math.fround(0.1) }],
    ['r4 of NaN', variant('r4', Number.NaN), { type: 'r4', value: Number.NaN }],
    ['r8 of an integer', variant('r8', 5), { type: 'r8', value: 5 }],
    ['bool', variant('bool', false), { type: 'bool', value: false }],
    ['cy', variant('cy', '12.5'), { type: 'cy', value: 125_000n }],
    [
      'decimal',
      variant('decimal', 0.1),
      { type: 'decimal', value: { digits: 1n, scale: 1, negative: false } },
    ],
    ['date', variant('date', new Date(1899, 11, 31)), { type: 'date', value: 1 }],
    ['date of days', variant('date', 45_000.5), { type: 'date', value: 45_000.5 }],
    ['bstr', variant('bstr', 'x'), { type: 'bstr', value: 'x' }],
    ['a NULL bstr', variant('bstr', null), { type: 'bstr', value: null }],
    ['error', variant('error', HResult.E_FAIL), { type: 'error', value: HResult.E_FAIL }],
    ['error of an error', variant('error', new ComErrorValue(-1)), { type: 'error', value: -1 }],
    ['a null pointer', variant('dispatch', null), { type: 'dispatch', value: null }],
    ['null', variant('null'), { type: 'null' }],
    ['empty', variant('empty'), { type: 'empty' }],
    ['i2[]', variant('i2[]', [1, 2]), array('i2', [2], [1, 2])],
    ['i2[] of two dimensions', variant('i2[]', [[1], [2]]), array('i2', [2, 1], [1, 2])],
    ['i2[] of bytes', variant('i2[]', new Uint8Array([1])), array('i2', [1], [1])],
    ['bstr[]', variant('bstr[]', ['a', null]), array('bstr', [2], ['a', null])],
    ['cy[]', variant('cy[]', ['1', 2]), array('cy', [2], [10_000n, 20_000n])],
    ['dispatch[]', variant('dispatch[]', [null]), array('dispatch', [1], [null])],
    ['variant[]', variant('variant[]', [1, 'a']), array('variant', [2], [i4(1), bstr('a')])],
    ['variant[] of bytes', variant('variant[]', new Uint8Array([1])), array('variant', [1], [i4(1)])],
  ])('%s', async (_, value, expected) => {
    expect(await sent(value)).toStrictEqual(expected)
  })

  it('is taken as it was', async () => {
    const numbers = [1, 2]
    const typed = variant('i2[]', numbers)
    numbers.push(3)
    expect(await sent(typed)).toStrictEqual(array('i2', [2], [1, 2]))
  })

  it.each<[type: Parameters<typeof variant>[0], value: unknown, name: string, message: string]>([
    ['i1', 128, 'RangeError', "variant('i1'): value must be an integer from -128 to 127 (i1), got 128"],
    ['ui1', -1, 'RangeError', "variant('ui1'): value must be an integer from 0 to 255 (ui1), got -1"],
    ['i2', 1.5, 'RangeError', "variant('i2'): value must be an integer from -32768 to 32767 (i2), got 1.5"],
    [
      'i2',
      '5',
      'TypeError',
      'variant(\'i2\'): value must be an integer from -32768 to 32767 (i2), got the string "5"',
    ],
    [
      'ui8',
      2n ** 64n,
      'RangeError',
      "variant('ui8'): value must be an integer from 0 to 18446744073709551615 (ui8), got 18446744073709551616n",
    ],
    [
      'r4',
      1e39,
      'RangeError',
      "variant('r4'): value must be a number of at most 3.4028234663852886e38 (r4), got 1e+39",
    ],
    ['r8', '1', 'TypeError', 'variant(\'r8\'): value must be a number (r8), got the string "1"'],
    ['bool', 1, 'TypeError', "variant('bool'): value must be a boolean, got 1"],
    [
      'bstr',
      1,
      'TypeError',
      "variant('bstr'): value must be a string, or null for a NULL BSTR (bstr), got 1",
    ],
    [
      'date',
      'today',
      'TypeError',
      'variant(\'date\'): value must be a Date, or days since 1899-12-30 (date), got the string "today"',
    ],
    [
      'date',
      1e9,
      'RangeError',
      "variant('date'): value must be a date in the years 100 to 9999, got 1000000000 days",
    ],
    ['empty', 0, 'TypeError', "variant('empty'): value must be left out (empty), got 0"],
    [
      'dispatch',
      {},
      'TypeError',
      "variant('dispatch'): value must be a ComObject, what thread.implement made, a function or null (dispatch), got an object of class Object",
    ],
    ['i2[]', 5, 'TypeError', "variant('i2[]'): value must be an array (i2[]), got 5"],
    [
      'i2[]',
      [1, [2]],
      'TypeError',
      "variant('i2[]'): value must be rectangular, as an array of i2 is: value[1] is one array too many",
    ],
    [
      'i2[]',
      [
        [1, 2],
        [3, 99_999],
      ],
      'RangeError',
      "variant('i2[]'): value[1][1] must be an integer from -32768 to 32767 (i2), got 99999",
    ],
    [
      'variant[]',
      [{}],
      'TypeError',
      "variant('variant[]'): value[0] must be a value that Automation has a type for, got an object of class Object; thread.implement makes one of an object with methods",
    ],
  ])('%s refuses what it can not hold', (type, value, name, message) => {
    const error = thrown(() => variant(type, value))
    expect(error).toMatchObject({ name, message })
  })

  it('that does not exist is refused', () => {
    for (const type of ['', 'i3', 'variant', 'i2[][]', '[]', 'array', 'constructor'])
      expect(thrown(() => variant(bad(type), 5))).toMatchObject({
        name: 'RangeError',
        message: expect.stringContaining('variant: type must be one of empty, null'),
      })
    expect(thrown(() => variant(bad(8), 5))).toBeInstanceOf(TypeError)
  })
})

describe('results', () => {
  it.each<[string, Variant | null, ComResult]>([
    ['nothing', null, undefined],
    ['empty', { type: 'empty' }, undefined],
    ['missing', { type: 'missing' }, undefined],
    ['null', { type: 'null' }, null],
    ['bool', { type: 'bool', value: true }, true],
    ['i1', { type: 'i1', value: -1 }, -1],
    ['uint', { type: 'uint', value: 2 ** 32 - 1 }, 2 ** 32 - 1],
    ['r8', { type: 'r8', value: -0 }, -0],
    ['i8', { type: 'i8', value: -5n }, -5n],
    ['ui8', { type: 'ui8', value: 2n ** 64n - 1n }, 2n ** 64n - 1n],
    ['bstr', bstr('a\0\udc00'), 'a\0\udc00'],
    ['a NULL bstr', { type: 'bstr', value: null }, ''],
    ['date', { type: 'date', value: 1.5 }, new Date(1899, 11, 31, 12)],
    ['cy', { type: 'cy', value: -15_000n }, ComDecimal.from('-1.5', 'currency')],
    [
      'decimal',
      { type: 'decimal', value: { digits: 150n, scale: 2, negative: false } },
      ComDecimal.from('1.50'),
    ],
    ['error', { type: 'error', value: HResult.E_FAIL }, new ComErrorValue(HResult.E_FAIL)],
    ['a null pointer', { type: 'unknown', value: null }, null],
    ['an array', arrayOf([i4(1), bstr('a')]), [1, 'a']],
    ['an array of i2', array('i2', [2], [1, 2]) as Variant, [1, 2]],
    ['bytes', array('ui1', [2], [1, 2]) as Variant, new Uint8Array([1, 2])],
    ['bytes of two dimensions', array('ui1', [2, 1], [1, 2]) as Variant, [[1], [2]]],
    ['an empty array', arrayOf([]), []],
    ['no columns', array('i2', [2, 0], []) as Variant, [[], []]],
    ['no rows', array('i2', [0, 2], []) as Variant, []],
    ['three dimensions', array('i2', [2, 1, 3], [1, 2, 3, 4, 5, 6]) as Variant, [[[1, 2, 3]], [[4, 5, 6]]]],
    [
      'lower bounds',
      { type: 'array', element: 'i2', dimensions: [{ length: 2, lower: 1 }], elements: [1, 2] },
      [1, 2],
    ],
    ['arrays in arrays', arrayOf([arrayOf([i4(1)]), i4(2)]), [[1], 2]],
  ])('%s', async (_, value, expected) => {
    expect(await received(value)).toStrictEqual(expected)
  })

  it('that are objects are ComObjects of the same thread', async () => {
    const found = await received(fake.dispatch('found'))
    expect(found).toBeInstanceOf(ComObject)
    expect((found as ComObject).thread).toBe(thread)
    const list = (await received(
      arrayOf([fake.dispatch('one'), fake.dispatch('two', 'unknown')]),
    )) as ComObject[]
    expect(list.map(each => each instanceof ComObject)).toEqual([true, true])
    for (const each of [found as ComObject, ...list]) each[Symbol.dispose]()
    expect(fake.held).toEqual(['created'])
  })

  it('go back as they came', async () => {
    const values: ComResult[] = [
      undefined,
      null,
      true,
      7,
      -0,
      0.1,
      5n,
      2n ** 63n,
      'text',
      new Date(2024, 5, 1, 2, 3, 4, 567),
      ComDecimal.from('1.10'),
      ComDecimal.from(3, 'currency'),
      new ComErrorValue(-5),
      [1, ['a', [true]]],
      [
        [1, 2],
        [3, 4],
      ],
      [[], []],
      new Uint8Array([1, 2, 3]),
    ]
    for (const value of values) expect(await received((await sent(value)) ?? null)).toStrictEqual(value)
  })
})

describe('by reference', () => {
  it('accepts as a new value only what a call accepts', () => {
    const holder = byRef(object)
    holder.value = 5
    // @ts-expect-error a plain object is no argument
    const assign = () => (holder.value = { plain: true })
    expect(assign).not.toThrow()
  })

  it('a variable of any type', async () => {
    fake.server = () => outcome({ outs: [{ position: 1, value: bstr('out') }] })
    const holder = byRef<number>(5)
    await object.call('Fill', [1, holder])
    expect(fake.invocations.at(-1)?.args).toStrictEqual([i4(1), { type: 'i4', value: 5, byRef: 'variant' }])
    expect(holder.value).toBe('out')
  })

  it('a variable without a value', async () => {
    fake.server = () => outcome({ outs: [{ position: 0, value: fake.dispatch('out') }] })
    const holder = byRef()
    await object.call('Fill', [holder])
    expect(fake.invocations.at(-1)?.args).toStrictEqual([{ type: 'empty', byRef: 'variant' }])
    expect(holder.value).toBeInstanceOf(ComObject)
    ;(holder.value as ComObject)[Symbol.dispose]()
  })

  it('of a type, which it keeps', async () => {
    fake.server = () => outcome({ outs: [{ position: 0, value: { type: 'i2', value: 6 } }] })
    const holder = byRef(variant('i2', 5))
    for (const value of [5, 6]) {
      await object.call('Fill', [holder])
      expect(fake.invocations.at(-1)?.args).toStrictEqual([{ type: 'i2', value, byRef: true }])
      expect(holder.value).toBe(6)
    }
    holder.value = 1e6
    expect(await rejection(object.call('Fill', [holder]))).toMatchObject({
      name: 'RangeError',
      message: 'Fill: argument 1 must be an integer from -32768 to 32767 (i2), got 1000000',
    })
  })

  it('by name', async () => {
    fake.server = () => outcome({ outs: [{ position: 2, value: i4(9) }] })
    const holder = byRef(0)
    await object.call('Fill', [1], { named: { First: 1, Gone: omitted, Out: holder } })
    expect(fake.invocations.at(-1)?.named.map(each => each.name)).toEqual(['First', 'Out'])
    expect(holder.value).toBe(9)
  })

  it('stays as it was when the call fails', async () => {
    fake.server = () => outcome({ hresult: HResult.E_FAIL, outs: [] })
    const holder = byRef(1)
    await rejection(object.call('Fill', [holder]))
    expect(holder.value).toBe(1)
  })

  it('only whole arguments can be', async () => {
    expect(await rejection(object.call('Fill', [bad<ComArgument>([byRef(1)])]))).toStrictEqual(
      new TypeError('Fill: argument 1[0] can not be passed by reference: only a whole argument can'),
    )
    expect(thrown(() => byRef(byRef(1)))).toBeInstanceOf(TypeError)
  })
})

it('an error value is described', () => {
  expect(String(new ComErrorValue(HResult.DISP_E_TYPEMISMATCH))).toBe('DISP_E_TYPEMISMATCH (0x80020005)')
  expect(String(new ComErrorValue(0x80041234 | 0))).toBe('0x80041234')
  expect(() => new ComErrorValue(bad('x'))).toThrow(TypeError)
  expect(new ComErrorValue(0x80041234).hresult).toBe(0x80041234 | 0)
  expect(() => new ComErrorValue(2 ** 32)).toThrow(RangeError)
})

describe('arrays of numbers with a type', () => {
  it('travel as a block, which is not copied again where nothing waits', async () => {
    const bytes = Uint8Array.of(1, 2)
    const sentBytes = (await sent(bytes)) as { elements: Uint8Array }
    expect(sentBytes.elements.buffer).toBe(bytes.buffer)
    const typed = variant('r8[]', Float64Array.of(0.5))
    expect(await sent(typed)).toStrictEqual(array('r8', [1], [0.5]))
  })

  it('take typed arrays of other types, whose values are checked', async () => {
    expect(await sent(variant('r8[]', Float32Array.of(0.5)))).toStrictEqual(array('r8', [1], [0.5]))
    expect(await sent(variant('i8[]', Int32Array.of(-5)))).toStrictEqual(array('i8', [1], [-5n]))
    expect(await sent(variant('i2[]', BigInt64Array.of(7n)))).toStrictEqual(array('i2', [1], [7]))
    expect(thrown(() => variant('ui1[]', Int16Array.of(1, 256)))).toStrictEqual(
      new RangeError("variant('ui1[]'): value[1] must be an integer from 0 to 255 (ui1), got 256"),
    )
    expect(thrown(() => variant('i4[]', Float64Array.of(0.5)))).toBeInstanceOf(RangeError)
    expect(thrown(() => variant('i4[]', Float64Array.of(Number.NaN)))).toBeInstanceOf(RangeError)
    expect(thrown(() => variant('i4[]', BigInt64Array.of(2n ** 40n)))).toBeInstanceOf(RangeError)
  })
})

describe('large arrays of values', () => {
  it('travel as cells', async () => {
    const values = [
      'é素',
      'plain',
      '',
      true,
      null,
      undefined,
      7,
      0.5,
      -0,
      5n,
      2n ** 63n,
      new ComErrorValue(-5),
    ]
    const list = Array.from({ length: 1200 }, (_, i) => values[i % values.length])
    const { elements } = (await sent(list)) as unknown as { elements: Cells }
    expect(elements.types.slice(0, 12)).toEqual(Uint8Array.of(19, 19, 19, 3, 1, 0, 8, 15, 15, 12, 13, 20))
    expect(elements.slots[11]).toBe(-5)
    expect(new BigUint64Array(elements.slots.buffer)[10]).toBe(2n ** 63n)
    expect([...new Uint32Array(elements.slots.buffer).slice(0, 6)]).toEqual([0, 2, 2, 5, 7, 0])
    expect(elements.text).toBeInstanceOf(Uint16Array)
    expect(elements.text.slice(0, 3)).toEqual(Uint16Array.of(0xe9, 0x7d20, 0x70))
    expect(elements.others).toEqual([])
    expect(((await sent(list.slice(0, 1023))) as { elements: unknown }).elements).toBeInstanceOf(Array)
    const plain = (await sent(new Array(1024).fill('plain'))) as unknown as { elements: Cells }
    expect(plain.elements.text).toBeInstanceOf(Uint8Array)
    expect(
      await received({
        type: 'array',
        element: 'variant',
        dimensions: [{ length: 1200, lower: 1 }],
        elements,
      }),
    ).toEqual(list)
  })

  it('name the place of a value that is refused', async () => {
    const rows = Array.from({ length: 500 }, () => [1, 2, 3])
    rows[400] = [1, bad<number>(Symbol('x')), 3]
    expect(await rejection(sent(rows))).toMatchObject({
      message: expect.stringMatching(
        /^Take: argument 1\[400\]\[1\] must be a value that Automation has a type for/,
      ),
    })
  })

  it('release their objects when nobody takes them', async () => {
    const pointer = fake.dispatch('in cells')
    const cells: Cells = {
      types: Uint8Array.of(255, 19),
      slots: new Float64Array(2),
      text: new Uint8Array(),
      others: [pointer],
    }
    const given: Variant = {
      type: 'array',
      element: 'variant',
      dimensions: [{ length: 2, lower: 0 }],
      elements: cells,
    }
    fake.server = () => returning(given)
    await object.set('Ignored', 1)
    expect(fake.held).not.toContain('in cells')
  })
})

describe('lower bounds', () => {
  const lower = async (value: unknown) =>
    ((await sent(value)) as { dimensions: { lower: number }[] }).dimensions.map(each => each.lower)

  it('are those of the options, one for all or one for each dimension', async () => {
    expect(await lower(variant('i4[]', [1, 2], { lower: 1 }))).toEqual([1])
    expect(await lower(variant('variant[]', [[1], [2]], { lower: 1 }))).toEqual([1, 1])
    expect(await lower(variant('r8[]', [[1], [2]], { lower: [1, -(2 ** 31)] }))).toEqual([1, -(2 ** 31)])
    expect(await lower(byRef(variant('bstr[]', ['a'], { lower: 3 })))).toEqual([3])
    expect(await lower(variant('i4[]', [1, 2]))).toEqual([0])
  })

  it.each<[options: unknown, type: VariantTypeName, name: string, message: string]>([
    [
      { lower: [1] },
      'i4[]',
      'RangeError',
      'options.lower must have a number for each dimension of value, which has 2; got 1',
    ],
    [
      { lower: 2 ** 31 - 1 },
      'i4[]',
      'RangeError',
      'options.lower must leave indexes of at most 2147483647, got 2147483647 for 2 elements',
    ],
    [
      { lower: 0.5 },
      'i4[]',
      'RangeError',
      'options.lower must be an integer from -2147483648 to 2147483647, got 0.5',
    ],
    [
      { lower: ['1', 1] },
      'i4[]',
      'TypeError',
      'options.lower[0] must be an integer from -2147483648 to 2147483647, got the string "1"',
    ],
    [{ lower: 1 }, 'null', 'TypeError', "options.lower is for arrays, such as 'null[]'"],
    [{ upper: 1 }, 'i4[]', 'TypeError', 'options must not have "upper"; the names are lower'],
  ])('%j of %s are refused', (options, type, name, message) => {
    const square =
      type === 'null'
        ? undefined
        : [
            [1, 2],
            [3, 4],
          ]
    const error = thrown(() => variant(type, square, options as { lower: number }))
    expect(error).toMatchObject({ name, message: `variant('${type}'): ${message}` })
  })
})

describe('large results', () => {
  it('arrive in several turns of the event loop, and later results after them', async () => {
    const elements = Array.from({ length: 100_000 }, (_, i) => i4(i))
    const order: unknown[] = []
    const give = async (result: Variant) => {
      fake.server = () => returning(result)
      const got = await object.call('Give')
      order.push(Array.isArray(got) ? got.length : got)
    }
    let turns = 0
    let timer = setImmediate(function count() {
      turns++
      timer = setImmediate(count)
    })
    const large = give(arrayOf(elements))
    const small = give({ type: 'bstr', value: 'small' })
    await small
    clearImmediate(timer)
    expect(turns).toBeGreaterThan(4)
    await large
    expect(order).toEqual([100_000, 'small'])
  })
})
