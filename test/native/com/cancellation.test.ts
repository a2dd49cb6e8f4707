// The rules about canceling, on real calls: to servers in another process and in another apartment, and on
// direct calls, which can't be canceled.
import {
  byRef,
  type ComObject,
  ComThread,
  type ComThreadOptions,
  cancelCall,
  HResult,
  raw,
  type ServerCall,
} from 'com-cancel'
import { describe, expect, it } from 'vitest'
import { callOf, nothingPending, own, startThread } from '../../support/com'
import { expectAbortError, expectComError, rejection } from '../../support/errors'
import { runProgram } from '../../support/program'
import { repetitions } from '../../support/repetitions'
import { A_WHILE, LONG, sleep, soon, until } from '../../support/until'
import {
  countsOf,
  describePrime,
  direct,
  dispid,
  expectCounts,
  keepServers,
  marshaled,
  objectIn,
  titleOfWay,
  underWine,
  type Way,
} from './support'

keepServers()

const { RPC_S_CALLPENDING } = HResult

/** Takes an hour unless it is canceled. */
const SLOW_PRIME = 1_000_000_000_039

const start = async ({ progId, client }: Way, options?: ComThreadOptions) => {
  const thread = await startThread({ apartment: client, ...options })
  const calculator = own(await thread.createObject(progId))
  await calculator.call('Reset')
  return { thread, calculator }
}

/** A call that is canceled when it has registered its cancel object. */
const abortOnceBlocked = async (
  thread: ComThread,
  call: (signal: AbortSignal) => Promise<unknown>,
): Promise<{ error: unknown; reason: object }> => {
  const controller = new AbortController()
  const reason = {}
  const rejected = rejection(call(controller.signal))
  ;(await callOf(thread.id))[Symbol.dispose]()
  await sleep(300)
  controller.abort(reason)
  return { error: await rejected, reason }
}

