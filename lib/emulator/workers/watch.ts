// The workers that this thread starts, and their ends: a worker that is terminated can't clean up after itself.
import { subscribe } from 'node:diagnostics_channel'
import type { Worker } from 'node:worker_threads'

/**
 * `started` is called inside the Worker's constructor, `ended` with Node's threadId and what that returned once it
 * has ended in whatever way.
 */
export const watchWorkers = <T>(started: () => T, ended: (node: number, was: T) => void): void =>
  subscribe('worker_threads', message => {
    const { worker } = message as { worker: Worker }
    const node = worker.threadId // gone once it has ended
    const was = started()
    worker.once('exit', () => ended(node, was))
  })
