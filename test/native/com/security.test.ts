// The security of calls and the flags of activations, with real proxies.
import { HResult } from 'com-cancel'
import { expect, it } from 'vitest'
import { own, startThread } from '../../support/com'
import { expectComError, rejection } from '../../support/errors'
import { describePrime, direct, keepServers, marshaled, titleOfWay, underWine } from './support'

keepServers()

const blanket = { authentication: 'call', impersonation: 'identify' } as const

describePrime('setProxyBlanket', () => {
  it.each(direct)(`is for proxies: E_NOINTERFACE for ${titleOfWay}`, async ({ progId, client }) => {
    const thread = await startThread({ apartment: client })
    const calculator = own(await thread.createObject(progId))
    const error = await rejection(calculator.setProxyBlanket(blanket))
    expectComError(error, 'E_NOINTERFACE', 'ComObject.setProxyBlanket')
  })

  it.each(marshaled)(`reaches the proxy of ${titleOfWay}`, async ({ progId, client }) => {
    const thread = await startThread({ apartment: client })
    const calculator = own(await thread.createObject(progId))
    // Wine's proxies have IClientSecurity, whose SetBlanket it does not implement.
    const outcome = calculator.setProxyBlanket(blanket)
    if (underWine) expectComError(await rejection(outcome), 'E_NOTIMPL', 'ComObject.setProxyBlanket')
    else await outcome
    expect(await calculator.call('IsPrime', [97])).toBe(true)
  })
})

describePrime('activation', () => {
  it.each([
    { bitness: 64 },
    { cloaking: true },
    { activateAsActivator: true },
    { activateAsActivator: false },
    { bitness: 64, cloaking: true, context: 'local' },
  ] as const)('takes %o', async options => {
    const thread = await startThread()
    const calculator = own(await thread.createObject('Prime.Calculator', options))
    expect(await calculator.call('IsPrime', [97])).toBe(true)
  })

  const clsid = '{A6696CB7-1C2F-4595-B641-E6168D7336BB}'

  it('passes the context of a moniker', async () => {
    const thread = await startThread({ apartment: 'sta' })
    const isPrime = async (moniker: string, context: 'any' | 'inproc' | 'local') =>
      own(await thread.getObject(moniker, { context, window: 0n })).call('IsPrime', [97])
    expect(await isPrime(`new:${clsid}`, 'any')).toBe(true)
    expect(await isPrime('new:Prime.Calculator.Inproc', 'inproc')).toBe(true)
    const refused = [isPrime(`new:${clsid}`, 'inproc'), isPrime('new:Prime.Calculator.Inproc', 'local')]
    for (const each of refused)
      expect(await rejection(each)).toMatchObject({ hresult: HResult.REGDB_E_CLASSNOTREG })
  })

  it('gets an object by a moniker in another process', async context => {
    context.skip(underWine, 'Wine looks for the server of the moniker itself in that context')
    const thread = await startThread()
    const calculator = own(await thread.getObject(`new:${clsid}`, { context: 'local' }))
    expect(await calculator.call('IsPrime', [97])).toBe(true)
  })
})
