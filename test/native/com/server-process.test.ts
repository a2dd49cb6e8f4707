// The process of a local server: found while the server is blocked, and ended.
import { ComAbortError, type ComObject, type ComServerProcess } from 'com-cancel'
import { describe, expect, it } from 'vitest'
import { own, startThread } from '../../support/com'
import { rejection } from '../../support/errors'
import { LONG, until } from '../../support/until'
import { dead, describePrime, direct, keepServers, marshaled, remote, titleOfWay, underWine } from './support'

// Wine does not notice that a server has ended, and keeps the references that it held.
keepServers({ tidy: !underWine })

const found = async (object: ComObject): Promise<ComServerProcess> => {
  const process = await object.serverProcess({ timeout: LONG })
  if (!process) throw new Error('the process was not found')
  return own(process)
}

/** Lets new clients get another process: Wine keeps the class of a process that is killed. */
const forget = (calculator: ComObject): Promise<unknown> => calculator.call('Die', [LONG])

const expectDead = (error: unknown): void => {
  expect(dead).toContain((error as { code: unknown }).code)
}

describePrime('the process of a server', () => {
  describe.each(remote)(titleOfWay, ({ progId, client }) => {
    it('is found while the server is blocked, and ended; the thread calls a new server', async () => {
      const thread = await startThread({ apartment: client })
      const calculator = own(await thread.createObject(progId))
      const pid = await calculator.get<number>('ProcessId')
      await forget(calculator)
      const call = calculator.call('Block', [LONG], { timeout: 200 })
      expect(await rejection(call)).toBeInstanceOf(ComAbortError)
      const server = await found(calculator)
      expect(server.id).toBe(pid)
      if (underWine) expect(server.found).toBe('object reference')
      server.terminate()
      expectDead(await rejection(calculator.call('IsPrime', [97])))
      const fresh = own(await thread.createObject(progId))
      expect(await fresh.get('ProcessId')).not.toBe(pid)
      expect(await fresh.call('IsPrime', [97])).toBe(true)
      expect(thread.state).toBe('idle')
      // The process has ended, and so has what is known of it.
      server.terminate()
      expect(await until('it is gone', async () => !(await calculator.serverProcess()))).toBe(true)
    })

    it('ends with the calls that wait for it', async () => {
      const thread = await startThread({ apartment: client })
      const calculator = own(await thread.createObject(progId))
      const other = await startThread({ apartment: 'mta' })
      const elsewhere = own(await other.createObject(progId))
      const server = await found(elsewhere)
      await forget(elsewhere)
      const pending = [calculator, elsewhere].map(each => rejection(each.call('Block', [LONG])))
      await until('both calls run', () => thread.state === 'busy' && other.state === 'busy')
      server.terminate()
      for (const error of await Promise.all(pending)) expectDead(error)
      expect(await own(await thread.createObject(progId)).call('IsPrime', [97])).toBe(true)
    })
  })

  it.each([...direct, ...marshaled.filter(({ where }) => where === 'in another apartment')])(
    `of ${titleOfWay} is not known: it is the program's own`,
    async ({ progId, client }) => {
      const thread = await startThread({ apartment: client })
      const calculator = own(await thread.createObject(progId))
      expect(await calculator.serverProcess()).toBeUndefined()
    },
  )
})
