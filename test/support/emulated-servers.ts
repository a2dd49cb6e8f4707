// An emulator for each test that must be idle at its end, its threads, and a server with common members.
import { ComAbortError, ComError, ComThread, type ComThreadOptions, HResult, raw } from 'com-cancel'
import {
  type ClassDefinition,
  type ClassRegistration,
  type EmulatedCall,
  Emulator,
} from 'com-cancel/emulator'
import { afterEach, aroundEach, beforeEach } from 'vitest'

let current: Emulator
const owned: AsyncDisposable[] = []

/**
 * Runs each test in a fresh emulator, in emulated time: it passes when nothing else is left to happen. A test must
 * therefore wait by `delay`, `until` and `timeout` only. The emulator has to be idle when the test has ended.
 */
export const eachInEmulatedTime = (): void => {
  aroundEach(async runTest => {
    current = new Emulator()
    try {
      await current.run(async () => {
        await runTest()
        await disposeOwned()
      })
    } finally {
      await disposeOwned()
    }
    await current.settled()
    current.assertIdle()
  })
}

/** Runs each test in a fresh emulator, in the time of the machine. It has to be idle when the test has ended. */
export const eachIdle = (): void => {
  beforeEach(() => {
    current = new Emulator()
  })
  afterEach(async () => {
    await disposeOwned()
    await current.settled()
    current.assertIdle()
  })
}

const disposeOwned = async (): Promise<void> => {
  for (const each of owned.splice(0).reverse()) await each[Symbol.asyncDispose]()
}

/** Emulated milliseconds. */
export const now = (): number => current.clock.now()

export const delay = (ms: number): Promise<void> => current.clock.delay(ms)

/** A signal that aborts after that much emulated time. */
export const timeout = (ms: number): AbortSignal => current.clock.timeout(ms)

export const emulator = (): Emulator => current

/** A thread that is disposed when the test is over. */
export const startThread = async (options: ComThreadOptions = {}): Promise<ComThread> => {
  const thread = await ComThread.start({ binding: current.binding, ...options })
  owned.push(thread)
  return thread
}

/** Waits until a condition holds: polls in the emulator's time. */
export const until = async (condition: () => boolean): Promise<void> => {
  const end = now() + 100_000
  while (!condition()) {
    if (now() > end) throw new Error(`it never became true that ${condition}`)
    await delay(1)
  }
}

/** The HRESULT of a call that fails, or was canceled; undefined when it succeeds. */
export const hresultOf = async (call: Promise<unknown>): Promise<number | undefined> => {
  try {
    await call
    return undefined
  } catch (error) {
    if (error instanceof ComError || error instanceof ComAbortError) return error.hresult
    throw error
  }
}

export const failure = async (call: Promise<unknown>): Promise<ComError> => {
  try {
    await call
  } catch (error) {
    if (error instanceof ComError) return error
    throw error
  }
  throw new Error('the call did not fail')
}

export const PROG_ID = 'Test.Server'

/** What the methods of the server have done, in order. */
export type Log = string[]

/** A server with the members that most tests need. */
export const commonServer = (log: Log = []) =>
  ({
    progId: PROG_ID,
    create: () => ({ log }),
    methods: {
      Echo: (_call: EmulatedCall, value?: unknown) => value,
      async Block(call: EmulatedCall, ms: number, name = '') {
        log.push(`begin ${name}`)
        await call.delay(ms)
        log.push(`end ${name}`)
        return name
      },
      async Poll(call: EmulatedCall, ms: number) {
        for (const end = now() + ms; now() < end; await call.delay(2))
          if (call.testCancel()) {
            log.push('noticed')
            throw Object.assign(new Error('canceled'), { hresult: HResult.RPC_E_CALL_CANCELED })
          }
        return 'in time'
      },
      async CallBack(
        _call: EmulatedCall,
        object: { call(member: number, args: unknown[]): Promise<unknown> },
        value?: unknown,
      ) {
        log.push('calls back')
        return object.call(0, [value])
      },
      Self: (call: EmulatedCall) => call.object,
    },
  }) as const

/** Registers that server with changes. */
export const register = (
  changes: Partial<ClassDefinition<object>> = {},
  log: Log = [],
): ClassRegistration<object> => {
  const { methods, ...rest } = commonServer(log)
  const definition = { ...rest, ...changes, methods: { ...methods, ...changes.methods } }
  return current.registerClass<object>(definition as ClassDefinition<object>)
}

export { raw }

/** Registers the server, and creates an object of it on a thread of its own. */
export const serve = async (
  log: Log,
  changes: Parameters<typeof register>[0] = {},
  options: ComThreadOptions = {},
) => {
  const registration = register(changes, log)
  const thread = await startThread(options)
  const object = await thread.createObject(PROG_ID)
  return { registration, thread, object }
}
