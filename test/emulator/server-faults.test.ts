// Faults of an emulated server: latency, hang, failure, death and busy periods, as clients see them.
import { type ComThreadOptions, HResult } from 'com-cancel'
import type { EmulatedCall, RemoteObject } from 'com-cancel/emulator'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  delay,
  eachInEmulatedTime,
  emulator,
  failure,
  hresultOf,
  type Log,
  now,
  PROG_ID,
  register,
  serve,
  startThread,
  timeout,
  until,
} from '../support/emulated-servers'

eachInEmulatedTime()

const { RPC_E_CALL_REJECTED, RPC_E_SERVERCALL_RETRYLATER, RPC_E_SERVER_DIED, RPC_E_CALL_CANCELED } = HResult

let log: Log
beforeEach(() => {
  log = []
})

const server = (changes?: Parameters<typeof register>[0], options?: ComThreadOptions) =>
  serve(log, changes, options)

describe.each(['local', 'inproc'] as const)('a server %s', kind => {
  it('latency: every call takes longer', async () => {
    const { registration, object } = await server({ server: kind })
    registration.latency = 40
    const since = now()
    expect(await object.call('Echo', [1])).toBe(1)
    expect(now() - since).toBeGreaterThanOrEqual(40)
    registration.latency = 0
  })

  it('fail: calls fail with a code, and are not executed', async () => {
    const { registration, object } = await server({ server: kind })
    registration.fail = HResult.E_ACCESSDENIED
    expect(await hresultOf(object.call('Echo', [1]))).toBe(HResult.E_ACCESSDENIED)
    expect(registration.counts.calls).toBe(0)
    registration.fail = null
    expect(await object.call('Echo', [1])).toBe(1)
  })

  it('hang: no call begins until it ends', async () => {
    const { registration, object } = await server({ server: kind })
    registration.hang = true
    const call = object.call('Echo', [1])
    await delay(20)
    expect(registration.counts.calls).toBe(0)
    registration.hang = false
    expect(await call).toBe(1)
  })
})

it('hang: a call that has begun gets no reply, and can be canceled', async () => {
  const { registration, object } = await server()
  const call = object.call('Block', [5, 'a'])
  await until(() => log.includes('begin a'))
  registration.hang = true
  let answered = false
  void call.then(() => {
    answered = true
  })
  await until(() => log.includes('end a'))
  await delay(10)
  expect(answered).toBe(false)
  const given = object.call('Echo', [1], { signal: timeout(20) })
  registration.hang = false
  expect(await call).toBe('a')
  expect(await given).toBe(1)
  registration.hang = true
  const since = now()
  const hopeless = object.call('Echo', [2], { signal: timeout(20) })
  await expect(hopeless).rejects.toMatchObject({ name: 'AbortError', abandoned: false })
  expect(now() - since).toBeLessThan(200)
  registration.hang = false
})

describe('a server that dies', () => {
  it('fails the calls under way with RPC_E_SERVER_DIED, later ones with RPC_S_SERVER_UNAVAILABLE; new objects get a new process', async () => {
    const { registration, thread, object } = await server()
    const call = object.call('Block', [30, 'a'])
    await until(() => log.includes('begin a'))
    registration.die()
    expect(await hresultOf(call)).toBe(RPC_E_SERVER_DIED)
    expect(await hresultOf(object.call('Echo', [1]))).toBe(HResult.RPC_S_SERVER_UNAVAILABLE)
    const fresh = await thread.createObject(PROG_ID)
    expect(await fresh.call('Echo', [1])).toBe(1)
    expect(registration.counts.starts).toBe(2)
  })

  it('executes nothing more, and leaves nothing alive of its methods', async () => {
    const { registration, object } = await server({
      methods: {
        async Hang(call: EmulatedCall) {
          for (;;) {
            await call.delay(1)
            log.push('runs')
          }
        },
      },
    })
    const call = object.call('Hang')
    await until(() => log.includes('runs'))
    registration.die()
    const { length } = log
    expect(await hresultOf(call)).toBe(RPC_E_SERVER_DIED)
    await delay(20)
    expect(log).toHaveLength(length)
  })

  it('in a method, with a callback under way, and references on objects of its clients', async () => {
    const { registration, object } = await server({
      threading: 'sta',
      methods: {
        Keep: (_call: EmulatedCall, given: RemoteObject) => {
          given.keep()
        },
        Die: () => registration.die(),
      },
    })
    await object.call('Keep', [() => 1])
    const handler = async () => {
      registration.die()
      await delay(5)
    }
    expect(await hresultOf(object.call('CallBack', [handler]))).toBe(RPC_E_SERVER_DIED)
    expect(await hresultOf(object.call('Die'))).toBe(HResult.RPC_S_SERVER_UNAVAILABLE)
    await delay(20)
  })

  it('ends when its last object is released', async () => {
    const { registration, thread, object } = await server()
    object[Symbol.dispose]()
    await until(() => registration.counts.objects === 0)
    await (await thread.createObject(PROG_ID)).call('Echo', [1])
    expect(registration.counts.starts).toBe(2)
  })

  it('only as a process of its own', async () => {
    expect(() => register({ server: 'inproc' }).die()).toThrow('in process')
  })
})

