// The server of asynchronous calls and vtable methods, Prime.Async: registered on Windows, or emulated.
import { backend, ComThread, defineInterface, HResult, IPipeByte } from 'com-cancel'
import type { ClassRegistration, EmulatedInterface } from 'com-cancel/emulator'
import { afterAll, beforeAll, describe } from 'vitest'

export { IPrime } from '../../examples/async-prime/interfaces.mjs'

/** Methods with parameters of every type, as test/native/prime/async_interfaces.h declares them. */
export const ITypes = defineInterface({
  name: 'ITypes',
  iid: '2f7c4e5c-9b1d-4c3e-8a60-71d2b8e4c953',
  methods: {
    Print: {
      parameters: [
        { in: 'bool' },
        { in: 'i1' },
        { in: 'ui1' },
        { in: 'i2' },
        { in: 'ui2' },
        { in: 'i4' },
        { in: 'ui4' },
        { in: 'i8' },
        { in: 'ui8' },
        { in: 'r4' },
        { in: 'r8' },
        { in: 'cy' },
        { in: 'date' },
        { in: 'bstr' },
        { in: 'error' },
        { out: 'bstr' },
      ],
    },
    EchoUnknown: { parameters: [{ in: 'unknown' }, { out: 'unknown' }] },
    EchoDispatch: { parameters: [{ in: 'dispatch' }, { out: 'dispatch' }] },
    EchoVariant: { parameters: [{ in: 'variant' }, { out: 'variant' }] },
    EchoDecimal: { parameters: [{ in: 'decimal' }, { out: 'decimal' }] },
    Double: { parameters: [{ inout: 'i4' }, { inout: 'r8' }, { inout: 'bstr' }, { inout: 'variant' }] },
    Note: { parameters: [{ in: 'i4' }], returns: 'void' },
    Noted: { parameters: [{ out: 'i4' }] },
    Sum: { parameters: [{ in: 'i4', size: 1 }, { in: 'ui4' }, { out: 'i8' }] },
    Count: { parameters: [{ out: 'r8', size: 1, length: 2 }, { in: 'ui4' }, { out: 'ui4' }] },
    Reverse: { parameters: [{ inout: 'ui1', size: 1 }, { in: 'ui4' }] },
    Fail: { parameters: [{ out: 'bstr' }, { out: 'unknown' }] },
  },
})

/** An interface that no object has. */
export const IAbsent = defineInterface({
  name: 'IAbsent',
  iid: '2f7c4e5e-9b1d-4c3e-8a60-71d2b8e4c953',
  asyncIid: '2f7c4e5f-9b1d-4c3e-8a60-71d2b8e4c953',
  methods: { Do: {} },
})

/** The emulated counterparts of the methods that only tests use. */
const emulatedTypes = async (): Promise<EmulatedInterface[]> => {
  const { emulatedInterface } = await import('com-cancel/emulator')
  let noted = 0
  const pipe: number[] = []
  return [
    emulatedInterface(ITypes, {
      Print: (_call, truth, ...values) => {
        const text = (value: unknown): unknown => {
          if (value instanceof Date) return (value.getTime() - new Date(1899, 11, 30).getTime()) / 86_400_000
          const { tenThousandths, hresult } = Object(value)
          return tenThousandths ?? hresult ?? value
        }
        return [truth ? -1 : 0, ...values.map(text)].join(' ')
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
      Sum: (_call, numbers) => numbers.reduce((sum, each) => sum + BigInt(each), 0n),
      Count: (_call, room) => Float64Array.from({ length: Math.max(0, room - 2) }, (_, i) => i + 1),
      Reverse: (_call, bytes) => bytes.toReversed(),
      Fail: () => {
        throw Object.assign(new Error('it always fails'), { hresult: HResult.E_ACCESSDENIED })
      },
    }),
    emulatedInterface(IPipeByte, {
      Push: (_call, bytes) => pipe.push(...bytes),
      Pull: (_call, count) => Uint8Array.from(pipe.splice(0, count)),
    }),
  ]
}

/** The registrations of the emulated classes while their tests run, that of Prime.Async first. */
export const registrations: ClassRegistration[] = []

const registerEmulated = async (): Promise<void> => {
  const { Emulator } = await import('com-cancel/emulator')
  const { registerAsyncPrime } = await import('../../examples/async-prime/class.mjs')
  registrations.push(...registerAsyncPrime(Emulator.shared, await emulatedTypes()))
}

/** The reason why the test server is missing, if it is. Does not start it. */
const missing = async (): Promise<string | undefined> => {
  await using thread = await ComThread.start()
  const error = await thread.getActiveObject('Prime.Async').catch((error: unknown) => error)
  const { hresult } = Object(error)
  return hresult === HResult.CO_E_CLASSSTRING ? 'Prime.Async is not registered here' : undefined
}

const isEmulated = backend.kind === 'emulator'
const reason = isEmulated ? undefined : await missing()

/** Tests with the server; where it isn't registered they show as skipped, with the reason in the title. */
export const describeAsyncPrime = (title: string, tests: () => void): void => {
  if (reason !== undefined) {
    describe.skip(`${title} (${reason})`, tests)
    return
  }
  describe(title, () => {
    if (isEmulated) {
      beforeAll(registerEmulated)
      // Other tests in this process check that no name is registered.
      afterAll(() => {
        for (const registration of registrations.splice(0)) registration[Symbol.dispose]()
      })
    }
    tests()
  })
}
