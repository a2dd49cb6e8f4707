// Interfaces by vtable that JavaScript implements, called by a program in C++: the test server calls them as a compiler
// does, in the apartment of their thread.
import { type ComObject, defineInterface, HResult, implementInterface } from 'com-cancel'
import { expect, it } from 'vitest'
import { describeAsyncPrime, IPrime, ITypes } from '../support/async-prime'
import { leaveNothingBehind, own, startThread } from '../support/com'
import { expectComError, rejection } from '../support/errors'
import { until } from '../support/until'

leaveNothingBehind()

/** As test/native/prime/async_interfaces.h declares it. */
const ICaller = defineInterface({
  name: 'ICaller',
  iid: '2f7c4e61-9b1d-4c3e-8a60-71d2b8e4c953',
  methods: {
    CallTypes: { parameters: [{ in: 'unknown' }, { out: 'bstr' }] },
    CallFloats: { parameters: [{ in: 'unknown' }, { out: 'bstr' }] },
    CallAsync: { parameters: [{ in: 'unknown' }, { in: 'i4' }, { in: 'ui4' }, { out: 'bstr' }] },
  },
})

const r4 = { in: 'r4' } as const
const r8 = { in: 'r8' } as const
const i4 = { in: 'i4' } as const
const i8 = { in: 'i8' } as const
const sum = { out: 'r8' } as const

const IFloats = defineInterface({
  name: 'IFloats',
  iid: '2f7c4e60-9b1d-4c3e-8a60-71d2b8e4c953',
  methods: {
    First: { parameters: [r4, i4, r8, i8, r4, r8, sum] },
    Second: { parameters: [i4, r8, i8, r4, i4, r8, sum] },
    Last: { parameters: [r8, r8, r8, r8, r8, r8, r8, r8, i4, r8, r4, sum] },
  },
})

type Interfaces = readonly ReturnType<typeof implementInterface>[]

const serve = async (apartment: 'sta' | 'mta', interfaces: Interfaces) => {
  const thread = await startThread({ apartment })
  const caller = own(await thread.createObject('Prime.Async'))
  const implementation = own(thread.implement({}, { interfaces }))
  return { thread, caller, implementation }
}

const add = (_call: unknown, ...numbers: (number | bigint)[]): number =>
  numbers.reduce<number>((total, each) => total + Number(each), 0)

const types = () => {
  let noted = 0
  return implementInterface(ITypes, {
    Print: (_call, ...values) => {
      const text = values.map(each => (each instanceof Date ? each.getFullYear() : String(each)))
      return text.join(' ')
    },
    EchoUnknown: (_call, object) => object,
    EchoDispatch: (_call, object) => object,
    EchoVariant: (_call, value) => value,
    EchoDecimal: (_call, value) => value,
    Double: (_call, i4, r8, text, value) => [i4 * 2, r8 * 2, text + text, Number(value) * 2],
    Note: (_call, number) => {
      noted = number
    },
    Noted: () => noted,
    Sum: (_call, numbers) => numbers.reduce((total, each) => total + BigInt(each), 0n),
    Count: (_call, room) => Float64Array.from({ length: Math.max(0, room - 2) }, (_, i) => i + 1),
    Reverse: (_call, bytes) => bytes.toReversed(),
    Fail: () => {
      throw Object.assign(new Error('it always fails'), { hresult: HResult.E_ACCESSDENIED })
    },
  })
}

const hex = (hresult: number): string => (hresult >>> 0).toString(16)

