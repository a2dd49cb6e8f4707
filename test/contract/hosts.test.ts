// Host processes: objects of in-process classes that can be canceled and ended, and what is left when they end.
import {
  backend,
  type ComAbortError,
  type ComError,
  ComHost,
  type ComHostOptions,
  type ComObject,
  type CreateOptions,
  diagnostics,
  HResult,
  type ServerCall,
} from 'com-cancel'
import { describe, expect, it } from 'vitest'
import { untilCollected } from '../support/collect'
import { callOf, leaveNothingBehind, own, startThread } from '../support/com'
import { expectAbortError, expectComError, rejection } from '../support/errors'
import { describePrime } from '../support/prime'
import { runProgram } from '../support/program'
import { A_WHILE, LONG, sleep, soon, until } from '../support/until'

leaveNothingBehind()

const startHost = async (options?: ComHostOptions): Promise<ComHost> => own(await ComHost.start(options))

const INPROC = 'Prime.Calculator.Inproc'
const HOSTILE = 'Prime.Hostile'

/** A thread and an object in a host process. */
const serve = async (
  progId: string,
  { host, thread = {}, ...create }: CreateOptions & { thread?: Parameters<typeof startThread>[0] } = {},
) => {
  const where = host ?? (await startHost())
  const caller = await startThread(thread)
  const object = own(await caller.createObject(progId, { host: where, ...create }))
  return { host: where, thread: caller, object }
}

/** What calls report whose server ends: those that are being made, and those that are not sent any more. */
const died: readonly unknown[] = [
  'RPC_E_SERVER_DIED',
  'RPC_S_CALL_FAILED',
  'RPC_S_CALL_FAILED_DNE',
  'RPC_E_DISCONNECTED',
  'RPC_S_SERVER_UNAVAILABLE',
]

const codeOf = async (call: Promise<unknown>) => ((await rejection(call)) as ComError).code

const exitOf = (host: ComHost) => soon('the host process has ended', host.exited)

/** A call that blocks its thread, canceled once it has begun. */
const abortOnceBlocked = async (object: ComObject, member: string): Promise<ComAbortError> => {
  const controller = new AbortController()
  const rejected = rejection(object.call(member, [LONG], { signal: controller.signal }))
  ;(await callOf(object.thread.id))[Symbol.dispose]()
  await sleep(20)
  controller.abort('canceled')
  return (await rejected) as ComAbortError
}

