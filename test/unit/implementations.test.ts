// Objects that JavaScript implements, callbacks and events, against a binding without COM.
import {
  type ComArgument,
  ComError,
  ComImplementation,
  ComObject,
  defaultMember,
  type Handler,
  type Handlers,
  HResult,
  type ServerCall,
} from 'com-cancel'
import { describe, expect, it } from 'vitest'
import type { Implementation, IncomingCall, Variant } from '../../binding'
import {
  type FakeBinding,
  type FakePointer,
  type FakeThread,
  outcome,
  rejection,
  startFake,
  startWithObject,
  thrown,
  turn,
} from '../support/fake-binding'

const bad = <T>(value: unknown): T => value as T
const i4 = (value: number): Variant => ({ type: 'i4', value })

let lastKey = 0

/** An incoming call. */
const incoming = (implementation: Implementation, parts: Partial<IncomingCall>): number => {
  const key = ++lastKey
  implementation.invoke({ key, dispid: 0, kind: 'call', args: [], threadId: 99, ...parts })
  return key
}

const last = (fake: FakeThread): Implementation => {
  const found = [...fake.implementations.values()].at(-1)
  if (!found) throw new Error('nothing was implemented')
  return found
}

/** Waits for the reply to a call. */
const reply = async (binding: FakeBinding, implementation: Implementation, parts: Partial<IncomingCall>) => {
  const key = incoming(implementation, parts)
  for (let i = 0; i < 20 && !binding.replies.has(key); i++) await turn()
  return binding.replies.get(key)
}

const implementing = async (handlers: Handlers) => {
  const started = await startWithObject()
  const implemented = started.thread.implement(handlers)
  return { ...started, implemented, implementation: last(started.fake) }
}

describe('members', () => {
  it('accept as a new value only what a call accepts', () => {
    const handler: Handler = call => {
      // @ts-expect-error a plain object is no argument
      call.setArgument(0, { plain: true })
    }
    expect(handler).toBeTypeOf('function')
  })

  it('are called by DISPID', async () => {
    const seen: unknown[] = []
    const { binding, implementation } = await implementing({
      first(call: ServerCall, ...args: unknown[]) {
        seen.push(call.kind, call.threadId, call.dispid, ...args)
        return 'result'
      },
      Second: async () => [1, 2],
      [defaultMember]: () => 'default',
      '-5': () => 'five',
      both: { get: () => 7, set: (_: ServerCall, ...args: unknown[]) => void seen.push(args) },
    })
    const { members } = implementation
    expect({ ...members }).toEqual({ first: 1, second: 2, both: 3 })
    expect(
      await reply(binding, implementation, { dispid: 1, args: [i4(5), { type: 'missing' }] }),
    ).toStrictEqual({
      hresult: HResult.S_OK,
      outs: [],
      value: { type: 'bstr', value: 'result' },
    })
    expect(seen.splice(0)).toEqual(['call', 99, 1, 5, undefined])
    expect(await reply(binding, implementation, { dispid: 2, kind: 'get' })).toMatchObject({
      value: { type: 'array', elements: [i4(1), i4(2)] },
    })
    expect(await reply(binding, implementation, {})).toMatchObject({ value: { value: 'default' } })
    expect(await reply(binding, implementation, { dispid: -5 })).toMatchObject({ value: { value: 'five' } })
    expect(await reply(binding, implementation, { dispid: 3, kind: 'get' })).toMatchObject({ value: i4(7) })
    expect(
      await reply(binding, implementation, { dispid: 3, kind: 'set', args: [i4(1), i4(2)] }),
    ).toStrictEqual({
      hresult: HResult.S_OK,
      outs: [],
    })
    expect(seen).toEqual([[1, 2]])
  })

  it('that are not there are an error', async () => {
    const { binding, implementation, fake } = await implementing({ method: () => 1 })
    const missing = { hresult: HResult.DISP_E_MEMBERNOTFOUND }
    expect(await reply(binding, implementation, { dispid: 9, args: [fake.dispatch('argument')] })).toEqual(
      missing,
    )
    expect(await reply(binding, implementation, { dispid: 1, kind: 'set', args: [i4(1)] })).toEqual(missing)
    expect(fake.held).toEqual(['created', 'implemented'])
  })

  it('of a class', async () => {
    class Base {
      inherited(): string {
        return 'inherited'
      }
      overridden(): string {
        return 'base'
      }
    }
    class Derived extends Base {
      readonly state = 5
      override overridden(): string {
        return `derived ${this.state}`
      }
    }
    const { binding, implementation } = await implementing(new Derived())
    expect(Object.keys(implementation.members).sort()).toEqual(['inherited', 'overridden'])
    const of = (name: string) => reply(binding, implementation, { dispid: implementation.members[name] ?? 0 })
    expect(await of('inherited')).toMatchObject({ value: { value: 'inherited' } })
    expect(await of('overridden')).toMatchObject({ value: { value: 'derived 5' } })
  })

  it.each<[string, unknown, string]>([
    ['a number', 5, 'ComThread.implement: handlers must be an object with methods, got 5'],
    ['null', null, 'ComThread.implement: handlers must be an object with methods, got null'],
    [
      'an array',
      [],
      'ComThread.implement: handlers must be an object with methods, got an object of class Array',
    ],
    ['a value', { a: 5 }, 'ComThread.implement: handlers.a must be a function or { get, set }, got 5'],
    [
      'a property without handlers',
      { a: {} },
      'ComThread.implement: handlers.a must be a function or { get, set }, got an object of class Object',
    ],
    [
      'names that differ in case',
      { a() {}, A() {} },
      'ComThread.implement: handlers.A differs from another member in case only, which COM ignores',
    ],
  ])('%s is refused', async (_, handlers, message) => {
    const { thread, fake } = await startFake()
    expect(thrown(() => thread.implement(bad(handlers)))).toStrictEqual(new TypeError(message))
    expect(thrown(() => thread.implement({}, { iid: 'x' }))).toBeInstanceOf(RangeError)
    expect(fake.implementations.size).toBe(0)
  })
})

