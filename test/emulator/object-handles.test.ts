// References in the emulator: released call contexts, and handles that are collected.
import { CancelObject, functionsOf, HResult, IID_ICancelMethodCalls, IID_IUnknown } from 'com-cancel'
import { Emulator } from 'com-cancel/emulator'
import { beforeEach, describe, expect, it } from 'vitest'
import type { HostEnd } from '../../binding'
import { collectUntil, start, turn, wait } from '../support/emulated-threads'

let emulator: Emulator
beforeEach(() => {
  emulator = new Emulator()
})

const makeObject = (onCancel: (seconds: number) => void = () => {}) =>
  emulator.binding.createCancelObject({ onCancel, cancelResult: 0 })

describe('call contexts', () => {
  it('S5 a context that was released while it is current stays usable until another takes its place', () => {
    const { binding } = emulator
    const context = makeObject()
    expect(binding.coSwitchCallContext(context)).toEqual({ hresult: HResult.S_OK, object: null })
    expect(context.references()).toBe(1)
    context.release()
    expect(binding.diagnostics().objects).toBe(1)
    expect(binding.coTestCancel()).toBe(HResult.RPC_S_CALLPENDING)
    const { object } = binding.coGetCallContext(IID_ICancelMethodCalls)
    expect(object?.references()).toBe(1)
    object?.release()
    const before = binding.coSwitchCallContext(null).object
    expect(before?.references()).toBe(1)
    before?.release()
    expect(binding.diagnostics().objects).toBe(0)
  })

  it('S5 switching to the current context has no effect, and a released handle is refused', () => {
    const { binding } = emulator
    const context = binding.createUnknown()
    binding.coSwitchCallContext(context)
    binding.coSwitchCallContext(context).object?.release()
    expect(context.references()).toBe(1)
    expect(binding.coGetCallContext(IID_ICancelMethodCalls).hresult).toBe(HResult.E_NOINTERFACE)
    expect(binding.coTestCancel()).toBe(HResult.E_NOINTERFACE)
    context.release()
    expect(binding.coSwitchCallContext(context)).toEqual({
      hresult: HResult.RPC_E_DISCONNECTED,
      object: null,
    })
    expect(binding.coGetCallContext(IID_IUnknown).hresult).toBe(HResult.S_OK)
    binding.coSwitchCallContext(null).object?.release()
    expect(binding.coGetCallContext(IID_IUnknown).hresult).toBe(HResult.RPC_E_CALL_COMPLETE)
  })

  it('S7 every thread has a context of its own', () => {
    const { binding } = emulator
    const thread = emulator.newThread()
    const context = makeObject()
    emulator.runOn(thread, () => binding.coSwitchCallContext(context))
    context.cancel(0)
    expect(emulator.runOn(thread, () => binding.coTestCancel())).toBe(HResult.RPC_E_CALL_CANCELED)
    expect(binding.coTestCancel()).toBe(HResult.RPC_E_CALL_COMPLETE)
  })
})

describe('a handle without references', () => {
  const objects = () => emulator.binding.diagnostics().objects

  it('is released when it is collected, whatever its onCancel refers to', async () => {
    const make = () => {
      emulator.binding.createUnknown()
      const object: CancelObject = new CancelObject({
        binding: emulator.binding,
        onCancel: () => object.complete(),
      })
      const raw = makeObject(() => raw.complete())
    }
    make()
    expect(objects()).toBe(3)
    expect(await collectUntil(() => objects() === 0)).toBe(true)
  })

  it('leaves an object that is still registered as it is, with its onCancel', async () => {
    const { raw } = functionsOf(emulator.binding)
    let notifiedWith = -1
    const make = () => {
      const object = makeObject(seconds => {
        notifiedWith = seconds
      })
      emulator.binding.coSetCancelObject(object)
      const other = emulator.binding.coGetCancelObject(0, IID_ICancelMethodCalls).object
      return new WeakRef(other ?? object)
    }
    const handle = make()
    await turn()
    expect(await collectUntil(() => handle.deref() === undefined)).toBe(true)
    const references = () => {
      const { object } = emulator.binding.coGetCancelObject(0, IID_ICancelMethodCalls)
      const count = object?.references()
      object?.release()
      return count
    }
    expect(await collectUntil(() => references() === 2)).toBe(true)
    expect(raw.coCancelCall(0, 9)).toBe(HResult.S_OK)
    expect(notifiedWith).toBe(9)
    raw.coSetCancelObject(null)
    expect(objects()).toBe(0)
  })

  it('H5 of a host process closes it', async () => {
    let exitCode: number | undefined
    const ended = (end: HostEnd) => {
      exitCode = end.exitCode
    }
    await new Promise<void>(resolve => emulator.binding.startHost('x64', () => resolve(), ended))
    expect(emulator.hosts.running).toHaveLength(1)
    expect(await collectUntil(() => exitCode === 0)).toBe(true)
  })

  it('of a thread lets it complete its calls, then end', async () => {
    const forget = async () => wait((await start(emulator.binding)).thread, 50)
    const { ended } = await forget()
    await collectUntil(() => false)
    expect(await ended).toBe(HResult.S_OK)
    expect(await collectUntil(() => emulator.binding.diagnostics().threads === 0)).toBe(true)
  })
})
