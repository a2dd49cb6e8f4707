// Apartments: calls one after the other or side by side, callbacks while the caller is blocked, objects that go from thread to thread.
import { type ComObject, functionsOf, HResult, IID_ICancelMethodCalls } from 'com-cancel'
import type { EmulatedCall, RemoteObject } from 'com-cancel/emulator'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  delay,
  eachInEmulatedTime,
  emulator,
  hresultOf,
  type Log,
  PROG_ID,
  register,
  startThread,
  timeout,
  until,
} from '../support/emulated-servers'

eachInEmulatedTime()

let log: Log
beforeEach(() => {
  log = []
})

const idOf = (object: ComObject) => object.call<number>('ThreadId')
const methods = {
  ThreadId: (call: EmulatedCall) => call.threadId,
  Caller: (call: EmulatedCall) => call.caller,
}

describe('threads of servers', () => {
  it('a single-threaded one executes its calls one after the other, on one thread', async () => {
    register({ threading: 'sta', methods }, log)
    const threads = [await startThread(), await startThread(), await startThread({ apartment: 'sta' })]
    const objects = await Promise.all(threads.map(thread => thread.createObject(PROG_ID)))
    await Promise.all(objects.map((object, i) => object.call('Block', [5, String(i)])))
    expect(log.map(entry => entry.split(' ')[0])).toEqual(['begin', 'end', 'begin', 'end', 'begin', 'end'])
    const ids = await Promise.all(objects.map(idOf))
    expect(new Set(ids).size).toBe(1)
    expect(threads.map(({ id }) => id)).not.toContain(ids[0])
    expect(await Promise.all(objects.map(object => object.call('Caller')))).toEqual(
      threads.map(({ id }) => id),
    )
  })

  it('a multithreaded one carries them out side by side, each on a thread', async () => {
    register({ threading: 'mta' }, log)
    const threads = [await startThread(), await startThread()]
    const objects = await Promise.all(threads.map(thread => thread.createObject(PROG_ID)))
    await Promise.all(objects.map((object, i) => object.call('Block', [10, String(i)])))
    expect(log.slice(0, 2).toSorted()).toEqual(['begin 0', 'begin 1'])
  })

  it('a multithreaded one ends most of its threads when their calls are over', async () => {
    const Stay = async (call: EmulatedCall) => {
      await call.delay(20)
      return call.threadId
    }
    register({ threading: 'mta', methods: { Stay } }, log)
    const threads = await Promise.all(Array.from({ length: 40 }, () => startThread()))
    const objects = await Promise.all(threads.map(thread => thread.createObject(PROG_ID)))
    const busyThreads = async () => new Set(await Promise.all(objects.map(object => object.call('Stay'))))
    const first = await busyThreads()
    const second = await busyThreads()
    expect(first.size).toBe(40)
    expect(second.size).toBe(40)
    expect([...first].filter(id => second.has(id)).length).toBe(8)
  })

  it('in process: where an object lives follows its threading and who made it', async () => {
    const where = async (threading: 'sta' | 'mta' | 'both', apartment: 'sta' | 'mta') => {
      const registration = register({ server: 'inproc', threading, methods })
      const thread = await startThread({ apartment })
      const object = await thread.createObject(PROG_ID)
      const own = (await idOf(object)) === thread.id
      registration[Symbol.dispose]()
      return own
    }
    for (const apartment of ['sta', 'mta'] as const) {
      expect(await where('both', apartment)).toBe(true)
      expect(await where('sta', apartment)).toBe(apartment === 'sta')
      expect(await where('mta', apartment)).toBe(apartment === 'mta')
    }
  })
})

