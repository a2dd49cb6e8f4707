// Values between threads on each binding: blocks of numbers, ranges of VARIANTs, columns, lower bounds.
import {
  byRef,
  type ComArgument,
  type ComColumn,
  ComDecimal,
  ComErrorValue,
  ComObject,
  type ComResult,
  diagnostics,
  HResult,
  type ServerCall,
  type TypedArray,
  type VariantTypeName,
  variant,
} from 'com-cancel'
import { describe, expect, it } from 'vitest'
import { leaveNothingBehind, own, startThread } from '../support/com'
import { rejection } from '../support/errors'
import { passTo } from '../support/pass-to'
import { random, takeSeed } from '../support/random'
import { repetitions } from '../support/repetitions'
import { until } from '../support/until'

leaveNothingBehind()

const seed = takeSeed('random ranges')

const RANGES = repetitions(2_000, 10_000)

/** Each element type of numbers with values at its limits, and what their results are. */
const numbers: [type: VariantTypeName, values: TypedArray, result?: unknown[]][] = [
  ['i1[]', Int8Array.of(-128, 0, 127)],
  ['ui1[]', Uint8Array.of(0, 255)],
  ['i2[]', Int16Array.of(-32_768, 32_767)],
  ['ui2[]', Uint16Array.of(0, 65_535)],
  ['i4[]', Int32Array.of(-(2 ** 31), 2 ** 31 - 1)],
  ['ui4[]', Uint32Array.of(0, 2 ** 32 - 1)],
  ['int[]', Int32Array.of(-1, 1)],
  ['uint[]', Uint32Array.of(2 ** 32 - 1, 1)],
  ['i8[]', BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n)],
  ['ui8[]', BigUint64Array.of(0n, 2n ** 64n - 1n)],
  ['r4[]', Float32Array.of(0.5, Number.NEGATIVE_INFINITY, Number.NaN)],
  ['r8[]', Float64Array.of(Math.PI, -0, Number.NaN, Number.MAX_VALUE)],
  ['cy[]', BigInt64Array.of(-5n, 7n), ['-5', '7'].map(each => ComDecimal.from(each, 'currency'))],
  ['date[]', Float64Array.of(1.25, 45_000.5), [new Date(1899, 11, 31, 6), new Date(2023, 2, 15, 12)]],
]

/** A value of each type that a cell can have, with texts of Latin-1 only unless `wide`. */
const cells = (wide: boolean): ComArgument[] => [
  undefined,
  null,
  true,
  false,
  0,
  -1,
  2 ** 31,
  0.5,
  -0,
  5n,
  2n ** 63n,
  '',
  'é',
  wide ? 'a\0素\ud800' : 'a\0b',
  'x'.repeat(300),
  ComDecimal.from('12.5', 'currency'),
  ComDecimal.from('-7.9228162514264337593543950335'),
  new Date(1960, 5, 30, 12, 30, 15),
  new Date(2024, 1, 29),
  new ComErrorValue(HResult.DISP_E_OVERFLOW),
]

/** What a cell is in a result. */
const result = (value: ComArgument): unknown => (value instanceof Uint8Array ? new Uint8Array(value) : value)

const range = (rows: number, columns: number, cell: (i: number) => ComArgument): ComArgument[][] =>
  Array.from({ length: rows }, (_, r) => Array.from({ length: columns }, (_, c) => cell(r * columns + c)))

/** A client's reference to an object of another thread, and what its handlers were passed. */
const serve = async () => {
  const [server, client] = [await startThread(), await startThread({ apartment: 'sta' })]
  const passed: ComResult[] = []
  const handlers = {
    echo: (_call: ServerCall, value: ComResult) => {
      passed.push(value)
      return value as ComArgument
    },
    pass: (_call: ServerCall, value: ComResult) => {
      passed.push(value)
    },
    set: (call: ServerCall, _target: ComResult, value: ComResult) => {
      call.setArgument(0, value as ComArgument)
    },
    keep: (_call: ServerCall) => kept,
  }
  let kept: ComArgument
  const object = await passTo(client, own(server.implement(handlers)))
  return {
    object,
    client,
    passed,
    /** What the method `keep` returns. */
    keep: (value: ComArgument) => {
      kept = value
    },
  }
}