describeAsyncPrime('a program in C++', () => {
  it.each(['sta', 'mta'] as const)(
    'passes and gets values of each type, on a thread of kind %s',
    async apartment => {
      const { caller, implementation } = await serve(apartment, [types(), implementInterface(IPrime, {})])
      const report = await caller.callMethod(ICaller, 'CallTypes', [implementation])
      const [print, ...lines] = report.split('\n')
      expect(print).toMatch(/^Print 0 true -1 255 -2 65535 -3 4294967295 -4 5 1.5 -2.25 6.5 2020 text /)
      expect(lines).toEqual([
        'EchoUnknown 0 1',
        'EchoUnknown 0 1',
        'EchoDispatch 0 1',
        'EchoVariant 0 8 word',
        'EchoDecimal 0 125 1',
        'Double 0 42 3 abab 8',
        'Sum 0 -2',
        'Sum 0 0',
        'Count 0 3 1 3 0',
        'Reverse 0 3 2 1',
        'Noted 0 42',
        `Fail ${hex(HResult.E_ACCESSDENIED)} 1 it always fails`,
        `Noted ${hex(HResult.E_POINTER)}`,
      ])
    },
  )

  it('passes floating-point numbers among integers', async () => {
    const { caller, implementation } = await serve('mta', [
      implementInterface(IFloats, { First: add, Second: add, Last: add }),
    ])
    const report = await caller.callMethod(ICaller, 'CallFloats', [implementation])
    const sums = [0.5 + 2 + 4.25 + 8 + 16.5 + 32.125, 1 + 2.5 + 4 + 8.25 + 16 + 32.5, 511 + 512.5 + 0.25]
    expect(report.split('\n')).toEqual([`First 0 ${sums[0]}`, `Second 0 ${sums[1]}`, `Last 0 ${sums[2]}`])
  })

  it.each(['sta', 'mta'] as const)(
    'A1 A2 A3 A5 A6 calls an asynchronous interface, on a thread of kind %s',
    async apartment => {
      let canceled = 0
      const prime = implementInterface(IPrime, {
        Number: async (call, n, ms) => {
          if (ms < 1_000) await new Promise(resolve => setTimeout(resolve, ms))
          else await new Promise(resolve => call.signal.addEventListener('abort', resolve))
          if (call.testCancel()) canceled++
          return n
        },
      })
      const { caller, implementation } = await serve(apartment, [prime])
      const report = await caller.callMethod(ICaller, 'CallAsync', [implementation, 7, 100])
      const { RPC_S_CALLPENDING, RPC_E_CALL_COMPLETE, RPC_E_CALL_CANCELED, E_UNEXPECTED } = HResult
      expect(report.split('\n')).toEqual([
        `Finish_ ${hex(RPC_E_CALL_COMPLETE)} 0`,
        'Begin_ 0',
        `Begin_ ${hex(RPC_S_CALLPENDING)}`,
        `Finish_IsPrime ${hex(E_UNEXPECTED)}`,
        `Wait ${hex(RPC_S_CALLPENDING)}`,
        `TestCancel ${hex(RPC_S_CALLPENDING)}`,
        'Wait 0',
        `Cancel ${hex(RPC_E_CALL_COMPLETE)}`,
        'Finish_ 0 7',
        'Finish_ 0 8',
        'Cancel 0',
        `TestCancel ${hex(RPC_E_CALL_CANCELED)}`,
        'Wait 0',
        `Begin_ ${hex(RPC_S_CALLPENDING)}`,
        `Finish_ ${hex(RPC_E_CALL_CANCELED)} 0`,
      ])
      await until('the handler has seen the cancel', () => canceled === 1)
    },
  )

  it('gets E_NOINTERFACE for an interface that is not implemented', async () => {
    const { caller, implementation } = await serve('mta', [types()])
    const report = await caller.callMethod(ICaller, 'CallAsync', [implementation, 7, 1])
    expect(report).toBe(`CreateCall ${hex(HResult.E_NOINTERFACE)}`)
    expect(await caller.callMethod(ICaller, 'CallFloats', [implementation])).toBe(
      `QueryInterface ${hex(HResult.E_NOINTERFACE)}`,
    )
  })

  it('of another apartment gets no interface without a proxy: E_NOINTERFACE', async () => {
    const { implementation } = await serve('sta', [types()])
    const other = await startThread()
    const echo = own(await other.createObject('Prime.Async'))
    using proxy = (await echo.callMethod(ITypes, 'EchoUnknown', [implementation])) as ComObject
    expectComError(await rejection(proxy.callMethod(ITypes, 'Noted')), 'E_NOINTERFACE', 'ITypes.Noted')
  })
})