describePrime('a marshaled call', () => {
  describe.each(marshaled)(titleOfWay, way => {
    it.each([
      ['IsPrime', dispid.isPrime, SLOW_PRIME],
      ['BlockPolling', dispid.blockPolling, LONG],
    ])(
      'C7 S2 is released, and a server that polls sees the cancel and ends: %s',
      async (_, member, argument) => {
        const { thread, calculator } = await start(way)
        for (let i = 1; i <= 3; i++) {
          const { error, reason } = await abortOnceBlocked(thread, signal =>
            calculator.call(member, [argument], { signal }),
          )
          expectAbortError(error, { reason })
          expect(thread.state).toBe('idle')
          expect(await calculator.call(dispid.number, [i])).toBe(i)
          await expectCounts(calculator, { canceled: i })
        }
      },
    )

    it('C7 is canceled when it was made by name', async () => {
      const { thread, calculator } = await start(way)
      const { error, reason } = await abortOnceBlocked(thread, signal =>
        calculator.call('BlockPolling', [LONG], { signal }),
      )
      expectAbortError(error, { reason })
    })

    it('C10 S4 leaves a server that does not poll running, and the next call gets its own reply', async () => {
      const { thread, calculator } = await start(way, { grace: 60_000 })
      const { calculator: witness } = await start(way)
      const { error, reason } = await abortOnceBlocked(thread, signal =>
        calculator.call(dispid.number, ['late', 5000], { signal }),
      )
      expectAbortError(error, { reason })
      expect(thread.state).toBe('idle')
      // An MTA serves the next call at once, an STA when the canceled method has ended.
      if (way.server === 'mta') expect(await countsOf(witness)).toMatchObject({ started: 1, finished: 0 })
      expect(await calculator.call(dispid.number, ['own'])).toBe('own')
      const { finished } = await countsOf(witness)
      expect(finished).toBe(way.server === 'mta' ? 1 : 2)
      await expectCounts(witness, { started: 2, finished: 2, canceled: 0 })
    })

    it('C8 leaves by-reference arguments as they were', async () => {
      const { thread, calculator } = await start(way, { grace: 60_000 })
      const value = byRef('mine')
      const { error, reason } = await abortOnceBlocked(thread, signal =>
        calculator.call(dispid.number, [value, 2000], { signal }),
      )
      expectAbortError(error, { reason })
      expect(value.value).toBe('mine')
    })

    it('C1 C2 is RPC_E_CALL_CANCELED for its caller when another thread cancels it', async () => {
      const { thread, calculator } = await start(way)
      const ways = [() => thread.cancel(), () => cancelCall(thread.id)]
      for (const cancel of ways) {
        const blocked = rejection(calculator.call(dispid.blockPolling, [LONG]))
        ;(await callOf(thread.id))[Symbol.dispose]()
        expect(await cancel()).toBe('requested')
        expectComError(await blocked, 'RPC_E_CALL_CANCELED', 'DISPID 12')
      }
      await expectCounts(calculator, { started: 2, finished: 0, canceled: 2 })
    })

    it('C3 is CO_E_CANCEL_DISABLED on a thread without cancellation', async () => {
      const { thread, calculator } = await start(way, { callCancellation: false, grace: 100 })
      const running = calculator.call(dispid.number, [5, A_WHILE])
      const call = await callOf(thread.id)
      expectComError(await rejection(thread.cancel()), 'CO_E_CANCEL_DISABLED', 'CoCancelCall')
      call[Symbol.dispose]()
      expect(await running).toBe(5)
      const { error, reason } = await abortOnceBlocked(thread, signal =>
        calculator.call(dispid.number, [6, 2000], { signal }),
      )
      expectAbortError(error, { reason, hresult: RPC_S_CALLPENDING, abandoned: true })
      await until('the call is back', () => thread.state === 'idle')
      expect(await calculator.call(dispid.number, [7])).toBe(7)
    })

    it('C4 answers already-canceled to a second cancel', async () => {
      const { thread, calculator } = await start(way)
      const blocked = rejection(calculator.call(dispid.block, [A_WHILE]))
      const call = own(await callOf(thread.id))
      expect(call.cancel()).toBe('requested')
      expect(call.cancel()).toBe('already-canceled')
      expect(call.testCancel()).toBe(true)
      expectComError(await blocked, 'RPC_E_CALL_CANCELED', 'DISPID 11')
    })

    it('C5 keeps its result when it completes within the cancel timeout', async () => {
      const { thread, calculator } = await start(way)
      const running = calculator.call(dispid.number, ['in time', A_WHILE])
      ;(await callOf(thread.id))[Symbol.dispose]()
      expect(await thread.cancel({ timeout: 20_000 })).toBe('completed')
      expect(await running).toBe('in time')
    })

    it('C6 lets a cancel with an infinite timeout wait for the server', async () => {
      const { thread, calculator } = await start(way)
      const running = calculator.call(dispid.number, ['done', A_WHILE])
      ;(await callOf(thread.id))[Symbol.dispose]()
      expect(await thread.cancel({ timeout: Number.POSITIVE_INFINITY })).toBe('completed')
      expect(await running).toBe('done')
    })

    it('C11 does not reach the server when it is canceled in the queue', async () => {
      const { thread, calculator } = await start(way)
      const first = calculator.call(dispid.number, [1, A_WHILE])
      const controller = new AbortController()
      const queued = Array.from({ length: 5 }, (_, i) =>
        rejection(calculator.call(dispid.number, [i], { signal: controller.signal })),
      )
      ;(await callOf(thread.id))[Symbol.dispose]()
      controller.abort('early')
      for (const error of await Promise.all(queued)) expectAbortError(error, { reason: 'early' })
      expect(await first).toBe(1)
      expectAbortError(
        await rejection(calculator.call(dispid.number, [9], { signal: AbortSignal.abort('before') })),
        { reason: 'before' },
      )
      await expectCounts(calculator, { started: 1, finished: 1, canceled: 0 })
    })

    it('C7 C11 returns before its method begins when the server is busy', async ctx => {
      ctx.skip(way.server !== 'sta', 'only a server in a single-threaded apartment is busy')
      const { thread, calculator } = await start(way, { grace: 60_000 })
      const { calculator: other } = await start(way)
      let free = false
      const busy = other.call(dispid.block, [5000]).then(() => {
        free = true
      })
      await sleep(300)
      const { error, reason } = await abortOnceBlocked(thread, signal =>
        calculator.call(dispid.number, [1], { signal }),
      )
      expectAbortError(error, { reason })
      expect(free).toBe(false)
      await busy
      expect(await calculator.call(dispid.number, ['own'])).toBe('own')
    })

    it('C12 a cancel that finds no call has no later effect', async () => {
      const { thread, calculator } = await start(way)
      expect(nothingPending(thread.id)).toBe(true)
      for (let i = 0; i < 5; i++) {
        expectComError(await rejection(thread.cancel()), 'E_NOINTERFACE', 'CoCancelCall')
        expectComError(await rejection(cancelCall(thread.id)), 'E_NOINTERFACE', 'CoCancelCall')
        expect(await calculator.call(dispid.number, [i])).toBe(i)
      }
      expect(nothingPending(thread.id)).toBe(true)
    })

    it('C9 is canceled while other calls of the same server continue', async () => {
      const { thread, calculator } = await start(way)
      const { calculator: other } = await start(way, { grace: 10_000 })
      if (way.server === 'mta') {
        const steady = other.call(dispid.blockPolling, [A_WHILE])
        const { error, reason } = await abortOnceBlocked(thread, signal =>
          calculator.call(dispid.blockPolling, [LONG], { signal }),
        )
        expectAbortError(error, { reason })
        expect(await steady).toBe(undefined)
        await expectCounts(other, { started: 2, finished: 1, canceled: 1 })
      } else {
        const controller = new AbortController()
        const first = rejection(calculator.call(dispid.blockPolling, [LONG], { signal: controller.signal }))
        ;(await callOf(thread.id))[Symbol.dispose]()
        const second = other.call(dispid.number, ['waits its turn'])
        await sleep(50)
        controller.abort('now')
        expectAbortError(await first, { reason: 'now' })
        expect(await second).toBe('waits its turn')
      }
    })

    it('C7 is canceled in a loop over a collection and in a property', async () => {
      const { calculator } = await start(way)
      await calculator.set('Item', 1, { args: ['a'] })
      const signal = AbortSignal.abort('left')
      expectAbortError(await rejection(calculator.items({ signal }).next()), { reason: 'left' })
      expectAbortError(await rejection(calculator.get('Value', [], { signal })), { reason: 'left' })
      expectAbortError(await rejection(calculator.set('Value', 1, { signal })), { reason: 'left' })
      expectAbortError(await rejection(calculator.has('Value', { signal })), { reason: 'left' })
      expectAbortError(await rejection(calculator.connect({ Found() {} }, { signal })), { reason: 'left' })
      const controller = new AbortController()
      const seen: unknown[] = []
      const loop = async () => {
        for await (const item of calculator.items({ signal: controller.signal, batch: 1 })) {
          seen.push(item)
          controller.abort('left')
        }
      }
      expectAbortError(await rejection(loop()), { reason: 'left' })
      expect(seen).toEqual([1])
    })

    it('C7 is canceled while the server calls back and polls', async () => {
      const { thread, calculator } = await start(way)
      const controller = new AbortController()
      let calls = 0
      const back = () => {
        if (++calls === 3) controller.abort('third')
        return sleep(5)
      }
      const { signal } = controller
      expectAbortError(await rejection(calculator.call('CallBack', [back, 1000, 0], { signal })), {
        reason: 'third',
      })
      expect(calls).toBeLessThan(10)
      expect(thread.state).toBe('idle')
      await expectCounts(calculator, { started: 1, finished: 0, canceled: 1 })
    })

    it('C7 is canceled when its thread is disposed of', async () => {
      const { calculator: witness } = await start(way)
      const thread = await ComThread.start({ apartment: way.client })
      const calculator = await thread.createObject(way.progId)
      const blocked = rejection(calculator.call(dispid.blockPolling, [LONG]))
      ;(await callOf(thread.id))[Symbol.dispose]()
      await soon('it is disposed of', thread[Symbol.asyncDispose]())
      expectAbortError(await blocked, { why: 'disposed', started: true })
      expect(thread.state).toBe('disposed')
      await expectCounts(witness, { started: 1, finished: 0, canceled: 1 })
    })
  })
})

