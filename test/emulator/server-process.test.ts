// The process of an emulated server: found by the object reference while the server hangs, and terminated.
import { inspect } from 'node:util'
import { type ComServerProcess, HResult } from 'com-cancel'
import { describe, expect, it } from 'vitest'
import {
  delay,
  eachInEmulatedTime,
  failure,
  hresultOf,
  PROG_ID,
  register,
  serve,
  startThread,
} from '../support/emulated-servers'
import { thrown } from '../support/errors'

eachInEmulatedTime()

const found = (process: ComServerProcess | undefined): ComServerProcess => {
  if (!process) throw new Error('the process was not found')
  return process
}

describe.each(['sta', 'mta'] as const)('the process of a hung server in %s', threading => {
  it('is found without a call, and ended; the thread makes its next call to a new one', async () => {
    const { registration, thread, object } = await serve([], { threading })
    registration.hang = true
    const { calls } = registration.counts
    const canceled = object.call('Echo', [], { timeout: 10 })
    expect(await hresultOf(canceled)).toBe(HResult.RPC_E_CALL_CANCELED)
    const server = found(await object.serverProcess())
    expect(server).toMatchObject({ found: 'object reference' })
    expect(server.id).toBeGreaterThan(0)
    server.terminate()
    expect(await hresultOf(object.call('Echo'))).toBe(HResult.RPC_S_SERVER_UNAVAILABLE)
    expect(await object.serverProcess()).toBeUndefined()
    registration.hang = false
    const next = await thread.createObject(PROG_ID)
    expect(await next.call('Echo', [1])).toBe(1)
    expect(found(await next.serverProcess()).id).not.toBe(server.id)
    expect(registration.counts).toMatchObject({ starts: 2, calls: calls + 1 })
  })

  it('ends with its pending calls, also those that cannot be canceled, and their threads go on', async () => {
    const { registration, thread, object } = await serve([], { threading }, { grace: 50 })
    const server = found(await object.serverProcess())
    registration.cancelable = false
    registration.hang = true
    const abandoned = await object.call('Echo', [], { timeout: 10 }).catch((error: unknown) => error)
    expect(abandoned).toMatchObject({ name: 'AbortError', abandoned: true })
    expect(thread.state).toBe('abandoned')
    const other = await startThread()
    const waiting = other.createObject(PROG_ID).catch((error: unknown) => error)
    await delay(10)
    server.terminate()
    expect(await waiting).toMatchObject({ hresult: HResult.RPC_E_SERVER_DIED })
    await delay(10)
    expect(thread.state).toBe('idle')
    registration.hang = false
    expect(await (await thread.createObject(PROG_ID)).call('Echo', [2])).toBe(2)
  })
})

it('is the same for all objects of a server, and another for each server', async () => {
  register({ progId: 'Test.Other' })
  const { thread, object } = await serve([])
  const again = await thread.createObject(PROG_ID)
  const other = await thread.createObject('Test.Other')
  const [first, second, third] = await Promise.all(
    [object, again, other].map(async each => found(await each.serverProcess()).id),
  )
  expect(second).toBe(first)
  expect(third).not.toBe(first)
})

it('is not known for a server in process or on another machine', async () => {
  register({ progId: 'Test.Library', server: 'inproc' })
  register({ progId: 'Test.Remote', machine: 'elsewhere' })
  const thread = await startThread()
  const library = await thread.createObject('Test.Library')
  const remote = await thread.createObject('Test.Remote', { server: 'elsewhere' })
  expect(await library.serverProcess()).toBeUndefined()
  expect(await remote.serverProcess()).toBeUndefined()
})

it('is the host process of an object in one', async () => {
  register({ progId: 'Test.Library', server: 'inproc' })
  const thread = await startThread()
  const object = await thread.createObject('Test.Library', { isolated: true })
  const { host } = object
  const server = found(await object.serverProcess())
  expect(server).toMatchObject({ found: 'host', id: host?.pid })
  server.terminate()
  expect(await host?.exited).toMatchObject({ by: 'terminate' })
  expect((await failure(object.serverProcess())).code).toBe('RPC_E_DISCONNECTED')
  expect((await failure(object.call('Echo'))).code).toBe('RPC_E_DISCONNECTED')
})

it('ends once, is no longer registered as running, and does nothing after its release', async () => {
  const { registration, thread, object } = await serve([])
  registration.running = true
  const active = await thread.getActiveObject(PROG_ID)
  using server = found(await active.serverProcess())
  expect(inspect(server)).toBe(`ComServerProcess { ${server.id}, found by object reference }`)
  expect(() => JSON.stringify(server)).toThrow(TypeError)
  server.terminate()
  server.terminate()
  expect(registration.running).toBe(false)
  expect((await failure(thread.getActiveObject(PROG_ID))).code).toBe('MK_E_UNAVAILABLE')
  expect(await hresultOf(object.call('Echo'))).toBe(HResult.RPC_S_SERVER_UNAVAILABLE)
  server.release()
  expect(thrown(() => server.terminate())).toMatchObject({ code: 'RPC_E_DISCONNECTED' })
})
