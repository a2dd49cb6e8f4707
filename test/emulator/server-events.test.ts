// Events of emulated servers: connecting, firing inside a call and outside, sinks that fail or are gone.
import { byRef, type ComObject, HResult, type ServerCall, type VariantTypeName, variant } from 'com-cancel'
import type { EmulatedCall, RemoteObject } from 'com-cancel/emulator'
import { describe, expect, it } from 'vitest'
import { eachInEmulatedTime, hresultOf, PROG_ID, register, startThread } from '../support/emulated-servers'

eachInEmulatedTime()

const IID = '0fedcba9-89ab-4def-8123-456789abcdef'

const server = async (events: unknown = ['Found', 'Lost'], apartment: 'sta' | 'mta' = 'mta') => {
  const registration = register({
    events: events as never,
    methods: { Fire: (call: EmulatedCall, name: string, ...args: unknown[]) => call.fire(name, ...args) },
  })
  const thread = await startThread({ apartment })
  return { registration, thread, object: await thread.createObject(PROG_ID) }
}

it.each(['sta', 'mta'] as const)(
  'reach their handlers in a thread of %s, in a call and outside',
  async apartment => {
    const { registration, object } = await server(undefined, apartment)
    const heard: unknown[] = []
    const connection = await object.connect({
      found: (_call: unknown, ...args: unknown[]) => heard.push(args),
    })
    expect(await object.call('Fire', ['FOUND', 1, 'x'])).toBe(1)
    expect(await registration.fire('Found', [2])).toBe(1)
    expect(await object.call('Fire', ['Lost'])).toBe(1) // delivered to a connection without a handler
    expect(heard).toEqual([[1, 'x'], [[2]]])
    await connection[Symbol.asyncDispose]()
    expect(await object.call('Fire', ['Found'])).toBe(0)
  },
)

it('have an interface of their own, or the one that was given', async () => {
  const { object } = await server({ iid: IID, members: { Found: 7 } })
  const heard: unknown[] = []
  const connection = await object.connect({ 7: () => heard.push('seven') })
  expect(connection.iid).toBe(IID)
  await object.call('Fire', ['Found'])
  expect(heard).toEqual(['seven'])
  await expect(object.connect({ Nothing: () => {} })).rejects.toThrow('found')
  expect(await hresultOf(object.connect({ Found: () => {} }, { iid: PROG_IID }))).toBe(
    HResult.CONNECT_E_NOCONNECTION,
  )
  await connection[Symbol.asyncDispose]()
})

const PROG_IID = '11111111-89ab-4def-8123-456789abcdef'

it('are none where none were registered', async () => {
  const { object } = await server({ members: {} })
  await expect(object.call('Fire', ['Found'])).rejects.toMatchObject({ hresult: HResult.DISP_E_EXCEPTION })
  register({ progId: 'Mute.Server' })
  const mute = await object.thread.createObject('Mute.Server')
  expect(await hresultOf(mute.connect({ Found: () => {} }))).toBe(HResult.E_NOINTERFACE)
})

it('are heard by the others when one handler fails, or its thread has ended', async () => {
  const { registration, thread, object } = await server()
  const heard: unknown[] = []
  const errors: unknown[] = []
  const failing = await object.connect(
    {
      Found: () => {
        throw new Error('not now')
      },
    },
    { onError: (error, event) => errors.push([event, String(error)]) },
  )
  const hearing = await object.connect({ Found: (_call: unknown, n: unknown) => heard.push(n) })
  expect(await registration.fire('Found', 1)).toBe(1)
  const other = await startThread()
  registration.running = true
  const shared = await other.getActiveObject(PROG_ID)
  await shared.connect({ Found: () => heard.push('other') })
  expect(await registration.fire('Found', 2)).toBe(2)
  await other[Symbol.asyncDispose]()
  expect(await registration.fire('Found', 3)).toBe(1)
  expect(heard).toEqual([1, 2, 'other', 3])
  expect(errors).toEqual(Array(3).fill(['Found', 'Error: not now']))
  registration.running = false
  for (const connection of [failing, hearing]) await connection[Symbol.asyncDispose]()
  expect(thread.state).toBe('idle')
})

it('are not heard by a thread that is being disposed, from that moment on', async () => {
  const { registration, object } = await server()
  const heard: unknown[] = []
  const other = await startThread({ apartment: 'mta' })
  registration.running = true
  const shared = await other.getActiveObject(PROG_ID)
  await shared.connect({ Found: (_call: unknown, n: unknown) => heard.push(n) })
  const waiting = other.wait(500, { cancelable: false }).catch(() => {})
  expect(await registration.fire('Found', 1)).toBe(1) // meanwhile the wait begins
  const disposed = other[Symbol.asyncDispose]()
  expect(await registration.fire('Found', 2)).toBe(0)
  expect(await object.call('Fire', ['Found', 3])).toBe(0)
  await waiting
  await disposed
  expect(heard).toEqual([1])
  registration.running = false
})