describePrime('an object in a host process', () => {
  describe.each(['mta', 'sta'] as const)('called from the %s', apartment => {
    it.each([
      ['Prime.Calculator.Inproc', 'mta'],
      ['Prime.Calculator.InprocApartment', 'sta'],
      ['Prime.Calculator.InprocFree', 'mta'],
    ])(
      'H1 C7 S2 H2 %s: a canceled call returns, its server sees that, and the next call has its own reply',
      async (progId, home) => {
        const { object, thread } = await serve(progId, { thread: { apartment } })
        await object.call('Reset')
        expect(await object.get('Apartment')).toBe(home)
        // A call that is canceled before it is dispatched may never run (C11).
        await until('the server has seen a cancel', async () => {
          const error = await abortOnceBlocked(object, 'BlockPolling')
          expectAbortError(error, { reason: 'canceled', started: true })
          expect(thread.state).toBe('idle')
          expect(await object.call('Number', [42])).toBe(42)
          return (await object.get<number>('Canceled')) > 0
        })
      },
    )
  })

  it('H1 behaves as any other: properties, items, errors, events, callbacks', async () => {
    const { object, host } = await serve(INPROC)
    await object.set('Item', 'one', { args: ['first'] })
    expect(await object.get('Item', ['first'])).toBe('one')
    expect(await object.has('IsPrime')).toBe(true)
    expect(await object.has('Nonsense')).toBe(false)
    const items: unknown[] = []
    for await (const item of object.items()) items.push(item)
    expect(items.length).toBe(await object.get('Count'))
    expectComError(await rejection(object.call('Fail', [HResult.E_UNEXPECTED])), 'E_UNEXPECTED', 'Fail')
    expect((await object.describe()).interface.members.some(({ name }) => name === 'IsPrime')).toBe(true)
    const found: unknown[] = []
    const connection = await object.connect({ Found: (_call: ServerCall, n: unknown) => void found.push(n) })
    await object.call('Fire', [7, 2])
    await connection.disconnect()
    expect(found).toEqual([7, 7])
    expect(await object.call('CallBack', [(_call: ServerCall, n: number) => n * 2, 1, 21])).toBe(42)
    expect(object.host).toBe(host)
  })

  it('H1 takes objects of other processes and returns them; what comes from it is of its host', async () => {
    const { object, host, thread } = await serve(INPROC)
    const other = await serve(INPROC, { thread: { apartment: 'sta' } })
    await other.object.set('Item', 'of the other', { args: ['name'] })
    await object.setReference('Value', other.object)
    const back = own(await object.get<ComObject>('Value'))
    expect(await back.get('Item', ['name'])).toBe('of the other')
    expect(await back.is(other.object)).toBe(true)
    expect(back.host).toBe(host)
    const hosts: unknown[] = []
    await object.call('CallBack', [(_: ServerCall, each: ComObject) => void hosts.push(each.host), 1, object])
    expect(hosts).toEqual([host])
    expect(own(await thread.createObject('Prime.Calculator')).host).toBeUndefined()
    await object.set('Value', 0)
  })

  it('H2 lives with the others in the one single-threaded apartment', async () => {
    const progId = 'Prime.Calculator.InprocApartment'
    const { object, host, thread } = await serve(progId)
    const other = await serve(progId, { host, thread: { apartment: 'sta' } })
    expect(await other.object.get('ThreadId')).toBe(await object.get('ThreadId'))
    const both = own(await thread.createObject(INPROC, { host, apartment: 'sta' }))
    expect([await both.get('Apartment'), await both.get('ThreadId')]).toEqual([
      'sta',
      await object.get('ThreadId'),
    ])
  })

  it('H3 ends with its host when a canceled call does not return; the thread goes on', async () => {
    const host = await startHost({ terminateAfter: 300 })
    const { object, thread } = await serve(HOSTILE, { host, thread: { callCancellation: false } })
    const other = own(await thread.createObject(HOSTILE, { host }))
    const error = await rejection(object.call('Block', [LONG], { timeout: 200 }))
    expect(error).toMatchObject({
      name: 'AbortError',
      reason: 'timeout',
      started: true,
      abandoned: false,
      hostTerminated: true,
    })
    expect((error as Error).message).toMatch(/; it had not returned, and its host process was terminated$/)
    expect(thread.state).toBe('idle')
    const gone = await rejection(other.call('Block', [0]))
    expectComError(gone, 'RPC_E_DISCONNECTED', 'Block')
    expect((gone as Error).message).toContain(`host process ${host.pid}, which was terminated`)
    expect(await exitOf(host)).toMatchObject({ by: 'terminate' })
    await thread.wait(0)
    const next = await serve(HOSTILE, { thread: {} })
    await next.object.call('Block', [0])
  })

  it('H3 is not ended for a call that returns when it is canceled', async () => {
    const host = await startHost({ terminateAfter: 20_000 })
    const { object } = await serve(INPROC, { host })
    expect(await abortOnceBlocked(object, 'BlockPolling')).toMatchObject({ hostTerminated: false })
    expect(await object.call('Number', [1])).toBe(1)
  })

  it('H3 W4 has no limit by default: the call is abandoned, and terminate() ends it', async () => {
    const { host, object, thread } = await serve(HOSTILE, { thread: { callCancellation: false, grace: 50 } })
    const error = await rejection(object.call('Block', [LONG], { timeout: 100 }))
    expect(error).toMatchObject({ abandoned: true, hostTerminated: false })
    expect(thread.state).toBe('abandoned')
    host.terminate()
    await until('the call has returned', () => thread.state === 'idle')
    await thread.wait(0)
  })

  it('H3 ends with its host at the end of the grace period when its thread is closed', async () => {
    const host = await startHost({ terminateAfter: LONG })
    const { object, thread } = await serve(HOSTILE, { host, thread: { callCancellation: false, grace: 100 } })
    const pending = rejection(object.call('Block', [LONG]))
    const running = rejection(thread.wait(0, { queueTimeout: 300 }))
    expect(await running).toMatchObject({ started: false })
    await soon('the thread is closed', thread.close())
    expect(await pending).toMatchObject({ reason: 'disposed', hostTerminated: true, abandoned: false })
    expect(await exitOf(host)).toMatchObject({ by: 'terminate' })
  })

  it('H3 W4 is abandoned where its host ends and it does not return, also when its thread is closed', async () => {
    const host = await startHost({ terminateAfter: LONG })
    const { object, thread } = await serve(INPROC, { host, thread: { grace: 100 } })
    // The object is in the program, where no cancel reaches it (C14). What comes from a host is taken for its own.
    const here = own(await thread.createObject(HOSTILE))
    await object.setReference('Value', here)
    const back = own(await object.get<ComObject>('Value'))
    expect(back.host).toBe(host)
    const pending = rejection(back.call('Block', [3 * A_WHILE]))
    expect(await rejection(thread.wait(0, { queueTimeout: 300 }))).toMatchObject({ started: false })
    await thread.close()
    const error = await pending
    expect(error).toMatchObject({ reason: 'disposed', abandoned: true, hostTerminated: true })
    expect((error as Error).message).toContain('its host process was terminated and still blocks its thread')
    expect(await exitOf(host)).toMatchObject({ by: 'terminate' })
    await until('the thread has ended', () => diagnostics().threads === 0)
  })

  it.each([
    ['Crash', [], 0xc0000005, 'STATUS_ACCESS_VIOLATION (0xC0000005)'],
    ['Exit', [41], 41, 'exit code 41'],
  ] as const)('H4 ends with its host on %s; the program goes on', async (member, args, exitCode, text) => {
    const { host, object, thread } = await serve(HOSTILE)
    const second = await serve(HOSTILE, { host })
    const pending = codeOf(second.object.call('Block', [LONG]))
    ;(await callOf(second.thread.id))[Symbol.dispose]()
    const queued = codeOf(second.object.call('Block', [0]))
    expect(died).toContain(await codeOf(object.call(member, [...args])))
    expect(died).toContain(await pending)
    expect(died).toContain(await queued)
    expect(await exitOf(host)).toEqual({ exitCode, by: 'itself', message: '' })
    const gone = (await rejection(object.call('Block', [0]))) as ComError
    expectComError(gone, 'RPC_E_DISCONNECTED', 'Block')
    expect(gone.message).toContain(`host process ${host.pid}, which has ended by itself with ${text}`)
    expectComError(
      await rejection(thread.createObject(HOSTILE, { host })),
      'RPC_E_DISCONNECTED',
      'ComThread.createObject',
    )
    await thread.wait(0)
    const next = own(await thread.createObject(HOSTILE, { host: await startHost() }))
    await next.call('Block', [0])
  })

  it('H4 isolated objects of a thread share a host, and get a new one after a crash', async () => {
    const thread = await startThread()
    const create = async () => own(await thread.createObject(HOSTILE, { isolated: true }))
    const [first, second] = [await create(), await create()]
    expect(second.host).toBe(first.host)
    expect(died).toContain(await codeOf(first.call('Crash')))
    const third = await create()
    expect(third.host).not.toBe(first.host)
    await third.call('Block', [0])
    expect(died).toContain(await codeOf(second.call('Block', [0])))
  })

  it('H4 ends with its host on terminate()', async () => {
    const { host, object } = await serve(HOSTILE)
    const pending = codeOf(object.call('Block', [LONG]))
    ;(await callOf(object.thread.id))[Symbol.dispose]()
    host.terminate()
    host.terminate()
    expect(died).toContain(await pending)
    expect(await exitOf(host)).toMatchObject({ by: 'terminate' })
    expect(await codeOf(object.call('Block', [0]))).toBe('RPC_E_DISCONNECTED')
  })

  it('H5 is released, and its host ends, when the host is closed', async () => {
    const { host, object } = await serve(INPROC)
    await soon('the host is closed', host.close())
    expect(await host.exited).toEqual({ exitCode: 0, by: 'close', message: '' })
    const gone = (await rejection(object.get('Count'))) as ComError
    expectComError(gone, 'RPC_E_DISCONNECTED', 'Count')
    expect(gone.message).toContain(`host process ${host.pid}, which was closed`)
    host.terminate()
  })

  it('H5 ends within seconds when the host is closed while it blocks', async () => {
    const { host, object } = await serve(HOSTILE)
    const pending = codeOf(object.call('Block', [LONG]))
    ;(await callOf(object.thread.id))[Symbol.dispose]()
    await soon('the host is closed', host.close())
    // Not the exit code: a real process may end in spite of the call.
    expect((await host.exited).by).toBe('close')
    expect(died).toContain(await pending)
  })

  it('H8 ends its isolated host with the last object that came from it', async () => {
    const thread = await startThread()
    const object = await thread.createObject(INPROC, { isolated: true })
    const { host } = object
    if (!host) throw new Error('it has no host')
    let kept: ComObject | undefined
    const callback = (_call: ServerCall, each: ComObject) => {
      kept = each.keep()
    }
    await object.call('CallBack', [callback, 1, object])
    object.release()
    expect(await kept?.call('Number', [1])).toBe(1)
    kept?.release()
    expect(await exitOf(host)).toEqual({ exitCode: 0, by: 'close', message: '' })
  })

  it('H8 ends its isolated host when it is garbage-collected', async () => {
    const thread = await startThread()
    const exited = (async () => {
      const object = await thread.createObject(INPROC, { isolated: true })
      return object.host?.exited
    })()
    let over = false
    void exited.then(() => {
      over = true
    })
    await untilCollected('the host ends', () => over)
  })

  it('H8 ends its isolated host with its thread', async () => {
    const thread = await startThread()
    const { host } = await thread.createObject(INPROC, { isolated: true })
    await thread.close()
    if (host) expect(await exitOf(host)).toEqual({ exitCode: 0, by: 'close', message: '' })
  })

  it('H8 of a thread that isolates: in-process classes are in a host, local servers are not', async () => {
    const thread = await startThread({ isolated: true })
    const object = own(await thread.createObject(INPROC))
    expect(object.host?.pid).toBeGreaterThan(0)
    expect(own(await thread.createObject('Prime.Calculator')).host).toBeUndefined()
    expect(own(await thread.createObject(INPROC, { isolated: false })).host).toBeUndefined()
    await object.call('Number', [1])
  })

  it('an error of the class is that of a class in the program', async () => {
    const { host, thread } = await serve(INPROC)
    expectComError(
      await rejection(thread.createObject('Prime.Nonexistent', { host })),
      'CO_E_CLASSSTRING',
      'ComThread.createObject',
    )
    expectComError(
      await rejection(thread.createObject('Prime.Calculator', { host })),
      'REGDB_E_CLASSNOTREG',
      'ComThread.createObject',
    )
  })
})

