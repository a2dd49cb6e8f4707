// Asynchronous calls (rules A, O8, S6), and calls of methods by vtable.
import {
  backend,
  type ComCall,
  type ComError,
  type ComObject,
  type ComThread,
  defineInterface,
  diagnostics,
  HResult,
  IPipeByte,
  raw,
} from 'com-cancel'
import { describe, expect, it } from 'vitest'
import { describeAsyncPrime, IAbsent, IPrime, ITypes, registrations } from '../support/async-prime'
import { leaveNothingBehind, nothingPending, own, startThread } from '../support/com'
import { expectAbortError, expectComError, rejection } from '../support/errors'
import { repetitions } from '../support/repetitions'
import { A_WHILE, LONG, SOON, soon, until } from '../support/until'

leaveNothingBehind()

/** A prime number for which the server takes seconds. */
const BIG = 2_147_483_647

const serve = async (progId = 'Prime.Async', options?: Parameters<typeof startThread>[0]) => {
  const thread = await startThread(options)
  const object = own(await thread.createObject(progId))
  return { thread, object }
}

const newCall = async (object: ComObject): Promise<ComCall<typeof IPrime.methods, ComObject>> =>
  own(await object.createCall(IPrime))

/** The number of canceled methods of the server that have ended. */
const canceledMethods = async (thread: ComThread): Promise<number> => {
  if (backend.kind === 'emulator') return registrations.reduce((sum, { counts }) => sum + counts.canceled, 0)
  using calculator = await thread.createObject('Prime.Calculator.Inproc')
  return calculator.get<number>('Canceled')
}

/** Cancels a call, and waits until its method has seen that and ended. */
const cancelMethod = async (thread: ComThread, object: ComObject): Promise<void> => {
  const before = await canceledMethods(thread)
  const call = await newCall(object)
  await call.begin('IsPrime', [BIG])
  await call.cancel()
  await rejection(call.finish())
  await until('the method has ended', async () => (await canceledMethods(thread)) > before)
}

