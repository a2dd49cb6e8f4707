// ComObject and ComThread with a binding without COM.
import {
  ComAbortError,
  type ComArgument,
  ComError,
  ComObject,
  ComThread,
  defaultMember,
  HResult,
  type InvokeOptions,
} from 'com-cancel'
import { afterEach, describe, expect, it } from 'vitest'
import type { CallOutcome, Variant } from '../../binding'
import {
  arrayOf,
  bstr,
  FakeBinding,
  outcome,
  rejection,
  returning,
  startFake,
  startWithObject,
  thrown,
  turn,
} from '../support/fake-binding'

const bad = <T>(value: unknown): T => value as T
const i4 = (value: number): Variant => ({ type: 'i4', value })

describe('calls', () => {
  it('pass member, kind and arguments', async () => {
    const { object, fake } = await startWithObject()
    fake.server = () => returning(i4(1))
    expect(await object.call('Method', [1, 2])).toBe(1)
    expect(await object.call('Method')).toBe(1)
    expect(await object.get('Property', ['index'], { named: { Key: true } })).toBe(1)
    expect(await object.set('Property', 5, { args: ['index'], named: { Key: true } })).toBeUndefined()
    expect(await object.setReference('Property', object)).toBeUndefined()
    expect(await object.call(defaultMember, [3])).toBe(1)
    expect(await object.get(-800)).toBe(1)
    const [pointer] = fake.pointers
    expect(fake.invocations).toStrictEqual([
      { object: pointer, member: 'Method', kind: 'call', args: [i4(1), i4(2)], named: [] },
      { object: pointer, member: 'Method', kind: 'call', args: [], named: [] },
      {
        object: pointer,
        member: 'Property',
        kind: 'get',
        args: [bstr('index')],
        named: [{ name: 'Key', value: { type: 'bool', value: true } }],
      },
      {
        object: pointer,
        member: 'Property',
        kind: 'set',
        args: [bstr('index'), i4(5)],
        named: [{ name: 'Key', value: { type: 'bool', value: true } }],
      },
      {
        object: pointer,
        member: 'Property',
        kind: 'set-reference',
        args: [{ type: 'dispatch', value: pointer }],
        named: [],
      },
      { object: pointer, member: 0, kind: 'call', args: [i4(3)], named: [] },
      { object: pointer, member: -800, kind: 'get', args: [], named: [] },
    ])
  })

  it('are queued in the order they were made', async () => {
    const { object, fake } = await startWithObject()
    void object.call('One')
    void object.set('Two', 2)
    const last = object.get('Three')
    expect(fake.invocations.map(each => each.member)).toEqual(['One', 'Two', 'Three'])
    await last
  })

  it('has() looks up the name', async () => {
    const { object } = await startWithObject()
    expect(await object.has('Known')).toBe(true)
    expect(await object.has('Unknown')).toBe(false)
  })

  it.each<[string, unknown[], string, string]>([
    [
      'no member',
      [undefined],
      'TypeError',
      'ComObject.call: member must be a name, or a DISPID, got undefined',
    ],
    [
      'an empty name',
      [''],
      'RangeError',
      'ComObject.call: member must be a string that is not empty and has no NUL in it, got the string ""',
    ],
    [
      'a NUL',
      ['a\0b'],
      'RangeError',
      'ComObject.call: member must be a string that is not empty and has no NUL in it, got the string "a\\u0000b"',
    ],
    [
      'a fraction',
      [1.5],
      'RangeError',
      'ComObject.call: member must be an integer from -2147483648 to 2147483647, got 1.5',
    ],
    ['no array', ['x', 5], 'TypeError', 'ComObject.call: args must be an array, got 5'],
    ['no options', ['x', [], 5], 'TypeError', 'ComObject.call: options must be an object, got 5'],
    [
      'no names',
      ['x', [], { named: 5 }],
      'TypeError',
      'ComObject.call: options.named must be an object, got 5',
    ],
    [
      'an empty argument name',
      ['x', [], { named: { '': 5 } }],
      'RangeError',
      'ComObject.call: a name in options.named must be a string that is not empty and has no NUL in it, got the string ""',
    ],
    [
      'no signal',
      ['x', [], { signal: 5 }],
      'TypeError',
      'ComObject.call: signal must be an AbortSignal, got 5',
    ],
  ])('refuse %s', async (_, args, name, message) => {
    const { object, fake } = await startWithObject()
    const [member, list, options] = args
    const call = object.call(bad<string>(member), bad<ComArgument[]>(list), bad<InvokeOptions>(options))
    expect(await rejection(call)).toMatchObject({ name, message })
    expect(fake.invocations).toHaveLength(0)
  })
})

