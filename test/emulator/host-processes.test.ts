// Host processes of the emulator: what their objects are, how they end, and the faults of their start.
import { HResult } from 'com-cancel'
import type { RemoteObject } from 'com-cancel/emulator'
import { describe, expect, it } from 'vitest'
import type { BindingThread, CallOutcome } from '../../binding'
import { activate, call, hosted, pointerOf, startHost, tryHost } from '../support/emulated-hosts'
import { delay, eachInEmulatedTime, emulator, now, register } from '../support/emulated-servers'
import { close, start, wait } from '../support/emulated-threads'

eachInEmulatedTime()

const LIBRARY = 'Test.Library'
const CLOSED = { exitCode: 0, by: 'close', message: '' }
const TERMINATED = { exitCode: 1, by: 'terminate', message: '' }

const {
  E_ACCESSDENIED,
  REGDB_E_CLASSNOTREG,
  RPC_E_CALL_CANCELED,
  RPC_E_DISCONNECTED,
  RPC_E_SERVER_DIED,
  RPC_S_SERVER_UNAVAILABLE,
  S_OK,
} = HResult

const registerLibrary = (changes: Parameters<typeof register>[0] = {}, log: string[] = []) =>
  register({ progId: LIBRARY, server: 'inproc', ...changes }, log)

const startThread = async (options: Parameters<typeof start>[1] = {}): Promise<BindingThread> =>
  (await start(emulator().binding, options)).thread

/** A hosted object, its host process and thread. */
const serve = async (changes?: Parameters<typeof register>[0], options?: Parameters<typeof start>[1]) => {
  const log: string[] = []
  const registration = registerLibrary(changes, log)
  const thread = await startThread(options)
  const started = await startHost(emulator().binding)
  const object = await hosted(thread, started.host, LIBRARY)
  return { registration, log, thread, started, host: started.host, object }
}

