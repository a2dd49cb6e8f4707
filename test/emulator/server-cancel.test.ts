// Calls to emulated servers that are canceled: E, O, C and S, on real calls.
import {
  type ComObject,
  type ComThread,
  type ComThreadOptions,
  functionsOf,
  HResult,
  IID_ICancelMethodCalls,
} from 'com-cancel'
import type { EmulatedCall } from 'com-cancel/emulator'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  delay,
  eachInEmulatedTime,
  emulator,
  hresultOf,
  type Log,
  now,
  PROG_ID,
  type register,
  serve,
  startThread,
  timeout,
  until,
} from '../support/emulated-servers'
import { cancelCall } from '../support/emulated-threads'

eachInEmulatedTime()

const { S_OK, E_NOINTERFACE, E_ACCESSDENIED, CO_E_CANCEL_DISABLED } = HResult
const { RPC_E_CALL_CANCELED, RPC_E_CALL_COMPLETE, RPC_S_CALLPENDING, RPC_E_DISCONNECTED } = HResult

let log: Log
beforeEach(() => {
  log = []
})

const server = (changes?: Parameters<typeof register>[0], options?: ComThreadOptions) =>
  serve(log, changes, options)

/** A call that is being executed. */
const begun = async (object: ComObject, ms: number, name = 'a'): Promise<{ call: Promise<unknown> }> => {
  const call = object.call('Block', [ms, name])
  call.catch(() => {})
  await until(() => log.includes(`begin ${name}`))
  return { call }
}

const cancel = (thread: ComThread, seconds = 0): number => emulator().binding.coCancelCall(thread.id, seconds)

const cancelObject = (thread: ComThread) =>
  emulator().binding.coGetCancelObject(thread.id, IID_ICancelMethodCalls).object

describe.each(['mta', 'sta'] as const)('a local server, %s', threading => {
  it('C1 C2 C7 S4 a cancel releases the blocked thread at once; the method runs on, its reply is dropped', async () => {
    const { registration, thread, object } = await server({ threading })
    const { call } = await begun(object, 100)
    const since = now()
    expect(cancel(thread)).toBe(S_OK)
    expect(await hresultOf(call)).toBe(RPC_E_CALL_CANCELED)
    expect(now() - since).toBeLessThan(50)
    expect(log).toEqual(['begin a'])
    await until(() => registration.counts.dropped === 1)
    expect(log).toEqual(['begin a', 'end a'])
    expect(registration.counts).toMatchObject({ calls: 1, finished: 1, canceled: 0 })
  })

  it('C10 the next call gets its own reply: at once from an MTA, after the canceled method from an STA', async () => {
    const { thread, object } = await server({ threading })
    const { call } = await begun(object, 150)
    cancel(thread)
    expect(await hresultOf(call)).toBe(RPC_E_CALL_CANCELED)
    const since = now()
    expect(await object.call('Block', [0, 'b'])).toBe('b')
    if (threading === 'mta') expect(now() - since).toBeLessThan(75)
    else expect(log).toEqual(['begin a', 'end a', 'begin b', 'end b'])
  })

  it('S2 the method sees the cancel at once, by testCancel and its signal', async () => {
    const seen: unknown[] = []
    const { thread, object } = await server({
      threading,
      methods: {
        async Watch(call: EmulatedCall) {
          call.signal.addEventListener('abort', () => seen.push('aborted'))
          log.push('watching')
          seen.push(call.testCancel())
          while (!call.testCancel()) await call.delay(1)
          seen.push('canceled')
          call.signal.throwIfAborted()
        },
      },
    })
    const call = object.call('Watch')
    call.catch(() => {})
    await until(() => log.includes('watching'))
    cancel(thread)
    expect(await hresultOf(call)).toBe(RPC_E_CALL_CANCELED)
    await until(() => seen.length === 3)
    expect(seen.toSorted()).toEqual(['aborted', 'canceled', false])
  })

  it('C3 E5 is not canceled when its thread had cancellation disabled', async () => {
    const { thread, object } = await server({ threading }, { callCancellation: false })
    const { call } = await begun(object, 30)
    expect(cancel(thread)).toBe(CO_E_CANCEL_DISABLED)
    expect(await call).toBe('a')
  })

  it('S1 S2 S3 coTestCancel inside a method is about its call, outside there is none', async () => {
    const { coTestCancel, raw } = functionsOf(emulator().binding)
    const seen: unknown[] = []
    const { thread, object } = await server({
      threading,
      methods: {
        async Ask(call: EmulatedCall) {
          seen.push(raw.coTestCancel())
          log.push('begun')
          while (!coTestCancel()) await call.delay(1)
          seen.push(raw.coTestCancel())
          log.push('done')
        },
      },
    })
    const call = object.call('Ask')
    call.catch(() => {})
    await until(() => log.includes('begun'))
    expect(raw.coTestCancel()).toBe(RPC_E_CALL_COMPLETE)
    cancel(thread)
    expect(await hresultOf(call)).toBe(RPC_E_CALL_CANCELED)
    await until(() => log.includes('done'))
    expect(seen).toEqual([RPC_S_CALLPENDING, RPC_E_CALL_CANCELED])
  })
})

