// assertIdle and settled: the message for each kind of leak, and that the check passes when it is gone.
import { AssertionError } from 'node:assert'
import { CancelObject, type ComObject, ComThread, functionsOf, HResult } from 'com-cancel'
import { type EmulatedCall, Emulator, type RemoteObject } from 'com-cancel/emulator'
import { aroundEach, describe, expect, it, vi } from 'vitest'
import { collectUntil, turn } from '../support/emulated-threads'

let emulator: Emulator
aroundEach(async runTest => {
  emulator = new Emulator()
  await runTest()
})

/** Waits in the emulator's time. */
const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await emulator.clock.delay(1)
}

/** What the check says; an empty string when it passes. */
const leaks = (which = emulator): string => {
  try {
    which.assertIdle()
    return ''
  } catch (error) {
    expect(error).toBeInstanceOf(AssertionError)
    return (error as AssertionError).message
  }
}

const register = (changes: object = {}) =>
  emulator.registerClass({
    progId: 'A.Server',
    methods: {
      Echo: (_call: EmulatedCall, value: unknown) => value,
      Block(call: EmulatedCall, ms: number) {
        begun++
        return call.delay(ms)
      },
      Keep(_call: EmulatedCall, object: RemoteObject) {
        kept.push(object.keep())
      },
      CallBack(_call: EmulatedCall, object: RemoteObject) {
        begun++
        return object.call(0)
      },
    },
    events: ['Found'],
    ...changes,
  })
const kept: RemoteObject[] = []
/** Methods that take their time. */
let begun = 0

const start = (options: object = {}) => ComThread.start({ binding: emulator.binding, ...options })

/** A thread, an object of it, and what ends both. */
const client = async (options: object = {}) => {
  const thread = await start(options)
  const object = await thread.createObject('A.Server')
  return { thread, object, end: () => thread[Symbol.asyncDispose]() }
}

/** A call that is being executed; its failure is ignored. */
const calling = async (object: ComObject, ...args: Parameters<ComObject['call']>) => {
  const before = begun
  const call = object.call(...args)
  const ended = call.then(
    () => {},
    () => {},
  )
  await until(() => begun > before)
  return { ended }
}

it('a fresh emulator is idle, and registered classes are no leak', async () => {
  emulator.assertIdle()
  register()
  emulator.assertIdle()
  await emulator.settled({ timeout: 0 })
})

it('an emulator is idle right after its last thread and server have ended', async () => {
  for (const threading of ['sta', 'mta'])
    for (const apartment of ['sta', 'mta']) {
      using registration = register({ threading })
      {
        await using thread = await start({ apartment })
        const object = await thread.createObject('A.Server')
        expect(await object.call('Echo', [1])).toBe(1)
        await object.connect({ Found: () => {} })
        expect(await registration.fire('Found')).toBe(1)
        await emulator.run(async ({ clock }) => {
          const signal = clock.timeout(5)
          await expect(object.call('Block', [20], { signal })).rejects.toThrow()
          await clock.delay(30)
        })
      }
      emulator.assertIdle()
    }
})