describe('a hosted object', () => {
  it('H1 is called through a proxy: its calls can be canceled, and its methods see that', async () => {
    const { log, thread, host, object } = await serve()
    const poll = call(thread, object, 'Poll', [1000])
    await delay(10)
    emulator().binding.cancelJob(poll.job)
    expect((await poll.ended).hresult).toBe(RPC_E_CALL_CANCELED)
    expect(poll.cancellation).toEqual({ by: 'cancel', started: true, busy: false, terminated: false })
    await delay(10)
    expect(log).toEqual(['noticed'])
    const echo = await call(thread, object, 'Echo', [7]).ended
    expect(echo.value).toEqual({ type: 'i4', value: 7 })
    host.close()
    await close(thread)
  })

  it.each([
    ['both', null, 'mta'],
    ['mta', null, 'mta'],
    ['sta', null, 'sta'],
    ['both', 'sta', 'sta'],
    // COM creates the object in an apartment of its threading, whatever the creator's is.
    ['sta', 'mta', 'sta'],
    ['mta', 'sta', 'mta'],
  ] as const)(
    'H2 of a class with threading %s, made in %s, lives in the %s',
    async (threading, apartment, home) => {
      registerLibrary({ threading, methods: { Where: each => each.apartment } })
      const thread = await startThread()
      const { host } = await startHost(emulator().binding)
      const object = await hosted(thread, host, LIBRARY, apartment)
      expect((await call(thread, object, 'Where').ended).value).toEqual({ type: 'bstr', value: home })
      host.close()
      await close(thread)
    },
  )

  it('H2 the single-threaded apartment of a process executes one call at a time, those of two do not wait', async () => {
    const { thread, host, object } = await serve({ threading: 'sta' })
    const other = await startHost(emulator().binding)
    const threads = [await startThread(), await startThread()]
    const objects = [
      await hosted(threads[0] as BindingThread, host, LIBRARY),
      await hosted(threads[1] as BindingThread, other.host, LIBRARY),
    ]
    const begin = now()
    const first = call(thread, object, 'Block', [50]).ended
    const ends = await Promise.all(
      objects.map(async (each, i) => {
        await call(threads[i] as BindingThread, each as typeof object, 'Block', [50]).ended
        return now() - begin
      }),
    )
    await first
    expect(ends).toEqual([100, 50])
    for (const each of [host, other.host]) each.close()
    for (const each of [thread, ...threads]) await close(each)
  })

  it('H1 can be of another architecture; in the program its class is not registered', async () => {
    registerLibrary({ architecture: 'ia32' })
    const { binding } = emulator()
    const thread = await startThread()
    expect(binding.findClass(LIBRARY)).toEqual({ hresult: S_OK, inproc: ['ia32'], local: false })
    const inProcess = activate(thread, { kind: 'create', name: LIBRARY, context: 1, server: null })
    expect((await inProcess.ended).hresult).toBe(REGDB_E_CLASSNOTREG)
    const [own, other] = [await startHost(binding), await startHost(binding, 'ia32')]
    expect(other.host.architecture).toBe('ia32')
    expect(other.host.pid).not.toBe(own.host.pid)
    const inOwn = activate(thread, { kind: 'hosted', name: LIBRARY, host: own.host, apartment: null })
    expect((await inOwn.ended).hresult).toBe(REGDB_E_CLASSNOTREG)
    const object = await hosted(thread, other.host, LIBRARY)
    expect((await call(thread, object, 'Echo', [1]).ended).value).toEqual({ type: 'i4', value: 1 })
    for (const { host } of [own, other]) host.close()
    await close(thread)
  })

  it('findClass tells the servers of a class, and why there are none', () => {
    const { binding } = emulator()
    register({ progId: 'Local.Server' })
    register({ progId: 'Remote.Server', machine: 'FARAWAY' })
    registerLibrary({ architecture: ['ia32', 'arm64'], clsid: '01234567-89ab-4def-8123-456789abcdef' })
    const none = { inproc: [], local: false }
    expect(binding.findClass('Local.Server')).toEqual({ hresult: S_OK, inproc: [], local: true })
    expect(binding.findClass('{01234567-89AB-4DEF-8123-456789ABCDEF}')).toEqual({
      hresult: S_OK,
      inproc: ['ia32', 'arm64'],
      local: false,
    })
    expect(binding.findClass('Remote.Server')).toEqual({ hresult: REGDB_E_CLASSNOTREG, ...none })
    expect(binding.findClass('No.Such')).toEqual({ hresult: HResult.CO_E_CLASSSTRING, ...none })
  })

  it('an error of its create fails the activation, a canceled one returns no object', async () => {
    const registration = registerLibrary({
      create: async activation => {
        await activation.delay(100)
        throw Object.assign(new Error('no'), { hresult: HResult.E_ACCESSDENIED })
      },
    })
    const thread = await startThread()
    const { host } = await startHost(emulator().binding)
    const activation = { kind: 'hosted', name: LIBRARY, host, apartment: null } as const
    expect((await activate(thread, activation).ended).hresult).toBe(E_ACCESSDENIED)
    const canceled = activate(thread, activation, { timeout: 50 })
    expect(await canceled.ended).toMatchObject({ value: null })
    expect(canceled.cancellation).toMatchObject({ by: 'timeout' })
    expect(registration.counts.objects).toBe(0)
    host.close()
    await close(thread)
  })
})