describeAsyncPrime('asynchronous calls', () => {
  describe.each(['sta', 'mta'] as const)('of a thread of kind %s', apartment => {
    it('A1 A2 A3 Begin_ returns at once, and Finish_ returns the results', async () => {
      const { object } = await serve('Prime.Async', { apartment })
      const call = await newCall(object)
      await call.begin('Number', [7, A_WHILE])
      expect(call.pending).toBe(true)
      expect(await call.wait(0)).toBe(false)
      // The thread is free meanwhile.
      expect(await object.callMethod(IPrime, 'IsPrime', [97])).toBe(1)
      expect(await call.finish()).toBe(7)
      expect(call.pending).toBe(false)
      await call.begin('IsPrime', [91])
      expect(await call.wait(SOON)).toBe(true)
      expect(await call.finish()).toBe(0)
    })

    it('A5 a canceled call returns RPC_E_CALL_CANCELED from Finish_', async () => {
      const { object } = await serve('Prime.Async', { apartment })
      const call = await newCall(object)
      await call.begin('IsPrime', [BIG])
      expect(await call.testCancel()).toBe(false)
      expect(await call.cancel()).toBe('requested')
      expect(await call.testCancel()).toBe(true)
      expectComError(await rejection(call.finish()), 'RPC_E_CALL_CANCELED', 'IPrime.IsPrime')
    })
  })

  it('A1 an object without the asynchronous interface has no call objects', async () => {
    const { object } = await serve()
    expectComError(await rejection(object.createCall(IAbsent)), 'E_NOINTERFACE', 'ComObject.createCall')
    expectComError(await rejection(object.callAsync(IAbsent, 'Do')), 'E_NOINTERFACE', 'IAbsent.Do')
  })

  it('A2 Begin_ is refused while a call is pending, and after a cancel until Finish_', async () => {
    const { object } = await serve()
    const call = await newCall(object)
    const beginAgain = async () =>
      expectComError(await rejection(call.begin('IsPrime', [2])), 'RPC_S_CALLPENDING', 'IPrime.IsPrime')
    await call.begin('IsPrime', [BIG])
    await beginAgain()
    await call.cancel()
    await beginAgain()
    await rejection(call.finish())
    await call.begin('IsPrime', [2])
    expect(await call.finish()).toBe(1)
  })

  it('A3 wait ends after its time while the call is pending', async () => {
    const { object } = await serve()
    const call = await newCall(object)
    await call.begin('Number', [1, A_WHILE])
    const began = performance.now()
    expect(await call.wait(50)).toBe(false)
    if (backend.kind === 'native') expect(performance.now() - began).toBeGreaterThan(40)
    expect(await call.finish()).toBe(1)
  })

  it('A4 a call object of the own apartment without ICancelMethodCalls cannot cancel', async () => {
    const { object } = await serve('Prime.Async.Plain')
    const call = await newCall(object)
    await call.begin('Number', [3, 50])
    const codes = [await rejection(call.cancel()), await rejection(call.testCancel())]
    expect(codes.map(error => (error as ComError).code)).toEqual(['E_NOINTERFACE', 'E_NOINTERFACE'])
    expect(await call.finish()).toBe(3)
  })

  it('A5 the canceled method is seen to stop', async () => {
    const { thread, object } = await serve()
    await cancelMethod(thread, object)
  })

  it('A6 the cancel of a complete call returns RPC_E_CALL_COMPLETE, and Finish_ its results', async () => {
    const { object } = await serve()
    const call = await newCall(object)
    await call.begin('IsPrime', [97])
    expect(await call.wait(SOON)).toBe(true)
    expect(await call.cancel()).toBe('completed')
    expectComError(
      await rejection(call.testCancel()),
      'RPC_E_CALL_COMPLETE',
      'ICancelMethodCalls::TestCancel',
    )
    expect(await call.finish()).toBe(1)
  })

  it('A7 a thread without call cancellation cancels asynchronous calls', async () => {
    const { object } = await serve('Prime.Async', { callCancellation: false })
    const call = await newCall(object)
    await call.begin('IsPrime', [BIG])
    expect(await call.cancel()).toBe('requested')
    expectComError(await rejection(call.finish()), 'RPC_E_CALL_CANCELED', 'IPrime.IsPrime')
  })

  it('A8 the release of a call object drops the results', async () => {
    const { object } = await serve()
    const call = await object.createCall(IPrime)
    await call.begin('Number', [1, 50])
    const finishing = rejection(call.finish())
    call.release()
    expectComError(await finishing, 'RPC_E_DISCONNECTED', 'ComCall.finish')
    expectComError(await rejection(call.begin('IsPrime', [2])), 'RPC_E_DISCONNECTED', 'IPrime.IsPrime')
  })

  it('O8 CoGetCancelObject does not find asynchronous calls', async () => {
    const { thread, object } = await serve()
    const call = await newCall(object)
    await call.begin('Number', [1, A_WHILE])
    expect(nothingPending(thread.id)).toBe(true)
    expect(raw.coCancelCall(thread.id)).toBe(HResult.E_NOINTERFACE)
    expect(await call.finish()).toBe(1)
  })

  it('S6 CoTestCancel does not see the cancel of an asynchronous call', async () => {
    const { thread, object } = await serve()
    await cancelMethod(thread, object)
    expect(await object.callMethod(IPrime, 'LastTest')).toBe(HResult.RPC_E_CALL_COMPLETE)
  })

  it.each(['Prime.Async', 'Prime.Async.Alone'])(
    'callAsync returns the result of a call of %s',
    async progId => {
      const { object } = await serve(progId)
      expect(await object.callAsync(IPrime, 'IsPrime', [97])).toBe(1)
      expect(await object.callAsync(IPrime, 'Number', [5, 20])).toBe(5)
      expect(await object.callAsync(IPrime, 'Block', [10])).toBeUndefined()
    },
  )

  it('A5 a signal cancels callAsync: AbortError, and the thread is free', async () => {
    const { thread, object } = await serve()
    const controller = new AbortController()
    const { signal } = controller
    const rejected = rejection(object.callAsync(IPrime, 'IsPrime', [BIG], { signal }))
    await object.callMethod(IPrime, 'IsPrime', [2])
    controller.abort('enough')
    expectAbortError(await rejected, { reason: 'enough' })
    expect(thread.state).toBe('idle')
    expect(await object.callMethod(IPrime, 'IsPrime', [3])).toBe(1)
  })

  it('A5 a timeout cancels callAsync', async () => {
    const { object } = await serve()
    const error = await rejection(object.callAsync(IPrime, 'Number', [1, LONG], { timeout: A_WHILE }))
    expectAbortError(error, { why: 'timeout', started: true })
  })

  it('a signal that is aborted before the call keeps it from beginning', async () => {
    const { object } = await serve()
    const signal = AbortSignal.abort('before')
    const error = await rejection(object.callAsync(IPrime, 'IsPrime', [BIG], { signal }))
    expectAbortError(error, { reason: 'before', started: false })
  })

  it('A4 W4 a call that cannot be canceled rejects after the grace period, and its results are dropped', async () => {
    const { thread, object } = await serve('Prime.Async.Plain', { grace: 50 })
    const options = { timeout: 200 }
    const error = await rejection(object.callAsync(IPrime, 'Number', [1, 2 * A_WHILE], options))
    expectAbortError(error, { why: 'timeout', started: true, hresult: HResult.RPC_S_CALLPENDING })
    expect(thread.state).toBe('idle')
  })

  it('A5 the disposal of the thread ends the wait for a call, and cancels it', async () => {
    const other = await startThread()
    const { thread, object } = await serve()
    const before = await canceledMethods(other)
    const call = await newCall(object)
    await call.begin('IsPrime', [BIG])
    expect(await call.wait(100)).toBe(false)
    const rejected = rejection(call.finish())
    await thread.close()
    expectAbortError(await rejected, { why: 'disposed', hresult: HResult.RPC_E_DISCONNECTED })
    await until('the method has ended', async () => (await canceledMethods(other)) > before)
  })

  it('finish rejects where no call was begun, and while another finish waits', async () => {
    const { object } = await serve()
    const call = await newCall(object)
    expectComError(await rejection(call.finish()), 'RPC_E_CALL_COMPLETE', 'ComCall.finish')
    expectComError(await rejection(call.wait(0)), 'RPC_E_CALL_COMPLETE', 'ComCall.wait')
    await call.begin('Number', [1, 50])
    const first = call.finish()
    expectComError(await rejection(call.finish()), 'RPC_S_CALLPENDING', 'ComCall.finish')
    expect(await first).toBe(1)
  })

  it('many calls are pending on one thread, half of them canceled, each with its own result', async () => {
    const { object } = await serve()
    const count = repetitions(200, 1_000)
    const controller = new AbortController()
    const { signal } = controller
    const before = diagnostics().threads
    const calls = Array.from({ length: count }, (_, i) =>
      object.callAsync(IPrime, 'Number', i % 2 ? [i, LONG] : [i, A_WHILE], i % 2 ? { signal } : {}).then(
        result => result,
        (error: Error) => error.name,
      ),
    )
    await object.callMethod(IPrime, 'IsPrime', [2])
    controller.abort()
    const results = await soon('all calls have ended', Promise.all(calls))
    expect(results).toEqual(Array.from({ length: count }, (_, i) => (i % 2 ? 'AbortError' : i)))
    expect(diagnostics().threads).toBe(before)
  })
})

