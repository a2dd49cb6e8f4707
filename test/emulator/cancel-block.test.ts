// A block on cancel operations, which only the emulator can switch on.
import { ComThread, HResult, IID_ICancelMethodCalls } from 'com-cancel'
import { Emulator, type RemoteObject } from 'com-cancel/emulator'
import { beforeEach, expect, it } from 'vitest'
import { hresultOf, PROG_ID } from '../support/emulated-servers'
import { cancelCall, close, start, turn, wait } from '../support/emulated-threads'

let emulator: Emulator
beforeEach(() => {
  emulator = new Emulator()
})

const makeObject = () => emulator.binding.createCancelObject({ onCancel: () => {}, cancelResult: 0 })

it('O5 CoSetCancelObject returns E_ACCESSDENIED to set and to reset while a block is in force', () => {
  const { binding } = emulator
  const [registered, other] = [makeObject(), makeObject()]
  binding.coSetCancelObject(registered)
  const block = emulator.blockCancelOperations()
  expect(binding.coSetCancelObject(other)).toBe(HResult.E_ACCESSDENIED)
  expect(binding.coSetCancelObject(null)).toBe(HResult.E_ACCESSDENIED)
  expect([registered.references(), other.references()]).toEqual([2, 1])
  block[Symbol.dispose]()
  expect(binding.coSetCancelObject(null)).toBe(HResult.S_OK)
  expect(registered.references()).toBe(1)
})

it('O5 blocks nest, each ends once, and none affects another emulator', () => {
  const { binding } = emulator
  const [outer, inner] = [emulator.blockCancelOperations(), emulator.blockCancelOperations()]
  inner[Symbol.dispose]()
  inner[Symbol.dispose]()
  expect(binding.coSetCancelObject(null)).toBe(HResult.E_ACCESSDENIED)
  expect(new Emulator().binding.coSetCancelObject(null)).toBe(HResult.S_OK)
  outer[Symbol.dispose]()
  expect(binding.coSetCancelObject(null)).toBe(HResult.S_OK)
})

it('O5 a call that would register a cancel object fails with E_ACCESSDENIED at once and leaves nothing behind', async () => {
  const { binding } = emulator
  const { thread } = await start(binding)
  using block = emulator.blockCancelOperations()
  expect(binding.wait({ ms: 60_000, cancelable: true })).toBe(HResult.E_ACCESSDENIED)
  expect(await wait(thread, 60_000).ended).toBe(HResult.E_ACCESSDENIED)
  expect(await wait(thread, 1, { cancelable: false }).ended).toBe(HResult.S_OK)
  expect(binding.diagnostics()).toMatchObject({ jobs: 0, objects: 0 })
  block[Symbol.dispose]()
  expect(await wait(thread, 1).ended).toBe(HResult.S_OK)
  await close(thread)
})

it('O5 a call already in flight can be canceled during a block, and its object is unregistered', async () => {
  const { binding } = emulator
  const { thread } = await start(binding)
  const { ended } = wait(thread, 60_000)
  await turn()
  using _ = emulator.blockCancelOperations()
  expect(await cancelCall(binding, thread.id, 0)).toBe(HResult.S_OK)
  expect(await ended).toBe(HResult.RPC_E_CALL_CANCELED)
  expect(binding.coGetCancelObject(thread.id, IID_ICancelMethodCalls).hresult).toBe(HResult.E_NOINTERFACE)
  expect(binding.diagnostics().objects).toBe(0)
  await close(thread)
})

it('C15 O5 a nested job that begins during a block is not canceled, nor is the call around it', async () => {
  await emulator.run(async ({ binding, clock }) => {
    emulator.registerClass({
      progId: PROG_ID,
      methods: { CallBack: (_call, handler) => (handler as RemoteObject).call(0) },
    })
    await using thread = await ComThread.start({ binding, apartment: 'sta' })
    const object = await thread.createObject(PROG_ID)
    const handler = async () => {
      const block = emulator.blockCancelOperations()
      const nested = hresultOf(thread.wait(50, { cancelable: false, signal: clock.timeout(10) }))
      await clock.delay(5)
      block[Symbol.dispose]()
      expect(await hresultOf(thread.cancel())).toBe(HResult.E_NOINTERFACE)
      return (await nested) === HResult.S_OK
    }
    expect(await object.call('CallBack', [handler])).toBe(true)
  })
  emulator.assertIdle()
})
