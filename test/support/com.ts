// Threads and objects that end with their test, and the check that a test leaks nothing.
import { createRequire } from 'node:module'
import {
  ComReference,
  ComThread,
  type ComThreadOptions,
  type Diagnostics,
  diagnostics,
  HResult,
  raw,
  type ThreadId,
} from 'com-cancel'
import { afterEach, beforeEach, expect } from 'vitest'
import { SOON, until } from './until'

// The binding itself, which the package does not export. Required as the package does, to get the same one.
export const { defaultBinding } = createRequire(import.meta.url)(
  '../../dist/functions/default-binding.js',
) as typeof import('../../dist/functions/default-binding.js')

const owned: (Disposable | AsyncDisposable)[] = []
let before: Diagnostics

/** Disposes of something when its test is over. */
export const own = <T extends Disposable | AsyncDisposable>(what: T): T => {
  owned.push(what)
  return what
}

/** Disposes of everything that is owned, the last one first. */
export async function disposeOwned(): Promise<void> {
  for (const each of owned.splice(0).reverse()) {
    if (Symbol.asyncDispose in each) await each[Symbol.asyncDispose]()
    else each[Symbol.dispose]()
  }
}

/** Checks after each test that it has released what it took. */
export function leaveNothingBehind(): void {
  beforeEach(() => {
    before = diagnostics()
  })

  afterEach(async () => {
    await disposeOwned()
    const left = { ...undo(), ...(await stillAlive()) }
    expect(left, 'left behind').toEqual({})
  })
}

/** Undoes and counts what a test has left on its thread, so that the next test does not fail for it. */
function undo(): Record<string, number> {
  const left: Record<string, number> = {}
  const repeat = (what: string, step: () => boolean) => {
    for (let count = 1; step(); count++) left[what] = count
  }
  repeat('enabled', () => raw.coDisableCallCancellation() === HResult.S_OK)
  repeat('cancel objects', () => {
    const { object } = raw.coGetCancelObject(0)
    object?.[Symbol.dispose]()
    return object !== null && raw.coSetCancelObject(null) === HResult.S_OK
  })
  repeat('call contexts', () => {
    const { object } = raw.coSwitchCallContext(null)
    object?.[Symbol.dispose]()
    return object !== null
  })
  repeat('apartments', () => raw.coUninitialize() === HResult.S_OK)
  return left
}

/** The counts that are higher than at the start of the test, once threads have had time to end. */
async function stillAlive(): Promise<Record<string, number>> {
  const counts = ['threads', 'jobs', 'objects'] as const
  const more = () => {
    const now = diagnostics()
    return counts.flatMap(what =>
      now[what] > before[what] ? [[what, now[what] - before[what]] as const] : [],
    )
  }
  // Under Wine the release of a proxy sometimes takes ten seconds, during which its thread does not end.
  // Counted once: the release of a proxy may start after the moment at which nothing was left, and is no leak.
  let left = more()
  const ended = () => {
    left = more()
    return left.length === 0
  }
  await until('everything has ended', ended, SOON).catch(() => {})
  return Object.fromEntries(left)
}

/** Starts a thread with a grace period that does not end on a busy machine either, unless the test sets one. */
export const startThread = async (options?: ComThreadOptions): Promise<ComThread> =>
  own(await ComThread.start({ grace: SOON, ...options }))

/** An object with IUnknown and nothing else. */
export const createUnknown = (): ComReference => {
  const binding = defaultBinding()
  // The library makes references; its constructor is not public.
  return own(Reflect.construct(ComReference, [binding, binding.createUnknown()]))
}

/** The cancel object of the call a thread is blocked in, as soon as the call has registered one (C12). */
export const callOf = async (threadId: ThreadId): Promise<ComReference> =>
  own(await until(`a call is pending on thread ${threadId}`, () => raw.coGetCancelObject(threadId).object))

/** Whether no cancelable call is pending on a thread; by default the calling thread. */
export const nothingPending = (threadId: ThreadId = 0): boolean => {
  const { hresult, object } = raw.coGetCancelObject(threadId)
  object?.[Symbol.dispose]()
  return hresult === HResult.E_NOINTERFACE
}

/** The number of jobs since the start of the test. */
export const jobs = (): number => diagnostics().jobs - before.jobs

/** The number of COM objects since the start of the test. */
export const objects = (): number => diagnostics().objects - before.objects

/** The number of threads since the start of the test. */
export const threads = (): number => diagnostics().threads - before.threads
