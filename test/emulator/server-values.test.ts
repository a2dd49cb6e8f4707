// Emulated servers: values both ways, names, argument counts, errors, objects.
import { byRef, ComDecimal, ComErrorValue, ComObject, HResult, omitted, variant } from 'com-cancel'
import { type EmulatedCall, EmulatedObject, type RemoteObject } from 'com-cancel/emulator'
import { describe, expect, it } from 'vitest'
import {
  delay,
  eachInEmulatedTime,
  emulator,
  failure,
  hresultOf,
  PROG_ID,
  register,
  startThread,
  timeout,
} from '../support/emulated-servers'

eachInEmulatedTime()

const server = async (changes: Parameters<typeof register>[0] = {}) => {
  const registration = register(changes)
  const thread = await startThread()
  const object = await thread.createObject(PROG_ID)
  return { registration, thread, object }
}

describe('values', () => {
  it('of every type come back unchanged', async () => {
    const { object } = await server()
    const day = new Date(2000, 0, 1, 12)
    for (const value of [
      null,
      true,
      0,
      -1,
      0.5,
      2 ** 31,
      5n,
      2n ** 63n,
      'a\0b\ud800',
      day,
      ComDecimal.from('12.5', 'currency'),
      ComDecimal.from('-7.9228162514264337593543950335'),
      new ComErrorValue(HResult.DISP_E_OVERFLOW),
      Uint8Array.of(1, 2, 3),
      [1, 'two', [3, null]],
      [
        [1, 2],
        [3, 4],
      ],
    ])
      expect(await object.call('Echo', [value])).toEqual(value)
    for (const value of [undefined, omitted]) expect(await object.call('Echo', [value])).toBeUndefined()
    expect(await object.call('Echo', [variant('i2', 7)])).toBe(7)
  })

  it('are copied: what a local server changes stays with it', async () => {
    const kept: number[][] = []
    const { object } = await server({
      methods: {
        Keep: (_call: EmulatedCall, value: number[]) => kept.push(value),
        Kept: () => kept[0],
      },
    })
    const mine = [1, 2]
    await object.call('Keep', [mine])
    kept[0]?.push(3)
    expect(mine).toEqual([1, 2])
    const got = await object.call('Kept')
    kept[0]?.push(4)
    expect(got).toEqual([1, 2, 3])
  })

  it('that Automation has no type for are refused, and the message says which', async () => {
    const { object } = await server({
      methods: { Bad: () => ({ a: 1 }), Symbol: () => [1, Symbol('x')], Huge: () => 2n ** 70n },
    })
    const bad = await failure(object.call('Bad'))
    expect([bad.code, bad.source]).toEqual(['DISP_E_BADVARTYPE', PROG_ID])
    expect(bad.message).toContain('the result')
    expect((await failure(object.call('Symbol'))).message).toContain('the result[1]')
    expect(await hresultOf(object.call('Huge'))).toBe(HResult.DISP_E_OVERFLOW)
  })

  it('C8 by reference: they come back changed, keep their type, and not at all from a canceled call', async () => {
    const { object } = await server({
      methods: {
        Double(call: EmulatedCall, a: number, _b: unknown) {
          call.setArgument(0, a * 2)
          call.setArgument(1, 'any')
        },
        Wrong: (call: EmulatedCall, _a: unknown) => call.setArgument(0, 'text'),
        ByValue: (call: EmulatedCall, _a: unknown) => call.setArgument(0, 1),
        async Late(call: EmulatedCall, _a: unknown) {
          call.setArgument(0, 9)
          await call.delay(40)
        },
      },
    })
    const [a, b] = [byRef(variant('i4', 21)), byRef()]
    await object.call('Double', [a, b])
    expect([a.value, b.value]).toEqual([42, 'any'])
    expect((await failure(object.call('Wrong', [byRef(variant('i4', 1))]))).message).toContain('i4')
    expect((await failure(object.call('ByValue', [1]))).message).toContain('by value')
    const late = byRef(variant('i4', 1))
    const signal = timeout(5)
    await expect(object.call('Late', [late], { signal })).rejects.toMatchObject({ name: 'AbortError' })
    expect(late.value).toBe(1)
  })
})

