// Host processes on a binding without COM: which objects are in one, when an isolated one ends, and what calls report.
import { inspect } from 'node:util'
import {
  type ComAbortError,
  type ComError,
  ComHost,
  type ComObject,
  ComThread,
  comScope,
  dynamic,
  HResult,
} from 'com-cancel'
import { describe, expect, it } from 'vitest'
import type { Binding, HostEnd, IncomingCall } from '../../binding'
import { untilCollected } from '../support/collect'
import {
  arrayOf,
  FakeBinding,
  type FakePointer,
  type FakeThread,
  outcome,
  rejection,
  returning,
  startFake,
  thrown,
  turn,
} from '../support/fake-binding'

const crash: HostEnd = { exitCode: 0xc0000005, by: 'itself', message: '' }

const start = async (options?: Parameters<typeof startFake>[0]) => {
  const started = await startFake(options)
  const { fake } = started
  fake.server = ({ member }) => (member === 'Value' ? outcome() : returning(fake.dispatch(String(member))))
  return started
}

const startHost = (binding: FakeBinding, options: Parameters<typeof ComHost.start>[0] = {}) =>
  ComHost.start({ binding: binding as unknown as Binding, ...options })

const hosted = async (options?: Parameters<typeof ComHost.start>[0]) => {
  const started = await start()
  const host = await startHost(started.binding, options)
  const object = await started.thread.createObject('Test.Object', { host })
  const process = started.binding.hosts[0]
  if (!process) throw new Error('no host was started')
  return { ...started, host, object, process }
}

const isolated = async (options: Parameters<ComThread['createObject']>[1] = { isolated: true }) => {
  const started = await start()
  const object = await started.thread.createObject('Test.Object', options)
  const process = started.binding.hosts[0]
  if (!process) throw new Error('no host was started')
  return { ...started, object, process }
}

/** Calls an object that JavaScript implements, with an object. */
const callWith = (fake: FakeThread, sink: FakePointer, dispid: number, name: string) => {
  const implementation = fake.implementations.get(sink)
  const call: IncomingCall = {
    key: Math.floor(Math.random() * 1e9),
    dispid,
    kind: 'call',
    args: [fake.dispatch(name)],
    threadId: fake.id,
  }
  implementation?.invoke(call)
}

/** The message of the error that a promise rejects with. */
const message = async (promise: Promise<unknown>) => ((await rejection(promise)) as Error).message

describe('ComHost', () => {
  it('tells its process, its architecture and how it ended', async () => {
    const { binding } = await start()
    const host = await startHost(binding, { architecture: 'ia32' })
    expect([host.pid, host.architecture]).toEqual([1000, 'ia32'])
    expect(inspect(host)).toBe('ComHost { host process 1000, ia32 }')
    const [process] = binding.hosts
    process?.exit(crash)
    expect(await host.exited).toEqual(crash)
    expect(inspect(host)).toBe(
      'ComHost { host process 1000, which has ended by itself with STATUS_ACCESS_VIOLATION (0xC0000005), ia32 }',
    )
    await host.close()
  })

  it('is closed once, and ends before the promise resolves', async () => {
    const { binding } = await start()
    const host = await startHost(binding)
    await Promise.all([host.close(), host[Symbol.asyncDispose]()])
    expect(binding.hosts[0]?.end).toEqual({ exitCode: 0, by: 'close', message: '' })
    expect(host.terminate()).toBeUndefined()
  })

  it('H7 says why it cannot be started', async () => {
    const { binding } = await start()
    binding.hostFailure = { hresult: 0x80070002 | 0, detail: 'com-cancel-host.exe for arm64 is missing' }
    const error = (await rejection(startHost(binding, { architecture: 'arm64' }))) as ComError
    expect(error.name).toBe('ComError')
    expect(error.message).toBe('ComHost.start failed: 0x80070002: com-cancel-host.exe for arm64 is missing')
    binding.hostFailure = { hresult: HResult.E_ACCESSDENIED, detail: '' }
    expect(await message(startHost(binding))).toMatch(
      /^ComHost\.start failed: E_ACCESSDENIED \(0x80070005\): no host process was started: /,
    )
  })

  it('does not start when its signal is aborted, and ends when it was aborted during the start', async () => {
    const { binding } = await start()
    const reason = new Error('no longer needed')
    const early = (await rejection(
      startHost(binding, { signal: AbortSignal.abort(reason) }),
    )) as ComAbortError
    expect([early.name, early.cause, early.started]).toEqual(['AbortError', reason, false])
    expect(binding.hosts).toEqual([])
    const controller = new AbortController()
    const starting = startHost(binding, { signal: controller.signal })
    controller.abort(reason)
    const late = (await rejection(starting)) as ComAbortError
    expect(late.message).toBe('ComHost.start was canceled (signal: no longer needed); it had not started')
    await turn()
    await turn()
    expect(binding.hosts[0]?.end?.by).toBe('terminate')
  })

  it('is closed by the garbage collector only when its objects are gone', async () => {
    const { thread, binding } = await start()
    // A binding closes a handle that is collected. Here the handle is held by the fake, so the ComHost is watched.
    const collected = new Set<string>()
    const registry = new FinalizationRegistry<string>(name => collected.add(name))
    const make = async () => {
      const host = await startHost(binding)
      registry.register(host, 'host')
      return thread.createObject('Test.Object', { host })
    }
    let object: ComObject | undefined = await make()
    binding.jobs.length = 0
    expect(object.host?.pid).toBe(1000)
    object = undefined
    await untilCollected('the host is collected', () => collected.has('host'))
  })
})

