// The self-test of `doctor`: calls that block, canceled in every way that the host offers.
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { HResult } from '../errors/hresult'
import type { Apartment, ComThread } from '../index'
import { messageOf } from './exits'
import { api } from './session'

export interface Outcome {
  test: string
  result: 'passed' | 'failed' | 'not offered'
  ms: number
  /** Why it failed, or is not offered. */
  reason?: string
}

/** How long the calls would block, and when they are canceled, in milliseconds. */
const BLOCKS = 30_000
const AFTER = 50

/** How long one test may take. A busy machine is slow; a cancel that had no effect takes longer. */
const LIMIT = 20_000

const expectCanceled = (error: unknown): void => {
  const found = error as { hresult?: unknown; name?: unknown } | undefined
  if (found?.hresult === HResult.RPC_E_CALL_CANCELED) return
  throw new Error(
    error === undefined
      ? 'the call was not canceled: it returned S_OK'
      : `the call ended otherwise: ${messageOf(error)}`,
  )
}

const errorOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  )

const thrownBy = (call: () => void): unknown => {
  try {
    call()
  } catch (error) {
    return error
  }
  return undefined
}

/** Cancels the call that blocks a thread as soon as it blocks (C12). */
const cancelWhenBlocked = async (threadId: number): Promise<void> => {
  const { cancelCall, ComError } = api()
  const until = performance.now() + LIMIT
  for (;;) {
    try {
      await cancelCall(threadId)
      return
    } catch (error) {
      const early = error instanceof ComError && error.hresult === HResult.E_NOINTERFACE
      if (!early || performance.now() > until) throw error
      await sleep(5)
    }
  }
}

const onThread = async (apartment: Apartment, run: (thread: ComThread) => Promise<void>): Promise<void> => {
  const thread = await api().ComThread.start({ apartment })
  try {
    await run(thread)
    // The cancel must not reach the next call of the thread.
    await thread.wait(1)
  } finally {
    await thread.close()
  }
}

const bySignal = (apartment: Apartment) => () =>
  onThread(apartment, async thread =>
    expectCanceled(await errorOf(thread.wait(BLOCKS, { signal: AbortSignal.timeout(AFTER) }))),
  )

const byTimeout = () =>
  onThread('sta', async thread => expectCanceled(await errorOf(thread.wait(BLOCKS, { timeout: AFTER }))))

const byThreadId = () =>
  onThread('mta', async thread => {
    const ended = errorOf(thread.wait(BLOCKS))
    await cancelWhenBlocked(thread.id)
    expectCanceled(await ended)
  })

const byComTimeout = async () => {
  const { comTimeout, wait } = api()
  expectCanceled(thrownBy(() => comTimeout(AFTER, () => wait(BLOCKS))))
}

const byWatchdog = async () => {
  const { watchdog, wait } = api()
  const dog = watchdog({ threshold: 2 * AFTER })
  try {
    await sleep(AFTER)
    expectCanceled(thrownBy(() => wait(BLOCKS)))
  } finally {
    dog.close()
  }
}

const byCancelObject = async () => {
  const { CancelObject, callCancellation, coSetCancelObject, coCancelCall, getCurrentThreadId } = api()
  let canceled = false
  const enabled = callCancellation()
  const object = new CancelObject({
    onCancel: () => {
      canceled = true
    },
  })
  try {
    coSetCancelObject(object)
    try {
      coCancelCall(getCurrentThreadId())
    } finally {
      coSetCancelObject(null)
    }
  } finally {
    object[Symbol.dispose]()
    enabled[Symbol.dispose]()
  }
  if (!canceled) throw new Error('the cancel object was not called')
}

/** A worker thread that blocks in a call on its own thread, and posts what the call returned. */
const blocked = `
  const { parentPort, workerData } = require('node:worker_threads')
  const { callCancellation, getCurrentThreadId, raw } = require(workerData.library)
  const enabled = callCancellation()
  parentPort.postMessage({ thread: getCurrentThreadId() })
  const hresult = raw.wait(workerData.blocks)
  enabled[Symbol.dispose]()
  parentPort.postMessage({ hresult })`

const inWorker = async () => {
  const worker = new Worker(blocked, {
    eval: true,
    workerData: { library: require.resolve('../index'), blocks: BLOCKS },
  })
  try {
    const hresult = await new Promise<number>((resolve, reject) => {
      worker.on('error', reject)
      worker.on('exit', code => reject(new Error(`the worker thread has ended with ${code}`)))
      worker.on('message', (message: { thread?: number; hresult?: number }) => {
        if (message.thread !== undefined) cancelWhenBlocked(message.thread).catch(reject)
        if (message.hresult !== undefined) resolve(message.hresult)
      })
    })
    expectCanceled(hresult === 0 ? undefined : { hresult })
  } finally {
    await worker.terminate()
  }
}

const inHost = async () => {
  const host = await api().ComHost.start({ signal: AbortSignal.timeout(LIMIT) })
  await host.close()
}

interface Test {
  test: string
  run: () => Promise<void>
  /** `true`, or why the host does not offer it. */
  offered?: () => true | string
}

const tests: readonly Test[] = [
  { test: 'a signal cancels a call in a single-threaded apartment', run: bySignal('sta') },
  { test: 'a signal cancels a call in the multithreaded apartment', run: bySignal('mta') },
  { test: 'a timeout cancels a call', run: byTimeout },
  { test: 'CoCancelCall cancels the call of another thread', run: byThreadId },
  { test: "CoCancelCall calls the thread's own cancel object", run: byCancelObject },
  { test: 'comTimeout cancels a call that blocks JavaScript', run: byComTimeout },
  { test: 'watchdog cancels a call that freezes the event loop', run: byWatchdog },
  {
    test: 'CoCancelCall cancels a call that blocks a worker thread',
    run: inWorker,
    offered: () => api().backend.capabilities.cancelAcrossWorkers,
  },
  { test: 'a host process starts and ends', run: inHost },
]

/** Ends a test that hangs with an error. */
const limited = async (run: () => Promise<void>): Promise<void> => {
  const controller = new AbortController()
  const late = sleep(LIMIT, undefined, { signal: controller.signal }).then(() => {
    throw new Error(`it has not ended after ${LIMIT / 1000} seconds`)
  })
  late.catch(() => {})
  try {
    await Promise.race([run(), late])
  } finally {
    controller.abort()
  }
}

/** Runs the tests one after the other. */
export const selfTest = async (): Promise<Outcome[]> => {
  const outcomes: Outcome[] = []
  for (const { test, run, offered } of tests) {
    const possible = offered ? offered() : true
    const started = performance.now()
    const outcome = (result: Outcome['result'], reason?: string): Outcome => ({
      test,
      result,
      ms: Math.round(performance.now() - started),
      ...(reason !== undefined && { reason }),
    })
    if (possible !== true) outcomes.push(outcome('not offered', possible))
    else
      try {
        await limited(run)
        outcomes.push(outcome('passed'))
      } catch (error) {
        outcomes.push(outcome('failed', messageOf(error)))
      }
  }
  return outcomes
}