describe('a busy server', () => {
  it.each([
    ['sta', false],
    ['mta', false],
    ['sta', true],
    ['mta', true],
  ] as const)('is retried until it accepts the call: from %s, rejecting: %s', async (apartment, reject) => {
    const { registration, object } = await server({ threading: 'sta' }, { apartment })
    registration.busy(150, { reject })
    const since = now()
    expect(await object.call('Echo', [1])).toBe(1)
    expect(now() - since).toBeGreaterThanOrEqual(150)
    expect(registration.counts.calls).toBe(1)
  })

  it.each([
    ['sta', false],
    ['mta', false],
    ['sta', true],
    ['mta', true],
  ] as const)('M1 is activated once it accepts calls: from %s, rejecting: %s', async (apartment, reject) => {
    const registration = register({ threading: 'sta' })
    registration.busy(150, { reject })
    const thread = await startThread({ apartment })
    const since = now()
    const object = await thread.createObject(PROG_ID)
    expect(now() - since).toBeGreaterThanOrEqual(150)
    expect(registration.counts.objects).toBe(1)
    expect(await object.call('Echo', [1])).toBe(1)
  })

  it.each(['sta', 'mta'] as const)('M1 is not activated after busyRetry: from %s', async apartment => {
    const registration = register({ threading: 'sta' })
    const thread = await startThread({ apartment, busyRetry: 150 })
    using _ = registration.busy()
    const since = now()
    const code = apartment === 'sta' ? RPC_E_CALL_REJECTED : RPC_E_SERVERCALL_RETRYLATER
    expect(await hresultOf(thread.createObject(PROG_ID))).toBe(code)
    expect(now() - since).toBeGreaterThanOrEqual(150)
    expect(now() - since).toBeLessThan(300)
  })

  it.each(['sta', 'mta'] as const)(
    'M1 the wait for its activation can be canceled: from %s',
    async apartment => {
      const registration = register({ threading: 'sta' })
      const thread = await startThread({ apartment })
      using _ = registration.busy()
      const since = now()
      const activating = thread.createObject(PROG_ID, { signal: timeout(20) })
      await expect(activating).rejects.toMatchObject({ name: 'AbortError', abandoned: false })
      expect(now() - since).toBeLessThan(200)
      await delay(110)
      expect(registration.counts.objects).toBe(0)
    },
  )

  it.each(['sta', 'mta'] as const)('M1 VBA_E_IGNORE of a method is retried: from %s', async apartment => {
    let refusals = 3
    const { registration, object } = await server(
      {
        methods: {
          Edit() {
            if (refusals-- > 0) throw Object.assign(new Error('editing'), { hresult: HResult.VBA_E_IGNORE })
            return 'done'
          },
        },
      },
      { apartment },
    )
    const since = now()
    expect(await object.call('Edit')).toBe('done')
    expect(now() - since).toBeGreaterThanOrEqual(300)
    expect(registration.counts.calls).toBe(4)
    refusals = Number.POSITIVE_INFINITY
    const error = await failure(object.call('Edit'))
    expect(error).toMatchObject({ code: 'VBA_E_IGNORE' })
    expect(now() - since).toBeGreaterThanOrEqual(10_000)
    expect(error.message).toContain('0x800AC472')
  })

  it('is not retried after busyRetry', async () => {
    const { registration, object } = await server({ threading: 'sta' }, { apartment: 'sta', busyRetry: 150 })
    const busy = registration.busy()
    const since = now()
    expect(await hresultOf(object.call('Echo', [1]))).toBe(RPC_E_CALL_REJECTED)
    expect(now() - since).toBeGreaterThanOrEqual(150)
    busy[Symbol.dispose]()
    expect(await object.call('Echo', [1])).toBe(1)
  })

  it.each([
    ['sta', true],
    ['sta', false],
    ['mta', true],
    ['mta', false],
  ] as const)(
    'M1 the wait for it can be canceled: from %s, cancellation enabled: %s',
    async (apartment, callCancellation) => {
      const options = { apartment, callCancellation }
      const { registration, object } = await server({ threading: 'sta' }, options)
      const busy = registration.busy()
      const since = now()
      const call = object.call('Echo', [1], { signal: timeout(20) })
      await expect(call).rejects.toMatchObject({ name: 'AbortError' })
      expect(now() - since).toBeLessThan(200)
      busy[Symbol.dispose]()
      await delay(110)
    },
  )

  it('rejects calls of the multithreaded apartment without a message filter', async () => {
    const { registration, object } = await server({ threading: 'sta' }, { busyRetry: 0 })
    using _ = registration.busy()
    expect(await hresultOf(object.call('Echo', [1]))).toBe(RPC_E_SERVERCALL_RETRYLATER)
    using _again = registration.busy(undefined, { reject: true })
    expect(await hresultOf(object.call('Echo', [1]))).toBe(RPC_E_CALL_REJECTED)
  })

  it('accepts calls of a handler of its own events, directly and from a thread that the handler waits for', async () => {
    const { registration, thread, object } = await server({
      threading: 'sta',
      methods: {
        Ask: async (_call: EmulatedCall, callback: RemoteObject) => {
          using _ = registration.busy()
          return await callback.call(0)
        },
      },
    })
    using callback = thread.implement(async () => [
      await object.call('Echo', [1]),
      await object.call('Echo', [2]),
    ])
    expect(await object.call('Ask', [callback])).toEqual([1, 2])
    expect(registration.counts.calls).toBe(3)
  })

  it('rejects other calls while a call of its own is under way', async () => {
    const { registration, thread, object } = await server({ threading: 'sta' }, { busyRetry: 0 })
    const other = await (await startThread({ busyRetry: 0 })).createObject(PROG_ID)
    let code: number | undefined
    using callback = thread.implement(async () => {
      using _ = registration.busy()
      code = await hresultOf(other.call('Echo', [1]))
    })
    await object.call('CallBack', [callback])
    expect(code).toBe(RPC_E_SERVERCALL_RETRYLATER)
  })

  it('is no longer busy after busy(0); an earlier period that is disposed does not end a later one', async () => {
    const { registration, object } = await server({ threading: 'sta' }, { busyRetry: 0 })
    const first = registration.busy(10_000)
    registration.busy(0)
    expect(await object.call('Echo', [1])).toBe(1)
    using _ = registration.busy()
    first[Symbol.dispose]()
    expect(await hresultOf(object.call('Echo', [1]))).toBe(RPC_E_SERVERCALL_RETRYLATER)
  })

  it('has valid options', () => {
    const registration = register({ threading: 'sta' })
    expect(() => registration.busy(-1)).toThrow(RangeError)
    expect(() => registration.busy(1, { rejekt: true } as never)).toThrow('reject')
    expect(() => registration.busy(1, { reject: 1 } as never)).toThrow(TypeError)
  })

  it('is single-threaded', () => {
    expect(() => register().busy()).toThrow("threading: 'sta'")
  })
})

