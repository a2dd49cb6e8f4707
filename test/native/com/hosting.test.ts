// What the process keeps for its apartments: a main STA and an MTA that outlive each ComThread, and thread names.
import { expect, it } from 'vitest'
import { own, startThread } from '../../support/com'
import { runProgram } from '../../support/program'
import { describePrime, keepServers } from './support'

keepServers()

describePrime('a class without a ThreadingModel', () => {
  it.each(['sta', 'mta'] as const)(
    'lives in an apartment that the end of the first STA thread does not end: created from %s',
    async apartment => {
      const { stdout, code } = await runProgram(import.meta.dirname, 'main-sta.cjs', [apartment])
      expect({ stdout: JSON.parse(stdout), code }).toEqual({
        stdout: { prime: [true, true], apartment: 'sta', sameThread: true, isHost: true },
        code: 0,
      })
    },
  )

  it('has all its objects on one thread, which is no ComThread', async () => {
    const first = await startThread({ apartment: 'sta' })
    const second = await startThread({ apartment: 'sta' })
    const threads = new Set<unknown>()
    for (const thread of [first, second]) {
      const object = own(await thread.createObject('Prime.Calculator.InprocMain'))
      threads.add(await object.get('ThreadId'))
      expect(await object.get('ThreadName')).toBe(`com-cancel host STA ${[...threads][0]}`)
    }
    expect(threads.size).toBe(1)
    expect([first.id, second.id]).not.toContain([...threads][0])
  })

  it.each(['sta', 'mta'] as const)(
    'does not keep the process from its exit in a call from %s',
    async apartment => {
      expect(await runProgram(import.meta.dirname, 'exits-in-host.cjs', [apartment])).toEqual({
        code: 42,
        stdout: '',
        stderr: '',
      })
    },
  )
})

describePrime('the multithreaded apartment', () => {
  it('outlives its last thread', async () => {
    const { stdout, code } = await runProgram(import.meta.dirname, 'last-mta.cjs')
    expect({ stdout: JSON.parse(stdout), code }).toEqual({
      stdout: { apartment: 'mta', prime: [true, true], sameThread: false },
      code: 0,
    })
  })
})

describePrime('the name of a thread', () => {
  it.each(['sta', 'mta'] as const)('has its kind and its id: %s', async apartment => {
    const thread = await startThread({ apartment })
    const calculator = own(await thread.createObject('Prime.Calculator.Inproc'))
    expect(await calculator.get('ThreadName')).toBe(`com-cancel ${apartment.toUpperCase()} ${thread.id}`)
  })
})
