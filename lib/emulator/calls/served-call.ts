// A call as its server sees it: from its arrival until its method has ended, whoever still waits for it.
import type { HRESULT, ThreadId } from '../../../binding'
import { HResult } from '../../errors/hresult'
import type { CallId, EventDetails } from '../../events/publish/event'
import type { QueuedCall } from '../apartments/apartment'
import type { Place } from '../apartments/host'
import type { Rejection } from '../apartments/message-filter'
import type { Frame, ThreadStack } from '../apartments/thread-stack'
import type { Milliseconds } from '../clock/clock'
import { CallContext } from '../objects/call-context'
import type { CountedObject } from '../objects/counted-object'
import type { System } from '../threads/system'
import { dropReply, type Reply, refusal } from './reply'
import { type Asked, describeAsked } from './request'
import type { Target } from './target'

/** A queue of jobs that a thread serves while it waits for JavaScript to reply. */
export interface JobQueue {
  /** The thread waits and can carry out a job. */
  offer(stack: ThreadStack): void
  /** It does something else, or waits no longer. */
  withdraw(stack: ThreadStack): void
}

/** What is asked of an object. */
export interface Request {
  readonly at: Place
  /** As events tell it. */
  readonly asked: Asked
  /** What is kept until the method has ended. */
  readonly target?: Target
  /** Who calls, where that is not a thread of this worker. */
  readonly caller?: ThreadId
  /** The object is yet to be made: it may be that its server never starts. */
  readonly activation?: boolean
  /** On the thread that took the call up, and as that thread. */
  perform(call: ServedCall): Reply | Promise<Reply>
  /** The request is over: gives back what only it needed. Once. */
  over?(): void
}

/** As a leak check says it. */
export const describeRequest = ({ asked, target, at }: Request): string =>
  describeAsked(asked, target?.kind ?? at.host.name ?? 'this process')

export interface ServedCallOptions {
  /** What its events carry; null for work of the server's own, which is no call. */
  id: CallId | null
  /** The thread that called. */
  caller: ThreadId
  /** False for a direct call, which has no context of its own (C14). */
  marshaled: boolean
  /** Told once how it ended, unless it was withdrawn. */
  answer: (reply: Reply) => void
  /**
   * Its server has turned it away: the caller's apartment decides whether it is made `again`, later, or gets the
   * reply. Where nobody decides it gets the reply.
   */
  rejected?: ((reason: Rejection, again: () => void, refuse: (reply: Reply) => void) => void) | undefined
}

export class ServedCall implements QueuedCall, Frame {
  before: QueuedCall | undefined
  after: QueuedCall | undefined
  readonly request: Request
  readonly caller: ThreadId
  readonly #id: CallId | null
  readonly #system: System
  readonly #marshaled: boolean
  readonly #answer: (reply: Reply) => void
  readonly #rejected: ServedCallOptions['rejected']
  readonly #whenCanceled: (() => void)[] = []
  #whenLeft: (() => void) | undefined
  #state: 'arriving' | 'begun' | 'performed' | 'over' = 'arriving'
  #canceled = false
  /** The method runs: on and on, even in a process that has died. */
  #performing = false
  #stack: ThreadStack | undefined
  #context: CallContext | undefined
  #outerContext: CountedObject | null = null
  #served: JobQueue | undefined
  #reply: Reply | undefined
  #endsAt: Milliseconds = Number.POSITIVE_INFINITY

  constructor(
    system: System,
    request: Request,
    { id, caller, marshaled, answer, rejected }: ServedCallOptions,
  ) {
    this.#id = id
    this.#system = system
    this.request = request
    this.caller = request.caller ?? caller
    this.#marshaled = marshaled
    this.#answer = answer
    this.#rejected = rejected
    request.target?.addRef()
    request.at.host.use('method')
  }