const ofCom = {
  IMarshal: '00000003-0000-0000-c000-000000000046',
  IExternalConnection: '00000019-0000-0000-c000-000000000046',
  ICallFactory: '1c733a30-2a1c-11ce-ade5-00aa0044773d',
  IRpcOptions: '00000144-0000-0000-c000-000000000046',
  IAgileObject: '94ea2b94-e9cc-49e0-c0ff-ee64ca8f5b90',
  INoMarshal: 'ecc8691b-c1db-4dc0-855e-65f6c551af49',
  IProvideClassInfo: 'b196b283-bab4-101a-b69c-00aa00341d07',
  IConnectionPoint: 'b196b286-bab4-101a-b69c-00aa00341d07',
  IEnumVARIANT: '00020404-0000-0000-c000-000000000046',
}

describe('interfaces', () => {
  it.each(Object.entries(ofCom))('of COM itself are refused: %s', async (_, iid) => {
    const { thread, object, fake } = await startWithObject()
    const message = `iid must be the id of a dispinterface; ${iid} is an interface of COM itself, which is called by vtable`
    expect(thrown(() => thread.implement({}, { iid }))).toStrictEqual(
      new RangeError(`ComThread.implement: ${message}`),
    )
    expect(await rejection(object.connect({}, { iid }))).toStrictEqual(
      new RangeError(`ComObject.connect: ${message}`),
    )
    fake.events = { iid, members: {} }
    const found = await rejection(object.connect({}))
    expect(found).toMatchObject({ code: 'CONNECT_E_CANNOTCONNECT', message: expect.stringContaining(iid) })
    expect(fake.implementations.size).toBe(0)
  })

  it.each([
    ['IDispatch', '00020400-0000-0000-c000-000000000046'],
    ["Excel's events", '00024413-0000-0000-c000-000000000046'],
    ["Outlook's events", '0006304e-0000-0000-c000-000000000046'],
  ])('for late-bound calls are accepted: %s', async (_, iid) => {
    const { thread, fake } = await startFake()
    using _object = thread.implement({}, { iid })
    expect(last(fake).iid).toBe(iid)
  })

  it('that the system does not know as dispinterfaces are refused', async () => {
    const { thread, fake, binding } = await startFake()
    const iid = '11111111-89ab-4def-8123-456789abcdef'
    for (const [code, why] of [
      ['TYPE_E_WRONGTYPEKIND', 'by vtable'],
      ['REGDB_E_IIDNOTREG', 'nothing says how'],
    ] as const) {
      binding.dispinterface = HResult[code]
      expect(thrown(() => thread.implement({}, { iid }))).toMatchObject({
        code,
        function: 'ComThread.implement',
        message: expect.stringContaining(why),
      })
    }
    expect(fake.implementations.size).toBe(0)
  })
})