describe('a host process', () => {
  it('has a process id and an architecture', async () => {
    const host = await startHost()
    expect(host.pid).toBeGreaterThan(0)
    expect(host.pid).not.toBe(process.pid)
    expect(host.architecture).toBe(backend.architecture)
  })

  it('is closed when it is garbage-collected', async () => {
    let over = false
    await (async () => {
      const { exited } = await ComHost.start()
      void exited.then(() => {
        over = true
      })
    })()
    await untilCollected('it has ended', () => over)
  })

  it('is not started for a signal that is aborted, and ends when it is aborted during the start', async () => {
    expectAbortError(await rejection(ComHost.start({ signal: AbortSignal.abort('early') })), {
      reason: 'early',
      started: false,
    })
    const controller = new AbortController()
    const starting = rejection(ComHost.start({ signal: controller.signal }))
    controller.abort('late')
    expectAbortError(await starting, { reason: 'late', started: false })
  })

  // A machine with an ARM64 processor runs the programs of each architecture.
  it.skipIf(process.arch === 'arm64' && backend.kind === 'native')(
    'H7 that cannot be started says why',
    async () => {
      const error = (await rejection(ComHost.start({ architecture: 'arm64' }))) as ComError
      expect(error).toMatchObject({ name: 'ComError', function: 'ComHost.start' })
      expect(error.message).toContain('arm64')
    },
  )
})