  /** The thread that carries it out. */
  get stack(): ThreadStack {
    if (!this.#stack) throw new Error('the emulator: a call that has not begun has no thread')
    return this.#stack
  }

  get canceled(): boolean {
    return this.#canceled
  }

  /** Has its method ended? */
  get over(): boolean {
    return this.#state === 'over'
  }

  /** TestCancel: S2; once it is over there is no call any more. */
  testCancel(): HRESULT {
    if (this.#canceled) return HResult.RPC_E_CALL_CANCELED
    return this.#state === 'over' ? HResult.RPC_E_CALL_COMPLETE : HResult.RPC_S_CALLPENDING
  }

  /** The client has canceled. */
  cancel(): void {
    if (this.#canceled || this.#state === 'over') return
    this.#canceled = true
    if (this.#stack) this.#publish('call:notified', this.#stack, () => ({}))
    for (const tell of this.#whenCanceled) tell()
  }

  /** Told about the cancel, once: inside it, or at once when it has been already. It must not run any program. */
  onCancel(tell: () => void): void {
    if (this.#canceled) tell()
    else this.#whenCanceled.push(tell)
  }

  /** Told once its caller waits no more for the method, which has begun. */
  onLeft(tell: () => void): void {
    this.#whenLeft = tell
  }

  /** Nobody waits any more: a method that has not begun never does (C11). */
  withdraw(): void {
    if (this.#state !== 'arriving') {
      if (this.#state === 'over') return
      this.#system.live.methods.add(this)
      this.#whenLeft?.()
      return
    }
    this.request.at.apartment.withdraw(this)
    this.#finish()
  }

  /** Whoever carries it out elsewhere turns it away: fulfils when it is to be asked again, or with how it ends. */
  rejected(reason: Rejection): Promise<Reply | 'again'> {
    return new Promise(resolve => {
      if (this.#rejected) this.#rejected(reason, () => resolve('again'), resolve)
      else resolve(refusal(HResult.RPC_E_CALL_REJECTED))
    })
  }

  /** While it waits for a reply from JavaScript, its thread serves a queue, and takes incoming calls. */
  serve(served: JobQueue): void {
    this.#served = served
    if (this.stack.top === this) this.uncovered()
    this.stack.apartment.changed(this.stack) // what came before it waited
  }

  // Arrival

  begin(stack: ThreadStack): void {
    this.enter(stack)
    this.start()
  }

  /** Takes up the thread, without starting the method. */
  enter(stack: ThreadStack): void {
    this.#state = 'begun'
    this.#stack = stack
    stack.push(this)
    if (this.#id === null) this.#system.live.methods.add(this)
    this.#publish('call:dispatched', stack, () => ({ from: this.caller }))
    if (!this.#marshaled) return
    this.#context = new CallContext(this.#system.live, () => this.testCancel())
    this.#outerContext = stack.thread.switchContext(this.#context)
    this.#switched('context')
  }

  /** The method starts: in a later turn, never inside anybody's operation. */
  start(): void {
    this.#system.clock.soon(() => void this.#perform(), this.stack.thread)
  }

  refuse(hresult: HRESULT): void {
    this.#finish()
    this.#answer(refusal(hresult))
  }

  // Frame, and Living where nobody waits for it

  describe(): string {
    const where = this.#stack ? `, on thread ${this.#stack.thread.id}` : ''
    return `carrying out ${describeRequest(this.request)}${where}`
  }

  get pumps(): boolean {
    return this.#served !== undefined
  }

  get endsAt(): Milliseconds {
    return this.#endsAt
  }

  end(): void {
    if (this.#served) this.#served.withdraw(this.stack)
    if (this.#context) {
      const { thread } = this.stack
      // One whose process has died has no contexts any more.
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
    this.#served?.withdraw(this.stack)
  }

  uncovered(): void {
    if (this.#state === 'performed') this.#served?.offer(this.stack)
  }

  /** The method has ended, or will not be started any more. */
  settle(reply: Reply): void {
    if (this.#reply || this.#state === 'over') {
      dropReply(reply) // its process has died
      return
    }
    this.#reply = reply
    this.#endsAt = this.#system.clock.now()
    this.stack.keepUp()
  }

  async #perform(): Promise<void> {
    const { threads } = this.#system
    if (this.over) return // its process has died
    if (this.#canceled) {
      this.settle(refusal(HResult.RPC_E_CALL_CANCELED)) // C11
      return
    }
    this.#state = 'performed'
    this.#performing = true
    const performed = await threads.runAs(this.stack.thread, async () => this.request.perform(this))
    this.#performing = false
    this.settle(performed)
    if (this.over) this.#system.live.methods.delete(this)
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
    if (this.#performing) methods.add(this)
    else methods.delete(this)
    this.#state = 'over'
    this.request.over?.()
    this.request.target?.release()
    this.request.at.host.unuse('method')
  }
}