describe('arrays of numbers', () => {
  it('of every type come back, from typed arrays and lists, by value and by reference', async () => {
    const { object } = await serve()
    for (const [type, values, expected = Array.from<unknown>(values)] of numbers) {
      const asResult = type === 'ui1[]' ? Uint8Array.from(values as Uint8Array) : expected
      for (const given of [values, Array.from<number | bigint>(values)]) {
        expect(await object.call('echo', [variant(type, given)]), type).toEqual(asResult)
        const reference = byRef(variant(type, []))
        await object.call('set', [reference, variant(type, given)])
        expect(reference.value, type).toEqual(asResult)
      }
    }
  })

  it('are typed arrays without a type as well, and buffers', async () => {
    const { object } = await serve()
    for (const [type, values] of numbers) {
      if (/int|cy|date/.test(type)) continue
      const got = await object.call('echo', [values])
      expect(got, type).toEqual(type === 'ui1[]' ? values : Array.from<unknown>(values))
    }
    const bytes = Buffer.from('bytes')
    for (const value of [bytes, new Uint8Array(bytes).buffer, new Uint8ClampedArray(bytes)]) {
      const got = await object.call('echo', [value])
      expect(got).toEqual(new Uint8Array(bytes))
      expect(Object.getPrototypeOf(got)).toBe(Uint8Array.prototype)
    }
    const shared = new Uint8Array(new SharedArrayBuffer(3)).fill(7)
    expect(await object.call('echo', [shared])).toEqual(Uint8Array.of(7, 7, 7))
    expect(await object.call('echo', [Buffer.from('abcdef').subarray(2, 4)])).toEqual(Uint8Array.of(99, 100))
  })

  it('without elements, and with dimensions without elements', async () => {
    const { object } = await serve()
    for (const [type] of numbers) expect(await object.call('echo', [variant(type, [])]), type).toHaveLength(0)
    expect(await object.call('echo', [new Uint8Array()])).toEqual(new Uint8Array())
    for (const empty of [[], [[], []]]) {
      expect(await object.call('echo', [empty])).toEqual(empty)
      expect(await object.call('echo', [variant('i4[]', empty)])).toEqual(empty)
    }
  })

  it('of two and three dimensions keep their order', async () => {
    const { object } = await serve()
    const cube = [
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      [
        [7, 8, 9],
        [10, 11, 12],
      ],
    ]
    for (const type of ['ui1[]', 'r8[]', 'i2[]'] as const)
      for (const value of [cube, ...cube])
        expect(await object.call('echo', [variant(type, value)])).toEqual(value)
  })

  it('large ones come back whole', async () => {
    const { object } = await serve()
    const bytes = new Uint8Array(3 * 2 ** 20).map((_, i) => i % 251)
    expect(Buffer.compare((await object.call('echo', [bytes])) as Uint8Array, bytes)).toBe(0)
    for (const length of [16_383, 16_384, 16_385, 100_000]) {
      const doubles = new Float64Array(length).map((_, i) => i / 3)
      expect(await object.call('echo', [doubles])).toEqual(Array.from(doubles))
    }
  })

  it('are taken as they were when the call was made, and belong to the receiver', async () => {
    const { object, passed } = await serve()
    const bytes = new Uint8Array(70_000).fill(1)
    const typed = variant('ui1[]', bytes)
    const called = object.call('echo', [bytes])
    bytes.fill(2)
    const got = (await called) as Uint8Array
    expect(got.every(each => each === 1)).toBe(true)
    got.fill(3)
    expect((passed[0] as Uint8Array).every(each => each === 1)).toBe(true)
    expect(((await object.call('echo', [typed])) as Uint8Array).every(each => each === 1)).toBe(true)
    // The buffer of a result can be given away.
    const { buffer } = got
    structuredClone(buffer, { transfer: [buffer as ArrayBuffer] })
    expect(got.byteLength).toBe(0)
  })

  it('of a handler are taken as they were when it set or returned them', async () => {
    const [server, client] = [await startThread(), await startThread()]
    const bytes = Uint8Array.of(1)
    const fill = {
      fill: (call: ServerCall, _target: ComResult) => {
        call.setArgument(0, bytes)
        bytes[0] = 2
        queueMicrotask(() => bytes.fill(3))
        return bytes
      },
    }
    const object = await passTo(client, own(server.implement(fill)))
    const target = byRef(variant('ui1[]', []))
    const returned = (await object.call('fill', [target])) as Uint8Array
    expect(target.value).toEqual(Uint8Array.of(1))
    expect(returned).toHaveLength(1)
  })
})