describe('names', () => {
  aroundEach(runTest => emulator.run(runTest))

  it('a thread that was not disposed of, and what it does', async () => {
    const thread = await start({ apartment: 'sta' })
    expect(leaks()).toContain(`thread ${thread.id}, sta, idle`)
    const wait = thread.wait(60_000).catch(() => {})
    await turn()
    expect(leaks()).toContain(`thread ${thread.id}, sta, blocked in a wait`)
    await thread[Symbol.asyncDispose]()
    await wait
    emulator.assertIdle()
  })

  it('a thread from newThread', () => {
    const thread = emulator.newThread()
    expect(leaks()).toContain(`thread ${thread.id}, not disposed`)
    thread[Symbol.dispose]()
    emulator.assertIdle()
  })

  it('jobs, queued and running', async () => {
    const thread = await start()
    const waits = [1, 2, 3].map(() => thread.wait(60_000).catch(() => {}))
    await turn()
    expect(leaks()).toContain(`a job of thread ${thread.id}, running: a wait of 60000 ms`)
    expect(leaks()).toContain(`2 times: a job of thread ${thread.id}, queued: a wait of 60000 ms`)
    await thread[Symbol.asyncDispose]()
    await Promise.all(waits)
    emulator.assertIdle()
  })

  it('a call in flight: its thread, its target, since when, whether it was canceled', async () => {
    register()
    const { thread, object, end } = await client()
    const { ended } = await calling(object, 'Block', [200])
    expect(leaks()).toMatch(
      new RegExp(`a call by thread ${thread.id}: Block of an object of A.Server, pending for \\d+ ms\n`),
    )
    const { raw } = functionsOf(emulator.binding)
    const canceling = emulator.binding.cancelCall(thread.id, 60, () => {})
    expect(canceling).toBeUndefined()
    await turn()
    expect(leaks()).toMatch(/Block of an object of A\.Server, pending for \d+ ms, canceled/)
    await ended
    await end()
    emulator.assertIdle()
    expect(raw.coTestCancel()).toBe(HResult.RPC_E_CALL_COMPLETE)
  })

  it('a method that runs on after its caller was released, and the process it runs in', async () => {
    register()
    const { thread, object, end } = await client()
    const { ended } = await calling(object, 'Block', [200])
    expect(emulator.binding.coCancelCall(thread.id, 0)).toBe(HResult.S_OK)
    await ended
    await end()
    expect(leaks()).toMatch(
      /no caller waits for them:\n {2}- executing Block of an object of A\.Server, on thread \d+/,
    )
    expect(leaks()).toContain('the process of A.Server, used by 1 object, 0 calls and 1 method')
    expect(leaks()).toContain('1 pending timer')
    await emulator.settled()
    emulator.assertIdle()
  })

  it('no method of a process that has died: it executes nothing more', async () => {
    const registration = register()
    const { object, end } = await client()
    const { ended } = await calling(object, 'Block', [200])
    registration.die()
    await ended
    await end()
    emulator.assertIdle()
  })

  it('an object and its event connections, with the pointer that holds it', async () => {
    register()
    const { thread, object, end } = await client()
    expect(leaks()).toContain('an object of A.Server: 1 reference, 0 event connections')
    const connection = await object.connect({ Found: () => {} })
    expect(leaks()).toContain('an object of A.Server: 1 reference, 1 event connection\n')
    expect(leaks()).toContain(`a pointer of thread ${thread.id} to an object of A.Server`)
    await connection[Symbol.asyncDispose]()
    expect(leaks()).toContain('0 event connections')
    object[Symbol.dispose]()
    expect(leaks()).not.toContain('A.Server')
    await end()
    emulator.assertIdle()
  })

  it('an object of JavaScript that a server has kept', async () => {
    register()
    const { thread, object, end } = await client()
    await object.call('Keep', [() => 1])
    expect(leaks()).toContain(`an object that thread ${thread.id} implements: 1 reference`)
    expect(leaks()).toContain('keeping 1 object of others')
    kept.pop()?.release()
    expect(leaks()).not.toContain('implements')
    await end()
    emulator.assertIdle()
  })

  it('a call that JavaScript has not answered', async () => {
    register()
    const { thread, object, end } = await client({ apartment: 'sta' })
    let answer: (() => void) | undefined
    const handler = () =>
      new Promise<void>(resolve => {
        answer = resolve
      })
    const { ended } = await calling(object, 'CallBack', [handler])
    await until(() => answer !== undefined)
    expect(leaks()).toContain(
      `a call that JavaScript has not answered: the default member of an object that thread ${thread.id} implements`,
    )
    answer?.()
    await ended
    await end()
    emulator.assertIdle()
  })

  it('a class that is registered as running, and its process', async () => {
    const registration = register()
    registration.running = true
    expect(leaks()).toContain('A.Server, registered as running')
    const thread = await start()
    const object = await thread.getActiveObject('A.Server')
    object[Symbol.dispose]()
    await thread[Symbol.asyncDispose]()
    expect(leaks()).toContain('the process of A.Server, used by 1 object, 0 calls and 0 methods')
    registration.running = false
    emulator.assertIdle()
  })

  it('cancel objects, also while they are registered only', () => {
    const { coSetCancelObject } = functionsOf(emulator.binding)
    const object = new CancelObject({ binding: emulator.binding })
    expect(leaks()).toContain('a cancel object: 1 reference')
    coSetCancelObject(object)
    expect(leaks()).toContain('a cancel object: 2 references')
    object[Symbol.dispose]()
    expect(leaks()).toContain('a cancel object: 1 reference')
    coSetCancelObject(null)
    emulator.assertIdle()
  })

  it('a block on cancel operations', () => {
    const block = emulator.blockCancelOperations()
    expect(leaks()).toContain('a block on cancel operations')
    block[Symbol.dispose]()
    emulator.assertIdle()
  })

  it('timers', async () => {
    const delay = emulator.clock.delay(20)
    expect(leaks()).toContain('timers:\n  - 1 pending timer')
    await delay
    emulator.assertIdle()
  })

  it.each(['nothing', 'busy(0)', 'dispose', 'unregister'])('no busy period of a server, ended by %s', end => {
    const registration = register({ threading: 'sta' })
    const busy = registration.busy(60_000)
    if (end === 'busy(0)') registration.busy(0)
    if (end === 'dispose') busy[Symbol.dispose]()
    if (end === 'unregister') registration[Symbol.dispose]()
    emulator.assertIdle()
  })

  it('twenty of a kind, and the number of others', async () => {
    const threads = Array.from({ length: 30 }, () => emulator.newThread())
    expect(leaks().match(/thread \d+/g)?.length).toBe(20)
    expect(leaks()).toContain('and 10 more')
    for (const thread of threads) thread[Symbol.dispose]()
    emulator.assertIdle()
  })
})

