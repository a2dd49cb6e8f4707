// comTimeout and watchdog on an emulator: its clock, threads, events and leak check.
import { ComThread, type Freeze, functionsOf, HResult } from 'com-cancel'
import { type EmulatedCall, Emulator, type RemoteObject } from 'com-cancel/emulator'
import { beforeEach, describe, expect, it } from 'vitest'
import { expectComError, rejection, thrown } from '../support/errors'
import { FakeBinding } from '../support/fake-binding'

const { S_OK, RPC_E_CALL_CANCELED } = HResult

let emulator: Emulator
beforeEach(() => {
  emulator = new Emulator()
})

describe('comTimeout', () => {
  it('W1 W2 cancels at exactly its times under a stopped clock', () => {
    const { clock } = emulator
    using _ = clock.stop()
    const { comTimeout, raw } = functionsOf(emulator.binding)
    using timeout = comTimeout(100)
    expect([raw.wait(500), clock.now()]).toEqual([RPC_E_CALL_CANCELED, 100])
    expect([raw.wait(500), clock.now()]).toEqual([RPC_E_CALL_CANCELED, 200])
    expect([raw.wait(99), clock.now()]).toEqual([S_OK, 299])
    expect([raw.wait(0), clock.now()]).toEqual([S_OK, 299])
    expect([raw.wait(1), clock.now()]).toEqual([S_OK, 300])
    expect(timeout.canceled).toBe(2)
  })

  it('W1 W2 cancels the calls of a thread that blocks no JavaScript', async () => {
    emulator.registerClass({
      progId: 'Caller',
      methods: {
        async Call(_call: EmulatedCall, other: RemoteObject) {
          using timeout = functionsOf(emulator.binding).comTimeout(1_000)
          const error = await rejection(other.call('Slow'))
          return [(error as { hresult: number }).hresult, timeout.canceled]
        },
      },
    })
    emulator.registerClass({
      progId: 'Slow',
      methods: {
        Slow: () => emulator.clock.delay(60_000),
      },
    })
    await emulator.run(async () => {
      await using thread = await ComThread.start({ binding: emulator.binding })
      const slow = await thread.createObject('Slow')
      const caller = await thread.createObject('Caller')
      expect(await caller.call('Call', [slow])).toEqual([RPC_E_CALL_CANCELED, 1])
      expect(emulator.clock.now()).toBeLessThan(2_000)
    })
  })

  it('cancels calls of its own thread only, and is closed there', () => {
    using _ = emulator.clock.stop()
    const { comTimeout, coEnableCallCancellation, raw } = functionsOf(emulator.binding)
    using timeout = comTimeout(10)
    using other = emulator.newThread()
    emulator.runOn(other, () => {
      coEnableCallCancellation()
      expect(raw.wait(100)).toBe(S_OK)
      expectComError(
        thrown(() => timeout.close()),
        'RPC_E_WRONG_THREAD',
        'ComTimeout.close',
      )
    })
    expect(timeout.canceled).toBe(0)
  })

  it('is published, and listed by the leak check until it is closed', () => {
    using log = emulator.record()
    const { comTimeout } = functionsOf(emulator.binding)
    const timeout = comTimeout(100, { repeat: 7 })
    const { id } = emulator.mainThread
    expect(() => emulator.assertIdle()).toThrow(`a timeout of 100 ms on thread ${id}, not disposed`)
    timeout.close()
    emulator.assertIdle()
    expect(log.of('timeout:started')).toMatchObject([{ threadId: id, ms: 100, repeat: 7 }])
    expect(log.of('timeout:stopped')).toMatchObject([{ threadId: id, canceled: 0 }])
  })
})

