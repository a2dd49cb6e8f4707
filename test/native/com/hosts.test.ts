// Host processes with real libraries: their calls are canceled and ended, and they end alone, or with the program.
import { type ChildProcess, spawn } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'
import {
  ComAbortError,
  type ComError,
  ComHost,
  type ComObject,
  ComThread,
  type ComThreadOptions,
  diagnostics,
} from 'com-cancel'
import { describe, expect, it } from 'vitest'
import { untilCollected } from '../../support/collect'
import { leaveNothingBehind, own, startThread } from '../../support/com'
import { rejection } from '../../support/errors'
import { repeat } from '../../support/program'
import { repetitions } from '../../support/repetitions'
import { A_WHILE, LONG, sleep, soon, until } from '../../support/until'
import { countsOf, dead, describePrime, expectCounts, underWine } from './support'

leaveNothingBehind()

const HOSTILE = 'Prime.Hostile'
const CALCULATOR = 'Prime.Calculator.Inproc'
const ACCESS_VIOLATION = 0xc0000005

/** Whether a process runs. */
const runs = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const untilGone = (pid: number) => until(`process ${pid} has ended`, () => !runs(pid))

const hostOf = (object: ComObject): ComHost => {
  if (!object.host) throw new Error('the object is in no host process')
  return object.host
}

/** A thread and an object in a host process of its own. */
const isolated = async (progId: string, terminateAfter: number, options?: ComThreadOptions) => {
  const thread = await startThread(options)
  const object = own(await thread.createObject(progId, { isolated: { terminateAfter } }))
  return { thread, object, host: hostOf(object) }
}

const startHost = async () => own(await ComHost.start())

const abortErrorOf = async (call: Promise<unknown>): Promise<ComAbortError> => {
  const error = await rejection(call)
  expect(error).toBeInstanceOf(ComAbortError)
  return error as ComAbortError
}

const expectDead = (error: unknown): void => expect(dead).toContain((error as ComError).code)

