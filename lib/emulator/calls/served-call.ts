// A call in its server: from its delivery to the apartment until its method has ended, with or without a waiting caller.

import type { HRESULT, ThreadId } from '../../../binding'
import { HResult } from '../../errors/hresult'
import type { CallId, EventDetails } from '../../events/publish/event'
import { discardOutcome } from '../../values/from-variant'
import type { Rejection } from '../apartments/message-filter'
import type { Causality, Frame, QueuedCall, ThreadStack } from '../apartments/thread-stack'
import type { Milliseconds } from '../clock/clock'
import { CallContext } from '../objects/call-context'
import type { CountedObject } from '../objects/counted-object'
import type { System } from '../threads/system'
import { type Reply, refusal } from './reply'
import { describeRequest, type JobQueue, type Request, type RunningCall } from './request'

export interface ServedCallOptions {
  /** The id in its events; null for work of the server's own, which is no call. */
  id: CallId | null
  /** The thread that called. */
  caller: ThreadId
  /** False for a direct call, which has no context of its own (C14). */
  marshaled: boolean
  /** The causality of calls that it makes. */
  causality: Causality
  /** Called once with the reply, unless the call was withdrawn. */
  answer: (reply: Reply) => void
  /**
   * The server has rejected the call: the caller's apartment decides whether to `retry` it, now or later, or to
   * `refuse` it with a reply. Without this function the call is refused.
   */
  rejected?: ((reason: Rejection, retry: () => void, refuse: (reply: Reply) => void) => void) | undefined
}

export class ServedCall implements QueuedCall, Frame, RunningCall {
  before: QueuedCall | undefined
  after: QueuedCall | undefined
  readonly request: Request
  readonly caller: ThreadId
  readonly serves: Causality
  readonly #id: CallId | null
  readonly #system: System
  readonly #marshaled: boolean
  readonly #answer: (reply: Reply) => void
  readonly #rejected: ServedCallOptions['rejected']
  readonly #whenCanceled: (() => void)[] = []
  #whenLeft: (() => void) | undefined
  #state: 'queued' | 'begun' | 'performed' | 'over' = 'queued'
  #canceled = false
  /** The method runs. It also runs on in a process that has died. */
  #performing = false
  #stack: ThreadStack | undefined
  #context: CallContext | undefined
  #outerContext: CountedObject | null = null
  #queue: JobQueue | undefined
  #reply: Reply | undefined
  #endsAt: Milliseconds = Number.POSITIVE_INFINITY

  constructor(
    system: System,
    request: Request,
    { id, caller, marshaled, causality, answer, rejected }: ServedCallOptions,
  ) {
    this.#id = id
    this.#system = system
    this.request = request
    this.caller = request.caller ?? caller
    this.#marshaled = marshaled
    this.serves = causality
    this.#answer = answer
    this.#rejected = rejected
    request.target?.addRef()
    request.at.host.use('method')
  }