describe('watchdog', () => {
  const watch = (threshold = 1_000, interval = 50) => {
    const freezes: Freeze[] = []
    const { watchdog, raw } = functionsOf(emulator.binding)
    const dog = watchdog({ threshold, interval, onFreeze: freeze => freezes.push(freeze) })
    return { dog, raw, freezes }
  }

  it('W3 cancels at the threshold and in intervals, at exactly these times', async () => {
    const { clock } = emulator
    using _ = clock.stop()
    const { dog, raw, freezes } = watch()
    await clock.advance(10_000)
    expect([raw.wait(9_000), clock.now()]).toEqual([RPC_E_CALL_CANCELED, 11_000])
    expect([raw.wait(9_000), clock.now()]).toEqual([RPC_E_CALL_CANCELED, 11_050])
    expect(freezes).toEqual([])
    await clock.advance(0)
    expect(freezes).toMatchObject([{ what: 'canceled', lasted: 1_050, canceled: 2 }])
    expect([raw.wait(999), clock.now()]).toEqual([S_OK, 12_049])
    await clock.advance(0)
    expect(freezes).toHaveLength(1)
    dog.close()
    emulator.assertIdle()
  })

  it('W3 knows the stack of the canceled call', async () => {
    using _ = emulator.clock.stop()
    const { dog, raw, freezes } = watch()
    function blocked() {
      return raw.wait(9_000)
    }
    expect(blocked()).toBe(RPC_E_CALL_CANCELED)
    await emulator.clock.advance(0)
    expect(freezes[0]?.stack).toMatch(/^ {4}at .*\n[\s\S]*\bblocked\b/)
    dog.close()
  })

  it('W3 brings a program inside Emulator.run back', async () => {
    const lasted = await emulator.run(async () => {
      const { dog, raw, freezes } = watch()
      expect(raw.wait(9_000)).toBe(RPC_E_CALL_CANCELED)
      const at = emulator.clock.now()
      await emulator.clock.delay(5_000)
      dog.close()
      return [at, ...freezes.map(freeze => freeze.lasted)]
    })
    expect(lasted).toEqual([1_000, 1_000])
  })

  it('reports nothing after it was closed', async () => {
    using _ = emulator.clock.stop()
    const { dog, raw, freezes } = watch()
    expect(raw.wait(9_000)).toBe(RPC_E_CALL_CANCELED)
    dog.close()
    await emulator.clock.advance(0)
    expect(freezes).toEqual([])
  })

  it('is published, and listed by the leak check until it is closed', async () => {
    using _ = emulator.clock.stop()
    using log = emulator.record()
    const { dog, raw } = watch()
    const { id } = emulator.mainThread
    expect(() => emulator.assertIdle()).toThrow(`a watchdog of thread ${id}, not disposed`)
    raw.wait(9_000)
    await emulator.clock.advance(0)
    dog.close()
    const [{ watchdog } = { watchdog: 0 }] = log.of('watchdog:started', { threshold: 1_000, interval: 50 })
    expect(watchdog).toBeGreaterThan(0)
    expect(log.of('watchdog:recovered', { watchdog })).toMatchObject([
      { threadId: id, lasted: 1_000, canceled: 1, refused: S_OK },
    ])
    expect(log.of('watchdog:stopped', { watchdog })).toHaveLength(1)
  })
})

describe.each(['comTimeout', 'watchdog'] as const)('%s that cannot be opened', name => {
  const open = (parts: object) => {
    const counts = { enabled: 0, started: 0 }
    const binding = Object.assign(new FakeBinding(), {
      getCurrentThreadId: () => 4,
      coEnableCallCancellation: () => {
        counts.enabled++
        return S_OK
      },
      coDisableCallCancellation: () => {
        counts.enabled--
        return S_OK
      },
      ...parts,
    })
    const functions = functionsOf(binding as never)
    const error = thrown(() => (name === 'comTimeout' ? functions.comTimeout(100) : functions.watchdog()))
    return { error, counts }
  }

  it('W1 E3 disables cancellation again where the system has no timer', () => {
    const { error, counts } = open({ startTimeout: () => 0, startWatchdog: () => 0 })
    expectComError(error, 'E_OUTOFMEMORY', name)
    expect(counts.enabled).toBe(0)
  })

  it('W1 E3 disables cancellation again where the binding throws', () => {
    const broken = () => {
      throw new Error('broken')
    }
    const { error, counts } = open({ startTimeout: broken, startWatchdog: broken })
    expect(error).toMatchObject({ message: 'broken' })
    expect(counts.enabled).toBe(0)
  })

  it('W1 E3 starts no timer where cancellation cannot be enabled', () => {
    const start = () => {
      throw new Error('started')
    }
    const coEnableCallCancellation = () => HResult.E_OUTOFMEMORY
    const { error, counts } = open({ coEnableCallCancellation, startTimeout: start, startWatchdog: start })
    expectComError(error, 'E_OUTOFMEMORY', 'CoEnableCallCancellation')
    expect(counts.enabled).toBe(0)
  })
})