describe('cancel objects of calls', () => {
  it('O2 O3 O6 are registered while the call is out, and gone when it is back', async () => {
    const { thread, object } = await server()
    expect(cancelObject(thread)).toBeNull()
    const { call } = await begun(object, 30)
    const registered = cancelObject(thread)
    expect(registered?.references()).toBe(3)
    expect(registered?.testCancel()).toBe(RPC_S_CALLPENDING)
    expect(await call).toBe('a')
    expect(cancelObject(thread)).toBeNull()
    expect(registered?.references()).toBe(1)
    expect(registered?.cancel(0)).toBe(RPC_E_CALL_COMPLETE)
    registered?.release()
  })

  it('C4 a second cancel returns RPC_E_CALL_CANCELED', async () => {
    const { thread, object } = await server()
    const { call } = await begun(object, 50)
    const registered = cancelObject(thread)
    expect([registered?.cancel(0), registered?.cancel(0)]).toEqual([S_OK, RPC_E_CALL_CANCELED])
    expect(registered?.testCancel()).toBe(RPC_E_CALL_CANCELED)
    registered?.release()
    expect(await hresultOf(call)).toBe(RPC_E_CALL_CANCELED)
  })

  it('C5 C6 with a timeout, in the background: a call that completes in time returns its own reply', async () => {
    const { thread, object } = await server()
    const { call } = await begun(object, 30)
    expect(await cancelCall(emulator().binding, thread.id, 0xffffffff)).toBe(RPC_E_CALL_COMPLETE)
    expect(await call).toBe('a')
  })

  it('C5 C6 a server that notices within the timeout ends, and that completes the call', async () => {
    const { registration, thread, object } = await server()
    const call = object.call('Poll', [5000])
    call.catch(() => {})
    await until(() => registration.counts.calls === 1)
    expect(await cancelCall(emulator().binding, thread.id, 5)).toBe(RPC_E_CALL_COMPLETE)
    expect(await hresultOf(call)).toBe(RPC_E_CALL_CANCELED)
    expect(registration.counts).toMatchObject({ canceled: 1, dropped: 0 })
  })

  it('C6 C7 releases when the timeout is up', async () => {
    const { thread, object } = await server()
    const { call } = await begun(object, 1200)
    const since = now()
    expect(await cancelCall(emulator().binding, thread.id, 1)).toBe(S_OK)
    expect(await hresultOf(call)).toBe(RPC_E_CALL_CANCELED)
    expect(now() - since).toBeGreaterThanOrEqual(995)
  })

  it('C6 a canceller that sleeps waits for no server in JavaScript: it is released at once', async () => {
    const { thread, object } = await server()
    const { call } = await begun(object, 20)
    const since = now()
    expect(cancel(thread, 0xffffffff)).toBe(S_OK)
    expect(now() - since).toBeLessThan(500)
    expect(await hresultOf(call)).toBe(RPC_E_CALL_CANCELED)
  })

  it('O5 a block on cancel operations: calls return E_ACCESSDENIED, and reach no server', async () => {
    const { registration, object } = await server()
    const blocked = emulator().blockCancelOperations()
    expect(await hresultOf(object.call('Echo', [1]))).toBe(E_ACCESSDENIED)
    expect(registration.counts.calls).toBe(0)
    blocked[Symbol.dispose]()
    expect(await object.call('Echo', [1])).toBe(1)
  })

  it('O5 one that comes while a call is out does not keep it from returning', async () => {
    const { thread, object } = await server()
    const { call } = await begun(object, 20)
    const blocked = emulator().blockCancelOperations()
    expect(await call).toBe('a')
    expect(cancelObject(thread)).toBeNull()
    blocked[Symbol.dispose]()
  })

  it('C11 a call canceled before it is dispatched never runs', async () => {
    const { registration, thread, object } = await server()
    registration.latency = 50
    const call = object.call('Block', [0, 'never'])
    call.catch(() => {})
    await until(() => cancel(thread) === S_OK)
    expect(await hresultOf(call)).toBe(RPC_E_CALL_CANCELED)
    await delay(80)
    expect(log).toEqual([])
    expect(registration.counts.calls).toBe(0)
  })

  it('C11 nor one that waits for a single-threaded server', async () => {
    const { registration, object } = await server({ threading: 'sta' })
    const other = await startThread()
    const theirs = await other.createObject(PROG_ID)
    const { call } = await begun(object, 60)
    const waiting = theirs.call('Block', [0, 'never'])
    waiting.catch(() => {})
    await until(() => cancel(other) === S_OK)
    expect(await hresultOf(waiting)).toBe(RPC_E_CALL_CANCELED)
    expect(await call).toBe('a')
    await delay(20)
    expect(log).toEqual(['begin a', 'end a'])
    expect(registration.counts.calls).toBe(1)
  })

  it('C12 a signal cancels its own call, and not the next', async () => {
    const { object } = await server()
    const controller = new AbortController()
    const first = object.call('Block', [300, 'a'], { signal: controller.signal })
    const second = object.call('Block', [20, 'b'])
    await until(() => log.includes('begin a'))
    controller.abort()
    await expect(first).rejects.toMatchObject({ name: 'AbortError', abandoned: false })
    expect(await second).toBe('b')
  })

  it('C12 a job that is canceled in the queue never reaches COM', async () => {
    const { registration, object } = await server()
    const controller = new AbortController()
    const first = object.call('Block', [30, 'a'])
    const second = object.call('Block', [0, 'b'], { signal: controller.signal })
    controller.abort()
    await expect(second).rejects.toMatchObject({ name: 'AbortError' })
    expect(await first).toBe('a')
    expect(registration.counts.calls).toBe(1)
  })
})

