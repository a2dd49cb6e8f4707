// The security of calls in the emulator: set once, at the latest by the first marshaled call.
import { type ComThread, functionsOf, HResult } from 'com-cancel'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  eachInEmulatedTime,
  emulator,
  failure,
  hresultOf,
  PROG_ID,
  register,
  startThread,
} from '../support/emulated-servers'
import { thrown } from '../support/errors'

eachInEmulatedTime()

let thread: ComThread
let security: { initialize(): void }
beforeEach(() => {
  security = { initialize: () => functionsOf(emulator().binding).initializeSecurity() }
})

describe('initializeSecurity', () => {
  it('is RPC_E_TOO_LATE after the first marshaled call', async () => {
    register()
    thread = await startThread()
    using object = await thread.createObject(PROG_ID)
    expect(thrown(security.initialize)).toMatchObject({ code: 'RPC_E_TOO_LATE' })
    expect(await object.call('Echo', [1])).toBe(1)
  })

  it('is not too late after a failed activation and calls inside one apartment', async () => {
    register({ server: 'inproc', threading: 'both' })
    thread = await startThread({ apartment: 'sta' })
    expect(await hresultOf(thread.createObject('No.Such.Class'))).toBe(HResult.CO_E_CLASSSTRING)
    using object = await thread.createObject(PROG_ID)
    expect(await object.call('Echo', [1])).toBe(1)
    security.initialize()
    expect(thrown(security.initialize)).toMatchObject({ code: 'RPC_E_TOO_LATE' })
  })
})

describe('setProxyBlanket', () => {
  it('is for proxies: E_NOINTERFACE for an object of the same apartment', async () => {
    register({ server: 'inproc', threading: 'both' })
    register({ progId: 'Local.Server' })
    thread = await startThread({ apartment: 'sta' })
    using direct = await thread.createObject(PROG_ID)
    expect(await failure(direct.setProxyBlanket({ authentication: 'call' }))).toMatchObject({
      code: 'E_NOINTERFACE',
      function: 'ComObject.setProxyBlanket',
    })
    using proxy = await thread.createObject('Local.Server')
    await proxy.setProxyBlanket({ authentication: 'privacy', impersonation: 'impersonate' })
    expect(await proxy.call('Echo', [1])).toBe(1)
  })
})

describe('activation', () => {
  it('takes flags of the context, and the context of a moniker', async () => {
    register()
    thread = await startThread()
    const { REGDB_E_CLASSNOTREG } = HResult
    const flags = { bitness: 64, cloaking: true, activateAsActivator: false } as const
    for (const options of [flags, { context: 'local', ...flags }, { server: 'localhost', ...flags }] as const)
      (await thread.createObject(PROG_ID, options))[Symbol.dispose]()
    expect(await hresultOf(thread.createObject(PROG_ID, { context: 'inproc', ...flags }))).toBe(
      REGDB_E_CLASSNOTREG,
    )
    for (const moniker of [`new:${PROG_ID}`, `Elevation:Administrator!new:${PROG_ID}`])
      (await thread.getObject(moniker, { context: 'local', window: 1n }))[Symbol.dispose]()
    const inProcess = thread.getObject(`new:${PROG_ID}`, { context: 'inproc' })
    expect(await hresultOf(inProcess)).toBe(REGDB_E_CLASSNOTREG)
  })
})
