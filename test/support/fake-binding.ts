// A binding without COM, whose threads reply as a test sets.
import { ComThread, type ComThreadOptions, HResult } from 'com-cancel'
import type {
  Activation,
  Architecture,
  Binding,
  BindingHost,
  BindingInfo,
  BindingPointer,
  BindingThread,
  CallOutcome,
  Canceler,
  ClassServers,
  EventSource,
  HostEnd,
  HostStart,
  Implementation,
  IncomingReply,
  Invocation,
  JobDone,
  JobId,
  JobOptions,
  MemberDescription,
  Operation,
  ProxyBlanket,
  Returned,
  ThreadOptions,
  Variant,
} from '../../binding'

export const outcome = (parts: Partial<CallOutcome> = {}): CallOutcome => ({
  hresult: HResult.S_OK,
  value: null,
  outs: [],
  exception: null,
  argument: -1,
  ...parts,
})

/** An outcome with a value. */
export const returning = (value: Variant | null): CallOutcome => outcome({ value })

export class FakePointer implements BindingPointer {
  readonly name: string
  readonly threadId: number
  held = true

  constructor(threadId: number, name: string) {
    this.threadId = threadId
    this.name = name
  }

  release(): void {
    if (!this.held) throw new Error(`${this.name} is released twice`)
    this.held = false
  }
}

/** A host process that ends when it is closed or terminated. */
export class FakeHost implements BindingHost {
  readonly pid: number
  readonly architecture: Architecture
  /** How it has ended. */
  end: HostEnd | undefined
  readonly #ended: (end: HostEnd) => void

  constructor(pid: number, architecture: Architecture, ended: (end: HostEnd) => void) {
    this.pid = pid
    this.architecture = architecture
    this.#ended = ended
  }

  terminate(): number {
    this.exit({ exitCode: 1, by: 'terminate', message: '' })
    return HResult.S_OK
  }

  close(): void {
    this.exit({ exitCode: 0, by: 'close', message: '' })
  }

  /** The process ends. A second call does nothing. */
  exit(end: HostEnd): void {
    if (this.end) return
    this.end = end
    setImmediate(() => this.#ended(end))
  }
}

/** How a test answers a job: at once, later (a promise), or never unless it is canceled. */
type Answer = CallOutcome | Promise<CallOutcome> | 'blocked' | 'stuck'

interface Job {
  done: Returned
  answer: Answer
  over: boolean
  grace: number
  limits: JobOptions
  /** What canceled it first. */
  by: Canceler | undefined
  /** Whether its limit has terminated a host process. */
  terminated: boolean
}

export class FakeThread implements BindingThread {
  readonly id: number
  readonly options: ThreadOptions
  readonly invocations: (Invocation & { object: FakePointer })[] = []
  readonly activations: Activation[] = []
  readonly blankets: ProxyBlanket[] = []
  readonly pointers: FakePointer[] = []
  readonly implementations = new Map<FakePointer, Implementation>()
  readonly adopted: FakePointer[] = []
  /** The members that objects describe; null: none describes itself. */
  description: MemberDescription[] | null = null
  readonly advised: { iid: string; sink: FakePointer; cookie: number }[] = []
  events: EventSource | null = null
  closed = false
  /** The limits of its jobs, in the order in which they were queued. */
  readonly limits: { timeout: number | undefined; queueTimeout: number | undefined }[] = []
  /** The server's reply to an operation. */
  server: (invocation: Invocation, object: FakePointer) => Answer = () => outcome()
  onActivate: (activation: Activation) => Answer = () => returning(this.dispatch('created'))
  onNext: (count: number) => Answer = () => returning(arrayOf([]))
  onAdvise: () => Answer = () => returning({ type: 'ui4', value: 7 })
  onServerProcess: () => Answer = () => outcome()
  readonly #binding: FakeBinding

  constructor(binding: FakeBinding, id: number, options: ThreadOptions) {
    this.#binding = binding
    this.id = id
    this.options = options
  }

  pointer(name: string): FakePointer {
    const pointer = new FakePointer(this.id, name)
    this.pointers.push(pointer)
    return pointer
  }