it('names an object without references until it is collected', async () => {
  ;(() => emulator.binding.createUnknown())()
  expect(leaks()).toContain('an object with IUnknown: 1 reference')
  expect(await collectUntil(() => leaks() === '')).toBe(true)
})

describe('settled', () => {
  it('waits for onRelease of a server', async () => {
    const log: string[] = []
    register({
      async onRelease() {
        await emulator.clock.delay(10)
        log.push('released')
      },
    })
    const { end } = await client()
    await end()
    expect(leaks()).toContain('executing onRelease of A.Server')
    await emulator.settled()
    emulator.assertIdle()
    expect(log).toEqual(['released'])
  })

  it('waits no longer than its timeout, also under fake timers', async () => {
    const thread = emulator.newThread()
    const since = performance.now()
    await emulator.settled({ timeout: 20 })
    expect(performance.now() - since).toBeGreaterThan(15)
    vi.useFakeTimers()
    try {
      await emulator.settled({ timeout: 20 })
    } finally {
      vi.useRealTimers()
    }
    expect(leaks()).toContain(`thread ${thread.id}`)
    thread[Symbol.dispose]()
  })

  it('waits in emulated time within run', async () => {
    const server = register({
      onRelease() {
        return emulator.clock.delay(500)
      },
    })
    const since = performance.now()
    const took = await emulator.run(
      async ({ clock }) => {
        const { end } = await client()
        await end()
        const from = clock.now()
        await emulator.settled()
        emulator.assertIdle()
        expect(server.counts.objects).toBe(0)
        const thread = emulator.newThread()
        await emulator.settled({ timeout: 300_000 })
        thread[Symbol.dispose]()
        return clock.now() - from
      },
      { seed: 1 },
    )
    expect(took).toBeGreaterThanOrEqual(300_500)
    expect(took).toBeLessThan(300_600)
    expect(performance.now() - since).toBeLessThan(60_000)
  })

  it('refuses an invalid timeout', async () => {
    await expect(emulator.settled({ timeout: -1 })).rejects.toThrow(RangeError)
    await expect(emulator.settled({ timeout: '1' as never })).rejects.toThrow(TypeError)
  })
})

it('many emulators have leak checks of their own', async () => {
  const emulators = Array.from({ length: 50 }, () => new Emulator())
  const threads = await Promise.all(
    emulators.map(async (each, i) => {
      const server = { progId: 'Same.Name', methods: { Which: () => i } }
      const registration = each.registerClass(server)
      const thread = await ComThread.start({ binding: each.binding })
      const object = await thread.createObject('Same.Name')
      expect(await object.call('Which')).toBe(i)
      if (i % 3 === 1) registration.hang = true
      const call = object.call('Which')
      if (i % 3 !== 1) expect(await call).toBe(i)
      else call.catch(() => {})
      return thread
    }),
  )
  for (const [i, each] of emulators.entries()) {
    if (i % 2) await threads[i]?.[Symbol.asyncDispose]()
    if (i % 2) each.assertIdle()
    else {
      const others = threads.filter((_, j) => j !== i).map(({ id }) => id)
      const named = [...leaks(each).matchAll(/thread (\d+)/g)].map(([, id]) => Number(id))
      expect(named).toContain(threads[i]?.id)
      expect(named.filter(id => others.includes(id))).toEqual([])
      // Another emulator's thread does not exist here.
      expect(each.binding.coCancelCall(threads[(i + 1) % 50]?.id ?? 0, 0)).toBe(HResult.E_NOINTERFACE)
    }
  }
  await Promise.all(threads.map(thread => thread[Symbol.asyncDispose]()))
  for (const each of emulators) each.assertIdle()
})