describe('the end of a host process', () => {
  it.each([
    ['terminate', TERMINATED],
    ['a crash', { exitCode: 0xc0000005, by: 'itself', message: '' }],
    ['ExitProcess', { exitCode: 3, by: 'itself', message: '' }],
  ])('H4 by %s ends the pending call, and its objects', async (how, expected) => {
    const { registration, thread, started, host, object } = await serve()
    const pending = call(thread, object, 'Block', [1000])
    await delay(10)
    if (how === 'terminate') expect(host.terminate()).toBe(S_OK)
    else registration.crash(how === 'a crash' ? {} : { exitCode: 3 })
    expect(await started.end).toEqual(expected)
    expect((await pending.ended).hresult).toBe(RPC_E_SERVER_DIED)
    expect((await call(thread, object, 'Echo', [1]).ended).hresult).toBe(RPC_S_SERVER_UNAVAILABLE)
    const again = activate(thread, { kind: 'hosted', name: LIBRARY, host, apartment: null })
    expect((await again.ended).hresult).toBe(RPC_S_SERVER_UNAVAILABLE)
    expect(host.terminate()).toBe(S_OK)
    host.close()
    await delay(10_000)
    expect(emulator().hosts.running).toEqual([])
    await close(thread)
  })

  it('H4 a method that crashes ends the process that it runs in, and no other', async () => {
    const { registration, thread, started, object } = await serve({
      methods: { Crash: () => registration.crash() },
    })
    const other = await startHost(emulator().binding)
    const spared = await hosted(thread, other.host, LIBRARY)
    expect((await call(thread, object, 'Crash').ended).hresult).toBe(RPC_E_SERVER_DIED)
    expect(await started.end).toMatchObject({ exitCode: 0xc0000005, by: 'itself' })
    expect((await call(thread, spared, 'Echo', [1]).ended).hresult).toBe(S_OK)
    expect(emulator().hosts.running).toEqual([{ pid: other.host.pid, architecture: 'x64' }])
    registration.crash({ exitCode: 0 })
    expect(await other.end).toMatchObject({ exitCode: 0, by: 'itself' })
    await close(thread)
  })

  it('a crash needs a process that may end', async () => {
    const registration = registerLibrary()
    expect(() => registration.crash()).toThrow(/no host process has loaded it/)
    const local = register()
    expect(() => local.crash()).toThrow(/its process does not run/)
    const thread = await startThread()
    const create = activate(thread, { kind: 'create', name: local.progId, context: 4, server: null })
    expect((await create.ended).hresult).toBe(S_OK)
    local.crash({ exitCode: 1 })
    expect(() => local.crash({ exitCode: -1 })).toThrow(RangeError)
    await close(thread)
  })

  it('H5 close releases the objects first, and lets running calls end', async () => {
    const released: string[] = []
    const { thread, started, host, object } = await serve({ onRelease: () => released.push('released') })
    const pending = call(thread, object, 'Block', [1000, 'name'])
    await delay(10)
    host.close()
    await delay(10)
    const other = await startThread()
    const late = activate(other, { kind: 'hosted', name: LIBRARY, host, apartment: null })
    expect((await late.ended).hresult).toBe(RPC_S_SERVER_UNAVAILABLE)
    expect(released).toEqual(['released'])
    expect(started.ended).toBeUndefined()
    expect((await pending.ended).value).toEqual({ type: 'bstr', value: 'name' })
    expect(await started.end).toEqual(CLOSED)
    object.release()
    await delay(10)
    expect(released).toEqual(['released'])
    for (const each of [thread, other]) await close(each)
  })

  it('H5 a closed process takes no new calls', async () => {
    const { thread, started, host, object } = await serve()
    const pending = call(thread, object, 'Block', [1000])
    const other = await startThread()
    const second = await hosted(other, host, LIBRARY)
    host.close()
    expect((await call(other, second, 'Echo', [1]).ended).hresult).toBe(RPC_E_DISCONNECTED)
    expect((await pending.ended).hresult).toBe(S_OK)
    expect(await started.end).toEqual(CLOSED)
    for (const each of [thread, other]) await close(each)
  })

  it('H5 a call that waits when the process is closed is carried out, and connects no handlers', async () => {
    const iid = '01234567-89ab-4def-8123-456789abcdef'
    const events = { iid, members: { Fired: 1 } }
    const { thread, started, host, object } = await serve({ threading: 'sta', events })
    const others = [await startThread(), await startThread()] as const
    const [second, third] = [await hosted(others[0], host, LIBRARY), await hosted(others[1], host, LIBRARY)]
    const sink = others[1].implement({ members: {}, iid, invoke: () => {}, canceled: () => {} })
    const pending = call(thread, object, 'Block', [100])
    await delay(10)
    const queued = call(others[0], second, 'Echo', [1])
    const advised = new Promise<CallOutcome>(resolve =>
      others[1].ask(third, { kind: 'advise', iid, sink }, resolve),
    )
    await delay(10)
    host.close()
    expect((await pending.ended).hresult).toBe(S_OK)
    expect((await queued.ended).hresult).toBe(S_OK)
    expect((await advised).hresult).toBe(RPC_E_DISCONNECTED)
    expect(await started.end).toEqual(CLOSED)
    for (const each of [thread, ...others]) await close(each)
  })

  it('H5 a closed process that does not end within 5 seconds is terminated', async () => {
    const { thread, started, host, object } = await serve()
    const pending = call(thread, object, 'Block', [60_000])
    await delay(10)
    const begin = now()
    host.close()
    host.close()
    expect(await started.end).toEqual({
      exitCode: 1,
      by: 'close',
      message: 'it had not ended 5 seconds after it was closed, and was terminated',
    })
    expect(now() - begin).toBe(5000)
    expect((await pending.ended).hresult).toBe(RPC_E_SERVER_DIED)
    await close(thread)
  })

  it('an unused process ends at once; what it holds of others is released', async () => {
    const { binding } = emulator()
    const unused = await startHost(binding)
    unused.host.close()
    expect(await unused.end).toEqual(CLOSED)
    const { thread, started, host, object } = await serve({
      create: () => ({ kept: undefined as unknown }),
      methods: {
        Keep(this: { kept: unknown }, _call, other) {
          this.kept = (other as { keep(): unknown }).keep()
        },
      },
    })
    const first = thread.implement({ members: {}, iid: null, invoke: () => {}, canceled: () => {} })
    await new Promise<void>(resolve =>
      thread.ask(
        object,
        { kind: 'call', member: 'Keep', args: [{ type: 'dispatch', value: first }], named: [] },
        () => resolve(),
      ),
    )
    first.release()
    object.release()
    expect(binding.diagnostics().objects).toBe(1)
    host.close()
    await started.end
    expect(binding.diagnostics().objects).toBe(0)
    await close(thread)
  })

  it('H5 of many processes, closed, terminated or crashed in mid-call, nothing is left', async () => {
    const { binding, hosts } = emulator()
    const registration = registerLibrary({ methods: { Crash: () => registration.crash() } })
    const ends: Record<string, number> = {}
    const live = async (n: number) => {
      const thread = await startThread({ apartment: n % 2 ? 'sta' : 'mta' })
      const started = await startHost(binding)
      const object = await hosted(thread, started.host, LIBRARY)
      const pending = call(thread, object, n % 3 === 2 ? 'Crash' : 'Block', [n % 7])
      await delay(n % 5)
      if (n % 3 === 0) started.host.close()
      if (n % 3 === 1) started.host.terminate()
      const { hresult } = await pending.ended
      const { by } = await started.end
      const how = `${by}, ${hresult}`
      ends[how] = (ends[how] ?? 0) + 1
      await close(thread)
    }
    await Promise.all(Array.from({ length: 210 }, (_, n) => live(n)))
    expect(hosts.running).toEqual([])
    // A call that was made before the close has its reply, and one that was made before its end may have.
    expect(ends).toEqual({
      [`close, ${S_OK}`]: 70,
      [`terminate, ${S_OK}`]: expect.any(Number),
      [`terminate, ${RPC_E_SERVER_DIED}`]: expect.any(Number),
      [`itself, ${RPC_E_SERVER_DIED}`]: 70,
    })
  })

  it('an object in it can be adopted by other threads, and objects of one process passed to another', async () => {
    const { thread, host, object } = await serve({
      methods: { Ask: (_call, other) => (other as RemoteObject).call('Echo', ['asked']) },
    })
    const { binding } = emulator()
    const second = await startHost(binding)
    const target = await hosted(thread, second.host, LIBRARY)
    const value = { type: 'dispatch' as const, value: object }
    const ask = () =>
      new Promise<CallOutcome>(resolve =>
        thread.ask(target, { kind: 'call', member: 'Ask', args: [value], named: [] }, resolve),
      )
    expect((await ask()).value).toEqual({ type: 'bstr', value: 'asked' })
    const other = await startThread({ apartment: 'sta' })
    const adopted = pointerOf(await new Promise<CallOutcome>(resolve => other.adopt(object, resolve)))
    expect((await call(other, adopted, 'Echo', [3]).ended).value).toEqual({ type: 'i4', value: 3 })
    host.terminate()
    expect((await call(other, adopted, 'Echo', [3]).ended).hresult).toBe(RPC_S_SERVER_UNAVAILABLE)
    expect((await ask()).hresult).toBe(RPC_S_SERVER_UNAVAILABLE)
    second.host.close()
    for (const each of [thread, other]) await close(each)
  })

  it('the leak check names a host process that was not closed', async () => {
    const { thread, host, object } = await serve()
    expect(() => emulator().assertIdle()).toThrow(
      new RegExp(
        `server processes:\\n {2}- host process ${host.pid} \\(x64\\), not closed, with Test.Library \\(used by 1 object`,
      ),
    )
    object.release()
    await close(thread)
    host.close()
    await delay(1)
    emulator().assertIdle()
  })
})