describe('errors of handlers', () => {
  it.each<[string, () => unknown, object]>([
    [
      'an Error',
      () => {
        throw new RangeError('too much')
      },
      {
        hresult: HResult.DISP_E_EXCEPTION,
        exception: { source: 'JavaScript', description: 'too much', helpFile: '', helpContext: 0 },
      },
    ],
    [
      'a rejection',
      () => Promise.reject(new Error('later')),
      { hresult: HResult.DISP_E_EXCEPTION, exception: { description: 'later' } },
    ],
    [
      'no Error',
      () => {
        throw 'text'
      },
      { hresult: HResult.DISP_E_EXCEPTION, exception: { description: 'the string "text"' } },
    ],
    [
      'a ComError',
      () => {
        throw new ComError(HResult.E_INVALIDARG, 'method', 'no good', { source: 'Me', description: 'really' })
      },
      { hresult: HResult.E_INVALIDARG, exception: { source: 'Me', description: 'really' } },
    ],
    ['an AbortError', () => AbortSignal.abort().throwIfAborted(), { hresult: HResult.RPC_E_CALL_CANCELED }],
    [
      'a result that can not be passed',
      () => new Map(),
      {
        hresult: HResult.DISP_E_EXCEPTION,
        exception: { description: expect.stringMatching(/^the handler of method: the result must be/) },
      },
    ],
  ])('%s', async (_, method, expected) => {
    const { binding, implementation } = await implementing({ method })
    expect(await reply(binding, implementation, { dispid: 1 })).toMatchObject(expected)
  })
})

