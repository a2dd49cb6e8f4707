// Cancels of nested calls, of threads that have ended, and from within a method.
import { type ComObject, functionsOf, HResult } from 'com-cancel'
import type { EmulatedCall, RemoteObject } from 'com-cancel/emulator'
import { beforeEach, describe, expect, it } from 'vitest'
import type { BindingPointer, BindingThread, CallOutcome, Variant } from '../../binding'
import {
  eachInEmulatedTime,
  emulator,
  hresultOf,
  type Log,
  PROG_ID,
  register,
  startThread,
  until,
} from '../support/emulated-servers'
import { close, start } from '../support/emulated-threads'

eachInEmulatedTime()

const { S_OK, E_NOINTERFACE, RPC_E_CALL_CANCELED, RPC_S_CALLPENDING } = HResult

let log: Log
beforeEach(() => {
  log = []
})

const raw = () => functionsOf(emulator().binding).raw

describe.each(['mta', 'sta'] as const)('a local server, %s', threading => {
  it('C1 O3 O6 by id the innermost of three nested calls is canceled, then the one around it, then the outermost', async () => {
    register({ threading }, log)
    const thread = await startThread({ apartment: 'sta' })
    const object = await thread.createObject(PROG_ID)
    const order: string[] = []
    const ends = async (name: string, call: Promise<unknown>) => {
      const hresult = await hresultOf(call)
      order.push(name)
      expect(hresult, name).toBe(RPC_E_CALL_CANCELED)
    }
    const cancel = () => raw().coCancelCall(thread.id)
    const middle = async () => {
      await ends('inner', object.call('Block', [60, 'inner']))
      expect(cancel()).toBe(S_OK) // the middle one: it returns once this handler has replied
    }
    const outer = async () => {
      await ends('middle', object.call('CallBack', [middle]))
      expect(cancel()).toBe(S_OK)
    }
    const all = ends('outer', object.call('CallBack', [outer]))
    await until(() => log.includes('begin inner'))
    expect(cancel()).toBe(S_OK)
    await all
    expect(order).toEqual(['inner', 'middle', 'outer'])
    expect(cancel()).toBe(E_NOINTERFACE)
    expect(await object.call('Echo', ['next'])).toBe('next')
  })

  it('C2 C7 C10 a cancel between dispatch and reply, by the method itself: the reply is dropped, and the next call gets its own', async () => {
    const seen: unknown[] = []
    const registration = register({
      threading,
      methods: {
        Suicide(call: EmulatedCall) {
          seen.push(raw().coCancelCall(call.caller), raw().coTestCancel(), call.testCancel())
          return 'late'
        },
      },
    })
    const thread = await startThread()
    const object = await thread.createObject(PROG_ID)
    const [canceled, next] = [hresultOf(object.call('Suicide')), object.call('Echo', ['next'])]
    expect([await canceled, await next]).toEqual([RPC_E_CALL_CANCELED, 'next'])
    expect(seen).toEqual([S_OK, RPC_E_CALL_CANCELED, true])
    expect(registration.counts).toMatchObject({ calls: 2, finished: 2, dropped: 1 })
  })

  it('C1 C9 0 is the calling thread: a method that cancels it does not affect its own caller', async () => {
    register({ threading, methods: { Ask: () => [raw().coCancelCall(0), raw().coTestCancel()] } })
    const object = await (await startThread()).createObject(PROG_ID)
    expect(await object.call('Ask')).toEqual([E_NOINTERFACE, RPC_S_CALLPENDING])
  })

  it('O7 a cancel by the id of a thread that has ended: E_NOINTERFACE, whether it was a client’s or a server’s', async () => {
    const registration = register(
      { threading, methods: { ThreadId: (call: EmulatedCall) => call.threadId } },
      log,
    )
    const thread = await startThread()
    const object = await thread.createObject(PROG_ID)
    const serving = await object.call<number>('ThreadId')
    const other = await startThread()
    const call = hresultOf((await other.createObject(PROG_ID)).call('Block', [30, 'theirs']))
    await until(() => log.includes('begin theirs'))
    await other[Symbol.asyncDispose]()
    expect(raw().coCancelCall(other.id)).toBe(E_NOINTERFACE)
    expect(await call).toBe(RPC_E_CALL_CANCELED)
    registration.die()
    expect(raw().coCancelCall(serving)).toBe(E_NOINTERFACE)
    expect(
      await functionsOf(emulator().binding)
        .cancelCall(thread.id)
        .catch(error => error.hresult),
    ).toBe(E_NOINTERFACE)
  })

  it('S7 a nested call that is canceled leaves the context of the one around it as it was', async () => {
    const seen: unknown[] = []
    register({
      threading,
      methods: {
        async Outer(_call: EmulatedCall, handler: RemoteObject) {
          seen.push(raw().coTestCancel())
          await handler.call(0)
          seen.push(raw().coTestCancel())
        },
        async Inner(call: EmulatedCall) {
          log.push('inner')
          while (!call.testCancel()) await call.delay(1)
          seen.push(raw().coTestCancel())
        },
      } as never,
    })
    const thread = await startThread({ apartment: 'sta' })
    const object: ComObject = await thread.createObject(PROG_ID)
    const handler = async () => {
      const call = hresultOf(object.call('Inner'))
      await until(() => log.includes('inner'))
      raw().coCancelCall(thread.id)
      expect(await call).toBe(RPC_E_CALL_CANCELED)
      await until(() => seen.length === 2)
    }
    await object.call('Outer', [handler])
    expect(seen).toEqual([RPC_S_CALLPENDING, RPC_E_CALL_CANCELED, RPC_S_CALLPENDING])
  })
})

describe('C8 a canceled call brings nothing back', () => {
  const outcomeOf = (begin: (done: (outcome: CallOutcome) => void) => void) => new Promise<CallOutcome>(begin)

  const create = async (thread: BindingThread): Promise<BindingPointer> => {
    const activation = { kind: 'create', name: PROG_ID, context: 5, server: null } as const
    const { value } = await outcomeOf(done => thread.activate(activation, done))
    return (value as { value: BindingPointer }).value
  }

  it.each([
    ['mta', 0],
    ['mta', 60],
    ['sta', 0],
    ['sta', 60],
  ] as const)(
    '%s server, timeout %d s: no value, no by-reference arguments, no exception',
    async (threading, seconds) => {
      const { binding } = emulator()
      const registration = register({
        threading,
        methods: {
          async Change(call: EmulatedCall, _a: unknown) {
            call.setArgument(0, 99)
            log.push('changed')
            await call.delay(20)
            call.signal.throwIfAborted()
            return 'value'
          },
        },
      })
      const { thread } = await start(binding)
      const object = await create(thread)
      const args: Variant[] = [{ type: 'i4', value: 1, byRef: true }]
      const ended = outcomeOf(done =>
        thread.ask(object, { member: 'Change', kind: 'call', args, named: [] }, done),
      )
      await until(() => log.includes('changed'))
      binding.cancelCall(thread.id, seconds, () => {})
      const nothing = { hresult: RPC_E_CALL_CANCELED, value: null, outs: [], exception: null, argument: -1 }
      expect(await ended).toEqual(nothing)
      await until(() => registration.counts.canceled === 1)
      expect(registration.counts.dropped).toBe(seconds ? 0 : 1)
      await close(thread)
    },
  )
})