describe('the limit after which a host process is terminated', () => {
  const blocked = async (options?: Parameters<typeof start>[1]) => {
    const served = await serve({}, { grace: 100, ...options })
    served.registration.cancelable = false
    return served
  }

  it('H3 ends it when the canceled job has not ended; the job ends, and the thread goes on', async () => {
    const { registration, thread, started, host, object } = await blocked()
    const second = await hosted(thread, host, LIBRARY)
    const pending = call(thread, object, 'Block', [60_000], { terminate: { host, after: 2000 } })
    await delay(10)
    const begin = now()
    emulator().binding.cancelJob(pending.job)
    expect((await pending.ended).hresult).toBe(RPC_E_SERVER_DIED)
    expect(now() - begin).toBe(2000)
    expect(pending.cancellation).toEqual({ by: 'cancel', started: true, busy: false, terminated: true })
    expect(pending.overdue).toBeUndefined()
    expect(await started.end).toEqual(TERMINATED)
    expect((await call(thread, second, 'Echo', [1]).ended).hresult).toBe(RPC_S_SERVER_UNAVAILABLE)
    expect(await wait(thread, 5).ended).toBe(S_OK)
    registration.cancelable = true
    await close(thread)
  })

  it('H3 counts from the cancel, also from that of a timeout, and is not reached by a job that ends', async () => {
    const { thread, started, host, object } = await blocked()
    const begin = now()
    const terminate = { host, after: 500 }
    const inTime = call(thread, object, 'Block', [400], { timeout: 100, terminate })
    expect((await inTime.ended).hresult).toBe(S_OK)
    expect(inTime.cancellation).toEqual({ by: 'timeout', started: true, busy: false, terminated: false })
    expect(now() - begin).toBe(400)
    const late = call(thread, object, 'Block', [60_000], { timeout: 100, terminate })
    expect((await late.ended).hresult).toBe(RPC_E_SERVER_DIED)
    expect(late.cancellation).toMatchObject({ by: 'timeout', terminated: true })
    expect(now() - begin).toBe(1000)
    await started.end
    await close(thread)
  })

  it('a job that is not in the process is overdue a grace period after the termination', async () => {
    const { thread, started, host } = await blocked()
    const local = register()
    local.cancelable = false
    const activation = { kind: 'create', name: local.progId, context: 4, server: null } as const
    const other = pointerOf(await activate(thread, activation).ended)
    const pending = call(thread, other, 'Block', [5000], { terminate: { host, after: 500 } })
    await delay(10)
    const begin = now()
    emulator().binding.cancelJob(pending.job)
    await started.end
    expect(now() - begin).toBe(500)
    await delay(99)
    expect(pending.overdue).toBeUndefined()
    await delay(2)
    expect(pending.overdue).toEqual({ by: 'cancel', started: true, busy: false, terminated: true })
    await pending.ended
    await close(thread)
  })

  it('is at the end of the grace period at the latest when the thread is closed', async () => {
    const { thread, started, host, object } = await blocked()
    call(thread, object, 'Block', [60_000], { terminate: { host, after: 20_000 } })
    await delay(10)
    const begin = now()
    let overdue = false
    await new Promise<void>(resolve =>
      thread.close(resolve, () => {
        overdue = true
      }),
    )
    expect(now() - begin).toBe(100)
    expect(overdue).toBe(false)
    expect(await started.end).toEqual(TERMINATED)
  })

  it('is brought forward by close for a job that was canceled before', async () => {
    const { thread, host, object } = await blocked()
    const pending = call(thread, object, 'Block', [60_000], { terminate: { host, after: 20_000 } })
    await delay(10)
    emulator().binding.cancelJob(pending.job)
    await delay(1000)
    const begin = now()
    await close(thread)
    expect(now() - begin).toBe(100)
    expect(pending.cancellation).toMatchObject({ by: 'cancel', terminated: true })
  })

  it('ends nothing for a queued job', async () => {
    const { thread, started, host, object } = await blocked()
    const running = call(thread, object, 'Block', [1000])
    const queued = call(thread, object, 'Echo', [1], { queueTimeout: 10, terminate: { host, after: 1 } })
    expect((await queued.ended).hresult).toBe(RPC_E_CALL_CANCELED)
    expect(queued.cancellation).toMatchObject({ by: 'queueTimeout', started: false, terminated: false })
    expect((await running.ended).hresult).toBe(S_OK)
    expect(started.ended).toBeUndefined()
    host.close()
    await close(thread)
  })
})