describe('an object of a host', () => {
  it('is created there, with the apartment that is asked for', async () => {
    const { fake, host, thread, process } = await hosted()
    await thread.createObject('Test.Object', { host, apartment: 'sta', context: 'inproc' })
    expect(fake.activations).toEqual([
      { kind: 'hosted', name: 'Test.Object', host: process, apartment: null },
      { kind: 'hosted', name: 'Test.Object', host: process, apartment: 'sta' },
    ])
  })

  it('has a host, and so has what comes from it', async () => {
    const { fake, object, host, thread } = await hosted()
    expect(object.host).toBe(host)
    expect(dynamic(object).$object.host).toBe(host)
    expect(object.with({ timeout: 5 }).host).toBe(host)
    expect((await object.get<ComObject>('Child')).host).toBe(host)
    fake.onNext = () => returning(arrayOf([fake.dispatch('item')]))
    for await (const item of object.items<ComObject>()) {
      expect(item.host).toBe(host)
      break
    }
    const found: unknown[] = []
    fake.events = { iid: '11111111-2222-3333-4444-555555555555', members: { found: 1 } }
    await object.connect({ Found: (_call, each) => void found.push((each as ComObject).host) })
    const sink = fake.advised[0]?.sink
    if (sink) callWith(fake, sink, 1, 'of an event')
    expect(found).toEqual([host])
    expect((await thread.createObject('Test.Object')).host).toBeUndefined()
    expect(inspect(object)).toBe('ComObject { Test.Object, thread 4, host process 1000 }')
  })

  it('is what a callback gets that only objects of the host were passed', async () => {
    const { fake, object, host, thread } = await hosted()
    const elsewhere = await thread.createObject('Test.Object')
    const found: unknown[] = []
    const callback = (_call: unknown, each: unknown) => void found.push((each as ComObject).host)
    const implementation = thread.implement({ Item: callback })
    await object.call('Use', [callback, implementation])
    const [first, second] = fake.pointers.filter(({ name }) => name === 'implemented')
    if (!first || !second) throw new Error('nothing was implemented')
    for (const [i, sink] of [second, first].entries()) callWith(fake, sink, i, 'an argument')
    expect(found).toEqual([host, host])
    await elsewhere.call('Use', [callback])
    callWith(fake, second, 0, 'of either')
    expect(found).toHaveLength(3)
    expect(found[2]).toBeUndefined()
  })

  it('passes its limit to each job', async () => {
    const { binding, fake, object, process, thread } = await hosted({ terminateAfter: 700 })
    fake.events = { iid: '11111111-2222-3333-4444-555555555555', members: { found: 1 } }
    fake.description = []
    const connection = await object.connect({ Found() {} })
    await connection.disconnect()
    await object.get('Value')
    await object.has('Known')
    await object.is(object)
    await object.describe()
    await object.setProxyBlanket()
    for await (const _ of object.items());
    expect(binding.jobs.length).toBeGreaterThan(10)
    for (const { limits } of binding.jobs) expect(limits.terminate).toEqual({ host: process, after: 700 })
    const { thread: other } = await startFake({}, binding)
    await (await other.createObject('Test.Object')).call('Take', [object])
    const limits = binding.jobs.slice(-3).map(job => job.limits.terminate)
    expect(limits).toEqual([undefined, { host: process, after: 700 }, undefined])
    await thread.wait(0)
    expect(binding.jobs.at(-1)?.limits.terminate).toBeUndefined()
  })

  it('has no limit by default', async () => {
    const { binding } = await hosted()
    expect(binding.jobs.map(({ limits }) => limits.terminate)).toEqual([undefined])
  })

  it('H3 reports that its host was terminated, and its thread goes on', async () => {
    const { fake, object, thread, host } = await hosted({ terminateAfter: 0 })
    const other = await object.get<ComObject>('Other')
    fake.server = () => 'stuck'
    const error = (await rejection(
      object.call('Block', [], { signal: AbortSignal.timeout(1) }),
    )) as ComAbortError
    expect(error).toMatchObject({
      name: 'AbortError',
      hostTerminated: true,
      abandoned: false,
      started: true,
      hresult: HResult.RPC_S_CALL_FAILED,
    })
    expect(error.message).toMatch(/; it had not returned, and its host process was terminated$/)
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({ hostTerminated: true, abandoned: false })
    expect(thread.state).toBe('idle')
    // At once, before the end of the process is reported.
    const gone = (await rejection(other.get('Value'))) as ComError
    expect(gone.code).toBe('RPC_E_DISCONNECTED')
    expect(gone.message).toContain(
      'the object is in host process 1000, which was terminated; make a new object',
    )
    expect((await host.exited).by).toBe('terminate')
    await thread.wait(0)
  })

  it('a call that is not canceled reports that no host was terminated', async () => {
    const { fake, object } = await hosted()
    fake.server = () => 'blocked'
    const error = await rejection(object.call('Block', [], { signal: AbortSignal.timeout(1) }))
    expect(error).toMatchObject({ hostTerminated: false })
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({ hostTerminated: false })
  })

  it('H4 answers RPC_E_DISCONNECTED after the end of its host, and says how that ended', async () => {
    const { fake, object, thread, process, host } = await hosted()
    const elsewhere = await thread.createObject('Test.Object')
    process.exit(crash)
    await host.exited
    const before = fake.invocations.length
    const why =
      'host process 1000, which has ended by itself with STATUS_ACCESS_VIOLATION (0xC0000005); make a new object in another host'
    for (const [call, what] of [
      [object.call('Value'), `Value failed: RPC_E_DISCONNECTED (0x80010108): the object is in ${why}`],
      [object.has('Known'), `ComObject.has failed: RPC_E_DISCONNECTED (0x80010108): the object is in ${why}`],
      [
        elsewhere.call('Take', [object]),
        `Take failed: RPC_E_DISCONNECTED (0x80010108): argument 1 is an object of ${why}`,
      ],
      [
        thread.createObject('Test.Object', { host }),
        `ComThread.createObject failed: RPC_E_DISCONNECTED (0x80010108): options.host is ${why}`,
      ],
    ] as const)
      expect(await message(call)).toBe(what)
    expect(fake.invocations).toHaveLength(before)
  })

  it.each([
    [{ exitCode: 3, by: 'itself', message: '' }, 'which has ended by itself with exit code 3'],
    [
      { exitCode: 0xe06d7363, by: 'itself', message: '' },
      'which has ended by itself with an unhandled exception of C++ (0xE06D7363)',
    ],
    [
      { exitCode: 0xc0001234, by: 'itself', message: '' },
      'which has ended by itself with exit code 0xC0001234',
    ],
    [
      { exitCode: 2, by: 'itself', message: 'order 9 is unknown' },
      'which has ended by itself with exit code 2: order 9 is unknown',
    ],
    [{ exitCode: 0, by: 'close', message: '' }, 'which was closed'],
    [{ exitCode: 1, by: 'terminate', message: '' }, 'which was terminated'],
  ] as const)('H4 says of an end by %o: %s', async (end, text) => {
    const { object, process, host } = await hosted()
    process.exit(end)
    await host.exited
    expect(await message(object.get('Value'))).toContain(`host process 1000, ${text}; make`)
  })

  it('H4 says of a call that its server left where to look', async () => {
    const { fake, object } = await hosted()
    fake.server = () => outcome({ hresult: HResult.RPC_E_SERVER_DIED })
    expect(await message(object.get('Value'))).toBe(
      'Value failed: RPC_E_SERVER_DIED (0x80010007): the object is in host process 1000; `exited` of the host tells whether it has ended, and how',
    )
    fake.onActivate = () => outcome({ hresult: HResult.RPC_S_SERVER_UNAVAILABLE })
    const { host, thread } = { host: object.host, thread: object.thread }
    expect(await message(thread.createObject('Test.Object', { host }))).toContain(
      '"Test.Object": its host is host process 1000;',
    )
  })

  it('no longer keeps the program alive by a connection when its host has ended', async () => {
    const { fake, object, process, host } = await hosted()
    fake.events = { iid: '11111111-2222-3333-4444-555555555555', members: { found: 1 } }
    const connection = await object.connect({ Found() {} })
    process.exit(crash)
    await host.exited
    await turn()
    expect(inspect(connection)).toContain('disconnected')
    const before = fake.advised.length
    await connection.disconnect()
    expect(fake.advised).toHaveLength(before)
  })
})

