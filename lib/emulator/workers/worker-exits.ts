// The workers that this thread starts, and their ends: a worker that is terminated can't clean up after itself.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Worker } from 'node:worker_threads'

export interface WorkerObserver {
  /** A Worker is being constructed. Returns which one it is, undefined for one that is not to be watched. */
  started(): number | undefined
  /** That one has ended, in whatever way. `node`: Node's threadId. */
  ended(node: number, which: number): void
}

type ChannelListener = Parameters<typeof subscribe>[1]

const collectedObservers = new FinalizationRegistry<ChannelListener>(listener =>
  unsubscribe('worker_threads', listener),
)

/** Keeps the watcher only while it watches one: test stacks load modules again and again, and drop them. */
export const watchWorkerExits = (watcher: WorkerObserver): void => {
  const watching = new WeakRef(watcher)
  const listener: ChannelListener = message => {
    const { worker } = message as { worker: Worker }
    const node = worker.threadId // gone once it has ended
    const awake = watching.deref()
    const which = awake?.started()
    if (awake && which !== undefined) worker.once('exit', () => awake.ended(node, which))
  }
  subscribe('worker_threads', listener)
  collectedObservers.register(watcher, listener)
}
