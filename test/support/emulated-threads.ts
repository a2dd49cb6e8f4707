// Threads of an emulator's binding, with promises in place of callbacks; garbage collection.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Binding, BindingThread, HRESULT, JobId, ThreadOptions, WaitRequest } from '../../binding'

export const start = async (
  binding: Binding,
  options: Partial<ThreadOptions> = {},
): Promise<{ thread: BindingThread; hresult: HRESULT }> => {
  let thread: BindingThread | undefined
  const hresult = await new Promise<HRESULT>(resolve => {
    thread = binding.startThread(
      { apartment: 'mta', callCancellation: true, busyRetry: 0, grace: 100, ...options },
      resolve,
    )
  })
  if (!thread) throw new Error('startThread returned nothing')
  return { thread, hresult }
}

/** A job and its HRESULT, which is undefined until it has ended. */
export interface Started {
  job: JobId
  ended: Promise<HRESULT>
  hresult: HRESULT | undefined
}

export const wait = (thread: BindingThread, ms: number, options: Partial<WaitRequest> = {}): Started => {
  const started: Started = { job: 0, ended: Promise.resolve(0), hresult: undefined }
  started.ended = new Promise(resolve => {
    started.job = thread.wait({ ms, cancelable: true, ...options }, hresult => {
      started.hresult = hresult
      resolve(hresult)
    })
  })
  return started
}

export const cancelCall = (binding: Binding, threadId: number, seconds: number): Promise<HRESULT> =>
  new Promise(resolve => binding.cancelCall(threadId, seconds, resolve))

export const close = (thread: BindingThread): Promise<void> => new Promise(resolve => thread.close(resolve))

/** The next turn of the event loop: requests to other threads have begun. */
export const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

export const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

/** Collects garbage until the condition holds; false when it never does. */
export const collectUntil = async (condition: () => boolean): Promise<boolean> => {
  for (let attempt = 0; attempt < 50 && !condition(); attempt++) {
    // A WeakRef that was read keeps its target until the end of the turn.
    await sleep(5)
    gc()
    await sleep(1)
  }
  return condition()
}

export const elapsed = (since: number): number => performance.now() - since