describe('members', () => {
  const definition = {
    methods: {
      Add: { params: ['a', 'b?'], run: (_call: EmulatedCall, a: number, b = 10) => a + b, dispid: 7 },
      Sum: (_call: EmulatedCall, a: number, b: number, c = 0) => a + b + c,
    },
    properties: {
      Item: {
        default: true,
        params: ['key'],
        get: (_call: EmulatedCall, key: string) => `got ${key}`,
        set(this: { log: string[] }, _call: EmulatedCall, key: string, value: unknown) {
          this.log.push(`${key}=${value}`)
        },
        setReference(this: { log: string[] }, _call: EmulatedCall, key: string) {
          this.log.push(`${key} refers`)
        },
      },
      Count: () => 3,
    },
  } as never

  it('are found in any case and by DISPID, which stays the same', async () => {
    const { object } = await server(definition)
    expect(await object.call('aDD', [1, 2])).toBe(3)
    expect(await object.call(7, [1])).toBe(11)
    expect(await object.get('COUNT')).toBe(3)
    expect(await object.call(0, ['k'])).toBe('got k')
    expect([await object.has('sum'), await object.has('nothing')]).toEqual([true, false])
  })

  it('take arguments by name', async () => {
    const { object } = await server(definition)
    expect(await object.call('Add', [], { named: { B: 1, a: 2 } })).toBe(3)
    expect(await object.call('Add', [5], { named: { b: omitted } })).toBe(15)
    const unknown = await failure(object.call('Add', [1], { named: { c: 1 } }))
    expect([unknown.code, unknown.argument]).toEqual(['DISP_E_UNKNOWNNAME', 'c'])
    expect(await hresultOf(object.call('Sum', [1, 2], { named: { c: 3 } }))).toBe(HResult.DISP_E_UNKNOWNNAME)
    expect(await hresultOf(object.call('Add', [1], { named: { a: 1 } }))).toBe(HResult.DISP_E_BADPARAMCOUNT)
  })

  it('refuse a wrong number of arguments', async () => {
    const { object } = await server(definition)
    for (const [name, args] of [
      ['Add', []],
      ['Add', [1, 2, 3]],
      ['Item', []],
    ] as const)
      expect(await hresultOf(object.call(name, [...args])), name).toBe(HResult.DISP_E_BADPARAMCOUNT)
    expect(await hresultOf(object.call('Add', [omitted, 1]))).toBe(HResult.DISP_E_PARAMNOTOPTIONAL)
    expect(await object.call('Sum', [1, 2]), 'without declared parameters').toBe(3)
    expect(await object.call('Sum', [1, 2, 3, 4])).toBe(6)
  })

  it('are not there, or not of that kind', async () => {
    const { object } = await server(definition)
    expect(await hresultOf(object.call('Nothing'))).toBe(HResult.DISP_E_UNKNOWNNAME)
    expect(await hresultOf(object.call(4711))).toBe(HResult.DISP_E_MEMBERNOTFOUND)
    expect(await hresultOf(object.get('Add', [1]))).toBe(HResult.DISP_E_MEMBERNOTFOUND)
    expect(await hresultOf(object.set('Count', 1))).toBe(HResult.DISP_E_MEMBERNOTFOUND)
    expect(await hresultOf(object.setReference('Count', null))).toBe(HResult.DISP_E_MEMBERNOTFOUND)
  })

  it('are set, by value and by reference, with indexes', async () => {
    const { object, registration } = await server(definition)
    await object.set('Item', 5, { args: ['a'] })
    await object.setReference('Item', null, { args: ['b'] })
    expect(registration.objects[0]?.state).toEqual({ log: ['a=5', 'b refers'] })
  })

  it('keep state per object', async () => {
    const { thread, object } = await server({
      create: () => ({ n: 0 }),
      methods: {
        Next(this: { n: number }) {
          return ++this.n
        },
      } as never,
    })
    const other = await thread.createObject(PROG_ID)
    expect([await object.call('Next'), await object.call('Next'), await other.call('Next')]).toEqual([
      1, 2, 1,
    ])
  })

  it('have the types of the state and of their declarations', async () => {
    emulator().registerClass({
      progId: 'Typed.Server',
      create: call => ({ name: call.name, n: 0 }),
      methods: {
        Next(call, by: number) {
          this.n += by
          return `${this.name} ${this.n} ${call.count}`
        },
        Add: {
          params: ['a', 'b?'],
          run(_call, a: number, b?: number) {
            return this.n + a + (b ?? 1)
          },
        },
      },
      properties: {
        N: {
          get() {
            return this.n
          },
          set(_call, value: number) {
            this.n = value
          },
        },
        Twice() {
          return this.n * 2
        },
      },
      items() {
        return [this.n]
      },
      onRelease() {
        this.n = 0
      },
    })
    const thread = await startThread()
    const object = await thread.createObject('typed.SERVER')
    expect(await object.call('Next', [2])).toBe('typed.SERVER 2 1')
    await object.set('N', 5)
    expect(await object.call('Add', [1])).toBe(7)
    expect(await object.get('Twice')).toBe(10)
  })

  it('that are invalid in a definition are a TypeError or RangeError', () => {
    for (const bad of [
      {},
      { progId: '' },
      { progId: 'A.B', clsid: 'nope' },
      { progId: 'A.B', threading: 'both' },
      { progId: 'A.B', server: 'remote' },
      { progId: 'A.B', methods: { A: 1 } },
      { progId: 'A.B', methods: { a: () => {}, A: () => {} } },
      { progId: 'A.B', properties: { a: {} } },
      {
        progId: 'A.B',
        properties: { a: { get: () => 1, default: true }, b: { get: () => 1, default: true } },
      },
      { progId: 'A.B', events: { iid: 'x', members: {} } },
      { progId: 'A.B', events: { iid: '00000003-0000-0000-c000-000000000046', members: {} } },
      { progId: 'A.B', method: {} },
      { progId: 'A.B', methods: { A: { param: ['x'], run: () => {} } } },
      { progId: 'A.B', properties: { a: { get: () => 1, put: () => {} } } },
    ])
      expect(() => emulator().registerClass(bad as never), JSON.stringify(bad)).toThrow(
        /^(Emulator\.registerClass|registerClass)/,
      )
    expect(() => new EmulatedObject({ propertys: {} } as never)).toThrow(
      /^EmulatedObject: definition must not have "propertys"; did you mean properties\?/,
    )
    using _ = emulator().registerClass({ progId: 'A.B' })
    expect(() => emulator().registerClass({ progId: 'a.b' })).toThrow(RangeError)
  })
})