describe('ranges', () => {
  it('of every type of cell, of lengths around those at which they travel and arrive in parts', async () => {
    const { object, passed } = await serve()
    for (const wide of [false, true]) {
      const kinds = cells(wide)
      for (const [rows, columns] of [
        [1, 3],
        [1, 1023],
        [32, 32],
        [1, 1025],
        [41, 400],
        [16_385, 1],
        [3, 16_384],
      ] as const) {
        const given = range(rows, columns, i => kinds[i % kinds.length])
        const expected = given.map(row => row.map(result))
        expect(await object.call('echo', [given]), `${rows} × ${columns}`).toEqual(expected)
        expect(passed.pop()).toEqual(expected)
      }
      const list = Array.from({ length: 20_000 }, (_, i) => kinds[i % kinds.length])
      expect(await object.call('echo', [list])).toEqual(list)
    }
  })

  it('with arrays and bytes in cells, and typed cells', async () => {
    const { object } = await serve()
    const value = (i: number): ComArgument =>
      [[1, 'two'], Uint8Array.of(i % 256), 'text', variant('i2', 7)][i % 4]
    const expected = (i: number) => [[1, 'two'], Uint8Array.of(i % 256), 'text', 7][i % 4]
    expect(await object.call('echo', [range(600, 4, value)])).toEqual(
      range(600, 4, i => expected(i) as ComArgument),
    )
  })

  it('with objects, each of which is held once and released', async () => {
    const { object, client } = await serve()
    const held = () => diagnostics().pointers
    const before = held()
    const given = range(300, 5, i => (i % 100 === 7 ? object : i))
    const got = (await object.call('echo', [given])) as ComResult[][]
    const objects = got.flat().filter(each => each instanceof ComObject)
    expect(objects).toHaveLength(15)
    expect(got[1]?.[0]).toBe(5)
    for (const each of objects) each[Symbol.dispose]()
    await client.wait(0)
    await until('the objects are released', () => held() <= before + 15)
  })

  it('by reference', async () => {
    const { object } = await serve()
    const value = range(50, 50, i => (i % 3 === 0 ? `${i}` : i / 2))
    const reference = byRef()
    await object.call('set', [reference, value])
    expect(reference.value).toEqual(value)
  })

  it('random ones come back unchanged', async () => {
    const { object } = await serve()
    const next = random(seed)
    const kinds = cells(true)
    const rangeOf = () => {
      const [rows, columns] = next(100) === 0 ? [1 + next(60), 1 + next(60)] : [next(4), 1 + next(4)]
      return range(rows, columns, () => kinds[next(kinds.length)])
    }
    for (let done = 0; done < RANGES; ) {
      // In one call, many ranges in an array, which the number keeps from being one range itself.
      const given = [done, ...Array.from({ length: 1 + next(200) }, rangeOf)]
      expect(await object.call('echo', [given])).toEqual(given)
      const alone = rangeOf()
      expect(await object.call('echo', [alone])).toEqual(alone)
      done += given.length
    }
  })

  it('arrive in order, and JavaScript runs while a large one does', async () => {
    const { object, keep } = await serve()
    const value = range(1000, 100, i => i / 2)
    keep(value)
    const order: string[] = []
    let turns = 0
    const counting = setInterval(() => turns++, 0)
    const large = object.call('keep').then(got => {
      order.push('large')
      return got
    })
    const small = object.call('echo', [1]).then(() => order.push('small'))
    const bytes = object.call('echo', [Uint8Array.of(1)]).then(() => order.push('bytes'))
    expect(await large).toEqual(value)
    await Promise.all([small, bytes])
    clearInterval(counting)
    expect(order).toEqual(['large', 'small', 'bytes'])
    expect(turns).toBeGreaterThan(0)
  })

  it('a signal that is aborted while a result arrives has no effect on the call, which has returned', async () => {
    const { object, keep } = await serve()
    const value = range(2000, 100, i => i)
    keep(value)
    const controller = new AbortController()
    const { signal } = controller
    const arriving = object.call('keep', [], { signal })
    const after = object.call('echo', ['after'], { signal })
    void after.then(() => controller.abort())
    expect(await arriving).toEqual(value)
    expect(await after).toBe('after')
    expect(await object.call('echo', [1])).toBe(1)
  })
})

