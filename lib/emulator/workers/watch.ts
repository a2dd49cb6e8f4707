// When a worker that this thread has started ends, in whatever way: it can't clean up after itself when it is terminated.
import type { Worker } from 'node:worker_threads'

/** `ended` gets Node's threadId. */
export const watchWorkers = (ended: (node: number) => void): void => {
  process.on('worker', (worker: Worker) => {
    const node = worker.threadId // gone once it has ended
    worker.once('exit', () => ended(node))
  })
}