describe('ServerCall', () => {
  it('S2 reports that its caller canceled', async () => {
    const states: unknown[] = []
    let kept: ServerCall | undefined
    const { binding, implementation } = await implementing({
      method: (call: ServerCall) => {
        kept = call
        states.push(call.testCancel(), call.signal.aborted)
        return new Promise((_, reject) => {
          call.signal.addEventListener('abort', () => {
            states.push(call.testCancel(), call.signal.aborted)
            reject(call.signal.reason)
          })
        })
      },
    })
    const key = incoming(implementation, { dispid: 1 })
    await turn()
    expect(binding.replies.has(key)).toBe(false)
    binding.canceled.add(key)
    implementation.canceled(key)
    await turn()
    expect(states).toEqual([false, false, true, true])
    expect(binding.replies.get(key)).toEqual({ hresult: HResult.RPC_E_CALL_CANCELED })
    expect(thrown(() => kept?.testCancel())).toMatchObject({ code: 'RPC_E_CALL_COMPLETE' })
  })

  it('S2 has a signal that is aborted also when it is read later', async () => {
    let kept: ServerCall | undefined
    const { implementation } = await implementing({
      method: (call: ServerCall) => new Promise(() => (kept = call)),
    })
    implementation.canceled(incoming(implementation, { dispid: 1 }))
    expect(kept?.signal.aborted).toBe(true)
    expect(kept?.signal.reason).toMatchObject({ name: 'AbortError' })
    implementation.canceled(12345)
  })

  it('sets arguments that are passed by reference', async () => {
    const errors: unknown[] = []
    const { binding, implementation, fake } = await implementing({
      method: (call: ServerCall) => {
        call.setArgument(0, true)
        call.setArgument(0, false)
        call.setArgument(2, [1, 2])
        errors.push(thrown(() => call.setArgument(1, 5)))
        errors.push(thrown(() => call.setArgument(3, 5)))
        errors.push(thrown(() => call.setArgument(0, bad<ComArgument>({}))))
      },
    })
    const args: Variant[] = [
      { type: 'bool', value: true, byRef: true },
      i4(1),
      { type: 'array', element: 'i2', dimensions: [{ length: 0, lower: 0 }], elements: [], byRef: true },
    ]
    expect(await reply(binding, implementation, { dispid: 1, args })).toMatchObject({
      outs: [
        { position: 0, value: { type: 'bool', value: false } },
        { position: 2, value: { type: 'array', element: 'i2', elements: Int16Array.of(1, 2) } },
      ],
      value: { type: 'empty' },
    })
    expect(errors.map(String)).toEqual([
      'RangeError: ServerCall.setArgument: argument 1 is passed by value',
      'RangeError: ServerCall.setArgument: the call has no argument 3',
      expect.stringContaining('TypeError: the handler of method: the value of argument 0 must be'),
    ])
    expect(fake.held).toEqual(['created', 'implemented'])
  })
})

describe('objects in incoming calls', () => {
  it('are ComObjects of the home thread, and go back as they came', async () => {
    const seen: ComObject[] = []
    const { binding, implementation, fake, thread } = await implementing({
      method: (_: ServerCall, object: ComObject) => {
        seen.push(object)
        return object
      },
    })
    const argument = fake.dispatch('argument')
    expect(await reply(binding, implementation, { dispid: 1, args: [argument] })).toMatchObject({
      value: argument,
    })
    expect(seen[0]).toBeInstanceOf(ComObject)
    expect(seen[0]?.thread).toBe(thread)
    seen[0]?.[Symbol.dispose]()
    expect(fake.held).toEqual(['created', 'implemented'])
  })

  it('of another thread are marshaled before the reply', async () => {
    const other = await startWithObject()
    const binding = other.binding
    const home = await startFake({}, binding)
    home.thread.implement({ method: () => other.object })
    expect(await reply(binding, last(home.fake), { dispid: 1 })).toMatchObject({
      value: { type: 'dispatch', value: { name: 'created adopted' } },
    })
    expect(home.fake.held).toEqual(['implemented'])
  })
})

describe('as arguments', () => {
  it('what implement made', async () => {
    const { object, fake, implemented, thread } = await implementing({ method() {} })
    expect(implemented).toBeInstanceOf(ComImplementation)
    expect(implemented.thread).toBe(thread)
    await object.call('Take', [implemented])
    expect(fake.invocations[0]?.args[0]).toMatchObject({ type: 'dispatch', value: { name: 'implemented' } })
    expect(fake.held).toEqual(['created', 'implemented'])
    implemented[Symbol.dispose]()
    implemented[Symbol.dispose]()
    expect(fake.held).toEqual(['created'])
    expect(await rejection(object.call('Take', [implemented]))).toMatchObject({ code: 'RPC_E_DISCONNECTED' })
  })

  it('functions, for as long as the call and COM need them', async () => {
    const { object, fake, binding } = await startWithObject()
    const seen: unknown[] = []
    let held: boolean | undefined
    fake.server = invocation => {
      const [argument] = invocation.args
      held = argument?.type === 'dispatch' && (argument.value as FakePointer).held
      return outcome()
    }
    await object.call('Each', [(_: ServerCall, n: number) => void seen.push(n)])
    expect(held).toBe(true)
    expect(fake.held).toEqual(['created'])
    const callback = last(fake)
    expect({ ...callback.members }).toEqual({})
    await reply(binding, callback, { dispid: 0, args: [i4(5)] })
    expect(seen).toEqual([5])
  })

  it('functions are released when the call is refused', async () => {
    const { object, fake } = await startWithObject()
    await rejection(object.call('Each', [() => {}, bad<ComArgument>({})]))
    await rejection(object.call('Each', [() => {}], { signal: AbortSignal.abort() }))
    expect(fake.held).toEqual(['created'])
  })
})