describe('an isolated object', () => {
  it('has a host of its own, which terminates a call after five seconds', async () => {
    const { binding, object, process } = await isolated()
    expect(object.host?.pid).toBe(process.pid)
    expect(process.architecture).toBe(binding.classServers.inproc[0])
    expect(binding.jobs[0]?.limits.terminate).toEqual({ host: process, after: 5000 })
  })

  it('takes an architecture and a limit', async () => {
    const { binding, process } = await isolated({
      isolated: { architecture: 'ia32', terminateAfter: Number.POSITIVE_INFINITY },
    })
    expect(process.architecture).toBe('ia32')
    expect(binding.jobs[0]?.limits.terminate).toBeUndefined()
  })

  it("is in the program's architecture where its class is registered for several", async () => {
    const binding = new FakeBinding()
    binding.info = { kind: 'native', architecture: 'arm64' }
    binding.classServers = { hresult: HResult.S_OK, inproc: ['x64', 'arm64'], local: false }
    const { thread } = await startFake({}, binding)
    expect((await startHost(binding)).architecture).toBe('arm64')
    const object = await thread.createObject('Test.Object', { isolated: true })
    expect(object.host?.architecture).toBe('arm64')
    binding.classServers = { hresult: HResult.S_OK, inproc: ['x64', 'ia32'], local: false }
    const other = await thread.createObject('Test.Object', { isolated: true })
    expect(other.host?.architecture).toBe('x64')
  })

  it('is in an architecture for which its class is registered', async () => {
    const { binding, thread } = await start()
    binding.classServers = { hresult: HResult.S_OK, inproc: ['ia32'], local: true }
    const object = await thread.createObject('Test.Object', { isolated: true })
    expect(object.host?.architecture).toBe('ia32')
  })

  it.each([
    [
      { hresult: HResult.S_OK, inproc: [], local: true },
      'ComThread.createObject failed: REGDB_E_CLASSNOTREG (0x80040154): "Test.Object": the class has no in-process server; its local server is a process of its own: leave `isolated` out',
    ],
    [
      { hresult: HResult.S_OK, inproc: [], local: false },
      'ComThread.createObject failed: REGDB_E_CLASSNOTREG (0x80040154): "Test.Object": the class has no in-process server',
    ],
    [
      { hresult: HResult.CO_E_CLASSSTRING, inproc: [], local: false },
      'ComThread.createObject failed: CO_E_CLASSSTRING (0x800401F3): "Test.Object": no class of this name is registered (ProgID), or the CLSID is malformed',
    ],
  ])('is refused for a class with %o', async (servers, expected) => {
    const { binding, thread } = await start()
    binding.classServers = servers
    expect(await message(thread.createObject('Test.Object', { isolated: true }))).toBe(expected)
    expect(binding.hosts).toEqual([])
  })

  it('shares its host with others of the thread that have the same settings', async () => {
    const { binding, thread, object } = await isolated()
    const same = await thread.createObject('Test.Object', { isolated: {} })
    expect(same.host).toBe(object.host)
    const other = await thread.createObject('Test.Object', { isolated: { terminateAfter: 10 } })
    expect(other.host).not.toBe(object.host)
    const { thread: second } = await startFake({}, binding)
    expect((await second.createObject('Test.Object', { isolated: true })).host).not.toBe(object.host)
    const both = await Promise.all(
      [1, 2].map(() => thread.createObject('Test.Object', { isolated: { architecture: 'arm64' } })),
    )
    expect(both[0]?.host).toBe(both[1]?.host)
    expect(binding.hosts).toHaveLength(4)
  })

  it('H8 ends its host when it is the last of the thread', async () => {
    const { process, object, thread } = await isolated()
    const child = await object.get<ComObject>('Child')
    const second = await thread.createObject('Test.Object', { isolated: true })
    object.release()
    second.release()
    await turn()
    expect(process.end).toBeUndefined()
    expect(await child.get<ComObject>('Child')).toMatchObject({ released: false })
    child.release()
    await turn()
    expect(process.end).toBeUndefined() // the result that nobody released
  })

  it('H8 ends its host with a scope', async () => {
    const { binding, thread } = await start()
    await comScope(async () => {
      const object = await thread.createObject('Test.Object', { isolated: true })
      await object.get('Child')
      expect(binding.hosts[0]?.end).toBeUndefined()
    })
    await turn()
    expect(binding.hosts[0]?.end?.by).toBe('close')
    // The next one gets a new host.
    const next = await thread.createObject('Test.Object', { isolated: true })
    expect(next.host?.pid).toBe(1001)
  })

  it('H8 keeps its host until the result of a running call is released', async () => {
    const { process, object } = await isolated()
    const call = object.get<ComObject>('Child')
    object.release()
    const child = await call
    await turn()
    expect(process.end).toBeUndefined()
    child.release()
    await turn()
    expect(process.end?.by).toBe('close')
  })

  it('H8 ends its host when the last object is garbage-collected', async () => {
    const { binding, thread } = await start()
    await thread.createObject('Test.Object', { isolated: true })
    await untilCollected('the host ends', () => binding.hosts[0]?.end !== undefined)
    expect(binding.hosts[0]?.end?.by).toBe('close')
  })

  it('H8 ends its host when its thread has ended', async () => {
    const { process, object, thread } = await isolated()
    await thread.close()
    await turn()
    expect(process.end?.by).toBe('close')
    expect(object.released).toBe(false)
  })

  it('H8 ends its host when it cannot be created', async () => {
    const { binding, thread, fake } = await start()
    fake.onActivate = () => outcome({ hresult: HResult.CO_E_ERRORINDLL })
    expect(await message(thread.createObject('Test.Object', { isolated: true }))).toContain('CO_E_ERRORINDLL')
    await turn()
    expect(binding.hosts[0]?.end?.by).toBe('close')
  })

  it('ends its host when the call was aborted during the start', async () => {
    const { binding, thread } = await start()
    const controller = new AbortController()
    const creating = thread.createObject('Test.Object', { isolated: true, signal: controller.signal })
    controller.abort()
    expect(await message(creating)).toBe('ComThread.createObject was canceled (signal); it had not started')
    await turn()
    await turn()
    expect(binding.hosts[0]?.end?.by).toBe('close')
  })

  it('H7 reports that its host cannot be started, and tries again for the next one', async () => {
    const { binding, thread } = await start()
    binding.hostFailure = { hresult: HResult.E_ACCESSDENIED, detail: 'a policy forbids child processes' }
    expect(await message(thread.createObject('Test.Object', { isolated: true }))).toBe(
      'ComThread.createObject failed: E_ACCESSDENIED (0x80070005): a policy forbids child processes',
    )
    binding.hostFailure = undefined
    await thread.createObject('Test.Object', { isolated: true })
  })

  it('H4 gets a new host after the end of the last one, also before that is reported', async () => {
    const { fake, thread, object, process } = await isolated()
    const { server } = fake
    fake.server = () => outcome({ hresult: HResult.RPC_E_SERVER_DIED })
    await rejection(object.get('Value'))
    fake.server = server
    const next = await thread.createObject('Test.Object', { isolated: true })
    expect(next.host).not.toBe(object.host)
    process.exit(crash)
    await object.host?.exited
    expect((await thread.createObject('Test.Object', { isolated: true })).host).toBe(next.host)
  })

  it('of a thread that is closed or abandoned starts no host', async () => {
    const { binding, thread } = await start()
    await thread.close()
    expect(await message(thread.createObject('Test.Object', { isolated: true }))).toContain(
      'RPC_E_DISCONNECTED',
    )
    expect(binding.hosts).toEqual([])
  })
})