describe('failures', () => {
  const failing = async (
    parts: Partial<CallOutcome>,
    act: (object: ComObject) => Promise<unknown> = object => object.call('IsPrime', [1, 2]),
  ) => {
    const { object, fake } = await startWithObject()
    fake.server = () => outcome(parts)
    const error = await rejection(act(object))
    expect(error).toBeInstanceOf(ComError)
    return error as ComError
  }

  it('name the argument', async () => {
    const error = await failing({ hresult: HResult.DISP_E_TYPEMISMATCH, argument: 0 })
    expect(error.message).toBe(
      'IsPrime failed: DISP_E_TYPEMISMATCH (0x80020005): argument 1: the value is of a type the server does not take; variant() gives it another',
    )
    expect(error).toMatchObject({ argument: 1, function: 'IsPrime', code: 'DISP_E_TYPEMISMATCH' })
    expect('description' in error).toBe(false)
  })

  it('name a named argument', async () => {
    const error = await failing({ hresult: HResult.DISP_E_PARAMNOTFOUND, argument: 2 }, object =>
      object.call('IsPrime', [1, 2], { named: { Color: 1 } }),
    )
    expect(error.message).toBe(
      'IsPrime failed: DISP_E_PARAMNOTFOUND (0x80020004): argument Color: no parameter has this name',
    )
    expect(error.argument).toBe('Color')
  })

  it('name the value of a property', async () => {
    const error = await failing({ hresult: HResult.DISP_E_OVERFLOW, argument: 1 }, object =>
      object.set('Item', 1, { args: [0] }),
    )
    expect(error.message).toMatch(/^Item failed: DISP_E_OVERFLOW \(0x8002000A\): the value: /)
  })

  it('have the description of the server', async () => {
    const error = await failing({
      hresult: HResult.DISP_E_EXCEPTION,
      exception: {
        source: 'Prime.Calculator',
        description: 'no such luck\r\n',
        helpFile: 'prime.hlp',
        helpContext: 7,
      },
    })
    expect(error.message).toBe('IsPrime failed: DISP_E_EXCEPTION (0x80020009): no such luck')
    expect(error).toMatchObject({
      source: 'Prime.Calculator',
      description: 'no such luck\r\n',
      helpFile: 'prime.hlp',
      helpContext: 7,
    })
  })

  it('may have an unknown code', async () => {
    const error = await failing({ hresult: 0x80041234 | 0 })
    expect(error.message).toBe('IsPrime failed: 0x80041234')
  })

  it('of the default member', async () => {
    const error = await failing({ hresult: HResult.E_NOTIMPL }, object => object.get(defaultMember))
    expect(error.message).toBe(
      'the default member failed: E_NOTIMPL (0x80004001): the object does not implement it',
    )
  })

  it('release objects of a result that is dropped', async () => {
    const { object, fake } = await startWithObject()
    const controller = new AbortController()
    let answer: (result: CallOutcome) => void = () => {}
    fake.server = () => new Promise(resolve => (answer = resolve))
    const call = rejection(object.call('Open', [], { signal: controller.signal }))
    await turn()
    controller.abort('enough')
    answer(
      outcome({
        value: arrayOf([fake.dispatch('late')]),
        outs: [{ position: 0, value: fake.dispatch('out') }],
      }),
    )
    expect(await call).toMatchObject({ name: 'AbortError', cause: 'enough', hresult: HResult.S_OK })
    expect(fake.held).toEqual(['created'])
  })
})