  get stack(): ThreadStack {
    if (!this.#stack) throw new Error('the emulator: a call that has not begun has no thread')
    return this.#stack
  }

  get canceled(): boolean {
    return this.#canceled
  }

  /** Whether its method has ended. */
  get over(): boolean {
    return this.#state === 'over'
  }

  testCancel(): HRESULT {
    if (this.#canceled) return HResult.RPC_E_CALL_CANCELED
    return this.#state === 'over' ? HResult.RPC_E_CALL_COMPLETE : HResult.RPC_S_CALLPENDING
  }

  /** The client has canceled. */
  cancel(): void {
    if (this.#canceled || this.#state === 'over') return
    this.#canceled = true
    if (this.#stack) this.#publish('call:notified', this.#stack, () => ({}))
    for (const notify of this.#whenCanceled) notify()
  }

  onCancel(notify: () => void): void {
    if (this.#canceled) notify()
    else this.#whenCanceled.push(notify)
  }

  onLeft(notify: () => void): void {
    this.#whenLeft = notify
  }

  /** The caller no longer waits: a method that has not begun is never called (C11). */
  withdraw(): void {
    if (this.#state !== 'queued') {
      if (this.#state === 'over') return
      this.#system.live.methods.add(this)
      this.#whenLeft?.()
      return
    }
    this.request.at.apartment.withdraw(this)
    this.#finish()
  }

  rejected(reason: Rejection): Promise<Reply | 'retry'> {
    return new Promise(resolve => {
      if (this.#rejected) this.#rejected(reason, () => resolve('retry'), resolve)
      else resolve(refusal(HResult.RPC_E_CALL_REJECTED))
    })
  }

  serve(queue: JobQueue): void {
    this.#queue = queue
    if (this.stack.top === this) this.uncovered()
    this.stack.apartment.changed(this.stack) // begins calls that were queued before
  }

  // QueuedCall

  begin(stack: ThreadStack): void {
    this.enter(stack)
    this.start()
  }

  /** Occupies the thread, without starting the method. */
  enter(stack: ThreadStack): void {
    this.#state = 'begun'
    this.#stack = stack
    stack.push(this)
    if (this.#id === null) this.#system.live.methods.add(this)
    this.#publish('call:dispatched', stack, () => ({ from: this.caller }))
    if (!this.#marshaled || this.request.asynchronous) return // S6
    this.#context = new CallContext(this.#system.live, () => this.testCancel())
    this.#outerContext = stack.thread.switchContext(this.#context)
    this.#switched('context')
  }

  /** Starts the method in a later turn: never inside the operation that delivered the call. */
  start(): void {
    this.#system.clock.soon(() => this.#perform(), this.stack.thread)
  }

  refuse(hresult: HRESULT): void {
    this.#finish()
    this.#answer(refusal(hresult))
  }

  // Frame; Living once its caller no longer waits

  describe(): string {
    const where = this.#stack ? `, on thread ${this.#stack.thread.id}` : ''
    return `executing ${describeRequest(this.request)}${where}`
  }

  get pumps(): boolean {
    return this.#queue !== undefined
  }

  get endsAt(): Milliseconds {
    return this.#endsAt
  }

  end(): void {
    if (this.#queue) this.#queue.withdraw(this.stack)
    if (this.#context) {
      const { thread } = this.stack
      // A thread whose process has died has no contexts any more.
      if (!thread.ended) thread.switchContext(this.#outerContext)?.release()
      this.#switched(this.#outerContext ? 'context' : 'none')
      this.#outerContext?.release()
      this.#context.release()
    }
    const reply = this.#reply ?? refusal(HResult.E_UNEXPECTED)
    this.#publish('call:finished', this.stack, () => ({ hresult: reply.hresult }))
    this.#finish()
    this.#answer(reply)
  }

  covered(): void {
    this.#queue?.withdraw(this.stack)
  }

  uncovered(): void {
    if (this.#state === 'performed') this.#queue?.offer(this.stack)
  }

  /** The method has ended, or is not started any more. */
  complete(reply: Reply): void {
    if (this.#reply || this.#state === 'over') {
      discardOutcome(reply) // its process has died
      return
    }
    this.#reply = reply
    this.#endsAt = this.#system.clock.now()
    this.stack.catchUp()
  }

  #perform(): void {
    const { threads } = this.#system
    if (this.over) return // its process has died
    if (this.#canceled) {
      this.complete(refusal(HResult.RPC_E_CALL_CANCELED)) // C11
      return
    }
    this.#state = 'performed'
    this.#performing = true
    const ended = (reply: Reply) => {
      this.#performing = false
      this.complete(reply)
      if (this.over) this.#system.live.methods.delete(this)
    }
    // Fewer promises than with await: each is expensive while an async context is in use.
    const reply = threads.runAs(this.stack.thread, () => this.request.perform(this))
    if (reply instanceof Promise) void reply.then(ended)
    else ended(reply)
  }

  #publish<Type extends 'call:dispatched' | 'call:notified' | 'call:finished'>(
    type: Type,
    { thread }: ThreadStack,
    details: () => Omit<EventDetails[Type], 'call'>,
  ): void {
    this.#system.events.publishCall(type, this.#id, thread.id, details)
  }

  #switched(to: 'context' | 'none'): void {
    const call = this.#id === null ? {} : { call: this.#id }
    this.#system.events.publish('context:switched', this.stack.thread.id, () => ({
      hresult: HResult.S_OK,
      to,
      ...call,
    }))
  }

  #finish(): void {
    const { methods } = this.#system.live
    // A method of a process that has ended executes nothing more, although its function has not returned.
    if (this.#performing && this.request.at.host.alive) methods.add(this)
    else methods.delete(this)
    this.#state = 'over'
    this.request.over?.()
    this.request.target?.release()
    this.request.at.host.unuse('method')
  }
}
