// A program that calls methods by vtable and asynchronously. It is compiled, not run.
import {
  type ComCall,
  type ComDecimal,
  type ComObject,
  defineInterface,
  IPipeByte,
  IPipeDouble,
} from 'com-cancel'
import { type EmulatedCall, Emulator, emulatedInterface, type RemoteObject } from 'com-cancel/emulator'
import { is } from './is'

const ITest = defineInterface({
  iid: '2f7c4e5a-9b1d-4c3e-8a60-71d2b8e4c953',
  asyncIid: '2f7c4e5b-9b1d-4c3e-8a60-71d2b8e4c953',
  methods: {
    IsPrime: { parameters: [{ in: 'i4' }, { out: 'bool' }] },
    Swap: { parameters: [{ inout: 'bstr' }, { inout: 'i8' }] },
    Find: { parameters: [{ in: 'date' }, { out: 'unknown' }, { out: 'cy' }] },
    Sum: { parameters: [{ in: 'r8', size: 1 }, { in: 'ui4' }, { out: 'r8' }] },
    Reset: {},
  },
})

export const calls = async (object: ComObject) => {
  is<boolean>()(await object.callMethod(ITest, 'IsPrime', [7]))
  is<boolean>()(await object.callAsync(ITest, 'IsPrime', [7], { signal: AbortSignal.timeout(1) }))
  is<[string, bigint]>()(await object.callMethod(ITest, 'Swap', ['a', 1]))
  is<[ComObject | null, ComDecimal]>()(await object.callMethod(ITest, 'Find', [new Date()]))
  is<number>()(await object.callMethod(ITest, 'Sum', [[1, 2]]))
  is<number>()(await object.callMethod(ITest, 'Sum', [Float64Array.of(1, 2)], { timeout: 5 }))
  is<undefined>()(await object.callMethod(ITest, 'Reset'))
  is<undefined>()(await object.callMethod(ITest, 'Reset', [], { timeout: 5 }))
  is<Uint8Array>()(await object.callAsync(IPipeByte, 'Pull', [4]))
  is<Float64Array>()(await object.callAsync(IPipeDouble, 'Pull', [4]))
  is<undefined>()(await object.callAsync(IPipeByte, 'Push', [new Uint8Array(4)]))

  const call = await object.createCall(ITest, { timeout: 5 })
  is<ComCall<typeof ITest.methods, ComObject>['pending']>()(call.pending)
  await call.begin('IsPrime', [7])
  is<boolean>()(await call.wait(10))
  is<'requested' | 'completed' | 'already-canceled'>()(await call.cancel({ timeout: 1_000 }))
  is<boolean>()(await call.finish<'IsPrime'>())
  call[Symbol.dispose]()

  // @ts-expect-error: there is no such method
  await object.callMethod(ITest, 'isPrime', [7])
  // @ts-expect-error: a number
  await object.callMethod(ITest, 'IsPrime', ['7'])
  // @ts-expect-error: the size is no argument
  await object.callMethod(ITest, 'Sum', [[1], 1])
  // @ts-expect-error: the argument is missing
  await object.callMethod(ITest, 'IsPrime')
  // @ts-expect-error: bytes
  await object.callMethod(IPipeByte, 'Push', [new Float64Array(4)])
  // @ts-expect-error: the types of parameters are those of Automation
  defineInterface({ iid: '', methods: { A: { parameters: [{ in: 'long' }] } } })
}

export const emulated = () =>
  new Emulator().registerClass({
    progId: 'Test.Server',
    interfaces: [
      emulatedInterface(ITest, {
        IsPrime(call, n) {
          is<EmulatedCall>()(call)
          is<number>()(n)
          return n === 2
        },
        Swap: (_call, text, number) => [text, number],
        async Find(_call, date) {
          is<Date>()(date)
          const found: RemoteObject | null = null
          return [found, 1]
        },
        Sum(_call, numbers) {
          is<Float64Array>()(numbers)
          return 0
        },
      }),
    ],
  })