describePrime('a direct call', () => {
  describe.each(direct)(titleOfWay, way => {
    it('C14 W4 can not be canceled: its thread is abandoned until it returns', async () => {
      const { thread, calculator } = await start(way, { grace: 100 })
      const before = ComThread.abandoned
      const controller = new AbortController()
      const running = rejection(calculator.call(dispid.blockPolling, [2000], { signal: controller.signal }))
      await sleep(500)
      expectComError(await rejection(thread.cancel()), 'E_NOINTERFACE', 'CoCancelCall')
      controller.abort('enough')
      expectAbortError(await running, { reason: 'enough', hresult: RPC_S_CALLPENDING, abandoned: true })
      expect(thread.state).toBe('abandoned')
      expect(ComThread.abandoned).toBe(before + 1)
      expectComError(await rejection(calculator.call(dispid.number, [1])), 'RPC_S_CALLPENDING', 'DISPID 13')
      expectComError(
        await rejection(thread.createObject(way.progId)),
        'RPC_S_CALLPENDING',
        'ComThread.createObject',
      )
      await until('the call is back', () => thread.state === 'idle')
      expect(ComThread.abandoned).toBe(before)
      expect(await calculator.call(dispid.number, ['own'])).toBe('own')
      // The server has not been notified.
      await expectCounts(calculator, { started: 2, finished: 2, canceled: 0 })
    })

    it('C14 W4 ComThread.replace starts another thread in place of an abandoned one', async () => {
      const { thread, calculator } = await start(way, { grace: 100 })
      const controller = new AbortController()
      const running = rejection(calculator.call(dispid.block, [2000], { signal: controller.signal }))
      await sleep(500)
      controller.abort('enough')
      expectAbortError(await running, { reason: 'enough', hresult: RPC_S_CALLPENDING, abandoned: true })
      const fresh = own(await thread.replace())
      expect(thread.state).toBe('disposed')
      expect(fresh.id).not.toBe(thread.id)
      const again = own(await fresh.createObject(way.progId))
      expect(await again.get('Apartment')).toBe(way.server)
      expect(await again.call(dispid.number, [1])).toBe(1)
      expectComError(await rejection(calculator.call(dispid.number, [1])), 'RPC_E_DISCONNECTED', 'DISPID 13')
    })

    it('W4 ComThread.maxAbandoned limits the abandoned threads', async () => {
      const { thread, calculator } = await start(way, { grace: 100 })
      const most = ComThread.maxAbandoned
      const controller = new AbortController()
      const running = rejection(calculator.call(dispid.block, [2000], { signal: controller.signal }))
      await sleep(500)
      controller.abort()
      await running
      try {
        ComThread.maxAbandoned = ComThread.abandoned
        expectComError(await rejection(ComThread.start()), 'RPC_E_OUT_OF_RESOURCES', 'ComThread.start')
        expectComError(await rejection(thread.replace()), 'RPC_E_OUT_OF_RESOURCES', 'ComThread.replace')
        await until('the call is back', () => thread.state === 'idle')
        own(await ComThread.start())
      } finally {
        ComThread.maxAbandoned = most
      }
    })
  })
})