describe('events', () => {
  const iid = '00020400-0000-0000-c000-000000000046'
  const events = { iid, members: { opened: 10, closed: 11 } }

  it('are connected, and disconnected', async () => {
    const { object, fake, binding } = await startWithObject()
    fake.events = events
    const seen: unknown[] = []
    const connection = await object.connect({
      Opened: (_: ServerCall, name: string) => void seen.push(name),
      12: () => void seen.push('twelve'),
    })
    expect(connection.iid).toBe(iid)
    expect(fake.advised).toHaveLength(1)
    const sink = last(fake)
    expect(sink.iid).toBe(iid)
    expect({ ...sink.members }).toEqual(events.members)
    await reply(binding, sink, { dispid: 10, args: [{ type: 'bstr', value: 'book' }] })
    await reply(binding, sink, { dispid: 12 })
    expect(await reply(binding, sink, { dispid: 11 })).toEqual({ hresult: HResult.S_OK })
    expect(seen).toEqual(['book', 'twelve'])
    object[Symbol.dispose]()
    expect(fake.held).toEqual(['created', 'implemented'])
    await connection[Symbol.asyncDispose]()
    await connection[Symbol.asyncDispose]()
    expect(fake.advised).toHaveLength(0)
    expect(fake.held).toEqual([])
  })

  it('of an interface that is named', async () => {
    const { object, fake } = await startWithObject()
    fake.events = events
    const other = '11111111-89ab-4def-8123-456789abcdef'
    const connection = await object.connect({}, { iid: `{${other.toUpperCase()}}` })
    expect(connection.iid).toBe(other)
    expect(fake.advised[0]?.iid).toBe(other)
    await connection[Symbol.asyncDispose]()
  })

  it('that are not there are refused', async () => {
    const { object, fake } = await startWithObject()
    expect(await rejection(object.connect({}))).toMatchObject({ code: 'CONNECT_E_NOCONNECTION' })
    fake.events = events
    expect(await rejection(object.connect({ Saved() {} }))).toStrictEqual(
      new RangeError('ComObject.connect: the object has no event Saved; its events are opened, closed'),
    )
    expect(await rejection(object.connect(bad<object>(5)))).toBeInstanceOf(TypeError)
    expect(await rejection(object.connect({}, { iid: 'x' }))).toBeInstanceOf(RangeError)
    expect(fake.held).toEqual(['created'])
  })

  it('connected too late are disconnected again', async () => {
    const { object, fake, binding } = await startWithObject({ grace: 1 })
    fake.events = events
    fake.onAdvise = () => 'stuck'
    const controller = new AbortController()
    const connecting = rejection(object.connect({}, { signal: controller.signal }))
    while (fake.advised.length === 0) await turn()
    controller.abort()
    expect(await connecting).toMatchObject({ abandoned: true })
    expect(fake.held).toEqual(['created', 'implemented'])
    binding.release()
    await turn()
    await turn()
    expect(fake.held).toEqual(['created'])
  })

  it('of a released source need no disconnecting', async () => {
    const { object, fake, thread } = await startWithObject()
    fake.events = events
    const connection = await object.connect({})
    fake.advised.length = 0
    await connection[Symbol.asyncDispose]()
    const other = await object.connect({})
    await thread[Symbol.asyncDispose]()
    await other[Symbol.asyncDispose]()
    expect(fake.held).toEqual(['created'])
  })
})
