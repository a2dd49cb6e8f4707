// The security of calls and the flags of activations: what a binding is passed, and what is refused.
import {
  type ComObject,
  type ComThread,
  functionsOf,
  type ProxyBlanketOptions,
  type SecurityOptions,
} from 'com-cancel'
import { describe, expect, it } from 'vitest'
import type { Binding, CallSecurity } from '../../binding'
import { rejecting, throwing } from '../support/bad-input'
import { startFake, startWithObject } from '../support/fake-binding'

const bad = <T>(value: unknown): T => value as T

const passed: CallSecurity[] = []
const { initializeSecurity } = functionsOf({
  coInitializeSecurity: (security: CallSecurity) => {
    passed.push(security)
    return 0
  },
} as Binding)

describe('initializeSecurity', () => {
  const passes = (options?: SecurityOptions) => {
    passed.length = 0
    initializeSecurity(options)
    return passed
  }

  it('passes the constants of COM', () => {
    expect(passes()).toEqual([{ authentication: 0, impersonation: 2, capabilities: 0 }])
    const levels = ['none', 'connect', 'call', 'packet', 'integrity', 'privacy'] as const
    for (const [i, authentication] of levels.entries())
      expect(passes({ authentication })).toMatchObject([{ authentication: i + 1 }])
    const impersonations = ['anonymous', 'identify', 'impersonate', 'delegate'] as const
    for (const [i, impersonation] of impersonations.entries())
      expect(passes({ impersonation })).toMatchObject([{ impersonation: i + 1 }])
    const capabilities = ['dynamic-cloaking', 'secure-references', 'no-custom-marshal'] as const
    expect(passes({ capabilities })).toMatchObject([{ capabilities: 0x2042 }])
    const others = ['static-cloaking', 'disable-activate-as-activator'] as const
    expect(passes({ capabilities: others })).toMatchObject([{ capabilities: 0x1020 }])
  })

  const act = (options: unknown) => () => initializeSecurity(bad(options))
  throwing([
    ['null', act(null), 'TypeError', 'initializeSecurity: options must be an object, got null'],
    [
      'an unknown option',
      act({ authenticate: 'none' }),
      'TypeError',
      'initializeSecurity: options must not have "authenticate"; did you mean authentication?',
    ],
    [
      'an unknown level',
      act({ authentication: 'high' }),
      'RangeError',
      "initializeSecurity: options.authentication must be 'none' or 'connect' or 'call' or 'packet' or 'integrity' or 'privacy', got the string \"high\"",
    ],
    [
      'a level as a number',
      act({ impersonation: 3 }),
      'TypeError',
      "initializeSecurity: options.impersonation must be 'anonymous' or 'identify' or 'impersonate' or 'delegate', got 3",
    ],
    [
      'a capability that is no list',
      act({ capabilities: 'static-cloaking' }),
      'TypeError',
      'initializeSecurity: options.capabilities must be an array, got the string "static-cloaking"',
    ],
    [
      'a name that every object has',
      act({ capabilities: ['toString'] }),
      'RangeError',
      "initializeSecurity: options.capabilities[0] must be 'static-cloaking' or 'dynamic-cloaking' or 'secure-references' or 'disable-activate-as-activator' or 'no-custom-marshal', got the string \"toString\"",
    ],
    [
      'both kinds of cloaking',
      act({ capabilities: ['static-cloaking', 'dynamic-cloaking'] }),
      'RangeError',
      "initializeSecurity: options.capabilities can have 'static-cloaking' or 'dynamic-cloaking', not both",
    ],
    [
      'secure references without authentication',
      act({ authentication: 'none', capabilities: ['secure-references'] }),
      'RangeError',
      "initializeSecurity: options.authentication must not be 'none' with 'secure-references'",
    ],
  ])
})