describe('signals', () => {
  it('cancel a call', async () => {
    const { object, fake, thread } = await startWithObject()
    fake.server = () => 'blocked'
    const error = await rejection(object.call('Wait', [], { signal: AbortSignal.timeout(5) }))
    expect(error).toBeInstanceOf(ComAbortError)
    expect(error).toMatchObject({ hresult: HResult.RPC_E_CALL_CANCELED, abandoned: false })
    expect(thread.state).toBe('idle')
  })

  it('that are aborted before prevent the call', async () => {
    const { object, fake } = await startWithObject()
    expect(await rejection(object.get('X', [], { signal: AbortSignal.abort(1) }))).toMatchObject({ cause: 1 })
    expect(fake.invocations).toHaveLength(0)
  })
})

describe('release', () => {
  it('gives the pointer back, once', async () => {
    const { object, fake } = await startWithObject()
    expect(object.released).toBe(false)
    object[Symbol.dispose]()
    object[Symbol.dispose]()
    expect(object.released).toBe(true)
    expect(fake.held).toEqual([])
  })

  it('refuses everything after it', async () => {
    const { object, thread, fake } = await startWithObject()
    const other = await thread.createObject('Other')
    object[Symbol.dispose]()
    const message = 'failed: RPC_E_DISCONNECTED (0x80010108): the object was released; make a new one'
    expect(await rejection(object.call('X'))).toMatchObject({ message: `X ${message}` })
    expect(await rejection(object.set('X', 1))).toMatchObject({ message: `X ${message}` })
    expect(await rejection(object.has('X'))).toMatchObject({ message: `ComObject.has ${message}` })
    expect(await rejection(object.items().next())).toMatchObject({ message: `ComObject.items ${message}` })
    expect(await rejection(object.connect({}))).toMatchObject({ message: `ComObject.connect ${message}` })
    expect(await rejection(other.call('X', [[object]]))).toMatchObject({
      message:
        'X failed: RPC_E_DISCONNECTED (0x80010108): argument 1[0] is an object that was released; make a new one',
    })
    expect(fake.invocations).toHaveLength(0)
    expect(fake.held).toEqual(['created'])
  })

  it('waits for the calls that were made before', async () => {
    const { object, thread, fake } = await startWithObject()
    const other = await thread.createObject('Other')
    const call = other.call('X', [object])
    object[Symbol.dispose]()
    other[Symbol.dispose]()
    expect(fake.held).toEqual(['created', 'created'])
    await call
    expect(fake.held).toEqual([])
  })

  it('a disposed thread refuses calls of its objects', async () => {
    const { object, thread, fake } = await startWithObject()
    await thread[Symbol.asyncDispose]()
    expect(await rejection(object.call('X'))).toMatchObject({
      name: 'ComError',
      code: 'RPC_E_DISCONNECTED',
      function: 'X',
    })
    expect(await rejection(thread.createObject('X'))).toMatchObject({ code: 'RPC_E_DISCONNECTED' })
    expect(thrown(() => thread.implement({}))).toMatchObject({ code: 'RPC_E_DISCONNECTED' })
    object[Symbol.dispose]()
    expect(fake.held).toEqual([])
  })
})