describe('message filters', () => {
  const blocked = async (callCancellation: boolean) => {
    const { thread, object } = await server({}, { apartment: 'sta', callCancellation })
    const call = object.call('Block', [60, 'a'])
    call.catch(() => {})
    await until(() => log.includes('begin a'))
    return { thread, call }
  }

  it('M1 a message during a call: the filter is called once, and may cancel it; the message stays in the queue', async () => {
    const { thread, call } = await blocked(false)
    const elapsed: number[] = []
    const answers = ['wait', 'cancel'] as const
    const filter = {
      messagePending: (ms: number) => answers[elapsed.push(ms) - 1] ?? 'wait',
    }
    using _ = emulator().registerMessageFilter(thread, filter)
    expect(emulator().postMessage(thread)).toBe(1)
    expect(elapsed.length).toBe(1)
    await delay(5)
    expect(emulator().binding.diagnostics().jobs).toBe(1)
    const since = now()
    emulator().postMessage(thread)
    expect(await hresultOf(call)).toBe(RPC_E_CALL_CANCELED)
    expect(now() - since).toBeLessThan(30)
    expect(elapsed.length).toBe(2)
    expect(emulator().postMessage(thread)).toBe(0)
    expect(elapsed.length).toBe(2)
    await until(() => log.includes('end a'))
  })

  it("M1 the library's own filter cancels the calls of canceled jobs, and no others", async () => {
    const { thread, object } = await server({}, { apartment: 'sta', callCancellation: false, grace: 1000 })
    const controller = new AbortController()
    const call = object.call('Block', [60, 'a'], { signal: controller.signal })
    const ended = hresultOf(call)
    await until(() => log.includes('begin a'))
    emulator().postMessage(thread)
    controller.abort()
    await delay(5)
    expect(emulator().postMessage(thread)).toBe(0) // the call is over, and the thread in its loop
    expect(await ended).toBe(RPC_E_CALL_CANCELED)
    await until(() => log.includes('end a'))
  })

  it('are for living ComThreads of single-threaded apartments', async () => {
    const thread = await startThread()
    expect(() => emulator().postMessage(thread)).toThrow(RangeError)
    expect(() => emulator().registerMessageFilter({ id: 4711 }, {})).toThrow(RangeError)
    expect(() => emulator().postMessage(null as never)).toThrow(TypeError)
  })
})