it('and implemented objects have no names of arguments', async () => {
  register({ progId: 'Echo.Server', methods: { Echo: (_call: EmulatedCall, value: unknown) => value } })
  const thread = await startThread()
  const server = await thread.createObject('Echo.Server')
  const held = (await server.call('Echo', [thread.implement({ run: () => 1 })])) as ComObject
  expect(await held.call('run', [1])).toBe(1)
  await expect(held.call('run', [], { named: { x: 1 } })).rejects.toMatchObject({
    code: 'DISP_E_UNKNOWNNAME',
    argument: 'x',
  })
})

describe('an argument by reference', () => {
  const closing = () =>
    register({
      events: ['BeforeClose'],
      methods: {
        async Close(call: EmulatedCall) {
          const cancel = byRef(variant('bool', false))
          await call.fire('BeforeClose', 'book', cancel)
          return cancel.value
        },
      },
    })

  it('is what a handler has set: fired in a call, by the object, and by the registration', async () => {
    const registration = closing()
    const thread = await startThread({ apartment: 'sta' })
    const object = await thread.createObject(PROG_ID)
    const seen: unknown[] = []
    const connection = await object.connect({
      BeforeClose(call: ServerCall, book: unknown, cancel: unknown) {
        seen.push(book, cancel)
        call.setArgument(1, true)
      },
    })
    expect(await object.call('Close')).toBe(true)
    const [typed, any, untouched] = [byRef(variant('bool', false)), byRef('text'), byRef(variant('i4', 3))]
    expect(await registration.objects[0]?.fire('BeforeClose', untouched, typed)).toBe(1)
    expect(await registration.fire('BeforeClose', 'book', any)).toBe(1)
    expect([typed.value, any.value, untouched.value]).toEqual([true, true, 3])
    expect(seen).toEqual(['book', false, 3, false, 'book', 'text'])
    await connection.disconnect()
  })

  it('goes from one handler to the next, and stays as it is where none sets it', async () => {
    const registration = closing()
    const object = await (await startThread()).createObject(PROG_ID)
    const seen: unknown[] = []
    const add = (n: number) => (call: ServerCall, value: unknown) => {
      seen.push(value)
      call.setArgument(0, Number(value) + n)
    }
    const connections = [
      await object.connect({ BeforeClose: add(1) }),
      await object.connect({ BeforeClose: () => {} }),
      await object.connect({ BeforeClose: add(10) }),
    ]
    const count = byRef(variant('i2', 5))
    expect(await registration.fire('BeforeClose', count)).toBe(3)
    expect([seen, count.value]).toEqual([[5, 6], 16])
    for (const connection of connections) await connection.disconnect()
    expect(await registration.fire('BeforeClose', count)).toBe(0)
    expect(count.value).toBe(16)
  })

  it.each<[string, VariantTypeName, unknown, unknown, unknown]>([
    ['a number for a boolean', 'bool', false, 1, true],
    ['a boolean for an integer', 'i4', 0, true, -1],
    ['a text for a number', 'r8', 0, '2.5', 2.5],
    ['a fraction for an integer', 'i4', 0, 2.5, 2],
    ['a number for a text', 'bstr', '', 12, '12'],
  ])('of a type changes the type of what is set: %s', async (_, type, before, set, after) => {
    const registration = closing()
    const object = await (await startThread()).createObject(PROG_ID)
    const connection = await object.connect({
      BeforeClose: (call: ServerCall) => call.setArgument(0, set as never),
    })
    const reference = byRef(variant(type, before))
    expect(await registration.fire('BeforeClose', reference)).toBe(1)
    expect(reference.value).toBe(after)
    await connection.disconnect()
  })

  it.each<[string, VariantTypeName, unknown]>([
    ['what has no such type', 'i4', 'text'],
    ['what is too large', 'i2', 100_000],
  ])('of a type refuses %s', async (_, type, set) => {
    const registration = closing()
    const object = await (await startThread()).createObject(PROG_ID)
    const connection = await object.connect({
      BeforeClose: (call: ServerCall) => call.setArgument(0, set as never),
    })
    const reference = byRef(variant(type, 1))
    expect(await registration.fire('BeforeClose', reference)).toBe(0)
    expect(reference.value).toBe(1)
    await connection.disconnect()
  })

  it('may be an object, which lives as long as the method that fired the event', async () => {
    register({
      events: ['Ask'],
      methods: {
        async Ask(call: EmulatedCall) {
          const answer = byRef()
          await call.fire('Ask', answer)
          return (answer.value as unknown as RemoteObject).get('Name')
        },
      },
    })
    const thread = await startThread({ apartment: 'sta' })
    const object = await thread.createObject(PROG_ID)
    const connection = await object.connect({
      Ask: (call: ServerCall) => call.setArgument(0, thread.implement({ Name: { get: () => 'answer' } })),
    })
    expect(await object.call('Ask')).toBe('answer')
    await connection.disconnect()
  })
})