describe('an object that is not isolated', () => {
  it('of a class for another processor says that it can be', async () => {
    const { binding, fake, thread } = await start()
    fake.onActivate = () => outcome({ hresult: HResult.REGDB_E_CLASSNOTREG })
    const failure = 'ComThread.createObject failed: REGDB_E_CLASSNOTREG (0x80040154): "Test.Object": '
    binding.classServers = { hresult: HResult.S_OK, inproc: ['ia32'], local: false }
    expect(await message(thread.createObject('Test.Object'))).toBe(
      `${failure}its in-process server is registered for ia32 only, and the program is x64; { isolated: true } makes the object in a process for it`,
    )
    for (const inproc of [[], ['x64' as const]]) {
      binding.classServers = { hresult: HResult.S_OK, inproc, local: false }
      expect(await message(thread.createObject('Test.Object'))).toContain('is the server installed')
    }
  })
})

describe('a thread that isolates', () => {
  const own = 'x64' as const

  it('makes the objects of in-process classes in a host', async () => {
    const { binding, thread, fake } = await start({ isolated: true })
    const object = await thread.createObject('Test.Object')
    const inproc = await thread.createObject('Test.Object', { context: 'inproc', bitness: 64 })
    expect([object.host?.architecture, inproc.host]).toEqual([own, object.host])
    expect((await thread.createObject('Test.Object', { apartment: 'mta' })).host).toBe(object.host)
    expect(fake.activations.map(each => each.kind)).toEqual(['hosted', 'hosted', 'hosted'])
    await object.host?.close()
    expect((await thread.createObject('Test.Object', { isolated: false })).host).toBeUndefined()
    const shared = await startHost(binding)
    expect((await thread.createObject('Test.Object', { host: shared })).host).toBe(shared)
    const fresh = await thread.replace()
    expect((await fresh.createObject('Test.Object')).host).toBeDefined()
  })

  it.each([
    [{ hresult: HResult.S_OK, inproc: [], local: true }, {}, undefined],
    [{ hresult: HResult.CO_E_CLASSSTRING, inproc: [], local: false }, {}, undefined],
    [{ hresult: HResult.S_OK, inproc: [own], local: true }, {}, own],
    [{ hresult: HResult.S_OK, inproc: [own], local: true }, { context: 'local' }, undefined],
    [{ hresult: HResult.S_OK, inproc: [own], local: true }, { server: 'other-machine' }, undefined],
    [{ hresult: HResult.S_OK, inproc: ['ia32'], local: false }, {}, 'ia32'],
    [{ hresult: HResult.S_OK, inproc: ['ia32'], local: true }, {}, undefined],
    [{ hresult: HResult.S_OK, inproc: ['ia32'], local: true }, { context: 'inproc' }, 'ia32'],
  ] as const)('with the servers %o and the options %o: %s', async (servers, options, architecture) => {
    const { binding, thread } = await start({ isolated: true })
    binding.classServers = { ...servers, inproc: [...servers.inproc] }
    const object = await thread.createObject('Test.Object', options)
    expect(object.host?.architecture).toBe(architecture)
  })

  it('prefers the architecture of its options', async () => {
    const { binding, thread } = await start({ isolated: { architecture: 'ia32' } })
    binding.classServers = { hresult: HResult.S_OK, inproc: [own, 'ia32'], local: true }
    expect((await thread.createObject('Test.Object')).host?.architecture).toBe('ia32')
    binding.classServers = { hresult: HResult.S_OK, inproc: [own], local: true }
    expect((await thread.createObject('Test.Object')).host?.architecture).toBe(own)
  })
})

