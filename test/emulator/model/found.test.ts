// Faults that random programs have found, each as a program of its own.
import { ComThread, HResult } from 'com-cancel'
import { Emulator, type RemoteObject } from 'com-cancel/emulator'
import { beforeEach, expect, it } from 'vitest'
import { hresultOf, PROG_ID } from '../../support/emulated-servers'
import { close, start, wait } from '../../support/emulated-threads'

let emulator: Emulator
beforeEach(() => {
  emulator = new Emulator()
})

it('O5 an object whose events could not be connected is released with its owner', async () => {
  await emulator.run(async ({ binding, clock }) => {
    const server = emulator.registerClass({ progId: PROG_ID, events: ['Fired'] })
    await using thread = await ComThread.start({ binding })
    const object = await thread.createObject(PROG_ID)
    server.latency = 10
    const connecting = hresultOf(object.connect({ Fired() {} }))
    await clock.delay(5)
    // After the query for its events, and before the sink is passed.
    const block = emulator.blockCancelOperations()
    expect(await connecting).toBe(HResult.E_ACCESSDENIED)
    block[Symbol.dispose]()
    object[Symbol.dispose]()
    expect(binding.diagnostics()).toMatchObject({ objects: 0, pointers: 0 })
  })
  emulator.assertIdle()
})

it('C5 a cancel that waits for a wait of its thread is answered once', async () => {
  await emulator.run(async ({ binding, clock }) => {
    const { thread } = await start(binding)
    const { ended } = wait(thread, 10)
    await clock.delay(1)
    const answers: number[] = []
    thread.cancel(1, hr => answers.push(hr))
    expect(await ended).toBe(HResult.S_OK)
    await clock.delay(1)
    expect(answers).toEqual([HResult.RPC_E_CALL_COMPLETE])
    await close(thread)
  })
})

it('an object of a thread that has begun to close is RPC_E_DISCONNECTED for others', async () => {
  await emulator.run(async ({ binding, clock }) => {
    const { thread } = await start(binding, { apartment: 'sta' })
    const { thread: other } = await start(binding, { apartment: 'sta' })
    const object = thread.implement({ members: {}, iid: null, invoke: () => {}, canceled: () => {} })
    wait(thread, 50, { cancelable: false })
    wait(other, 20)
    const adopted = new Promise(resolve => other.adopt(object, ({ hresult }) => resolve(hresult)))
    await clock.delay(10)
    const closed = close(thread)
    expect(await adopted).toBe(HResult.RPC_E_DISCONNECTED)
    await Promise.all([closed, close(other)])
  })
})

it("W4 the grace period passes in the emulator's time, also with a wrapped binding", async () => {
  await emulator.run(async ({ binding, clock }) => {
    const thread = await ComThread.start({ binding, grace: 100_000 })
    const given = hresultOf(thread.wait(200_000, { cancelable: false, signal: clock.timeout(1) }))
    expect(await given).toBe(HResult.RPC_S_CALLPENDING)
    expect([clock.now(), thread.state]).toEqual([100_001, 'abandoned'])
    await clock.delay(100_000)
    await thread[Symbol.asyncDispose]()
  })
})

it('C5 a cancel of a call whose reply has come, and which a handler keeps, is RPC_E_CALL_COMPLETE', async () => {
  await emulator.run(async ({ binding, clock }) => {
    const server = emulator.registerClass({
      progId: PROG_ID,
      threading: 'mta',
      methods: {
        async CallBack(call, handler) {
          await call.delay(5)
          await (handler as RemoteObject).call(0)
        },
        async Reply(call) {
          await call.delay(10)
          return 'reply'
        },
      },
    })
    await using thread = await ComThread.start({ binding, apartment: 'sta' })
    const object = await thread.createObject(PROG_ID)
    const canceled = hresultOf(object.call('CallBack', [() => clock.delay(50)]))
    await clock.delay(1)
    expect(binding.coCancelCall(thread.id, 0)).toBe(HResult.S_OK)
    expect(await canceled).toBe(HResult.RPC_E_CALL_CANCELED)
    const kept = object.call('Reply')
    await clock.delay(20)
    expect(server.counts.finished).toBe(1)
    expect(binding.coCancelCall(thread.id, 0)).toBe(HResult.RPC_E_CALL_COMPLETE)
    expect(await kept).toBe('reply')
    expect(clock.now()).toBe(55)
  })
})