describePrime('host processes', () => {
  describe.each(['sta', 'mta'] as const)('for a thread in %s', apartment => {
    it('H1 C7 return the call of a library that blocks; without them its thread is abandoned (W4)', async () => {
      const { thread, object } = await isolated(HOSTILE, LONG, { apartment })
      const error = await abortErrorOf(object.call('Block', [LONG], { timeout: 200 }))
      expect(error).toMatchObject({ reason: 'timeout', abandoned: false, hostTerminated: false })
      expect(thread.state).toBe('idle')
      const next = own(await thread.createObject(CALCULATOR, { isolated: true }))
      expect(await next.call('IsPrime', [97])).toBe(true)
      // The canceled method keeps the host from ending by itself.
      hostOf(object).terminate()

      const alone = await startThread({ apartment, grace: 100 })
      const here = own(await alone.createObject(HOSTILE))
      expect(await here.get('ProcessId')).toBe(process.pid)
      const blocked = await abortErrorOf(here.call('Block', [3 * A_WHILE], { timeout: 200 }))
      expect(blocked).toMatchObject({ abandoned: true, hostTerminated: false })
      expect(alone.state).toBe('abandoned')
      await until('the library returns', () => alone.state === 'idle')
    })

    it('H1 S2 let a library see that its call was canceled', async () => {
      const { object } = await isolated(CALCULATOR, LONG, { apartment })
      const before = await countsOf(object)
      await abortErrorOf(object.call('BlockPolling', [LONG], { timeout: 200 }))
      await expectCounts(object, { canceled: before.canceled + 1 })
    })

    it('H1 pass objects, events and callbacks both ways', async () => {
      const { thread, object, host } = await isolated(CALCULATOR, LONG, { apartment })
      expect(await object.get('ProcessId')).toBe(host.pid)
      const found: unknown[] = []
      await using _ = await object.connect({ Found: (_call, n) => void found.push(n) })
      expect(await object.call('Fire', [7, 3])).toBe(3)
      expect(found).toEqual([7, 7, 7])
      expect(await object.call('CallBack', [(_: unknown, value: unknown) => value, 5, 'back'])).toBe('back')
      const same = own(await object.call<ComObject>('Echo', [object]))
      expect(await object.is(same)).toBe(true)
      expect(same.host).toBe(host)
      const inProcess = own(await thread.createObject(CALCULATOR))
      expect(await inProcess.call('CallBack', [object, 0, null])).toBeUndefined()
    })

    it('H3 end where a call does not come back, and only then; the thread goes on', async () => {
      const uncancelable = { apartment, callCancellation: false }
      const { thread, object, host } = await isolated(HOSTILE, 300, uncancelable)
      const other = own(await object.call<ComObject>('Another'))
      expect(await abortErrorOf(object.call('Block', [LONG], { timeout: 200 }))).toMatchObject({
        reason: 'timeout',
        abandoned: false,
        hostTerminated: true,
      })
      expect(thread.state).toBe('idle')
      expect(await host.exited).toMatchObject({ by: 'terminate' })
      for (const gone of [object, other])
        expect(await rejection(gone.get('Bits'))).toMatchObject({
          code: 'RPC_E_DISCONNECTED',
          message: expect.stringContaining(`host process ${host.pid}, which was terminated`),
        })
      const next = own(await thread.createObject(HOSTILE, { isolated: true }))
      expect(hostOf(next).pid).not.toBe(host.pid)
      expect(await next.get('ProcessId')).toBe(hostOf(next).pid)
    })

    it.each([
      ['writes where it may not', 'Crash', 0, ACCESS_VIOLATION],
      ['calls ExitProcess', 'Exit', 7, 7],
    ])('H4 end alone when a library %s', async (_, member, argument, exitCode) => {
      const { thread, object, host } = await isolated(HOSTILE, LONG, { apartment })
      expectDead(await rejection(object.call(member, [argument])))
      expect(await soon('it has ended', host.exited)).toMatchObject({ exitCode, by: 'itself' })
      expect(await rejection(object.get('Bits'))).toMatchObject({ code: 'RPC_E_DISCONNECTED' })
      const next = own(await thread.createObject(HOSTILE, { isolated: true }))
      expect(await next.get('ProcessId')).toBe(hostOf(next).pid)
      expect(thread.state).toBe('idle')
    })
  })

  it.each([
    [CALCULATOR, undefined, 'mta'],
    ['Prime.Calculator.InprocFree', undefined, 'mta'],
    ['Prime.Calculator.InprocApartment', undefined, 'sta'],
    ['Prime.Calculator.InprocMain', undefined, 'sta'],
    [CALCULATOR, 'sta', 'sta'],
    [CALCULATOR, 'mta', 'mta'],
  ] as const)('H2 make %s, asked for %s, in the %s', async (progId, apartment, home) => {
    const host = await startHost()
    const thread = await startThread()
    const made = [1, 2].map(async () => own(await thread.createObject(progId, { host, apartment })))
    const threads = new Set<unknown>()
    for (const object of await Promise.all(made)) {
      expect(await object.get('Apartment')).toBe(home)
      threads.add(await object.get('ThreadId'))
    }
    // One STA, whose one thread executes the calls of all its objects.
    if (home === 'sta') expect(threads.size).toBe(1)
  })

  it('H3 end while a class factory blocks', async () => {
    const thread = await startThread()
    const creation = thread.createObject('Prime.Hostile.Factory', {
      isolated: { terminateAfter: 300 },
      timeout: 500,
    })
    expect(await abortErrorOf(creation)).toMatchObject({ reason: 'timeout', abandoned: false })
    expect(thread.state).toBe('idle')
  })

  it.each([
    ['whose DllMain does not return', 'HangOnDetach'],
    ['whose object does not return from its last release', 'HangOnRelease'],
  ])('H5 are terminated when a library %s keeps them from ending', async (_, member) => {
    const host = await startHost()
    const thread = await startThread()
    const object = own(await thread.createObject(HOSTILE, { host }))
    await object.call(member)
    const begin = performance.now()
    await host.close()
    expect(await host.exited).toMatchObject({ by: 'close', message: expect.stringContaining('5 seconds') })
    // Five seconds, by the clock of a busy machine.
    expect(performance.now() - begin).toBeGreaterThan(4_000)
    await untilGone(host.pid)
  })

  it('H5 are terminated when a library ends them, keeps them from ending, and its object is released', async () => {
    const { thread, object, host } = await isolated(HOSTILE, LONG)
    await object.call('HangOnDetach')
    await abortErrorOf(object.call('Exit', [3], { timeout: 500 }))
    expect(thread.state).toBe('idle')
    object.release()
    await soon('it has ended', host.exited)
    await untilGone(host.pid)
  })

  it('H8 end with the last object, also one that came from another', async () => {
    const { object, host } = await isolated(HOSTILE, LONG)
    const other = await object.call<ComObject>('Another')
    object.release()
    expect(await other.get('ProcessId')).toBe(host.pid)
    other.release()
    expect(await soon('it has ended', host.exited)).toEqual({ exitCode: 0, by: 'close', message: '' })
    await untilGone(host.pid)
  })

  it('H7 say what is missing when they cannot be started', async () => {
    const error = (await rejection(ComHost.start({ architecture: 'arm64' }))) as ComError
    expect(error.name).toBe('ComError')
    expect(error.message).toContain('arm64')
  })
})