describe('{ as: columns }', () => {
  it('gives Float64Arrays for columns of numbers, arrays for others', async () => {
    const { object } = await serve()
    for (const rows of [3, 2000]) {
      const given = range(rows, 4, i => [i / 4, `text ${i}`, i % 8 === 2 ? undefined : i, i + 0.5][i % 4])
      const columns: ComColumn[] = await object.call('echo', [given], { as: 'columns' })
      expect(columns).toEqual([
        Float64Array.from(given, ([a]) => a as number),
        given.map(([, b]) => b),
        given.map(([, , c]) => c),
        Float64Array.from(given, ([, , , d]) => d as number),
      ])
    }
  })

  it('of typed arrays, lists, single values, and no rows', async () => {
    const { object } = await serve()
    const ask = (value: ComArgument) => object.call('echo', [value], { as: 'columns' })
    expect(await ask(Int16Array.of(1, 2))).toEqual([Float64Array.of(1, 2)])
    expect(await ask(Float64Array.of(1, 2))).toEqual([Float64Array.of(1, 2)])
    expect(
      await ask(
        variant('r4[]', [
          [1, 2],
          [3, 4],
        ]),
      ),
    ).toEqual([Float64Array.of(1, 3), Float64Array.of(2, 4)])
    expect(await ask([1, 2])).toEqual([Float64Array.of(1, 2)])
    expect(await ask(['a', 2])).toEqual([['a', 2]])
    expect(await ask(BigInt64Array.of(1n))).toEqual([[1n]])
    expect(await ask(5)).toEqual([Float64Array.of(5)])
    expect(await ask('one cell')).toEqual([['one cell']])
    expect(await ask(undefined)).toEqual([[undefined]])
    expect(await ask([])).toEqual([new Float64Array()])
    expect(await ask([[], []])).toEqual([])
  })

  it('refuses more dimensions and other forms', async () => {
    const { object } = await serve()
    expect(await rejection(object.call('echo', [[[[1]]]], { as: 'columns' }))).toStrictEqual(
      new TypeError(
        "ComObject.call: options.as is 'columns', but the result is an array of more than two dimensions; leave it out",
      ),
    )
    const rows = 'rows' as 'columns'
    expect(await rejection(object.call('echo', [1], { as: rows }))).toStrictEqual(
      new RangeError('ComObject.call: options.as must be \'columns\', got the string "rows"'),
    )
    const setting = object.set('echo', 1, { as: 'columns' } as object)
    expect(await rejection(setting)).toBeInstanceOf(TypeError)
  })
})

describe('lower bounds', () => {
  it('are passed, and results begin at 0', async () => {
    const { object } = await serve()
    const square = [
      [1, 2],
      [3, 4],
    ]
    expect(await object.call('echo', [variant('i4[]', [5, 6], { lower: 1 })])).toEqual([5, 6])
    expect(await object.call('echo', [variant('i4[]', square, { lower: [1, -5] })])).toEqual(square)
    expect(await object.call('echo', [variant('variant[]', square, { lower: 1 })])).toEqual(square)
    const reference = byRef(variant('bstr[]', ['a'], { lower: 1 }))
    await object.call('set', [reference, variant('bstr[]', ['b'])])
    expect(reference.value).toEqual(['b'])
  })
})

it('a large argument of a handler arrives before the one of a later call', async () => {
  const { object } = await serve()
  const value = range(300, 300, i => (i % 2 === 0 ? i : `${i}`))
  expect(await Promise.all([object.call('echo', [value]), object.call('echo', [1])])).toEqual([value, 1])
  expect(await object.call('pass', [value])).toBeUndefined()
})
