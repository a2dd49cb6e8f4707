// Calls that this package does not make: by koffi and by an add-on, on the JavaScript thread, which they block.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import {
  type Apartment,
  type ComObject,
  ComThread,
  coInitializeEx,
  comTimeout,
  coUninitialize,
  type Freeze,
  HResult,
  include,
  watchdog,
} from 'com-cancel'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ComWorker } from '../../support/com-worker'
import { reason } from '../../support/prime'
import { LONG, sleep, soon, until } from '../../support/until'
import { describePrime, dispid, keepServers } from './support'

const { S_OK, RPC_E_CALL_CANCELED } = HResult
const root = path.resolve(import.meta.dirname, '../../..')
const require = createRequire(import.meta.url)

interface Foreign {
  calculator(): unknown
  invoke(object: unknown, dispid: number, value: number): number
  release(object: unknown): void
  block(milliseconds: number): number
}

const koffi = existsSync(path.join(root, 'node_modules/.cache/com-cancel-bench/node_modules/koffi'))
const missing = koffi ? '' : ' (koffi is not installed here: npm run setup:wine, or npm run bench on Windows)'
const describeForeign = (title: string, tests: () => void): void => {
  if (koffi) describePrime(title, tests)
  else describe.skip(`${title}${missing}`, tests)
}

/** Runs a function under a watchdog, and waits for the event loop. */
const underWatchdog = async (run: () => void): Promise<Freeze> => {
  const freezes: Freeze[] = []
  using _ = watchdog({ threshold: 500, onRecovered: freeze => freezes.push(freeze) })
  await sleep(1)
  run()
  return await until('the event loop is brought back', () => freezes[0])
}

describeForeign('a function of a library, called by koffi', () => {
  keepServers()
  let foreign: Foreign
  // It keeps the library loaded.
  let thread: ComThread
  let object: ComObject
  beforeAll(async () => {
    foreign = require('./fixtures/foreign.cjs')
    thread = await ComThread.start()
    object = await thread.createObject('Prime.Calculator.Inproc')
  })
  afterAll(async () => {
    object[Symbol.dispose]()
    await thread.close()
  })

  it('W1 W2 O9 is brought back by comTimeout, each time, on the main thread', () => {
    coInitializeEx('mta')
    using timeout = comTimeout(200)
    expect(foreign.block(LONG)).toBe(RPC_E_CALL_CANCELED)
    expect(foreign.block(LONG)).toBe(RPC_E_CALL_CANCELED)
    expect(foreign.block(0)).toBe(S_OK)
    expect(timeout.canceled).toBe(2)
    coUninitialize()
  })

  it('W3 O9 is brought back by a watchdog, on the main thread', async () => {
    coInitializeEx('mta')
    const freeze = await underWatchdog(() => {
      expect(foreign.block(LONG)).toBe(RPC_E_CALL_CANCELED)
      expect(foreign.block(LONG)).toBe(RPC_E_CALL_CANCELED)
    })
    expect(freeze).toMatchObject({ what: 'canceled', canceled: 2 })
    coUninitialize()
  })

  it.each(['comTimeout', 'watchdog'])('W1 W3 O9 is brought back by %s in a worker', async protection => {
    const worker = ComWorker.start(import.meta.dirname, 'foreign-worker.cjs', { apartment: 'mta' })
    const results = await soon('the worker is free again', worker.run(protection, 'block', LONG))
    expect(results).toEqual([RPC_E_CALL_CANCELED, RPC_E_CALL_CANCELED, 2])
  })
})

describeForeign('a marshaled call by koffi to a server in another process', () => {
  keepServers()
  let foreign: Foreign
  beforeAll(() => {
    foreign = require('./fixtures/foreign.cjs')
  })

  const withCalculator = async (
    apartment: Apartment,
    run: (calculator: unknown) => Promise<unknown>,
  ): Promise<void> => {
    coInitializeEx(apartment)
    const calculator = foreign.calculator()
    try {
      await run(calculator)
    } finally {
      foreign.release(calculator)
      coUninitialize()
    }
  }

  it.each(['mta', 'sta'] as const)(
    'W1 W2 C7 is brought back by comTimeout, on the main thread, %s',
    apartment =>
      withCalculator(apartment, async calculator => {
        using timeout = comTimeout(500)
        expect(foreign.invoke(calculator, dispid.blockPolling, LONG)).toBe(RPC_E_CALL_CANCELED)
        expect(foreign.invoke(calculator, dispid.blockPolling, LONG)).toBe(RPC_E_CALL_CANCELED)
        expect(foreign.invoke(calculator, dispid.blockPolling, 0)).toBe(S_OK)
        expect(timeout.canceled).toBe(2)
      }),
  )

  it.each(['mta', 'sta'] as const)('W3 C7 is brought back by a watchdog, on the main thread, %s', apartment =>
    withCalculator(apartment, async calculator => {
      const freeze = await underWatchdog(() => {
        expect(foreign.invoke(calculator, dispid.blockPolling, LONG)).toBe(RPC_E_CALL_CANCELED)
      })
      expect(freeze.what).toBe('canceled')
      // Under Wine, nobody is told that a failed call has ended: the next call removes its cancel object.
      expect(foreign.invoke(calculator, dispid.blockPolling, 0)).toBe(S_OK)
    }),
  )

  it.each(['comTimeout', 'watchdog'])('W1 W3 C7 is brought back by %s in a worker', async protection => {
    const data = { apartment: 'mta', dispid: dispid.blockPolling }
    const worker = ComWorker.start(import.meta.dirname, 'foreign-worker.cjs', data)
    const results = await soon('the worker is free again', worker.run(protection, 'server', LONG))
    expect(results).toEqual([RPC_E_CALL_CANCELED, RPC_E_CALL_CANCELED, 2])
  })
})

const addon = path.join(root, 'build/units/cancelable.node')
const notBuilt = existsSync(addon) ? '' : ' (not built here: node scripts/build-native.mjs --prime)'

describe.skipIf(notBuilt !== '')(`an add-on that uses com_cancel.h${notBuilt}`, () => {
  it('O1 O9 W1 is brought back by comTimeout', () => {
    const { sleep } = require(addon) as { sleep: (ms: number) => boolean }
    coInitializeEx('mta')
    using timeout = comTimeout(200)
    expect(sleep(0)).toBe(true)
    expect(sleep(LONG)).toBe(false)
    expect(timeout.canceled).toBe(1)
    coUninitialize()
  })

  it('O1 O9 W3 is brought back by a watchdog', async () => {
    const { sleep } = require(addon) as { sleep: (ms: number) => boolean }
    coInitializeEx('mta')
    const freeze = await underWatchdog(() => expect(sleep(LONG)).toBe(false))
    expect(freeze).toMatchObject({ what: 'canceled', canceled: 1 })
    coUninitialize()
  })
})

it('the header is in the folder that the package names', () => {
  expect(reason === undefined || existsSync(path.join(include, '..', 'package.json'))).toBe(true)
})