  /** A new object as a VARIANT. */
  dispatch(name: string, type: 'dispatch' | 'unknown' = 'dispatch'): Variant {
    return { type, value: this.pointer(name) }
  }

  /** The pointers that are held, by name. */
  get held(): string[] {
    return this.pointers.filter(pointer => pointer.held).map(pointer => pointer.name)
  }

  wait(_: unknown, done: JobDone, limits?: JobOptions): JobId {
    return this.#job(outcome(), ({ hresult }, cancellation) => done(hresult, cancellation), limits)
  }

  activate(activation: Activation, done: Returned, limits?: JobOptions): JobId {
    this.activations.push(activation)
    return this.#job(this.onActivate(activation), done, limits)
  }

  setProxyBlanket(_: BindingPointer, blanket: ProxyBlanket, done: Returned, limits?: JobOptions): JobId {
    this.blankets.push(blanket)
    return this.#job(outcome(), done, limits)
  }

  ask(object: BindingPointer, operation: Operation, done: Returned, limits?: JobOptions): JobId {
    switch (operation.kind) {
      case 'look-up':
        return this.#job(
          returning(operation.member === 'Known' ? { type: 'i4', value: 3 } : { type: 'empty' }),
          done,
          limits,
        )
      case 'next':
        return this.#job(this.onNext(operation.count), done, limits)
      case 'describe':
        return this.#job(
          this.description
            ? outcome({
                description: {
                  class: null,
                  interface: { name: '', iid: null, help: '', members: this.description },
                  events: [],
                  enums: [],
                },
              })
            : outcome({ hresult: HResult.E_NOTIMPL }),
          done,
          limits,
        )
      case 'events': {
        const { iid } = operation
        const events = this.events && (iid === null ? this.events : { ...this.events, iid })
        return this.#job(outcome(events ? { events } : {}), done, limits)
      }
      case 'advise':
        this.advised.push({ iid: operation.iid, sink: operation.sink as FakePointer, cookie: 7 })
        return this.#job(this.onAdvise(), done, limits)
      case 'server-process':
        return this.#job(this.onServerProcess(), done, limits)
      case 'is':
        return this.#job(returning({ type: 'bool', value: operation.other === object }), done, limits)
      case 'unadvise': {
        const { iid, cookie } = operation
        const at = this.advised.findIndex(each => each.iid === iid && each.cookie === cookie)
        this.advised.splice(at, 1)
        return this.#job(
          outcome({ hresult: at < 0 ? HResult.CONNECT_E_NOCONNECTION : HResult.S_OK }),
          done,
          limits,
        )
      }
      case 'describe-library':
        return this.#job(outcome({ hresult: HResult.E_NOTIMPL }), done, limits)
      case 'method':
      case 'create-call':
      case 'cancel-call':
      case 'test-call':
      case 'wait-call':
        return this.#job(outcome({ hresult: HResult.E_NOINTERFACE }), done, limits)
      default:
        if (!object.held) throw new Error('the object is released')
        this.invocations.push({ ...operation, object: object as FakePointer })
        return this.#job(this.server(operation, object as FakePointer), done, limits)
    }
  }

  adopt(object: BindingPointer, done: Returned, limits?: JobOptions): JobId {
    this.adopted.push(object as FakePointer)
    return this.#job(returning(this.dispatch(`${(object as FakePointer).name} adopted`)), done, limits)
  }

  implement(implementation: Implementation): BindingPointer {
    const pointer = this.pointer('implemented')
    this.implementations.set(pointer, implementation)
    return pointer
  }

  cancel(_: number, done: (hresult: number) => void): void {
    setImmediate(() => done(HResult.E_NOINTERFACE))
  }

  close(done: () => void): void {
    this.closed = true
    setImmediate(done)
  }

  #job(answer: Answer, done: Returned, limits: JobOptions = {}): JobId {
    const job: Job = {
      done,
      answer,
      over: false,
      grace: this.options.grace,
      limits,
      by: undefined,
      terminated: false,
    }
    const { timeout, queueTimeout } = limits
    this.limits.push({ timeout, queueTimeout })
    const id = this.#binding.jobs.push(job)
    if (typeof answer === 'string') return id
    if (answer instanceof Promise) void answer.then(result => finish(job, result))
    else setImmediate(() => finish(job, answer))
    return id
  }
}

