// The test server Prime.Calculator: whether it is there, and every way to reach it.
import { isDeepStrictEqual } from 'node:util'
import { type Apartment, backend, type ComObject, ComThread } from 'com-cancel'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { disposeOwned, leaveNothingBehind } from '../../support/com'
import { describePrime, reason } from '../../support/prime'
import { until } from '../../support/until'

export { describePrime }

/** Whether COM is Wine's. Tests that skip a check for it say what Wine does differently. */
export const underWine = backend.host.startsWith('Wine')

/**
 * Keeps the server's processes from the first test of a file to the last: they end when nobody
 * needs them, which takes a second each time. `tidy`: as leaveNothingBehind besides.
 */
export function keepServers({ tidy = true } = {}): void {
  if (tidy) leaveNothingBehind()
  else afterEach(disposeOwned)
  let keeper: ComThread | undefined
  const kept: ComObject[] = []
  beforeAll(async () => {
    if (reason !== undefined) return
    // In the MTA, which under Wine hangs when it ends during an incoming call.
    keeper = await ComThread.start()
    for (const progId of ['Prime.Calculator', 'Prime.Calculator.Sta'])
      kept.push(await keeper.createObject(progId))
  })
  afterAll(async () => {
    for (const calculator of kept) calculator[Symbol.dispose]()
    await keeper?.[Symbol.asyncDispose]()
  })
}

export interface Way {
  progId: string
  /** The apartment of the calling thread. */
  client: Apartment
  /** The apartment of the object. */
  server: Apartment
  /** The place of the object relative to the thread. */
  where: 'in another process' | 'in another apartment' | 'in the same apartment'
}

/** Every way to reach an object: marshaled, in one process or between two, and direct. */
export const ways: readonly Way[] = [
  { progId: 'Prime.Calculator', client: 'mta', server: 'mta', where: 'in another process' },
  { progId: 'Prime.Calculator', client: 'sta', server: 'mta', where: 'in another process' },
  { progId: 'Prime.Calculator.Sta', client: 'mta', server: 'sta', where: 'in another process' },
  { progId: 'Prime.Calculator.Sta', client: 'sta', server: 'sta', where: 'in another process' },
  { progId: 'Prime.Calculator.InprocApartment', client: 'mta', server: 'sta', where: 'in another apartment' },
  { progId: 'Prime.Calculator.InprocFree', client: 'sta', server: 'mta', where: 'in another apartment' },
  { progId: 'Prime.Calculator.Inproc', client: 'mta', server: 'mta', where: 'in the same apartment' },
  { progId: 'Prime.Calculator.Inproc', client: 'sta', server: 'sta', where: 'in the same apartment' },
]

export const marshaled = ways.filter(({ where }) => where !== 'in the same apartment')
export const direct = ways.filter(({ where }) => where === 'in the same apartment')
export const remote = ways.filter(({ where }) => where === 'in another process')

export const titleOfWay = '$progId $where ($server), called from $client'

/** A thread and a calculator for all tests of a `describe`. */
export const calculatorFor = ({ progId, client }: Way) => {
  const made: { thread: ComThread; calculator: ComObject } = {
    get thread(): never {
      throw new Error('before the tests')
    },
    get calculator(): never {
      throw new Error('before the tests')
    },
  }
  beforeAll(async () => {
    const thread = await ComThread.start({ apartment: client })
    const calculator = await thread.createObject(progId)
    Object.defineProperties(made, { thread: { value: thread }, calculator: { value: calculator } })
  })
  afterAll(async () => {
    made.calculator[Symbol.dispose]()
    await made.thread[Symbol.asyncDispose]()
  })
  return made
}

/** DISPIDs of members, which save the look-up of the name. */
export const dispid = { isPrime: 10, block: 11, blockPolling: 12, number: 13, lookUps: 59 } as const

interface Counts {
  started: number
  finished: number
  canceled: number
}

/** What the server's process has counted. */
export const countsOf = async (calculator: ComObject): Promise<Counts> => ({
  started: await calculator.get<number>('Started'),
  finished: await calculator.get<number>('Finished'),
  canceled: await calculator.get<number>('Canceled'),
})

/** Waits for the counts, as a canceled call may return before the server has counted it. */
export const expectCounts = async (calculator: ComObject, expected: Partial<Counts>): Promise<void> => {
  const asExpected = async () => {
    const counts = await countsOf(calculator)
    return isDeepStrictEqual({ ...counts, ...expected }, counts)
  }
  await until('the server has counted so', asExpected).catch(() => {})
  expect(await countsOf(calculator)).toMatchObject(expected)
}

/** Waits for the release, which takes the server a moment. */
export const untilObjects = (calculator: ComObject, atMost: number): Promise<boolean> =>
  until(
    `the server has ${atMost} objects or less`,
    async () => (await calculator.get<number>('Objects')) <= atMost,
  )

/** A result that must be an object. */
export const objectIn = (value: unknown): ComObject => {
  expect(value).toMatchObject({ released: false })
  return value as ComObject
}

/** The codes of calls to a server that has ended. */
export const dead: readonly string[] = [
  'RPC_S_SERVER_UNAVAILABLE',
  'RPC_S_CALL_FAILED',
  'RPC_S_CALL_FAILED_DNE',
  'RPC_E_DISCONNECTED',
  'RPC_E_SERVER_DIED',
  'RPC_E_SERVER_DIED_DNE',
]