describe('a host process that does not start', () => {
  const failed = (hresult: number, detail: string) => ({ hresult, host: null, detail, ended: undefined })

  it('H7 because a policy forbids child processes', async () => {
    const { hosts, binding } = emulator()
    {
      using _ = hosts.refuse('child processes are forbidden by a policy')
      expect(await tryHost(binding)).toMatchObject(
        failed(E_ACCESSDENIED, 'child processes are forbidden by a policy'),
      )
    }
    const { host } = await startHost(binding)
    host.close()
    expect(() => hosts.refuse('')).toThrow(RangeError)
    expect(() => hosts.refuse('why', 0)).toThrow(RangeError)
  })

  it('H7 because the machine does not run its architecture', async () => {
    const { hosts, binding } = emulator()
    expect(await tryHost(binding, 'arm64')).toMatchObject(
      failed(0x800700d8 | 0, 'this machine does not run programs for arm64'),
    )
    hosts.architectures = ['arm64']
    const { host } = await startHost(binding, 'arm64')
    expect(host.architecture).toBe('arm64')
    expect(await tryHost(binding)).toMatchObject({ host: null })
    host.close()
  })

  it('H7 because it does not report within 30 seconds', async () => {
    const { hosts, binding } = emulator()
    hosts.neverStart = true
    const begin = now()
    const late = await tryHost(binding)
    expect(late).toMatchObject({ hresult: 0x800705b4 | 0, host: null })
    expect(late.detail).toMatch(/30 seconds/)
    expect(now() - begin).toBe(30_000)
    const starting = startHost(binding)
    await delay(1000)
    hosts.neverStart = false
    ;(await starting).host.close()
    expect(now() - begin).toBe(31_000)
  })

  it('a start can take its time', async () => {
    const { hosts, binding } = emulator()
    hosts.latency = 120
    const begin = now()
    const { host } = await startHost(binding)
    expect(now() - begin).toBe(120)
    host.close()
  })
})