const finish = (job: Job, result: CallOutcome): void => {
  if (job.over) return
  job.over = true
  job.done(result, job.by && { by: job.by, started: true, busy: false, terminated: job.terminated })
}

export class FakeBinding {
  info: Pick<BindingInfo, 'kind' | 'architecture'> = { kind: 'emulator', architecture: 'x64' }
  readonly jobs: Job[] = []
  readonly threads: FakeThread[] = []
  readonly replies = new Map<number, IncomingReply>()
  readonly canceled = new Set<number>()

  startThread(options: ThreadOptions, done: (hresult: number) => void): BindingThread {
    const thread = new FakeThread(this, 4 * (this.threads.length + 1), options)
    this.threads.push(thread)
    setImmediate(() => done(HResult.S_OK))
    return thread
  }

  /** The answer to checkDispinterface. */
  dispinterface: number = HResult.S_OK

  checkDispinterface(): number {
    return this.dispinterface
  }

  readonly hosts: FakeHost[] = []
  /** The failure of the next starts of hosts. */
  hostFailure: Omit<HostStart, 'host'> | undefined
  /** The answer to findClass. */
  classServers: ClassServers = { hresult: HResult.S_OK, inproc: ['x64'], local: false }

  startHost(
    architecture: Architecture,
    done: (start: HostStart) => void,
    ended: (end: HostEnd) => void,
  ): void {
    if (this.hostFailure) {
      const start = { ...this.hostFailure, host: null }
      setImmediate(() => done(start))
      return
    }
    const host = new FakeHost(1000 + this.hosts.length, architecture, ended)
    this.hosts.push(host)
    setImmediate(() => done({ hresult: HResult.S_OK, host, detail: '' }))
  }

  findClass(): ClassServers {
    return this.classServers
  }

  cancelJob(id: JobId): boolean {
    const job = this.jobs[id - 1]
    if (!job || job.over || job.by) return false
    job.by = 'cancel'
    const { terminate } = job.limits
    setTimeout(
      () => {
        if (job.over) return
        if (!terminate) {
          job.limits.overdue?.({ by: 'cancel', started: true, busy: false, terminated: false })
          return
        }
        terminate.host.terminate()
        job.terminated = true
        finish(job, outcome({ hresult: HResult.RPC_S_CALL_FAILED }))
      },
      terminate ? terminate.after : job.grace,
    )
    if (job.answer === 'blocked')
      setImmediate(() => finish(job, outcome({ hresult: HResult.RPC_E_CALL_CANCELED })))
    return false
  }

  reply(key: number, reply: IncomingReply): void {
    this.replies.set(key, reply)
  }

  testIncoming(key: number): number {
    if (this.replies.has(key)) return HResult.RPC_E_CALL_COMPLETE
    return this.canceled.has(key) ? HResult.RPC_E_CALL_CANCELED : HResult.RPC_S_CALLPENDING
  }

  /** Ends stuck jobs. */
  release(): void {
    for (const job of this.jobs) finish(job, outcome())
  }
}

/** A ComThread of the fake binding. */
export const startFake = async (options: ComThreadOptions = {}, binding = new FakeBinding()) => {
  const thread = await ComThread.start({ ...options, binding: binding as unknown as Binding })
  const fake = binding.threads.at(-1)
  if (!fake) throw new Error('no thread was started')
  return { binding, thread, fake }
}

/** The same with an object. */
export const startWithObject = async (options?: ComThreadOptions) => {
  const started = await startFake(options)
  const object = await started.thread.createObject('Test.Object')
  return { ...started, object }
}

export const arrayOf = (elements: Variant[]): Variant => ({
  type: 'array',
  element: 'variant',
  dimensions: [{ length: elements.length, lower: 0 }],
  elements,
})

export const bstr = (value: string): Variant => ({ type: 'bstr', value })

/** The error that a promise rejects with. */
export const rejection = async (promise: Promise<unknown>): Promise<unknown> => {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('it did not reject')
}

/** The error that a function throws. */
export const thrown = (act: () => unknown): unknown => {
  try {
    act()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

export const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