describe.each([
  ['mta', 'mta'],
  ['mta', 'sta'],
  ['sta', 'mta'],
  ['sta', 'sta'],
] as const)('callbacks: client %s, server %s', (apartment, threading) => {
  const both = async () => {
    const registration = register({ threading, methods }, log)
    const thread = await startThread({ apartment })
    return { registration, thread, object: await thread.createObject(PROG_ID) }
  }

  it('reach JavaScript while the caller is blocked, on a thread of its apartment', async () => {
    const { thread, object } = await both()
    let threadId = 0
    const handler = (call: { threadId: number }, value: unknown) => {
      threadId = call.threadId
      return `got ${value}`
    }
    expect(await object.call('CallBack', [handler, 'x'])).toBe('got x')
    expect(threadId === thread.id).toBe(apartment === 'sta')
  })

  it('O3 O6 a handler may use the blocked thread; the innermost call is the one that is canceled', async () => {
    const { thread, object } = await both()
    const inner: unknown[] = []
    const handler = async () => {
      const controller = new AbortController()
      const call = object.call('Block', [300, 'inner'], { signal: controller.signal })
      call.catch(() => {})
      await until(() => log.includes('begin inner'))
      controller.abort()
      inner.push(await call.catch((error: Error) => error.name))
      inner.push(await object.call('Echo', ['after']))
      return 'outer'
    }
    expect(await object.call('CallBack', [handler])).toBe('outer')
    expect(inner).toEqual(['AbortError', 'after'])
    expect(emulator().binding.coGetCancelObject(thread.id, IID_ICancelMethodCalls).object).toBeNull()
  })

  it('S7 nested calls have contexts of their own, and the server takes calls while it waits', async () => {
    const { raw } = functionsOf(emulator().binding)
    const seen: unknown[] = []
    register({
      progId: 'Other.Server',
      threading,
      methods: {
        async Outer(_call: EmulatedCall, handler: RemoteObject) {
          seen.push(raw.coTestCancel())
          await handler.call(0)
          seen.push(raw.coTestCancel())
        },
        Inner: () => {
          seen.push(raw.coTestCancel())
        },
      },
    })
    const { thread } = await both()
    const object = await thread.createObject('Other.Server')
    await object.call('Outer', [async () => object.call('Inner')])
    expect(seen).toEqual(Array(3).fill(HResult.RPC_S_CALLPENDING))
  })

  it('a handler that fails is an error of the call it interrupts, one that is gone as well', async () => {
    const { object } = await both()
    const handler = () => {
      throw new Error('not now')
    }
    await expect(object.call('CallBack', [handler])).rejects.toMatchObject({ description: 'not now' })
  })

  it('S2 a handler hears that its caller was canceled', async () => {
    const { thread, object } = await both()
    const heard: unknown[] = []
    const { raw } = functionsOf(emulator().binding)
    register({
      progId: 'Other.Server',
      threading,
      methods: {
        async Ring(_call: EmulatedCall, handler: RemoteObject) {
          raw.coEnableCallCancellation()
          const ringing = handler.call(0)
          await until(() => heard.length === 1)
          heard.push(raw.coCancelCall(_call.threadId))
          return ringing.catch((error: { hresult: number }) => error.hresult)
        },
      },
    })
    const other = await thread.createObject('Other.Server')
    const handler = (call: { signal: AbortSignal; testCancel(): boolean }) =>
      new Promise<void>(resolve => {
        heard.push(call.testCancel())
        call.signal.addEventListener('abort', () => {
          heard.push(call.testCancel())
          resolve()
        })
      })
    expect(await other.call('Ring', [handler])).toBe(HResult.RPC_E_CALL_CANCELED)
    await until(() => heard.length === 3)
    expect(heard).toEqual([false, HResult.S_OK, true])
    expect(await object.call('Echo', [1])).toBe(1)
  })

  it('C7 a blocked thread that runs a callback returns once that has replied', async () => {
    const { thread, object } = await both()
    let reply: () => void = () => {}
    const handler = () =>
      new Promise<void>(resolve => {
        reply = () => resolve()
        log.push('in handler')
      })
    const call = object.call('CallBack', [handler])
    let over = false
    const ended = hresultOf(call).then(hresult => {
      over = true
      return hresult
    })
    await until(() => log.includes('in handler'))
    expect(emulator().binding.coCancelCall(thread.id, 0)).toBe(HResult.S_OK)
    await delay(20)
    expect(over).toBe(apartment === 'mta')
    reply()
    expect(await ended).toBe(HResult.RPC_E_CALL_CANCELED)
  })
})