it('the event log has the starts and ends of host processes, and the calls to their objects', async () => {
  using log = emulator().record()
  const { thread, started, host, object } = await serve()
  const pending = call(thread, object, 'Block', [1000])
  await delay(10)
  host.terminate()
  await pending.ended
  await started.end
  const { pid } = host
  expect(log.assertHappened('host:started')).toMatchObject({ hresult: S_OK, pid, architecture: 'x64' })
  expect(log.assertHappened('host:ended')).toMatchObject({ pid, exitCode: 1, by: 'terminate' })
  expect(log.call('Block')).toMatchObject({
    server: LIBRARY,
    marshaled: true,
    outcome: 'failed',
    hresult: RPC_E_SERVER_DIED,
  })
  log.assertOrder('host:started', 'call:made', 'host:ended')
  await tryHost(emulator().binding, 'arm64')
  expect(log.assertHappened('host:started', { pid: null })).toMatchObject({ architecture: 'arm64' })
  await close(thread)
})

it('the switches of the start are checked', () => {
  const { hosts } = emulator()
  expect(() => {
    hosts.latency = -1
  }).toThrow(RangeError)
  expect(() => {
    hosts.neverStart = 1 as unknown as boolean
  }).toThrow(TypeError)
  expect(() => {
    hosts.architectures = ['x86' as 'x64']
  }).toThrow(RangeError)
  expect(() => {
    hosts.architectures = 'x64' as unknown as ['x64']
  }).toThrow(TypeError)
  expect([hosts.latency, hosts.neverStart, hosts.architectures]).toEqual([0, false, ['x64', 'ia32']])
})

it('the architecture of a class is checked', () => {
  const definition = { progId: LIBRARY, server: 'inproc' } as const
  const add = (architecture: unknown, server: 'inproc' | 'local' = 'inproc') =>
    emulator().registerClass({ ...definition, server, architecture: architecture as 'x64' })
  expect(() => add('x86')).toThrow(RangeError)
  expect(() => add([])).toThrow(RangeError)
  expect(() => add(64)).toThrow(TypeError)
  expect(() => add('x64', 'local')).toThrow(/in process/)
})