describe('objects of other threads', () => {
  it('are marshaled for the call', async () => {
    const { object, fake, binding } = await startWithObject()
    const other = await startFake({}, binding)
    const guest = await other.thread.createObject('Guest')
    await object.call('Take', [guest, [guest]])
    expect(fake.adopted).toHaveLength(1)
    const [first, second] = fake.invocations[0]?.args ?? []
    expect(first).toMatchObject({ type: 'dispatch', value: { name: 'created adopted' } })
    expect(second).toMatchObject({ elements: [first] })
    expect(fake.held).toEqual(['created'])
    expect(other.fake.held).toEqual(['created'])
  })

  it('can be canceled while they are marshaled', async () => {
    const { object, fake, binding } = await startWithObject()
    const other = await startFake({}, binding)
    const guest = await other.thread.createObject('Guest')
    const controller = new AbortController()
    const call = rejection(object.call('Take', [guest], { signal: controller.signal }))
    controller.abort()
    expect(await call).toMatchObject({ name: 'AbortError' })
    expect(fake.invocations).toHaveLength(0)
    expect(fake.held).toEqual(['created'])
  })

  it('are refused when their thread is gone, blocked, or of another binding', async () => {
    const { object, fake, binding } = await startWithObject()
    const gone = await startFake({}, binding)
    const guest = await gone.thread.createObject('Guest')
    await gone.thread[Symbol.asyncDispose]()
    expect(await rejection(object.call('Take', [guest]))).toMatchObject({
      code: 'RPC_E_DISCONNECTED',
      message: `Take failed: RPC_E_DISCONNECTED (0x80010108): argument 1 is an object of thread ${gone.thread.id}, which was disposed`,
    })
    const blocked = await startFake({ grace: 5 }, binding)
    const stuck = await blocked.thread.createObject('Guest')
    blocked.fake.server = () => 'stuck'
    await rejection(stuck.call('Hang', [], { signal: AbortSignal.timeout(1) }))
    expect(await rejection(object.call('Take', [stuck]))).toMatchObject({
      code: 'RPC_S_CALLPENDING',
      message: expect.stringContaining(
        `argument 1 is an object of thread ${blocked.thread.id}, which a canceled call`,
      ),
    })
    const foreign = await startWithObject()
    expect(await rejection(object.call('Take', [foreign.object]))).toStrictEqual(
      new TypeError('Take: argument 1 is an object of another binding'),
    )
    expect(fake.invocations).toHaveLength(0)
    binding.release()
  })
})

describe('enumeration', () => {
  const collection = async (batches: Variant[][], hresult: number = HResult.S_OK) => {
    const started = await startWithObject()
    const { fake } = started
    fake.server = () => returning(fake.dispatch('enumerator', 'unknown'))
    const sizes: number[] = []
    fake.onNext = count => {
      sizes.push(count)
      const batch = batches.shift()
      return batch ? returning(arrayOf(batch)) : outcome({ hresult, value: arrayOf([]) })
    }
    return { ...started, sizes }
  }

  it('goes through all batches', async () => {
    const { object, fake, sizes } = await collection([[i4(1), i4(2)], [bstr('three')]])
    const items: unknown[] = []
    for await (const item of object) items.push(item)
    expect(items).toEqual([1, 2, 'three'])
    expect(sizes).toEqual([64, 64, 64])
    expect(fake.invocations[0]).toMatchObject({ member: -4, kind: 'call', args: [] })
    expect(fake.held).toEqual(['created'])
  })

  it('that is left early releases the remaining items', async () => {
    const started = await collection([])
    const { object, fake } = started
    fake.onNext = () =>
      returning(arrayOf([fake.dispatch('one'), fake.dispatch('two'), fake.dispatch('three')]))
    for await (const item of object.items({ batch: 3 })) {
      expect(item).toBeInstanceOf(ComObject)
      break
    }
    expect(fake.held).toEqual(['created', 'one'])
  })

  it('can be canceled', async () => {
    const { object, fake } = await collection([])
    fake.onNext = () => 'blocked'
    const items = object.items({ signal: AbortSignal.timeout(5) })
    expect(await rejection(items.next())).toMatchObject({ name: 'AbortError' })
    expect(fake.held).toEqual(['created'])
  })

  it('fails as the server does', async () => {
    const { object, fake } = await collection([], HResult.RPC_S_CALL_FAILED)
    expect(await rejection(object.items().next())).toMatchObject({
      code: 'RPC_S_CALL_FAILED',
      function: 'ComObject.items',
    })
    expect(fake.held).toEqual(['created'])
    fake.server = () => outcome({ hresult: HResult.DISP_E_MEMBERNOTFOUND })
    expect(await rejection(object.items().next())).toMatchObject({
      code: 'DISP_E_MEMBERNOTFOUND',
      function: 'ComObject.items',
    })
    fake.server = () => returning(i4(1))
    expect(await rejection(object.items().next())).toMatchObject({ code: 'DISP_E_NOTACOLLECTION' })
  })

  it('refuses bad options at once', async () => {
    const { object } = await collection([])
    expect(() => object.items({ batch: 0 })).toThrow(RangeError)
    expect(() => object.items(bad(5))).toThrow(TypeError)
  })
})