describe('direct calls', () => {
  it('C14 register no cancel object, and run on; the thread is abandoned until they are back', async () => {
    const { thread, object } = await server({ server: 'inproc' }, { grace: 10 })
    const call = object.call('Block', [80, 'a'], { signal: timeout(20) })
    await until(() => log.includes('begin a'))
    expect(cancelObject(thread)).toBeNull()
    expect(cancel(thread)).toBe(E_NOINTERFACE)
    await expect(call).rejects.toMatchObject({ name: 'AbortError', abandoned: true })
    expect(thread.state).toBe('abandoned')
    await until(() => thread.state === 'idle')
    expect(log).toEqual(['begin a', 'end a'])
  })

  it('S3 have no call context of their own, and run on the calling thread', async () => {
    const { raw } = functionsOf(emulator().binding)
    const { thread, object } = await server({
      server: 'inproc',
      methods: { Ask: (call: EmulatedCall) => [raw.coTestCancel(), call.threadId, raw.getCurrentThreadId()] },
    })
    expect(await object.call('Ask')).toEqual([RPC_E_CALL_COMPLETE, thread.id, thread.id])
  })

  it.each([
    ['sta', 'mta', 'marshaled'],
    ['mta', 'sta', 'marshaled'],
    ['sta', 'sta', 'direct'],
    ['mta', 'mta', 'direct'],
    ['both', 'sta', 'direct'],
    ['both', 'mta', 'direct'],
  ] as const)('C14 in process: a server of %s called from %s: %s', async (threading, apartment, how) => {
    const { thread, object } = await server({ server: 'inproc', threading }, { apartment })
    const { call } = await begun(object, 10)
    const registered = cancelObject(thread)
    expect(registered !== null).toBe(how === 'marshaled')
    registered?.release()
    expect(await call).toBe('a')
  })
})

describe('call contexts', () => {
  it('S7 of concurrent calls never see each other', async () => {
    const { raw } = functionsOf(emulator().binding)
    const { thread, object } = await server({
      methods: {
        async Until(call: EmulatedCall, name: string) {
          log.push(`begin ${name}`)
          const seen = new Set<number>()
          for (let i = 0; i < 30; i++) {
            seen.add(raw.coTestCancel())
            await call.delay(1)
          }
          log.push(`${name} ${seen.has(RPC_E_CALL_CANCELED)}`)
        },
      },
    })
    const other = await startThread()
    const theirs = await other.createObject(PROG_ID)
    const calls = [object.call('Until', ['a']), theirs.call('Until', ['b'])]
    for (const call of calls) call.catch(() => {})
    await until(() => log.length === 2)
    cancel(thread)
    expect(await hresultOf(calls[0] as Promise<unknown>)).toBe(RPC_E_CALL_CANCELED)
    await calls[1]
    await until(() => log.length === 4)
    expect(log.toSorted().slice(0, 2)).toEqual(['a true', 'b false'])
  })

  it('S5 can be had, kept after the call, and switched away', async () => {
    const { binding } = emulator()
    const seen: unknown[] = []
    const { object } = await server({
      methods: {
        Keep() {
          const { hresult, object: context } = binding.coGetCallContext(IID_ICancelMethodCalls)
          seen.push(hresult, context?.references(), context?.testCancel(), context?.cancel(0))
          const before = binding.coSwitchCallContext(null)
          seen.push(binding.coTestCancel())
          binding.coSwitchCallContext(before.object).object?.release()
          before.object?.release()
          return context && kept.push(context)
        },
      },
    })
    const kept: { testCancel(): number; release(): void }[] = []
    expect(await object.call('Keep')).toBe(1)
    expect(seen).toEqual([S_OK, 2, RPC_S_CALLPENDING, HResult.E_NOTIMPL, RPC_E_CALL_COMPLETE])
    expect(kept[0]?.testCancel()).toBe(RPC_E_CALL_COMPLETE)
    kept[0]?.release()
  })
})

it('disposing a thread cancels the running job and drops the queued ones', async () => {
  const { thread, object } = await server()
  const { call } = await begun(object, 60)
  const queued = object.call('Echo', [1])
  const both = Promise.all([hresultOf(call), hresultOf(queued)])
  await thread[Symbol.asyncDispose]()
  expect(await both).toEqual([RPC_E_CALL_CANCELED, RPC_E_DISCONNECTED])
})