describePrime('activation', () => {
  it.each(['mta', 'sta'])(
    'C13 of a server that never registers its class is canceled: %s',
    async apartment => {
      // In a program of its own that does not wait for the thread, which Wine blocks for half a minute.
      const { stdout, stderr, code } = await runProgram(import.meta.dirname, 'never.cjs', [apartment])
      expect(stderr).toBe('')
      const { name, hresult, abandoned, cause, state, next } = JSON.parse(stdout)
      expect({ name, cause }).toEqual({ name: 'AbortError', cause: 'enough' })
      // Wine waits for a server to start outside of any call.
      if (!underWine) expect(abandoned).toBe(false)
      else
        expect({ abandoned, hresult, state }).toEqual({
          abandoned: true,
          hresult: RPC_S_CALLPENDING,
          state: 'abandoned',
        })
      expect(next).toBe(true)
      expect(code).toBe(0)
    },
  )

  it('C13 that is canceled at any moment gives an error or an object', async () => {
    const thread = await startThread({ grace: 20_000 })
    for (let i = 0; i < repetitions(20, 200); i++) {
      const controller = new AbortController()
      const creating = thread.createObject(i % 2 ? 'Prime.Calculator' : 'Prime.Calculator.Sta', {
        signal: controller.signal,
      })
      const aborted = (async () => {
        if (i % 3) await sleep(i % 7)
        controller.abort(i)
      })()
      const made = await creating.catch((error: unknown) => error)
      await aborted
      if (made instanceof Error)
        expect(made).toMatchObject({ name: 'AbortError', cause: i, abandoned: false })
      else expect(await own(made as ComObject).call('IsPrime', [97])).toBe(true)
    }
  })
})