describe('errors', () => {
  it('keep their hresult, say their source and description, or are exceptions', async () => {
    const { object } = await server({
      methods: {
        Coded() {
          throw Object.assign(new Error('locked'), { hresult: HResult.E_ACCESSDENIED, source: 'Vault' })
        },
        async Plain() {
          throw new TypeError('no way')
        },
        Text() {
          throw 'just so'
        },
        Abort() {
          throw new DOMException('x', 'AbortError')
        },
      },
    })
    expect(await failure(object.call('Coded'))).toMatchObject({
      hresult: HResult.E_ACCESSDENIED,
      source: 'Vault',
      description: 'locked',
    })
    expect(await failure(object.call('Plain'))).toMatchObject({
      hresult: HResult.DISP_E_EXCEPTION,
      source: PROG_ID,
      description: 'no way',
    })
    expect((await failure(object.call('Text'))).description).toContain('just so')
    expect(await hresultOf(object.call('Abort'))).toBe(HResult.RPC_E_CALL_CANCELED)
  })
})

describe('objects', () => {
  const Book = {
    methods: {
      Title(this: { title: string }) {
        return this.title
      },
    },
    onRelease(this: { title: string; gone?: true }) {
      this.gone = true
    },
  }

  it('are results, in arrays too, arguments, and end when the last pointer is released', async () => {
    const books = ['Emma', 'Ulysses'].map(title => new EmulatedObject(Book as never, { title }))
    const { object } = await server({
      methods: {
        First: () => books[0],
        All: () => books,
        Same: (_call: EmulatedCall, book: RemoteObject) => book.object === books[0],
        Read: async (_call: EmulatedCall, book: RemoteObject) => book.call('Title'),
      },
    })
    const first = (await object.call('First')) as ComObject
    expect(await first.call('title')).toBe('Emma')
    expect(await object.call('Same', [first])).toBe(true)
    expect(await object.call('Read', [first])).toBe('Emma')
    const all = (await object.call('All')) as ComObject[]
    expect(await all[1]?.call('Title')).toBe('Ulysses')
    for (const each of [first, ...all]) each[Symbol.dispose]()
    await delay(5)
    expect(books.map(({ state }) => state)).toEqual([
      { title: 'Emma', gone: true },
      { title: 'Ulysses', gone: true },
    ])
    const again = (await object.call('First')) as ComObject
    expect(await again.call('Title')).toBe('Emma')
  })

  it('are collections: of their items, or of what their state iterates', async () => {
    const { object } = await server({
      methods: { List: () => new EmulatedObject({}, new Set([1, 2])) },
      items: async function* () {
        yield 'one'
        yield new EmulatedObject(Book as never, { title: 'two' })
        yield [3]
      } as never,
    })
    const seen: unknown[] = []
    for await (const item of object.items({ batch: 2 }))
      seen.push(item instanceof ComObject ? await item.call('Title') : item)
    expect(seen).toEqual(['one', 'two', [3]])
    const list = (await object.call('List')) as ComObject
    for await (const item of list) seen.push(item)
    expect(seen.slice(3)).toEqual([1, 2])
    for await (const _ of object) break
    const none = (await object.call('Self')) as ComObject
    expect(none).toBeInstanceOf(ComObject)
  })

  it.each<[string, () => unknown, unknown]>([
    ['a promise', async () => [1, 2], [1, 2]],
    ['a promise of a generator', async () => [3].values(), [3]],
    ['a string', () => 'abc', 'items: the result must be an iterable or async iterable object'],
    ['a number', () => 5, 'got 5'],
    ['an object that cannot be iterated', () => ({}), 'got an object of class Object'],
    ['a promise of undefined', async () => undefined, 'got undefined'],
    ['a rejected promise', () => Promise.reject(new Error('not now')), 'not now'],
    [
      'an iterable that throws',
      () => ({
        [Symbol.iterator]() {
          throw new Error('no iterator')
        },
      }),
      'no iterator',
    ],
  ])('have items that are %s', async (_, items, expected) => {
    const { object, registration } = await server({ items: items as never })
    const seen: unknown[] = []
    const enumerate = async () => {
      for await (const item of object) seen.push(item)
    }
    if (typeof expected === 'string')
      expect(await failure(enumerate())).toMatchObject({
        hresult: HResult.DISP_E_EXCEPTION,
        description: expect.stringContaining(expected),
      })
    else {
      await enumerate()
      expect(seen).toEqual(expected)
    }
    expect(registration.counts.objects).toBe(1)
    expect(emulator().binding.diagnostics(), 'no enumerator is left').toMatchObject({
      pointers: 1,
      objects: 1,
    })
  })

  it('that are no collections refuse enumeration', async () => {
    const { object } = await server()
    const items = object.items()
    await expect(items.next()).rejects.toMatchObject({ hresult: HResult.DISP_E_MEMBERNOTFOUND })
  })

  it('given to a method are called with an array of arguments, as ComObjects are', async () => {
    const { object, thread } = await server({
      methods: {
        async Use(_call: EmulatedCall, sink: RemoteObject) {
          await sink.call('Found', [1, [2]])
          await sink.set('Cell', 'value', { args: [1, 2] })
          await sink.setReference('Owner', sink)
          return sink.get('Cell', [3])
        },
        Wrong: (_call: EmulatedCall, sink: RemoteObject) => sink.call('Found', 1 as never),
      },
    })
    const seen: unknown[] = []
    const note = (_call: unknown, ...args: unknown[]) => void seen.push(args)
    using sink = thread.implement({
      Found: note,
      Cell: { get: (_call: unknown, ...args: unknown[]) => args.length, set: note },
      Owner: { set: (_call: unknown, owner: unknown) => void seen.push(owner instanceof ComObject) },
    })
    expect(await object.call('Use', [sink])).toBe(1)
    expect(seen).toEqual([[1, [2]], [1, 2, 'value'], true])
    expect((await failure(object.call('Wrong', [sink]))).description).toBe(
      'RemoteObject.call: args must be an array, got 1',
    )
  })

  it('given to a method end with the call unless they are kept, and then with release or the server', async () => {
    let kept: RemoteObject | undefined
    const { object, thread } = await server({
      methods: {
        Take(_call: EmulatedCall, given: RemoteObject, keep: boolean) {
          kept = given
          if (keep) kept.keep()
        },
        Use: () => kept?.call(0),
        Drop: () => kept?.release(),
      },
    })
    let called = 0
    using callback = thread.implement(() => ++called)
    await object.call('Take', [callback, false])
    expect((await failure(object.call('Use'))).description).toContain('released')
    await object.call('Take', [callback, true])
    expect(await object.call('Use')).toBe(1)
    await object.call('Drop')
    await object.call('Take', [callback, true])
  })
})
