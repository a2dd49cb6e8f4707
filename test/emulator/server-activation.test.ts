// Activation of emulated servers: names, contexts, running objects, monikers, failures, delays and cancels.
import { type ComObject, HResult } from 'com-cancel'
import type { ActivationCall } from 'com-cancel/emulator'
import { describe, expect, it } from 'vitest'
import {
  delay,
  eachInEmulatedTime,
  emulator,
  failure,
  hresultOf,
  now,
  PROG_ID,
  register,
  startThread,
  timeout,
  until,
} from '../support/emulated-servers'

eachInEmulatedTime()

const CLSID = '01234567-89ab-4def-8123-456789abcdef'

describe('names', () => {
  it('are ProgIDs in any case, and CLSIDs', async () => {
    const registration = register({ clsid: `{${CLSID.toUpperCase()}}` })
    const thread = await startThread()
    for (const name of [PROG_ID, PROG_ID.toUpperCase(), CLSID, `{${CLSID}}`])
      expect(await (await thread.createObject(name)).call('Echo', [1])).toBe(1)
    expect(registration.clsid).toBe(CLSID)
    expect(registration.counts).toMatchObject({ starts: 1, objects: 4 })
  })

  it('have a CLSID of their own where none is given, the same every time', () => {
    const { clsid } = register()
    expect(clsid).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    expect(register({ progId: 'Another.Server' }).clsid).not.toBe(clsid)
  })

  it('that are unknown, malformed, not registered, not running', async () => {
    const thread = await startThread()
    const { CO_E_CLASSSTRING, REGDB_E_CLASSNOTREG, MK_E_UNAVAILABLE, MK_E_SYNTAX } = HResult
    register()
    expect(await hresultOf(thread.createObject('No.Such'))).toBe(CO_E_CLASSSTRING)
    expect(await hresultOf(thread.createObject('{nonsense}'))).toBe(CO_E_CLASSSTRING)
    expect(await hresultOf(thread.createObject(CLSID))).toBe(REGDB_E_CLASSNOTREG)
    expect(await hresultOf(thread.getActiveObject('No.Such'))).toBe(CO_E_CLASSSTRING)
    expect(await hresultOf(thread.getActiveObject(PROG_ID))).toBe(MK_E_UNAVAILABLE)
    expect(await hresultOf(thread.getActiveObject(CLSID))).toBe(MK_E_UNAVAILABLE)
    expect(await hresultOf(thread.getObject('nonsense'))).toBe(MK_E_SYNTAX)
  })

  it('are gone when the registration is disposed of; its objects are not', async () => {
    const registration = register()
    const thread = await startThread()
    const object = await thread.createObject(PROG_ID)
    registration[Symbol.dispose]()
    expect(await hresultOf(thread.createObject(PROG_ID))).toBe(HResult.CO_E_CLASSSTRING)
    expect(await object.call('Echo', [1])).toBe(1)
    register()
    expect(await (await thread.createObject(PROG_ID)).call('Echo', [2])).toBe(2)
  })
})

it('contexts and machines that the class is not registered for', async () => {
  register()
  register({ progId: 'In.Process', server: 'inproc' })
  const thread = await startThread()
  const create = (name: string, options: object) => hresultOf(thread.createObject(name, options))
  const { REGDB_E_CLASSNOTREG, RPC_S_SERVER_UNAVAILABLE } = HResult
  expect(await create(PROG_ID, { context: 'inproc' })).toBe(REGDB_E_CLASSNOTREG)
  expect(await create('In.Process', { context: 'local' })).toBe(REGDB_E_CLASSNOTREG)
  expect(await create(PROG_ID, { context: 'local' })).toBeUndefined()
  expect(await create(PROG_ID, { server: 'localhost' })).toBeUndefined()
  expect(await create(PROG_ID, { server: 'FARAWAY' })).toBe(RPC_S_SERVER_UNAVAILABLE)
})

describe('classes on other machines', () => {
  const { CO_E_CLASSSTRING, REGDB_E_CLASSNOTREG, RPC_S_SERVER_UNAVAILABLE, MK_E_UNAVAILABLE } = HResult

  it('are created with the name of their machine only', async () => {
    const far = register({ machine: 'FarAway', create: () => ({ where: 'far' }) })
    const thread = await startThread()
    const create = (options: object, name = PROG_ID) => hresultOf(thread.createObject(name, options))
    using object = await thread.createObject(PROG_ID, { server: 'farAWAY' })
    expect(await object.call('Echo', [1])).toBe(1)
    expect(far.objects.map(({ state }) => state)).toEqual([{ where: 'far' }])
    expect(await create({ server: 'faraway' }, `{${far.clsid}}`)).toBeUndefined()
    expect(await create({}), 'its ProgID is registered here').toBe(REGDB_E_CLASSNOTREG)
    expect(await create({ server: 'elsewhere' })).toBe(RPC_S_SERVER_UNAVAILABLE)
    expect(await create({ server: 'faraway' }, 'Not.Registered')).toBe(CO_E_CLASSSTRING)
    expect(await hresultOf(thread.getActiveObject(PROG_ID))).toBe(MK_E_UNAVAILABLE)
    const near = register()
    expect(await create({})).toBeUndefined()
    expect(near.counts.starts).toBe(1)
    expect(await create({ server: 'faraway' })).toBeUndefined()
    expect(near.counts.starts).toBe(1)
    far[Symbol.dispose]()
    expect(await create({ server: 'faraway' }), 'no class is left there').toBe(RPC_S_SERVER_UNAVAILABLE)
    expect(await create({})).toBeUndefined()
  })

  it('have local servers, and names of their own', () => {
    register({ machine: 'far' })
    expect(() => register({ machine: 'FAR' })).toThrow(RangeError)
    expect(() => register({ machine: 'other', server: 'inproc' })).toThrow("must be 'local'")
    expect(() => register({ machine: 1 as never })).toThrow(TypeError)
    expect(register({ machine: 'localhost' }).machine).toBe(null)
  })
})