/** Another thread's reference of an object of `home`. */
const passTo = async (thread: ComThread, object: Parameters<ComObject['set']>[1]): Promise<ComObject> => {
  const holder = own(await thread.createObject('Prime.Calculator.Inproc'))
  await holder.set('Value', object)
  const passed = own(objectIn(await holder.get('Value')))
  await holder.set('Value', undefined)
  return passed
}

describePrime('an incoming call', () => {
  describe.each([
    { home: 'sta', client: 'mta' },
    { home: 'sta', client: 'sta' },
    { home: 'mta', client: 'sta' },
  ] as const)('of an object of a $home thread from a $client thread', ({ home, client }) => {
    it('S2 has a signal that aborts when the caller cancels', async () => {
      const server = await startThread({ apartment: home })
      const thread = await startThread({ apartment: client, grace: 5000 })
      const calls: ServerCall[] = []
      const slow = (call: ServerCall) => {
        calls.push(call)
        expect(call.testCancel()).toBe(false)
        return new Promise((_, reject) =>
          call.signal.addEventListener('abort', () => reject(call.signal.reason)),
        )
      }
      const object = await passTo(thread, own(server.implement({ slow, quick: () => 'own' })))
      for (let i = 0; i < 3; i++) {
        const controller = new AbortController()
        const given = rejection(object.call('slow', [], { signal: controller.signal }))
        const call = await until('the call has come', () => calls[i])
        controller.abort(i)
        expectAbortError(await given, { reason: i })
        await until('the method has heard', () => call.signal.aborted)
        expectComError(
          await rejection((async () => call.testCancel())()),
          'RPC_E_CALL_COMPLETE',
          'ServerCall.testCancel',
        )
        expect(await object.call('quick')).toBe('own')
      }
    })

    it('S4 that does not test for a cancel runs to its end, and its reply is dropped', async () => {
      const server = await startThread({ apartment: home })
      const thread = await startThread({ apartment: client, grace: 5000 })
      let noticed: boolean | undefined
      const deaf = async (call: ServerCall) => {
        await sleep(2000)
        noticed = call.testCancel()
        return 'late'
      }
      const object = await passTo(thread, own(server.implement({ deaf, quick: () => 'own' })))
      const { error, reason } = await abortOnceBlocked(thread, signal => object.call(1, [], { signal }))
      expectAbortError(error, { reason })
      expect(await object.call('quick')).toBe('own')
      await until('the method has ended', () => noticed !== undefined)
      expect(noticed).toBe(true)
    })

    it('S7 sees the cancel of its own caller only', async () => {
      const server = await startThread({ apartment: home })
      const callers = await Promise.all(
        [0, 1, 2].map(() => startThread({ apartment: client, grace: 20_000 })),
      )
      const calls: ServerCall[] = []
      let release = () => {}
      const released = new Promise<void>(resolve => {
        release = resolve
      })
      const hold = async (call: ServerCall, who: unknown) => {
        calls.push(call)
        await released
        return who
      }
      const implementation = own(server.implement({ hold }))
      const controller = new AbortController()
      const outcomes: Promise<unknown>[] = []
      for (const [i, caller] of callers.entries()) {
        const object = await passTo(caller, implementation)
        const options = i === 1 ? { signal: controller.signal } : {}
        outcomes.push(object.call('hold', [i], options).catch((error: unknown) => error))
        await until('it has come', () => calls.length === i + 1)
      }
      controller.abort('second')
      // In an STA the calls are nested, so a later one returns before an earlier one.
      await until('it has heard', () => calls[1]?.signal.aborted)
      expect(calls.map(call => call.testCancel())).toEqual([false, true, false])
      expect(calls.map(call => call.signal.aborted)).toEqual([false, true, false])
      release()
      expectAbortError(await outcomes[1], { reason: 'second' })
      expect([await outcomes[0], await outcomes[2]]).toEqual([0, 2])
    })
  })

  it('S1 S2 has its own context when the outer call is canceled', async () => {
    const thread = await startThread()
    const calculator = own(await thread.createObject('Prime.Calculator'))
    const seen: boolean[] = []
    const controller = new AbortController()
    const back = async (call: ServerCall) => {
      controller.abort('outer')
      await sleep(50)
      // The caller is the server, which has not canceled.
      seen.push(call.testCancel())
    }
    const { signal } = controller
    expectAbortError(await rejection(calculator.call('CallBack', [back, 5, 0], { signal })), {
      reason: 'outer',
    })
    await until('the callback has looked', () => seen.length > 0)
    expect(seen).toEqual([false])
  })
})

