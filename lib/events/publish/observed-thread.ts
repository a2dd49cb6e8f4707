// A thread of a binding that publishes what it is asked for and how that ended.
import type {
  Activation,
  BindingPointer,
  BindingThread,
  CallKey,
  CallOutcome,
  Done,
  HRESULT,
  Implementation,
  JobId,
  Operation,
  Returned,
  Seconds,
  ThreadId,
  WaitOptions,
} from '../../../binding'
import { cancelRequested } from './cancel-request'
import { type OperationName, subjectOf } from './event'
import type { Publisher } from './publisher'

/** Whose jobs and incoming calls are whose, of one binding. */
export interface Known {
  readonly jobs: Map<JobId, ThreadId>
  readonly incoming: Map<CallKey, ThreadId>
}

/** What implementations, which COM may hold for long, need of a thread without holding it: one that is forgotten ends. */
interface Context {
  readonly threadId: ThreadId
  readonly publisher: Publisher
  readonly known: Known
  /** The calling thread. */
  me(): ThreadId
}

/** Queues a job; `ended` is to be called with how it ended. */
const queue = (
  context: Context,
  operation: OperationName,
  name: string | number,
  add: (ended: (hresult: HRESULT) => void) => JobId,
): JobId => {
  const { threadId, publisher, known } = context
  let job: JobId = 0
  job = add(hresult => {
    known.jobs.delete(job)
    publisher.publish('job:ended', threadId, () => ({ job, hresult }))
  })
  known.jobs.set(job, threadId)
  publisher.publish('job:queued', threadId, () => ({ job, operation, name, from: context.me() }))
  return job
}

/** A job with an outcome. */
const queueCall = (
  context: Context,
  operation: OperationName,
  name: string | number,
  done: Returned,
  add: (done: Returned) => JobId,
): JobId =>
  queue(context, operation, name, ended =>
    add((outcome: CallOutcome) => {
      ended(outcome.hresult)
      done(outcome)
    }),
  )

const observedImplementation = (
  { threadId, publisher, known }: Context,
  implementation: Implementation,
): Implementation => ({
  members: implementation.members,
  iid: implementation.iid,
  invoke: call => {
    const { key, dispid, kind } = call
    known.incoming.set(key, call.threadId)
    publisher.publish('incoming:received', call.threadId, () => ({ key, dispid, kind }))
    implementation.invoke(call)
  },
  canceled: key => {
    publisher.publish('incoming:canceled', known.incoming.get(key) ?? threadId, () => ({ key }))
    implementation.canceled(key)
  },
})

export class ObservedThread implements BindingThread {
  readonly #inner: BindingThread
  readonly #context: Context
  #closing = false

  constructor(inner: BindingThread, publisher: Publisher, me: () => ThreadId, known: Known) {
    this.#inner = inner
    this.#context = { threadId: inner.id, publisher, known, me }
  }

  get id(): ThreadId {
    return this.#inner.id
  }

  wait(options: WaitOptions, done: Done): JobId {
    return queue(this.#context, 'wait', 'wait', ended =>
      this.#inner.wait(options, hresult => {
        ended(hresult)
        done(hresult)
      }),
    )
  }

  activate(activation: Activation, done: Returned): JobId {
    return queueCall(this.#context, 'activate', activation.name, done, told =>
      this.#inner.activate(activation, told),
    )
  }

  ask(object: BindingPointer, operation: Operation, done: Returned): JobId {
    const { operation: name, name: about } = subjectOf(operation)
    return queueCall(this.#context, name, about, done, told => this.#inner.ask(object, operation, told))
  }

  adopt(object: BindingPointer, done: Returned): JobId {
    return queueCall(this.#context, 'adopt', 'adopt', done, told => this.#inner.adopt(object, told))
  }

  implement(implementation: Implementation): BindingPointer {
    return this.#inner.implement(observedImplementation(this.#context, implementation))
  }

  cancel(seconds: Seconds, done: Done): void {
    const { publisher, threadId, me } = this.#context
    const returned = cancelRequested(publisher, me, 'ComThread.cancel', threadId, seconds)
    this.#inner.cancel(seconds, hresult => done(returned(hresult)))
  }

  close(done: () => void): void {
    if (this.#closing) {
      this.#inner.close(done)
      return
    }
    this.#closing = true
    const { publisher, threadId, me } = this.#context
    publisher.publish('thread:closing', threadId, () => ({ from: me() }))
    this.#inner.close(() => {
      publisher.publish('thread:ended', threadId, () => ({}))
      done()
    })
  }
}