describe('activation', () => {
  it('passes its options', async () => {
    const { thread, fake } = await startFake()
    await thread.createObject('Prime.Calculator')
    await thread.createObject('Prime.Calculator', { context: 'inproc' })
    await thread.createObject('{00000029-0000-0000-C000-000000000046}', { context: 'local' })
    await thread.createObject('00000029-0000-0000-C000-000000000046', { server: 'HOST' })
    await thread.getActiveObject('Excel.Application')
    await thread.getObject('winmgmts:')
    const clsid = '{00000029-0000-0000-C000-000000000046}'
    expect(fake.activations).toEqual([
      { kind: 'create', name: 'Prime.Calculator', context: 21, server: null },
      { kind: 'create', name: 'Prime.Calculator', context: 1, server: null },
      { kind: 'create', name: clsid, context: 4, server: null },
      { kind: 'create', name: clsid, context: 20, server: 'HOST' },
      { kind: 'active', name: 'Excel.Application' },
      { kind: 'moniker', name: 'winmgmts:', bind: null },
    ])
  })

  it('C13 a success without an object is a cancel', async () => {
    const { thread, fake } = await startFake()
    fake.onActivate = () => returning({ type: 'dispatch', value: null })
    expect(await rejection(thread.createObject('X'))).toMatchObject({
      message: 'ComThread.createObject failed: RPC_E_CALL_CANCELED (0x80010002): "X": the call was canceled',
    })
    let answer: (result: CallOutcome) => void = () => {}
    fake.onActivate = () => new Promise(resolve => (answer = resolve))
    const controller = new AbortController()
    const activating = rejection(thread.createObject('X', { signal: controller.signal }))
    await turn()
    controller.abort('enough')
    answer(returning(null))
    expect(await activating).toMatchObject({ name: 'AbortError', hresult: HResult.RPC_E_CALL_CANCELED })
  })

  it('that comes too late is released', async () => {
    const { thread, fake, binding } = await startFake({ grace: 5 })
    let answer: (result: CallOutcome) => void = () => {}
    fake.onActivate = () => new Promise(resolve => (answer = resolve))
    const error = await rejection(thread.createObject('X', { signal: AbortSignal.timeout(1) }))
    expect(error).toMatchObject({ abandoned: true })
    expect(thread.state).toBe('abandoned')
    answer(returning(fake.dispatch('late')))
    await turn()
    expect(fake.held).toEqual([])
    expect(thread.state).toBe('idle')
    binding.release()
  })

  it('fails by name', async () => {
    const { thread, fake } = await startFake()
    fake.onActivate = () => outcome({ hresult: HResult.CO_E_CLASSSTRING })
    expect(await rejection(thread.createObject('No.Such'))).toMatchObject({
      message:
        'ComThread.createObject failed: CO_E_CLASSSTRING (0x800401F3): "No.Such": no class of this name is registered (ProgID), or the CLSID is malformed',
    })
    fake.onActivate = () => outcome({ hresult: HResult.MK_E_SYNTAX })
    expect(await rejection(thread.getObject('bad:'))).toMatchObject({
      message:
        'ComThread.getObject failed: MK_E_SYNTAX (0x800401E4): "bad:": the moniker is malformed, or its scheme unknown',
    })
  })

  it.each<[string, (thread: ComThread) => Promise<unknown>, string, string]>([
    [
      'no name',
      thread => thread.createObject(bad<string>(5)),
      'TypeError',
      'ComThread.createObject: progIdOrClsid must be a string that is not empty and has no NUL in it, got 5',
    ],
    [
      'an empty one',
      thread => thread.getActiveObject(''),
      'RangeError',
      'ComThread.getActiveObject: progIdOrClsid must be a string that is not empty and has no NUL in it, got the string ""',
    ],
    [
      'no moniker',
      thread => thread.getObject(bad(null)),
      'TypeError',
      'ComThread.getObject: moniker must be a string that is not empty and has no NUL in it, got null',
    ],
    [
      'no context',
      thread => thread.createObject('X', { context: bad('remote') }),
      'RangeError',
      "ComThread.createObject: options.context must be 'inproc' or 'local' or 'any', got the string \"remote\"",
    ],
    [
      'no server',
      thread => thread.createObject('X', { server: '' }),
      'RangeError',
      'ComThread.createObject: options.server must be a string that is not empty and has no NUL in it, got the string ""',
    ],
    [
      'a context with a server',
      thread => thread.createObject('X', { server: 'A', context: 'inproc' }),
      'RangeError',
      "ComThread.createObject: options.context must be 'any' with a server, got 'inproc'",
    ],
    [
      'no signal',
      thread => thread.getObject('X', { signal: bad(1) }),
      'TypeError',
      'ComThread.getObject: signal must be an AbortSignal, got 1',
    ],
  ])('refuses %s', async (_, act, name, message) => {
    const { thread, fake } = await startFake()
    expect(await rejection(act(thread))).toMatchObject({ name, message })
    expect(fake.activations).toHaveLength(0)
  })
})

