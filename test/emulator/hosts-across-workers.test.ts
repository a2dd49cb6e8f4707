// Host processes and worker threads: classes of one worker in host processes of another, and workers that end.
import { ComHost, ComThread, HResult } from 'com-cancel'
import { type ClassRegistration, Emulator } from 'com-cancel/emulator'
import { describe, expect, it } from 'vitest'
import { eachLeavesNoWorker, ProgramWorker, registered } from '../support/program-workers'
import { until } from '../support/until'

eachLeavesNoWorker()

const emulator = Emulator.shared
const { RPC_E_CALL_CANCELED } = HResult

/** A library of this worker. `ended`: the names of the calls that have ended. */
const registerLibrary = (ended: string[] = []): ClassRegistration<object> => {
  const library: ClassRegistration<object> = registered(
    emulator.registerClass<object>({
      progId: 'Test.Library',
      server: 'inproc',
      architecture: ['x64', 'ia32'],
      threading: 'sta',
      methods: {
        Echo: (_call, value) => value,
        async Sleep(call, ms, name) {
          await call.delay(Number(ms))
          ended.push(String(name))
          return name
        },
        async Work(call) {
          while (!call.testCancel()) await call.delay(1)
          ended.push('canceled')
        },
        async Call(_call, callback, value) {
          return (callback as { call(member: number, args: unknown[]): unknown }).call(0, [value])
        },
        Crash: () => library.crash({ exitCode: 7 }),
      },
    }),
  )
  return library
}

/** The host processes and parts of them that are in this worker. */
const here = () => {
  try {
    emulator.assertIdle()
    return ''
  } catch (error) {
    return String(error)
  }
}

describe('a library that is registered in the main thread', () => {
  it('H1 is hosted by a worker: called, canceled, calling back', async () => {
    const ended: string[] = []
    const library = registerLibrary(ended)
    const worker = new ProgramWorker()
    const result = await worker.run(async ({ ComHost, withThread }) => {
      const host = await ComHost.start({ architecture: 'ia32' })
      try {
        return await withThread({}, async thread => {
          const object = await thread.createObject('Test.Library', { host })
          const echo = await object.call('Echo', [42])
          const back = await object.call('Call', [(_call: unknown, n: number) => n + 1, 1])
          const error = await object.call('Work', [], { timeout: 100 }).catch(error => error)
          const next = await object.call('Echo', ['next'])
          return { pid: host.pid, same: object.host === host, echo, back, hresult: error.hresult, next }
        })
      } finally {
        await host.close()
      }
    })
    expect(result).toMatchObject({
      same: true,
      echo: 42,
      back: 2,
      hresult: RPC_E_CALL_CANCELED,
      next: 'next',
    })
    await until('the method has noticed', () => ended.includes('canceled'))
    await until('the objects are released', () => library.counts.objects === 0)
    expect(here()).not.toContain(String(result.pid))
  })

  it('H5 lets the calls of a closed host process end', async () => {
    const ended: string[] = []
    registerLibrary(ended)
    const worker = new ProgramWorker()
    const result = await worker.run(async ({ ComHost, withThread }) => {
      const host = await ComHost.start()
      return withThread({}, async thread => {
        const object = await thread.createObject('Test.Library', { host })
        const call = object.call('Sleep', [100, 'slept'])
        await new Promise(resolve => setTimeout(resolve, 50))
        const closed = host.close()
        const name = await call
        await closed
        const later = await object.call('Echo', [1]).catch(error => error.code)
        return { name, exited: await host.exited, later }
      })
    })
    expect(result).toEqual({
      name: 'slept',
      exited: { exitCode: 0, by: 'close', message: '' },
      later: 'RPC_E_DISCONNECTED',
    })
    expect(ended).toEqual(['slept'])
  })

  it.each(['terminate', 'crash'])('H4 ends with its host process: %s', async how => {
    registerLibrary()
    const worker = new ProgramWorker()
    const result = await worker.run(async ({ ComHost, withThread }, how) => {
      const host = await ComHost.start()
      return withThread({}, async thread => {
        const object = await thread.createObject('Test.Library', { host })
        const call = how === 'crash' ? object.call('Crash') : object.call('Sleep', [60_000, 'never'])
        const failed = call.then(
          () => 'no error',
          error => error.code,
        )
        if (how === 'terminate') {
          await new Promise(resolve => setTimeout(resolve, 50))
          host.terminate()
        }
        const { exitCode, by } = await host.exited
        const later = await object.call('Echo', [1]).catch(error => error.code)
        return { code: await failed, exitCode, by, later }
      })
    }, how)
    expect(result).toEqual({
      code: 'RPC_E_SERVER_DIED',
      ...(how === 'crash' ? { exitCode: 7, by: 'itself' } : { exitCode: 1, by: 'terminate' }),
      later: 'RPC_E_DISCONNECTED',
    })
    await until('its part here has ended', () => !here().includes('host process'))
  })

  it('H5 ends with the worker that has started its host process', async () => {
    const released: string[] = []
    registerLibrary(released)
    const worker = new ProgramWorker()
    await worker.run(async ({ ComHost, ComThread, kept }) => {
      const host = await ComHost.start()
      const thread = await ComThread.start()
      kept.object = await thread.createObject('Test.Library', { host })
      kept.pending = kept.object.call('Sleep', [60_000, 'never']).catch(() => {})
      await new Promise(resolve => setTimeout(resolve, 50))
    })
    expect(here()).toContain('host process')
    await worker.terminate()
    await until('its part here has ended', () => !here().includes('host process'))
    expect(released).toEqual([])
  })

  it('is found by another worker', async () => {
    registerLibrary()
    const worker = new ProgramWorker()
    const found = await worker.run(({ Emulator }) => Emulator.shared.binding.findClass('Test.Library'))
    expect(found).toEqual({ hresult: 0, inproc: ['x64', 'ia32'], local: false })
  })
})

it('H4 a host process outlives a worker whose library it has loaded', async () => {
  const worker = new ProgramWorker()
  await worker.run(({ Emulator, kept }) => {
    kept.library = Emulator.shared.registerClass({
      progId: 'Test.Library',
      server: 'inproc',
      methods: { Sleep: call => call.delay(60_000) },
    })
  })
  await using host = await ComHost.start()
  await using thread = await ComThread.start()
  using object = await thread.createObject('Test.Library', { host })
  const failed = object.call('Sleep').then(
    () => 'no error',
    (error: { code: string }) => error.code,
  )
  await new Promise(resolve => setTimeout(resolve, 50))
  await worker.terminate()
  expect(await failed).toBe('RPC_E_SERVER_DIED')
  await host.close()
  expect(await host.exited).toMatchObject({ exitCode: 0, by: 'close' })
})
