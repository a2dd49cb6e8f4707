// Observes the workers that this one starts, and their exits: a terminated worker can't free what it held.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Worker } from 'node:worker_threads'

export interface WorkerObserver {
  /** A Worker is being constructed. Returns its number; undefined for one whose exit is not to be observed. */
  started(): number | undefined
  /** The worker has exited or was terminated. `node`: Node's threadId. */
  ended(node: number, child: number): void
}

type ChannelListener = Parameters<typeof subscribe>[1]

const collectedObservers = new FinalizationRegistry<ChannelListener>(listener =>
  unsubscribe('worker_threads', listener),
)

/** Holds the observer only while a worker runs: test runners load modules repeatedly and drop them. */
export const watchWorkerExits = (observer: WorkerObserver): void => {
  const weakly = new WeakRef(observer)
  const listener: ChannelListener = message => {
    const { worker } = message as { worker: Worker }
    const node = worker.threadId // -1 after the exit
    const held = weakly.deref()
    const child = held?.started()
    if (held && child !== undefined) worker.once('exit', () => held.ended(node, child))
  }
  subscribe('worker_threads', listener)
  collectedObservers.register(observer, listener)
}