describe('threads', () => {
  const { maxAbandoned } = ComThread

  afterEach(() => {
    ComThread.maxAbandoned = maxAbandoned
  })

  it('start with the options of the binding', async () => {
    const { fake } = await startFake()
    expect(fake.options).toEqual({ apartment: 'mta', callCancellation: true, busyRetry: 10_000, grace: 100 })
    const other = await startFake({ apartment: 'sta', busyRetry: 0, callCancellation: false })
    expect(other.fake.options).toEqual({
      apartment: 'sta',
      callCancellation: false,
      busyRetry: 0,
      grace: 100,
    })
    expect(await rejection(startFake({ busyRetry: -1 }))).toMatchObject({
      message: 'ComThread.start: options.busyRetry must be an integer from 0 to 2147483647, got -1',
    })
  })

  it('W4 are counted while abandoned, and bounded', async () => {
    expect(maxAbandoned).toBe(64)
    expect(ComThread.abandoned).toBe(0)
    ComThread.maxAbandoned = 2
    const binding = new FakeBinding()
    const abandon = async () => {
      const { thread, fake } = await startFake({ grace: 1 }, binding)
      const object = await thread.createObject('X')
      fake.server = () => 'stuck'
      const two = [1, 2].map(() => rejection(object.call('Hang', [], { signal: AbortSignal.timeout(1) })))
      for (const error of await Promise.all(two)) expect(error).toMatchObject({ abandoned: true })
      expect(thread.state).toBe('abandoned')
      return { thread, object }
    }
    const first = await abandon()
    expect(ComThread.abandoned).toBe(1)
    expect(await rejection(first.object.call('X'))).toMatchObject({
      code: 'RPC_S_CALLPENDING',
      function: 'X',
    })
    const second = await abandon()
    expect(ComThread.abandoned).toBe(2)
    expect(await rejection(startFake({}, binding))).toMatchObject({
      code: 'RPC_E_OUT_OF_RESOURCES',
      message:
        'ComThread.start failed: RPC_E_OUT_OF_RESOURCES (0x80010101): canceled calls still block 2 threads, and ComThread.maxAbandoned is 2; wait until some have returned, or raise it',
    })
    expect(await rejection(first.thread.replace())).toMatchObject({ function: 'ComThread.replace' })
    expect(first.thread.state).toBe('abandoned')
    await second.thread[Symbol.asyncDispose]()
    expect(ComThread.abandoned).toBe(2)
    binding.release()
    expect(ComThread.abandoned).toBe(0)
    await startFake({}, binding)
    for (const most of [0, 1.5, 65_537]) expect(() => (ComThread.maxAbandoned = most)).toThrow(RangeError)
    expect(() => (ComThread.maxAbandoned = bad('5'))).toThrow(TypeError)
  })

  it('are replaced by threads with the same options', async () => {
    const binding = new FakeBinding()
    const { thread, fake } = await startFake({ apartment: 'sta', busyRetry: 5, grace: 1 }, binding)
    const fresh = await thread.replace()
    expect(thread.state).toBe('disposed')
    expect(fake.closed).toBe(true)
    expect(fresh.state).toBe('idle')
    expect(fresh.id).not.toBe(thread.id)
    expect(binding.threads[1]?.options).toEqual(fake.options)
  })
})