describe('setProxyBlanket', () => {
  it('passes the constants of COM', async () => {
    const { object, fake } = await startWithObject()
    await object.setProxyBlanket()
    await object.setProxyBlanket({
      authentication: 'privacy',
      impersonation: 'delegate',
      service: 'kerberos',
      principal: 'HOST/server',
      capabilities: ['mutual-authentication', 'static-cloaking'],
    })
    await object.setProxyBlanket({ service: 'ntlm', capabilities: [] })
    const negotiated = {
      authentication: 0,
      impersonation: 0,
      service: 0xffffffff,
      authorization: 0xffffffff,
      principal: null,
      capabilities: 0x800,
    }
    expect(fake.blankets).toEqual([
      negotiated,
      {
        authentication: 6,
        impersonation: 4,
        service: 16,
        authorization: 0,
        principal: 'HOST/server',
        capabilities: 0x21,
      },
      { ...negotiated, service: 10, authorization: 0, capabilities: 0 },
    ])
  })

  const act = (options: unknown) => async () => {
    const { object, fake } = await startWithObject()
    try {
      await object.setProxyBlanket(bad<ProxyBlanketOptions>(options))
    } finally {
      expect(fake.blankets).toEqual([])
    }
  }
  const where = 'ComObject.setProxyBlanket'
  rejecting([
    ['a number', act(1), 'TypeError', `${where}: options must be an object, got 1`],
    [
      'an unknown option',
      act({ password: 'secret' }),
      'TypeError',
      `${where}: options must not have "password"; the names are authentication, impersonation, service, principal, capabilities, timeout, queueTimeout, signal`,
    ],
    [
      'an unknown service',
      act({ service: 'basic' }),
      'RangeError',
      `${where}: options.service must be 'none' or 'negotiate' or 'ntlm' or 'kerberos', got the string "basic"`,
    ],
    [
      'an empty principal',
      act({ principal: '' }),
      'RangeError',
      `${where}: options.principal must be a string that is not empty and has no NUL in it, got the string ""`,
    ],
    [
      'a capability of the process',
      act({ capabilities: ['secure-references'] }),
      'RangeError',
      `${where}: options.capabilities[0] must be 'static-cloaking' or 'dynamic-cloaking' or 'mutual-authentication', got the string "secure-references"`,
    ],
    [
      'a signal that is none',
      act({ signal: 1 }),
      'TypeError',
      `${where}: signal must be an AbortSignal, got 1`,
    ],
    [
      'a released object',
      async () => {
        const { object } = await startWithObject()
        object[Symbol.dispose]()
        return (object as ComObject).setProxyBlanket()
      },
      'ComError',
      `${where} failed: RPC_E_DISCONNECTED (0x80010108): the object was released; make a new one`,
    ],
  ])
})

describe('activation', () => {
  it('passes the flags of the context and the bind options', async () => {
    const { thread, fake } = await startFake()
    await thread.createObject('X', { bitness: 32 })
    await thread.createObject('X', { bitness: 64, cloaking: true, context: 'local' })
    await thread.createObject('X', { activateAsActivator: true, cloaking: false, server: 'HOST' })
    await thread.createObject('X', { activateAsActivator: false, context: 'inproc' })
    expect(fake.activations.map(each => 'context' in each && each.context)).toEqual([
      21 | 0x40000,
      4 | 0x80000 | 0x100000,
      20 | 0x10000,
      1 | 0x8000,
    ])
    fake.activations.length = 0
    await thread.getObject('X', { window: 0x1234 })
    await thread.getObject('X', { window: 0x8000_0000_0000_0001n, context: 'local' })
    await thread.getObject('X', { window: Uint8Array.of(0x34, 0x12, 0, 0, 0, 0, 0, 1), context: 'inproc' })
    await thread.getObject('X', { context: 'local' })
    expect(fake.activations.map(each => each.kind === 'moniker' && each.bind)).toEqual([
      { context: 21, window: 0x1234n },
      { context: 4, window: 0x8000_0000_0000_0001n },
      { context: 1, window: 0x0100_0000_0000_1234n },
      { context: 4, window: 0n },
    ])
  })

  const act = (activate: (thread: ComThread) => Promise<unknown>) => async () => {
    const { thread, fake } = await startFake()
    try {
      await activate(thread)
    } finally {
      expect(fake.activations).toEqual([])
    }
  }
  const create = 'ComThread.createObject: options'
  const handle =
    'ComThread.getObject: options.window must be a window handle (a number, a bigint, or the 4 or 8 bytes of one), got'
  const window = (value: unknown) => act(thread => thread.getObject('X', { window: bad(value) }))
  rejecting([
    [
      'a bitness of 16',
      act(thread => thread.createObject('X', { bitness: bad(16) })),
      'RangeError',
      `${create}.bitness must be 32 or 64, got 16`,
    ],
    [
      'a bitness of "64"',
      act(thread => thread.createObject('X', { bitness: bad('64') })),
      'TypeError',
      `${create}.bitness must be 32 or 64, got the string "64"`,
    ],
    [
      'cloaking of 1',
      act(thread => thread.createObject('X', { cloaking: bad(1) })),
      'TypeError',
      `${create}.cloaking must be a boolean, got 1`,
    ],
    [
      'activateAsActivator of null',
      act(thread => thread.createObject('X', { activateAsActivator: bad(null) })),
      'TypeError',
      `${create}.activateAsActivator must be a boolean, got null`,
    ],
    [
      'a context of remote',
      act(thread => thread.getObject('X', { context: bad('remote') })),
      'RangeError',
      "ComThread.getObject: options.context must be 'inproc' or 'local' or 'any', got the string \"remote\"",
    ],
    ['a window of -1', window(-1), 'RangeError', `${handle} -1`],
    ['a window of 1.5', window(1.5), 'RangeError', `${handle} 1.5`],
    ['a window of 2 to the power of 64', window(2n ** 64n), 'RangeError', `${handle} 18446744073709551616n`],
    ['a window of 3 bytes', window(new Uint8Array(3)), 'RangeError', `${handle} 3 bytes`],
    ['a window that is an object', window({}), 'TypeError', `${handle} an object of class Object`],
  ])
})
