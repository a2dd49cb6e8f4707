// A worker thread whose functions the test calls.
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import { raw, type ThreadId } from 'com-cancel'
import { own } from './com'
import { sleep, soon, until } from './until'

interface Answer {
  id: number
  value?: unknown
  error?: string
}

/** A fixture that runs in a worker and carries out one request after the other. */
export class ComWorker implements AsyncDisposable {
  readonly #worker: Worker
  readonly #answers = new Map<number, (answer: Answer) => void>()
  #requests = 0
  #threadId: ThreadId | undefined
  readonly exited: Promise<number>
  /** The uncaught error that has ended the worker. */
  error: Error | undefined

  private constructor(worker: Worker) {
    this.#worker = worker
    this.exited = new Promise(resolve => worker.once('exit', resolve))
    worker.on('error', error => {
      this.error = error
    })
    worker.on('message', (answer: Answer) => {
      this.#answers.get(answer.id)?.(answer)
      this.#answers.delete(answer.id)
    })
  }

  /** `fixture`: a file of the test's own folder. */
  static start(folder: string, fixture: string, workerData?: unknown): ComWorker {
    return own(new ComWorker(new Worker(path.join(folder, 'fixtures', fixture), { workerData })))
  }

  /** Calls a function of the worker. Rejects with the error that the function throws. */
  async run<T>(name: string, ...args: unknown[]): Promise<T> {
    const id = ++this.#requests
    const answered = new Promise<Answer>(resolve => this.#answers.set(id, resolve))
    this.#worker.postMessage({ id, name, args })
    const answer = await answered
    if (answer.error !== undefined) throw new Error(answer.error)
    return answer.value as T
  }

  /** The Windows id of the worker's thread. */
  async threadId(): Promise<ThreadId> {
    this.#threadId ??= await soon('the worker runs', this.run<ThreadId>('getCurrentThreadId'))
    return this.#threadId
  }

  terminate(): Promise<number> {
    return this.#worker.terminate()
  }

  async died(): Promise<Error> {
    return until('the worker died of an error', () => this.error)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    let running = true
    const ended = this.#worker.terminate().finally(() => {
      running = false
    })
    // A failed test may leave the worker blocked, and it ends only when its call has returned.
    while (running && this.#threadId !== undefined) {
      raw.coCancelCall(this.#threadId)
      await sleep(5)
    }
    await ended
  }
}
