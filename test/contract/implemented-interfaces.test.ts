// Interfaces by vtable, and asynchronous ones (rules A), that JavaScript implements.
import {
  type ComObject,
  defineInterface,
  diagnostics,
  HResult,
  IPipeByte,
  implementInterface,
} from 'com-cancel'
import { describe, expect, it } from 'vitest'
import { describeAsyncPrime, IAbsent, IPrime, ITypes } from '../support/async-prime'
import { leaveNothingBehind, own, startThread } from '../support/com'
import { expectAbortError, expectComError, rejection, thrown } from '../support/errors'
import { A_WHILE, soon, until } from '../support/until'

leaveNothingBehind()

type Interfaces = readonly ReturnType<typeof implementInterface>[]

/** An object of JavaScript as a client on its own thread has it. */
const serve = async (interfaces: Interfaces, options?: Parameters<typeof startThread>[0]) => {
  const thread = await startThread(options)
  using server = await thread.createObject('Prime.Async')
  using implementation = thread.implement({ Late: () => 'bound' }, { interfaces })
  const object = own((await server.callMethod(ITypes, 'EchoUnknown', [implementation])) as ComObject)
  return { thread, object }
}

const delay = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

/** What Prime.Async does, in JavaScript. */
const types = () => {
  let noted = 0
  return implementInterface(ITypes, {
    Print: (_call, ...values) => values.map(String).join(' '),
    EchoUnknown: (_call, object) => object,
    EchoDispatch: (_call, object) => object,
    EchoVariant: (_call, value) => value,
    EchoDecimal: (_call, value) => value,
    Double: (_call, i4, r8, text, value) => [i4 * 2, r8 * 2, text + text, Number(value) * 2],
    Note: (_call, number) => {
      noted = number
    },
    Noted: () => noted,
    Sum: (_call, numbers) => numbers.reduce((sum, each) => sum + BigInt(each), 0n),
    Count: (_call, room) => Float64Array.from({ length: Math.max(0, room - 2) }, (_, i) => i + 1),
    Reverse: (_call, bytes) => bytes.toReversed(),
    Fail: () => {
      throw Object.assign(new Error('it always fails'), { hresult: HResult.E_ACCESSDENIED })
    },
  })
}

