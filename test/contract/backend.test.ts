// The description of the binding in use, and its counts.
import { backend, diagnostics, type EntryPoint, getCurrentThreadId, type Provider, raw } from 'com-cancel'
import { describe, expect, it } from 'vitest'
import { leaveNothingBehind } from '../support/com'

leaveNothingBehind()

describe('backend', () => {
  it('is the binding that COM_CANCEL_BACKEND names', () => {
    expect(backend.kind).toBe(process.env.COM_CANCEL_BACKEND)
    expect(backend.host).not.toBe('')
  })

  it('tells what the program is built for; the emulated machine is x64 wherever it runs', () => {
    expect(backend.architecture).toBe(backend.kind === 'emulator' ? 'x64' : process.arch)
  })

  it('names a provider for each entry point', () => {
    const expected: readonly Provider[] =
      backend.kind === 'emulator' ? ['emulator'] : ['ole32', 'kernel32', 'stand-in']
    const entryPoints: readonly EntryPoint[] = [
      'CoInitializeEx',
      'CoUninitialize',
      'CoEnableCallCancellation',
      'CoDisableCallCancellation',
      'CoSetCancelObject',
      'CoGetCancelObject',
      'CoCancelCall',
      'CoTestCancel',
      'CoGetCallContext',
      'CoSwitchCallContext',
      'GetCurrentThreadId',
    ]
    for (const entryPoint of entryPoints) expect(expected).toContain(backend.entryPoints[entryPoint])
    expect(Object.keys(backend.entryPoints).sort()).toEqual([...entryPoints].sort())
  })

  it('gives a reason for each missing capability', () => {
    expect(Object.keys(backend.capabilities).sort()).toEqual([
      'blockCancelOperations',
      'cancelAcrossWorkers',
      'realThreads',
    ])
    for (const answer of Object.values(backend.capabilities))
      expect(answer === true || answer.length > 10).toBe(true)
  })

  it('counts threads, jobs, objects, pointers and handles', () => {
    const counts = diagnostics()
    expect(Object.keys(counts).sort()).toEqual(['handles', 'jobs', 'objects', 'pointers', 'threads'])
    for (const count of Object.values(counts)) expect(Number.isInteger(count) && count >= 0).toBe(true)
    if (backend.kind === 'native') expect(counts.handles).toBeGreaterThan(0)
    else expect(counts.handles).toBe(0)
  })

  it('has one id for the calling thread', async () => {
    const id = getCurrentThreadId()
    expect(id).toBeGreaterThan(0)
    expect(id).toBe(id >>> 0)
    await new Promise(resolve => setImmediate(resolve))
    expect(getCurrentThreadId()).toBe(id)
    expect(raw.getCurrentThreadId()).toBe(id)
  })
})
