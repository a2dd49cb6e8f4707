// Servers that end before, during and after calls: the errors, and a new server in their place.
import { ComError, type ComObject } from 'com-cancel'
import { describe, expect, it } from 'vitest'
import { own, startThread } from '../../support/com'
import { rejection } from '../../support/errors'
import { LONG, sleep } from '../../support/until'
import { dead, describePrime, keepServers, remote, titleOfWay, underWine } from './support'

// Wine does not notice that a server has ended, and keeps the references that it held.
keepServers({ tidy: !underWine })

/** Checks the error of a call to a server that has ended. */
const expectDead = (error: unknown): void => {
  expect(error).toBeInstanceOf(ComError)
  expect(dead).toContain((error as ComError).code)
  expect(String(error)).toMatch(/make a new object|went away|is gone|not running/)
}

describePrime('a server that dies', () => {
  describe.each(remote)(titleOfWay, ({ progId, client }) => {
    it('during a call, before one and after one gives an error, and a new server starts', async () => {
      const thread = await startThread({ apartment: client })
      const calculator = own(await thread.createObject(progId))
      const witness = own(await thread.createObject(progId))
      const connection = await calculator.connect({ Found() {} })
      const pid = await calculator.get('ProcessId')
      await calculator.call('Die', [200])
      expectDead(await rejection(calculator.call('Block', [LONG])))
      expectDead(await rejection(calculator.call('IsPrime', [97])))
      expectDead(await rejection(witness.get('Value')))
      expectDead(await rejection(witness.has('Value')))
      await connection[Symbol.asyncDispose]()
      const fresh = own(await thread.createObject(progId))
      expect(await fresh.get('ProcessId')).not.toBe(pid)
      expect(await fresh.call('IsPrime', [97])).toBe(true)
      expectDead(await rejection(fresh.call('Die')))
      expectDead(await rejection(fresh.call('IsPrime', [97])))
      expectDead(await rejection(calculator.call('IsPrime', [97])))
      expect(await own(await thread.createObject(progId)).call('IsPrime', [97])).toBe(true)
      expect(thread.state).toBe('idle')
    })

    it('during calls of several threads and callbacks gives each an error', async () => {
      const threads = await Promise.all(Array.from({ length: 4 }, () => startThread({ apartment: client })))
      const calculators: ComObject[] = []
      for (const thread of threads) calculators.push(own(await thread.createObject(progId)))
      await calculators[0]?.call('Die', [300])
      const calls = calculators.map((each, i) =>
        rejection(
          i % 2 ? each.call('BlockPolling', [LONG]) : each.call('CallBack', [() => sleep(50), 1000, 0]),
        ),
      )
      for (const error of await Promise.all(calls)) expectDead(error)
      for (const thread of threads) expect(thread.state).toBe('idle')
    })
  })
})