describeAsyncPrime('an interface that JavaScript implements', () => {
  describe.each(['sta', 'mta'] as const)('on a thread of kind %s', apartment => {
    it('gets and returns values of each type', async () => {
      const { object } = await serve([types()], { apartment })
      const values = [true, -1, 255, -2, 65_535, -3, 4_294_967_295, -4n, 5n, 1.5, -2.25] as const
      const date = new Date(2020, 0, 1, 12)
      const rest = [6.5, date, 'text', HResult.E_FAIL] as const
      const printed = await object.callMethod(ITypes, 'Print', [...values, ...rest])
      expect(printed).toMatch(/^true -1 255 -2 65535 -3 4294967295 -4 5 1.5 -2.25 6.5 /)
      expect(printed).toContain(`${date} text `)
      expect(await object.callMethod(ITypes, 'EchoVariant', ['word'])).toBe('word')
      expect(await object.callMethod(ITypes, 'EchoVariant', [undefined])).toBeUndefined()
      expect(String(await object.callMethod(ITypes, 'EchoDecimal', ['12.5']))).toBe('12.5')
      expect(await object.callMethod(ITypes, 'Double', [21, 1.5, 'ab', 4])).toEqual([42, 3, 'abab', 8])
      expect(await object.callMethod(ITypes, 'Note', [42])).toBeUndefined()
      expect(await object.callMethod(ITypes, 'Noted')).toBe(42)
    })
  })

  it('gets and returns objects, and null', async () => {
    const { object } = await serve([types()])
    using same = await object.callMethod(ITypes, 'EchoUnknown', [object])
    expect(same && (await same.is(object))).toBe(true)
    expect(await object.callMethod(ITypes, 'EchoUnknown', [null])).toBeNull()
    using back = await object.callMethod(ITypes, 'EchoDispatch', [object])
    expect(await back?.call('Late')).toBe('bound')
  })

  it('gets and returns buffers', async () => {
    const { object } = await serve([types()])
    expect(await object.callMethod(ITypes, 'Sum', [Int32Array.of(1, 2, -5)])).toBe(-2n)
    expect(await object.callMethod(ITypes, 'Sum', [[]])).toBe(0n)
    expect(await object.callMethod(ITypes, 'Count', [5])).toEqual(Float64Array.of(1, 2, 3))
    expect(await object.callMethod(ITypes, 'Count', [0])).toEqual(new Float64Array())
    expect(await object.callMethod(ITypes, 'Reverse', [Uint8Array.of(1, 2, 3)])).toEqual(
      Uint8Array.of(3, 2, 1),
    )
  })

  it('a failure of a handler has its code and its description', async () => {
    const { object } = await serve([types()])
    const error = await rejection(object.callMethod(ITypes, 'Fail'))
    expectComError(error, 'E_ACCESSDENIED', 'ITypes.Fail')
    expect(error).toMatchObject({ description: 'it always fails' })
  })

  it('a result that does not fit is a failure, and stores nothing', async () => {
    const pipe = implementInterface(IPipeByte, { Pull: (_call, count) => new Uint8Array(count + 1) })
    const { object } = await serve([pipe])
    const error = await rejection(object.callMethod(IPipeByte, 'Pull', [3]))
    expect(String(error)).toContain('at most 3 elements, got 4')
  })

  it('a method without a handler is E_NOTIMPL, another interface E_NOINTERFACE', async () => {
    const { object } = await serve([types(), implementInterface(IPrime, {})])
    const missing = await rejection(object.callMethod(IPrime, 'Block', [1]))
    expectComError(missing, 'E_NOTIMPL', 'IPrime.Block')
    expectComError(await rejection(object.callMethod(IAbsent, 'Do')), 'E_NOINTERFACE', 'IAbsent.Do')
    expectComError(await rejection(object.createCall(IAbsent)), 'E_NOINTERFACE', 'ComObject.createCall')
    expect(await object.call('Late')).toBe('bound')
  })

  it('a handler uses the thread that its call blocks', async () => {
    const prime = implementInterface(IPrime, {
      IsPrime: async ({ threadId }, n) => {
        await thread.wait(1)
        return threadId === thread.id ? n : -1
      },
    })
    const { thread, object } = await serve([prime])
    expect(await object.callMethod(IPrime, 'IsPrime', [97])).toBe(97)
  })

  it('the disposal of the thread replies to a call', async () => {
    let called = () => {}
    const calls = new Promise<void>(resolve => {
      called = resolve
    })
    const aborted: boolean[] = []
    const prime = implementInterface(IPrime, {
      IsPrime: call => {
        called()
        return new Promise(resolve =>
          call.signal.addEventListener('abort', () => {
            aborted.push(true)
            resolve(1)
          }),
        )
      },
    })
    const { thread, object } = await serve([prime])
    const pending = rejection(object.callMethod(IPrime, 'IsPrime', [97]))
    await calls
    await thread.close()
    expectAbortError(await pending, { why: 'disposed', hresult: HResult.RPC_E_DISCONNECTED })
    expect(aborted).toEqual([true])
  })

  it('an interface with too many methods or arguments is refused', () => {
    const methods = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`M${i}`, {}]))
    const { iid, asyncIid } = IAbsent
    const refused = (definition: Parameters<typeof defineInterface>[0]) =>
      String(thrown(() => implementInterface(defineInterface(definition), {})))
    expect(refused({ iid, methods })).toContain(
      'has 65 methods; an interface that is implemented may have 64',
    )
    expect(refused({ iid, asyncIid: `${asyncIid}`, methods })).toContain('may have 32')
    const parameters = Array.from({ length: 8 }, () => ({ in: 'variant' }) as const)
    expect(refused({ iid, methods: { Many: { parameters } } })).toContain('has 32 words of arguments')
  })
})