/** More open handles than this are a leak of one for each host. */
const SLACK = 10

describePrime('many host processes', () => {
  const leavesNoHandle = async (times: number, act: () => Promise<void>): Promise<void> => {
    await act()
    const before = diagnostics().handles
    await repeat(times, 4, act)
    // The handles of a process that has ended are closed with its ComHost.
    const closed = () => diagnostics().handles <= before + SLACK
    await untilCollected('no more handles are open', closed).catch(() => {})
    expect(diagnostics().handles - before).toBeLessThanOrEqual(SLACK)
  }

  it('H5 start and end, and leave no process and no handle', async () => {
    await leavesNoHandle(repetitions(12, 200), async () => {
      const host = await ComHost.start()
      expect(runs(host.pid)).toBe(true)
      await host.close()
      expect(await host.exited).toMatchObject({ exitCode: 0, by: 'close' })
      await untilGone(host.pid)
    })
  }, 3_600_000)

  it('H4 are killed in mid-call, and leave no process and no hang; on Windows no handle either', async () => {
    // Under Wine 8 about two events stay for each host that is killed in mid-call, and one for each that is killed
    // without a call, also on threads without call cancellation. No process, pipe or job stays.
    const many = underWine
      ? (times: number, act: () => Promise<void>) => repeat(times, 4, act)
      : leavesNoHandle
    await many(repetitions(12, 200), async () => {
      const host = await ComHost.start()
      const thread = await ComThread.start({ apartment: 'sta' })
      const object = await thread.createObject(HOSTILE, { host })
      const call = rejection(object.call('Block', [LONG]))
      await sleep(Math.random() * 30)
      process.kill(host.pid, 'SIGKILL')
      expectDead(await call)
      expect(await soon('it has ended', host.exited)).toMatchObject({ by: 'itself' })
      await untilGone(host.pid)
      object.release()
      await thread.close()
    })
  }, 3_600_000)

  /** Starts a program with a host process, and a call to it that is pending. */
  const startParent = async (how: string): Promise<{ parent: ChildProcess; pid: number }> => {
    const parent = spawn(
      process.execPath,
      [path.join(import.meta.dirname, 'fixtures/host-parent.cjs'), how],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    if (!parent.stdout) throw new Error('the program has no output')
    const lines = createInterface({ input: parent.stdout })
    const pid = await soon(
      'the program has a host process',
      new Promise<number>((resolve, reject) => {
        lines.once('line', line => resolve(Number(line)))
        parent.once('exit', code => reject(new Error(`the program has ended with ${code}`)))
      }),
    )
    return { parent, pid }
  }

  it.each(['exits in mid-call', 'ends', 'is killed in mid-call'])(
    'H5 end with a program that %s',
    async how => {
      await repeat(repetitions(3, 34), 3, async () => {
        const { parent, pid } = await startParent(how)
        const ended = new Promise(resolve => parent.once('exit', resolve))
        if (how === 'is killed in mid-call') {
          await sleep(Math.random() * 50)
          expect(runs(pid)).toBe(true)
          parent.kill('SIGKILL')
        }
        await soon('the program has ended', ended)
        await untilGone(pid)
      })
    },
    3_600_000,
  )
})