describe('objects of other threads', () => {
  it('are marshaled when they are passed, and then called on their own thread', async () => {
    register({ threading: 'mta', methods })
    register({ progId: 'In.Process', server: 'inproc', methods })
    const [here, there] = [await startThread({ apartment: 'sta' }), await startThread({ apartment: 'sta' })]
    const server = await here.createObject(PROG_ID)
    const local = await there.createObject('In.Process')
    expect(await server.call('CallBack', [there.implement((_call, value) => value), 5])).toBe(5)
    const adopted = (await server.call('Echo', [local])) as ComObject
    expect(await idOf(adopted)).toBe(there.id)
  })

  it('stay what they are inside the multithreaded apartment', async () => {
    register({ server: 'inproc', threading: 'mta', methods: { ...methods, Pass: (_call, value) => value } })
    const [here, there] = [await startThread(), await startThread()]
    const [mine, theirs] = [await here.createObject(PROG_ID), await there.createObject(PROG_ID)]
    const adopted = (await mine.call('Pass', [theirs])) as ComObject
    expect(await idOf(adopted)).toBe(here.id)
  })

  it('can be adopted both ways at once, and wait for a thread that is busy', async () => {
    register({ server: 'inproc', threading: 'sta', methods }, log)
    const [a, b] = [await startThread({ apartment: 'sta' }), await startThread({ apartment: 'sta' })]
    const [ofA, ofB] = [await a.createObject(PROG_ID), await b.createObject(PROG_ID)]
    const passed = await Promise.all([ofA.call('Echo', [ofB]), ofB.call('Echo', [ofA])])
    expect(await Promise.all(passed.map(each => idOf(each as ComObject)))).toEqual([b.id, a.id])
    const busy = ofB.call('Block', [40, 'busy'])
    await until(() => log.includes('begin busy'))
    expect(await ofA.call('Echo', [ofB])).toBeTruthy()
    expect(log).toContain('end busy')
    await busy
  })

  it('are canceled while they wait to be adopted', async () => {
    register({ server: 'inproc', threading: 'sta' }, log)
    const [a, b] = [await startThread({ apartment: 'sta' }), await startThread({ apartment: 'sta' })]
    const [ofA, ofB] = [await a.createObject(PROG_ID), await b.createObject(PROG_ID)]
    const busy = ofB.call('Block', [100, 'busy'])
    await until(() => log.includes('begin busy'))
    const call = ofA.call('Echo', [ofB], { signal: timeout(10) })
    await expect(call).rejects.toMatchObject({ name: 'AbortError', abandoned: false })
    expect(log).not.toContain('end busy')
    await busy
  })

  it('are not used on another thread without', async () => {
    register({ server: 'inproc', threading: 'sta' })
    const { binding } = emulator()
    const start = (): Promise<ReturnType<typeof binding.startThread>> =>
      new Promise(resolve => {
        const options = { apartment: 'sta', callCancellation: true, busyRetry: 0, grace: 100 } as const
        const thread = binding.startThread(options, () => resolve(thread))
      })
    const [a, b] = [await start(), await start()]
    const activation = { kind: 'create', name: PROG_ID, context: 1, server: null } as const
    const created = await new Promise<Parameters<Parameters<typeof a.activate>[1]>[0]>(resolve =>
      a.activate(activation, resolve),
    )
    const pointer = created.value?.type === 'dispatch' ? created.value.value : null
    const invocation = { member: 'Echo', kind: 'call', args: [], named: [] } as const
    const invoke = (object: unknown, args: unknown[] = []) =>
      new Promise(resolve =>
        b.ask(object as never, { ...invocation, args: args as never, named: [] }, ({ hresult, argument }) =>
          resolve([hresult, argument]),
        ),
      )
    expect(await invoke(pointer)).toEqual([HResult.RPC_E_WRONG_THREAD, -1])
    const own = b.implement({ members: {}, iid: null, invoke: () => {}, canceled: () => {} })
    expect(
      await invoke(own, [
        { type: 'i4', value: 1 },
        { type: 'dispatch', value: pointer },
      ]),
    ).toEqual([HResult.RPC_E_WRONG_THREAD, 1])
    expect(await invoke(own, [])).toEqual([HResult.DISP_E_UNKNOWNNAME, -1])
    own.release()
    expect(own.held).toBe(false)
    expect(await invoke(own)).toEqual([HResult.RPC_E_DISCONNECTED, -1])
    expect(binding.diagnostics()).toMatchObject({ pointers: 1, objects: 1, threads: 2 })
    for (const thread of [a, b]) await new Promise<void>(resolve => thread.close(resolve))
  })
})

it('an implementation whose thread has ended is disconnected', async () => {
  register({
    methods: {
      Keep(this: { kept?: RemoteObject }, _call: EmulatedCall, object: RemoteObject) {
        this.kept = object.keep()
      },
      Use(this: { kept?: RemoteObject }) {
        return this.kept?.call(0)
      },
    } as never,
  })
  for (const apartment of ['sta', 'mta'] as const) {
    const [client, other] = [await startThread(), await startThread({ apartment })]
    const object = await client.createObject(PROG_ID)
    await object.call('Keep', [other.implement(() => 1)])
    expect(await object.call('Use')).toBe(1)
    await other[Symbol.asyncDispose]()
    expect(await hresultOf(object.call('Use'))).toBe(HResult.RPC_E_DISCONNECTED)
  }
})

describe('a single-threaded apartment that begins to wait takes up what came before', () => {
  it('a server, in a callback of its own', async () => {
    register({ threading: 'sta' }, log)
    const [a, b] = [await startThread(), await startThread()]
    const [ofA, ofB] = [await a.createObject(PROG_ID), await b.createObject(PROG_ID)]
    // Neither reply can be had before the server has taken up the other call.
    const calls = [
      ofA.call('CallBack', [async () => ofB.call('Echo', ['b'])]),
      ofB.call('CallBack', [async () => ofA.call('Echo', ['a'])]),
    ]
    expect(await Promise.all(calls)).toEqual(['b', 'a'])
  })

  it('a client, in a handler', async () => {
    const CallBoth = (_call: EmulatedCall, a: RemoteObject, b: RemoteObject) =>
      Promise.all([a.call(0), b.call(0)])
    register({ threading: 'mta', methods: { CallBoth } as never })
    const thread = await startThread({ apartment: 'sta' })
    const object = await thread.createObject(PROG_ID)
    let second: (value: string) => void = () => {}
    const waiting = new Promise<string>(resolve => {
      second = resolve
    })
    const handlers = [() => waiting, () => second('called by the other')]
    expect(await object.call('CallBoth', handlers)).toEqual(['called by the other', undefined])
  })
})