describeAsyncPrime('an asynchronous interface that JavaScript implements', () => {
  it.each(['sta', 'mta'] as const)('A1 A2 A3 has call objects, on a thread of kind %s', async apartment => {
    const steps: string[] = []
    const prime = implementInterface(IPrime, {
      Number: {
        async begin(_call, n, ms) {
          steps.push(`begin ${n}`)
          await delay(ms)
          return n * 2
        },
        finish(_call, doubled) {
          steps.push(`finish ${doubled}`)
          return doubled
        },
      },
      IsPrime: (_call, n) => (n === 97 ? 1 : 0),
    })
    const { object } = await serve([prime], { apartment })
    const call = own(await object.createCall(IPrime))
    await call.begin('Number', [4, 200])
    expect(await call.wait(0)).toBe(false)
    expectComError(await rejection(call.begin('IsPrime', [2])), 'RPC_S_CALLPENDING', 'IPrime.IsPrime')
    expect(await call.finish()).toBe(8)
    expect(steps).toEqual(['begin 4', 'finish 8'])
    await call.begin('IsPrime', [97])
    expect(await call.finish()).toBe(1)
    const numbers = [1, 2, 3].map(n => object.callAsync(IPrime, 'Number', [n, 10]))
    expect(await Promise.all(numbers)).toEqual([2, 4, 6])
    expectComError(await rejection(object.callAsync(IPrime, 'Block', [1])), 'E_NOTIMPL', 'IPrime.Block')
  })

  it('A5 A6 the handler sees a cancel in the signal of its call, and its result is dropped', async () => {
    const seen: unknown[] = []
    const prime = implementInterface(IPrime, {
      Number: async (call, n) => {
        if (n === 0) return 0
        await new Promise(resolve => call.signal.addEventListener('abort', resolve))
        seen.push(call.testCancel())
        return n
      },
    })
    const { object } = await serve([prime])
    const call = own(await object.createCall(IPrime))
    await call.begin('Number', [5, 1])
    expect(await call.testCancel()).toBe(false)
    expect(await call.cancel()).toBe('requested')
    expect(await call.testCancel()).toBe(true)
    expectComError(await rejection(call.finish()), 'RPC_E_CALL_CANCELED', 'IPrime.Number')
    await until('the handler has ended', () => seen.length > 0)
    expect(seen).toEqual([true])
    await call.begin('Number', [0, 1])
    expect(await call.finish()).toBe(0)
    expect(await call.cancel()).toBe('completed')
  })

  it('A5 A6 the result of a handler that ends as soon as it sees the cancel is dropped: 100 times', async () => {
    const prime = implementInterface(IPrime, {
      Number: (call, n) => new Promise(resolve => call.signal.addEventListener('abort', () => resolve(n))),
    })
    const { object } = await serve([prime])
    const call = own(await object.createCall(IPrime))
    for (let n = 0; n < 100; n++) {
      await call.begin('Number', [n, 1])
      expect(await call.cancel()).toBe('requested')
      expectComError(await rejection(call.finish()), 'RPC_E_CALL_CANCELED', 'IPrime.Number')
    }
  })

  it('A5 a timeout cancels callAsync', async () => {
    const prime = implementInterface(IPrime, {
      IsPrime: call => new Promise(resolve => call.signal.addEventListener('abort', () => resolve(1))),
    })
    const { object } = await serve([prime])
    const error = await rejection(object.callAsync(IPrime, 'IsPrime', [1], { timeout: A_WHILE }))
    expectAbortError(error, { why: 'timeout', started: true })
  })

  it('buffers and objects pass through Begin_ and Finish_', async () => {
    const sent: number[] = []
    const pipe = implementInterface(IPipeByte, {
      Push: (_call, bytes) => sent.push(...bytes),
      Pull: {
        begin: async (_call, count) => count,
        finish: (_call, count) => new Uint8Array(count - 1).fill(7),
      },
    })
    const { object } = await serve([pipe])
    await object.callAsync(IPipeByte, 'Push', [Uint8Array.of(1, 2)])
    expect(sent).toEqual([1, 2])
    expect(await object.callAsync(IPipeByte, 'Pull', [4])).toEqual(Uint8Array.of(7, 7, 7))
  })

  it('a failure of a handler comes out of Finish_', async () => {
    const prime = implementInterface(IPrime, {
      IsPrime: () => {
        throw Object.assign(new Error('no'), { hresult: HResult.E_ACCESSDENIED })
      },
    })
    const { object } = await serve([prime])
    const error = await rejection(object.callAsync(IPrime, 'IsPrime', [1]))
    expectComError(error, 'E_ACCESSDENIED', 'IPrime.IsPrime')
    expect(error).toMatchObject({ description: 'no' })
  })

  it('A8 the release of a call object drops the results, and the call ends', async () => {
    let ended = 0
    const prime = implementInterface(IPrime, {
      Number: async (_call, n, ms) => {
        await delay(ms)
        ended++
        return n
      },
    })
    const { object } = await serve([prime])
    const call = await object.createCall(IPrime)
    await call.begin('Number', [1, 20])
    call.release()
    await until('the handler has ended', () => ended > 0)
  })

  it('the disposal of the thread ends pending calls', async () => {
    const prime = implementInterface(IPrime, {
      IsPrime: call => new Promise(resolve => call.signal.addEventListener('abort', () => resolve(1))),
    })
    const { thread, object } = await serve([prime])
    const call = own(await object.createCall(IPrime))
    await call.begin('IsPrime', [1])
    const finishing = rejection(call.finish())
    await thread.close()
    expectAbortError(await finishing, { why: 'disposed', hresult: HResult.RPC_E_DISCONNECTED })
  })

  it('many calls are pending at once, and no thread is started for them', async () => {
    const release: (() => void)[] = []
    const prime = implementInterface(IPrime, {
      Number: (_call, n) => new Promise<number>(resolve => release.push(() => resolve(n))),
    })
    const { object } = await serve([prime])
    const { threads } = diagnostics()
    const calls = Array.from({ length: 50 }, (_, i) => object.callAsync(IPrime, 'Number', [i, 1]))
    await until('all calls have arrived', () => release.length === calls.length)
    expect(diagnostics().threads).toBe(threads)
    for (const each of release) each()
    const results = await soon('all calls have ended', Promise.all(calls))
    expect(results).toEqual(calls.map((_, i) => i))
  })
})