describe('running objects', () => {
  it('are the same for everyone, and stay until they are switched off', async () => {
    const registration = register()
    registration.running = true
    const threads = [await startThread(), await startThread({ apartment: 'sta' })]
    const objects = await Promise.all(threads.map(thread => thread.getActiveObject(PROG_ID)))
    expect(await Promise.all(objects.map(object => object.call('Echo', [1])))).toEqual([1, 1])
    expect(registration.objects.length).toBe(1)
    for (const object of objects) object[Symbol.dispose]()
    await delay(5)
    expect(registration.objects.length).toBe(1)
    registration.running = false
    expect(registration.objects.length).toBe(0)
  })
})

describe('monikers', () => {
  it('lead to a class by the longest prefix; new: needs none', async () => {
    const names: string[] = []
    const registration = register({
      create(call: ActivationCall) {
        names.push(call.name)
        return {}
      },
    })
    const thread = await startThread()
    using _ = emulator().registerMoniker('test:', registration)
    for (const name of [
      'TEST:x/y',
      `new:${PROG_ID}`,
      `new:{${registration.clsid}}`,
      `new:${registration.clsid}`,
    ])
      expect(await (await thread.getObject(name)).call('Echo', [1])).toBe(1)
    expect(names[0]).toBe('TEST:x/y')
    expect(() => emulator().registerMoniker('Test:', registration)).toThrow(RangeError)
    expect(await hresultOf(thread.getObject('new:nonsense'))).toBe(HResult.MK_E_SYNTAX)
  })
})

describe('activation', () => {
  it('fails with what create throws', async () => {
    const thread = await startThread()
    const errors = [
      Object.assign(new Error('no licence'), { hresult: HResult.E_ACCESSDENIED }),
      new Error('just so'),
    ]
    register({
      create() {
        throw errors.shift()
      },
    })
    expect(await failure(thread.createObject(PROG_ID))).toMatchObject({
      hresult: HResult.E_ACCESSDENIED,
      description: 'no licence',
    })
    expect(await failure(thread.createObject(PROG_ID))).toMatchObject({
      hresult: HResult.E_FAIL,
      description: 'just so',
    })
  })

  it('C13 that never ends is canceled: a success without an object', async () => {
    const registration = register()
    registration.neverStarts = true
    const thread = await startThread()
    const since = now()
    const activating = thread.createObject(PROG_ID, { signal: timeout(20) })
    await expect(activating).rejects.toMatchObject({
      name: 'AbortError',
      hresult: HResult.RPC_E_CALL_CANCELED,
      abandoned: false,
    })
    expect(now() - since).toBeLessThan(200)
    const { binding } = emulator()
    const bare = binding.startThread(
      { apartment: 'mta', callCancellation: true, busyRetry: 0, grace: 100 },
      () => {},
    )
    const activation = { kind: 'create', name: PROG_ID, context: 4, server: null } as const
    const outcome = new Promise(resolve => bare.activate(activation, resolve))
    await until(() => binding.coCancelCall(bare.id, 0) === HResult.S_OK)
    expect(await outcome).toMatchObject({ hresult: HResult.S_OK, value: null })
    await new Promise<void>(resolve => bare.close(resolve))
    const pending = thread.createObject(PROG_ID)
    await delay(5)
    registration.neverStarts = false
    expect(await (await pending).call('Echo', [1])).toBe(1)
  })

  it('C13 that takes time is canceled; the object that it makes is released', async () => {
    let released = 0
    const seen: boolean[] = []
    const registration = register({
      create: async (call: ActivationCall) => {
        await call.delay(40)
        seen.push(call.testCancel())
        return {}
      },
      onRelease: () => ++released,
    })
    const thread = await startThread()
    const activating = thread.createObject(PROG_ID, { signal: timeout(10) })
    await expect(activating).rejects.toMatchObject({ name: 'AbortError', abandoned: false })
    await until(() => released === 1)
    expect(seen).toEqual([true])
    expect(registration.counts.objects).toBe(0)
  })

  it('in process, in the apartment, can not be canceled (C14)', async () => {
    register({
      server: 'inproc',
      create: async (call: ActivationCall) => {
        await call.delay(60)
        return {}
      },
    })
    const thread = await startThread({ grace: 10 })
    const activating = thread.createObject(PROG_ID, { signal: timeout(10) })
    await expect(activating).rejects.toMatchObject({ name: 'AbortError', abandoned: true })
    await until(() => thread.state === 'idle')
  })
})

it('a thread that ends releases all that it holds', async () => {
  const registration = register({ items: () => [1, 2, 3] })
  const thread = await startThread()
  const objects: ComObject[] = []
  for (let i = 0; i < 20; i++) objects.push(await thread.createObject(PROG_ID))
  const items = objects[0]?.items({ batch: 1 })
  await items?.next()
  expect(emulator().binding.diagnostics()).toMatchObject({ threads: 1, pointers: 21, objects: 21 })
  await thread[Symbol.asyncDispose]()
  expect(registration.counts.objects).toBe(0)
  expect(await hresultOf(objects[0]?.call('Echo') ?? Promise.resolve())).toBe(HResult.RPC_E_DISCONNECTED)
})
