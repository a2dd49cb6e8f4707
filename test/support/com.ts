// Threads and objects that end with their test, and the check that a test leaves nothing behind.
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

// Not for programs, and so not exported: the binding itself. Loaded as the package loads it, to be the same one.
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

/** Disposes of what was to be owned until now, the last one first. */
export async function disposeOwned(): Promise<void> {
  for (const each of owned.splice(0).reverse()) {
    if (Symbol.asyncDispose in each) await each[Symbol.asyncDispose]()
    else each[Symbol.dispose]()
  }
}

/** Every test of the file gives back what it took, and starts where no call is under way. */
export function leaveNothingBehind(): void {
  beforeEach(() => {
    before = diagnostics()
  })

  afterEach(async () => {
    await disposeOwned()
    const left = { ...takeBack(), ...(await stillAlive()) }
    expect(left, 'left behind').toEqual({})
  })
}

/** Undoes what a test left on its thread, so that the next one does not fail for it, and counts it. */
function takeBack(): Record<string, number> {
  const left: Record<string, number> = {}
  const repeat = (what: string, undo: () => boolean) => {
    for (let count = 1; undo(); count++) left[what] = count
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

/** What there is more of than when the test began; a thread may need a moment to end. */
async function stillAlive(): Promise<Record<string, number>> {
  const counts = ['threads', 'jobs', 'objects'] as const
  const more = () => {
    const now = diagnostics()
    return counts.flatMap(what =>
      now[what] > before[what] ? [[what, now[what] - before[what]] as const] : [],
    )
  }
  // Under Wine the release of a proxy takes ten seconds now and then, with its thread asleep in it.
  await until('everything has ended', () => more().length === 0, SOON).catch(() => {})
  return Object.fromEntries(more())
}

/** Starts a thread with a grace period that does not end on a busy machine either, unless the test sets one. */
export const startThread = async (options?: ComThreadOptions): Promise<ComThread> =>
  own(await ComThread.start({ grace: SOON, ...options }))

/** An object with IUnknown and nothing else. */
export const createUnknown = (): ComReference => {
  const binding = defaultBinding()
  return own(new ComReference(binding, binding.createUnknown()))
}

/** The cancel object of the call a thread is blocked in, as soon as the call has registered one (C12). */
export const callOf = async (threadId: ThreadId): Promise<ComReference> =>
  own(await until(`a call is pending on thread ${threadId}`, () => raw.coGetCancelObject(threadId).object))

/** Whether no call that could be canceled is pending on a thread, the calling one unless another is named. */
export const nothingPending = (threadId: ThreadId = 0): boolean => {
  const { hresult, object } = raw.coGetCancelObject(threadId)
  object?.[Symbol.dispose]()
  return hresult === HResult.E_NOINTERFACE
}

/** How many jobs there are more than when the test began. */
export const jobs = (): number => diagnostics().jobs - before.jobs

/** How many COM objects of our own there are more than when the test began. */
export const objects = (): number => diagnostics().objects - before.objects

/** How many threads there are more than when the test began. */
export const threads = (): number => diagnostics().threads - before.threads
