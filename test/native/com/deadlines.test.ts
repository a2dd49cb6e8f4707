// Deadlines of calls to real servers: while JavaScript is blocked, and while a server rejects calls.
import { HResult } from 'com-cancel'
import { describe, expect, it } from 'vitest'
import { own, startThread } from '../../support/com'
import { rejection } from '../../support/errors'
import { A_WHILE, LONG, sleep } from '../../support/until'
import { describePrime, dispid, keepServers, marshaled, titleOfWay, underWine } from './support'

keepServers()

const { RPC_E_CALL_CANCELED, RPC_E_SERVERCALL_RETRYLATER } = HResult

/** Blocks JavaScript. */
const block = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

describePrime('a timeout', () => {
  describe.each(marshaled)(titleOfWay, way => {
    it('C7 C10 C12 cancels a call while JavaScript is blocked, and the next call gets its own reply', async () => {
      const thread = await startThread({ apartment: way.client, grace: 100 })
      const calculator = own(await thread.createObject(way.progId))
      const call = rejection(calculator.call(dispid.block, [A_WHILE], { timeout: 100 }))
      const next = calculator.call(dispid.number, [42])
      block(2 * A_WHILE)
      expect(await call).toMatchObject({
        reason: 'timeout',
        started: true,
        busy: false,
        abandoned: false,
        hresult: RPC_E_CALL_CANCELED,
        message: 'DISPID 11 was canceled after 100 ms (timeout); the server may still be working on it',
      })
      expect(await next).toBe(42)
    })
  })

  it('counts for each call of an enumeration, and not for the loop', async () => {
    const thread = await startThread()
    const calculator = own(await thread.createObject('Prime.Calculator'))
    for (const key of ['a', 'b', 'c']) await calculator.set('Item', key, { args: [key] })
    const found: unknown[] = []
    for await (const item of calculator.with({ timeout: 2_500 }).items({ batch: 1 })) {
      await sleep(1000)
      found.push(item)
    }
    expect(found).toEqual(['a', 'b', 'c'])
  })
})

/** Wine executes a call for which the server's filter answers SERVERCALL_RETRYLATER. */
const answers: (readonly [name: string, reject: boolean])[] = [
  ['SERVERCALL_REJECTED', true],
  ...(underWine ? [] : ([['SERVERCALL_RETRYLATER', false]] as const)),
]

describePrime('a busy server', () => {
  describe.each(['mta', 'sta'] as const)('called from %s', apartment => {
    it.each(answers)(
      'M1 that answers %s: the aborted call is busy, with the code of every canceled call',
      async (_, reject) => {
        const thread = await startThread({ apartment, busyRetry: 600_000 })
        const calculator = own(await thread.createObject('Prime.Calculator.Sta'))
        const busyFor = 4000
        const began = performance.now()
        await calculator.call('Busy', [busyFor, reject])
        const expected = { started: true, busy: true, abandoned: false, hresult: RPC_E_CALL_CANCELED }
        expect(await rejection(calculator.call(dispid.isPrime, [97], { timeout: 300 }))).toMatchObject({
          ...expected,
          reason: 'timeout',
          message: 'DISPID 10 was canceled after 300 ms (timeout); its server was busy and had rejected it',
        })
        const controller = new AbortController()
        const call = rejection(calculator.call(dispid.isPrime, [97], { signal: controller.signal }))
        await sleep(300)
        controller.abort()
        expect(await call).toMatchObject({ ...expected, reason: 'signal' })
        await sleep(Math.max(0, busyFor - (performance.now() - began)))
        expect(await calculator.call('IsPrime', [97])).toBe(true)
      },
    )

    it('M1 that refuses activations: the aborted activation is busy', async () => {
      const keeper = await startThread()
      const refusing = own(await keeper.createObject('Prime.Calculator'))
      await refusing.call('RefuseActivations', [1_000_000, RPC_E_SERVERCALL_RETRYLATER])
      try {
        const thread = await startThread({ apartment, busyRetry: 600_000, grace: 20_000 })
        expect(await rejection(thread.createObject('Prime.Calculator', { timeout: 300 }))).toMatchObject({
          reason: 'timeout',
          started: true,
          busy: true,
          hresult: RPC_E_CALL_CANCELED,
        })
      } finally {
        await refusing.call('RefuseActivations', [0, 0])
      }
    })

    it('C7 and a server that works on the call is not', async () => {
      const thread = await startThread({ apartment })
      const calculator = own(await thread.createObject('Prime.Calculator.Sta'))
      expect(await rejection(calculator.call(dispid.blockPolling, [LONG], { timeout: 300 }))).toMatchObject({
        reason: 'timeout',
        busy: false,
      })
    })
  })
})
