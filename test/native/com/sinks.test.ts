// Event sinks and implemented objects: the interfaces that they can have, and their end with their thread.
import { type ComObject, type ComThread, diagnostics, type ServerCall } from 'com-cancel'
import { describe, expect, it } from 'vitest'
import { own, startThread } from '../../support/com'
import { expectComError, rejection, thrown } from '../../support/errors'
import { A_WHILE, until } from '../../support/until'
import { describePrime, keepServers, objectIn } from './support'

keepServers()

const EVENTS = '21d95af6-b459-4842-b08e-de76ea59f6e7'
/** Dual: IDictionary of Scripting.Dictionary. */
const DUAL = '42c642c1-97e1-11cf-978f-00a02463e06f'
const UNKNOWN = '5e0b9c4d-3f21-4a77-8b1c-9d2e6f70a4b3'

describePrime('an event interface', () => {
  it('has no restricted functions as events', async () => {
    const thread = await startThread()
    const calculator = own(await thread.createObject('Prime.Calculator.Inproc'))
    const error = await rejection(calculator.connect({ Hidden() {} }))
    expect(error).toStrictEqual(
      new RangeError('ComObject.connect: the object has no event Hidden; its events are found'),
    )
  })
})

describePrime('the interface of an implemented object', () => {
  it('may be a dispinterface that is registered, or IDispatch', async () => {
    const thread = await startThread()
    own(thread.implement({}, { iid: EVENTS }))
    own(thread.implement({}, { iid: '00020400-0000-0000-c000-000000000046' }))
  })

  it('is refused when it is dual, or not registered', async () => {
    const thread = await startThread()
    const where = 'ComThread.implement'
    expectComError(
      thrown(() => thread.implement({}, { iid: DUAL })),
      'TYPE_E_WRONGTYPEKIND',
      where,
    )
    expectComError(
      thrown(() => thread.implement({}, { iid: UNKNOWN })),
      'REGDB_E_IIDNOTREG',
      where,
    )
  })
})

describePrime('an implemented object', () => {
  it('has no names of arguments', async () => {
    const thread = await startThread()
    const calculator = own(await thread.createObject('Prime.Calculator'))
    const held = own(objectIn(await calculator.call('Echo', [thread.implement({ run: () => 1 })])))
    expect(await held.call('run', [1])).toBe(1)
    const error = await rejection(held.call('run', [], { named: { x: 1 } }))
    expect(error).toMatchObject({ code: 'DISP_E_UNKNOWNNAME', argument: 'x' })
  })
})

/** A reference of another thread of the same kind to an object. */
const passedTo = async (thread: ComThread, object: ComObject): Promise<ComObject> => {
  const holder = own(await thread.createObject('Prime.Calculator.Inproc'))
  await holder.set('Value', object)
  const passed = own(objectIn(await holder.get('Value')))
  await holder.set('Value', undefined)
  return passed
}

// The test file keeps a thread of the multithreaded apartment: the apartment outlives the threads below.
describePrime('a thread of the multithreaded apartment that was disposed', () => {
  describe.each(['Prime.Calculator', 'Prime.Calculator.Inproc', 'Prime.Calculator.InprocApartment'])(
    '%s',
    progId => {
      const start = async () => {
        const home = await startThread()
        const other = await startThread()
        const calculator = own(await other.createObject(progId))
        return { home, other, calculator, here: await passedTo(home, calculator) }
      }

      it('has no sinks: the server is told so at once', async () => {
        const { home, calculator, here } = await start()
        const found: unknown[] = []
        await here.connect({ Found: (_: ServerCall, n: unknown) => void found.push(n) })
        expect(await calculator.call('Fire', [1])).toBe(1)
        await home[Symbol.asyncDispose]()
        expect(await calculator.call('Fire', [2])).toBe(0)
        expect(found).toEqual([1])
      })

      it('has no sinks from the moment at which it is closed', async () => {
        const { home, calculator, here } = await start()
        const found: unknown[] = []
        await here.connect({ Found: (_: ServerCall, n: unknown) => void found.push(n) })
        const waiting = home.wait(A_WHILE, { cancelable: false }).catch(() => {})
        await until('the thread waits', () => diagnostics().jobs > 0)
        const disposed = home[Symbol.asyncDispose]()
        expect(await calculator.call('Fire', [2])).toBe(0)
        await Promise.all([waiting, disposed])
        expect(found).toEqual([])
      })

      it('has no implemented objects: calls to them fail', async () => {
        const { home, calculator } = await start()
        let calls = 0
        const object = home.implement(() => ++calls)
        await calculator.set('Value', object)
        const held = own(objectIn(await calculator.get('Value')))
        expect(await held.call(0)).toBe(1)
        await home[Symbol.asyncDispose]()
        expectComError(await rejection(held.call(0)), 'RPC_E_DISCONNECTED', 'the default member')
        expect(calls).toBe(1)
        await calculator.set('Value', undefined)
      })
    },
  )
})