describeAsyncPrime('methods by vtable', () => {
  it('values of each type arrive and return', async () => {
    const { object } = await serve()
    const values = [true, -1, 255, -2, 65_535, -3, 4_294_967_295, -4n, 5n, 1.5, -2.25] as const
    const rest = [6.5, new Date(2020, 0, 1, 12), 'text', HResult.E_FAIL] as const
    const printed = await object.callMethod(ITypes, 'Print', [...values, ...rest])
    expect(printed).toBe(
      `-1 -1 255 -2 65535 -3 4294967295 -4 5 1.5 -2.25 65000 43831.5 text ${HResult.E_FAIL}`,
    )
    expect(await object.callMethod(ITypes, 'EchoVariant', ['word'])).toBe('word')
    expect(await object.callMethod(ITypes, 'EchoVariant', [undefined])).toBeUndefined()
    expect(String(await object.callMethod(ITypes, 'EchoDecimal', ['12.5']))).toBe('12.5')
  })

  it("'inout' parameters are arguments and results", async () => {
    const { object } = await serve()
    expect(await object.callMethod(ITypes, 'Double', [21, 1.5, 'ab', 4])).toEqual([42, 3, 'abab', 8])
  })

  it('objects are passed and returned, and null', async () => {
    const { object } = await serve()
    using same = await object.callMethod(ITypes, 'EchoUnknown', [object])
    expect(same && (await same.is(object))).toBe(true)
    expect(await object.callMethod(ITypes, 'EchoUnknown', [null])).toBeNull()
    using back = await object.callMethod(ITypes, 'EchoDispatch', [() => 1])
    expect(back).not.toBeNull()
  })

  it('buffers are typed arrays', async () => {
    const { object } = await serve()
    expect(await object.callMethod(ITypes, 'Sum', [Int32Array.of(1, 2, -5)])).toBe(-2n)
    expect(await object.callMethod(ITypes, 'Sum', [[40, 2]])).toBe(42n)
    expect(await object.callMethod(ITypes, 'Sum', [[]])).toBe(0n)
    expect(await object.callMethod(ITypes, 'Count', [5])).toEqual(Float64Array.of(1, 2, 3))
    expect(await object.callMethod(ITypes, 'Count', [0])).toEqual(new Float64Array())
    const bytes = Uint8Array.of(1, 2, 3)
    expect(await object.callMethod(ITypes, 'Reverse', [bytes])).toEqual(Uint8Array.of(3, 2, 1))
    expect(bytes).toEqual(Uint8Array.of(1, 2, 3))
  })

  it('IPipeByte is known', async () => {
    const { object } = await serve()
    expect(await object.callMethod(IPipeByte, 'Push', [Uint8Array.of(1, 2, 3)])).toBeUndefined()
    expect(await object.callMethod(IPipeByte, 'Pull', [2])).toEqual(Uint8Array.of(1, 2))
    expect(await object.callMethod(IPipeByte, 'Pull', [10])).toEqual(Uint8Array.of(3))
    expect(await object.callMethod(IPipeByte, 'Pull', [10])).toEqual(new Uint8Array())
  })

  it('a method may return no HRESULT', async () => {
    const { object } = await serve()
    expect(await object.callMethod(ITypes, 'Note', [42])).toBeUndefined()
    expect(await object.callMethod(ITypes, 'Noted')).toBe(42)
  })

  it('a failure has its code and the description of the server', async () => {
    const { object } = await serve()
    const error = await rejection(object.callMethod(ITypes, 'Fail'))
    expectComError(error, 'E_ACCESSDENIED', 'ITypes.Fail')
    expect((error as ComError).description).toBe('it always fails')
  })

  it('an object without the interface: E_NOINTERFACE', async () => {
    const { object } = await serve()
    const error = await rejection(object.callMethod(IAbsent, 'Do'))
    expectComError(error, 'E_NOINTERFACE', 'IAbsent.Do')
    expect((error as ComError).message).toContain('the object has no IAbsent')
  })

  it('bad arguments are refused before the call', async () => {
    const { object } = await serve()
    const untyped = object as { callMethod(...args: unknown[]): Promise<unknown> }
    const refused = async (...args: unknown[]) => String(await rejection(untyped.callMethod(...args)))
    expect(await refused(IPrime, 'IsPrime', ['2'])).toContain('TypeError: IPrime.IsPrime: argument 1')
    expect(await refused(IPrime, 'IsPrime', [2 ** 31])).toContain('RangeError: IPrime.IsPrime: argument 1')
    expect(await refused(IPrime, 'IsPrime', [])).toContain('got 0')
    expect(await refused(IPrime, 'isPrime', [2])).toContain('did you mean IsPrime?')
    expect(await refused({}, 'IsPrime', [2])).toContain('defineInterface')
    expect(await refused(ITypes, 'Sum', [[[1], [2]]])).toContain('one dimension')
    const noTwin = defineInterface({ name: 'INoTwin', iid: IPrime.iid, methods: { Do: {} } })
    expect(String(await rejection(object.callAsync(noTwin, 'Do')))).toContain('asyncIid')
  })
})