it('faults refuse invalid values', () => {
  const registration = register()
  for (const bad of [{ latency: -1 }, { hang: 1 }, { fail: 0 }, { neverStarts: 'no' }, { running: 1 }])
    expect(() => Object.assign(registration, bad), JSON.stringify(bad)).toThrow(/must be/)
})

describe('a server whose calls cannot be canceled', () => {
  it('W4 its call is abandoned after the grace period, although another process serves it', async () => {
    const { registration, thread, object } = await server({}, { grace: 50 })
    registration.cancelable = false
    const call = object.call('Poll', [400], { signal: timeout(10) })
    await until(() => registration.counts.calls === 1)
    expect(emulator().binding.coCancelCall(thread.id, 0)).toBe(HResult.E_NOINTERFACE)
    await expect(call).rejects.toMatchObject({ name: 'AbortError', abandoned: true })
    expect(thread.state).toBe('abandoned')
    await until(() => thread.state === 'idle')
    expect(log).toEqual([]) // the server did not see the cancel
    expect(registration.counts).toMatchObject({ canceled: 0, finished: 1 })
    registration.cancelable = true
    await expect(object.call('Poll', [400], { signal: timeout(10) })).rejects.toMatchObject({
      abandoned: false,
    })
  })
})

it('an activation of a server that never starts fails with CO_E_SERVER_EXEC_FAILURE after two minutes', async () => {
  const registration = register()
  registration.neverStarts = true
  const thread = await startThread()
  const since = now()
  expect(await hresultOf(thread.createObject(PROG_ID))).toBe(HResult.CO_E_SERVER_EXEC_FAILURE)
  expect(now() - since).toBe(120_000)
  const late = thread.createObject(PROG_ID)
  await delay(119_000)
  registration.neverStarts = false
  expect(await (await late).call('Echo', [1])).toBe(1)
})
