// Events of emulated servers: connecting, firing inside a call and outside, sinks that fail or are gone.
import { type ComObject, HResult } from 'com-cancel'
import type { EmulatedCall } from 'com-cancel/emulator'
import { expect, it } from 'vitest'
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
  const failing = await object.connect({
    Found: () => {
      throw new Error('not now')
    },
  })
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