describe('H5 with the end of the program that started it, a host process ends', () => {
  const isGone = (pid: number) => {
    if (backend.kind === 'emulator') return true
    try {
      process.kill(pid, 0)
      return false
    } catch {
      return true
    }
  }

  it.each([
    ['without work left', 'idle', 0, ''],
    ['that waits for the end of the host only', 'waiting', 0, ''],
    ['when close has ended it, not before', 'closing', 0, 'closed'],
    ['by process.exit', 'exit', 7, ''],
    ['by an uncaught exception', 'thrown', 1, ''],
  ])('%s', async (_, situation, code, output) => {
    const ended = await runProgram(import.meta.dirname, 'hosts.cjs', [situation])
    expect(ended.code).toBe(code)
    const [pid, ...rest] = ended.stdout.split(/\r?\n/)
    expect(rest.join()).toBe(output)
    expect(Number(pid)).toBeGreaterThan(0)
    await until('the host process has ended', () => isGone(Number(pid)))
  })

  it('by TerminateProcess', async () => {
    const ended = await runProgram(import.meta.dirname, 'hosts.cjs', ['killed'])
    expect(ended.code).not.toBe(0)
    expect(Number(ended.stdout)).toBeGreaterThan(0)
    await until('the host process has ended', () => isGone(Number(ended.stdout)))
  })
})