describePrime('a call made from within a callback', () => {
  describe.each([
    { progId: 'Prime.Calculator.Sta', client: 'mta' },
    { progId: 'Prime.Calculator', client: 'mta' },
    { progId: 'Prime.Calculator.Sta', client: 'sta' },
    { progId: 'Prime.Calculator', client: 'sta' },
  ] as const)('of $progId on a thread of kind $client', ({ progId, client }) => {
    it('O3 O6 C7 C15 is canceled, and the outer call continues', async () => {
      const thread = await startThread({ apartment: client, grace: 5000 })
      const calculator = own(await thread.createObject(progId))
      const other = own(await thread.createObject('Prime.Calculator'))
      const back = async () => {
        const canceled = rejection(other.call(dispid.blockPolling, [5000]))
        await sleep(500)
        expect(await thread.cancel()).toBe('requested')
        expectComError(await canceled, 'RPC_E_CALL_CANCELED', 'DISPID 12')
        const controller = new AbortController()
        const { signal } = controller
        const inner = rejection(other.call(dispid.blockPolling, [5000], { signal }))
        await sleep(500)
        controller.abort('inner')
        expectAbortError(await inner, { reason: 'inner' })
        return 'went on'
      }
      expect(await calculator.call('CallBack', [back, 2, 0])).toBe('went on')
    })
  })
  it('C15 the release of an object is not canceled with the call around it', async () => {
    const thread = await startThread({ apartment: 'sta' })
    const blocker = own(await (await startThread()).createObject('Prime.Calculator.Sta'))
    const victim = own(await thread.createObject('Prime.Calculator.Sta'))
    const calculator = own(await thread.createObject('Prime.Calculator'))
    const controller = new AbortController()
    let canceled: boolean | undefined
    const back = async () => {
      // The release blocks, as the thread of its server does not serve it meanwhile.
      const blocking = blocker.call(dispid.block, [4000])
      await sleep(500)
      victim[Symbol.dispose]()
      await sleep(500)
      using release = raw.coGetCancelObject(thread.id).object
      expect(await thread.cancel()).toBe('requested')
      controller.abort('outer')
      await sleep(500)
      canceled = release?.testCancel()
      await blocking
    }
    const { signal } = controller
    expectAbortError(await rejection(calculator.call('CallBack', [back, 1, 0], { signal })), {
      reason: 'outer',
    })
    expect(canceled).toBe(false)
  })
})