/** A host process of a binding that no thread here has. */
const host = await startHost(new FakeBinding())

describe('bad input', () => {
  const bad = <T>(value: unknown): T => value as T
  const afterMessage = 'must be an integer from 0 to 2147483647 (milliseconds) or Infinity'

  it.each([
    [5, 'TypeError', 'ComHost.start: options must be an object, got 5'],
    [
      { arch: 'x64' },
      'TypeError',
      'ComHost.start: options must not have "arch"; the names are architecture, terminateAfter, signal, binding',
    ],
    [
      { architecture: 'x86' },
      'RangeError',
      `ComHost.start: options.architecture must be 'x64' or 'ia32' or 'arm64', got the string "x86"`,
    ],
    [
      { architecture: 64 },
      'TypeError',
      `ComHost.start: options.architecture must be 'x64' or 'ia32' or 'arm64', got 64`,
    ],
    [
      { terminateAfter: '5' },
      'TypeError',
      `ComHost.start: options.terminateAfter ${afterMessage}, got the string "5"`,
    ],
    [{ terminateAfter: -1 }, 'RangeError', `ComHost.start: options.terminateAfter ${afterMessage}, got -1`],
    [
      { terminateAfter: Number.NaN },
      'RangeError',
      `ComHost.start: options.terminateAfter ${afterMessage}, got NaN`,
    ],
    [
      { terminateAfter: 2 ** 31 },
      'RangeError',
      `ComHost.start: options.terminateAfter ${afterMessage}, got 2147483648`,
    ],
    [{ signal: 5 }, 'TypeError', 'ComHost.start: signal must be an AbortSignal, got 5'],
  ])('ComHost.start(%o)', async (options, name, expected) => {
    expect(await rejection(ComHost.start(bad(options)))).toMatchObject({ name, message: expected })
  })

  const where = 'ComThread.createObject: options.'
  it.each([
    [{ host: 5 }, 'TypeError', 'host must be a ComHost, got 5'],
    [{ host: null }, 'TypeError', 'host must be a ComHost, got null'],
    [{ host: {} }, 'TypeError', 'host must be a ComHost, got an object of class Object'],
    [{ host }, 'TypeError', 'host is a host process of another binding than the thread'],
    [{ host, isolated: true }, 'TypeError', 'isolated must be left out with a host'],
    [{ isolated: 1 }, 'TypeError', 'isolated must be a boolean or an object, got 1'],
    [{ isolated: null }, 'TypeError', 'isolated must be a boolean or an object, got null'],
    [{ isolated: { after: 5 } }, 'TypeError', /^isolated must not have "after"; /],
    [{ isolated: { terminateAfter: -5 } }, 'RangeError', `isolated.terminateAfter ${afterMessage}, got -5`],
    [
      { isolated: { architecture: 'mips' } },
      'RangeError',
      `isolated.architecture must be 'x64' or 'ia32' or 'arm64', got the string "mips"`,
    ],
    [{ isolated: true, server: 'pc' }, 'TypeError', 'server must be left out with isolated'],
    [{ isolated: true, bitness: 32 }, 'TypeError', 'bitness must be left out with isolated'],
    [{ isolated: true, cloaking: true }, 'TypeError', 'cloaking must be left out with isolated'],
    [
      { isolated: true, activateAsActivator: true },
      'TypeError',
      'activateAsActivator must be left out with isolated',
    ],
    [
      { isolated: true, context: 'local' },
      'RangeError',
      `context must be 'any' or 'inproc' with isolated, got 'local'`,
    ],
    [
      { apartment: 'sta' },
      'TypeError',
      'apartment needs a host process (host, isolated); COM chooses the apartment of other objects',
    ],
    [
      { isolated: true, apartment: 'neutral' },
      'RangeError',
      `apartment must be 'sta' or 'mta', got the string "neutral"`,
    ],
  ])('createObject with %o', async (options, name, expected) => {
    const { thread, binding } = await start()
    const error = (await rejection(thread.createObject('Test.Object', bad(options)))) as Error
    expect(error.name).toBe(name)
    expect(error.message.startsWith(where)).toBe(true)
    if (typeof expected === 'string') expect(error.message.slice(where.length)).toBe(expected)
    else expect(error.message.slice(where.length)).toMatch(expected)
    expect(binding.hosts).toEqual([])
  })

  it('ComThread.start refuses what createObject does', async () => {
    expect(await message(ComThread.start({ isolated: bad(5) }))).toBe(
      'ComThread.start: options.isolated must be a boolean or an object, got 5',
    )
  })

  it('a ComHost has no JSON form and cannot be cloned', () => {
    expect(() => JSON.stringify(host)).toThrow(
      'JSON.stringify: a ComHost has no JSON form; host.pid is the id of its process',
    )
    expect((thrown(() => structuredClone({ host })) as Error).message).toContain(
      'let the other thread start its own',
    )
  })
})
