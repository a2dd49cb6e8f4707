// Outgoing calls: direct inside an apartment, or marshaled, with the thread blocked until it returns.

import type { HRESULT } from '../../../binding'
import { HResult } from '../../errors/hresult'
import type { EventDetails } from '../../events/publish/event'
import { takeEventId } from '../../events/publish/publisher'
import { discardOutcome } from '../../values/from-variant'
import { Delivery } from '../apartments/faults'
import type { Rejection } from '../apartments/message-filter'
import type { Frame, ThreadStack } from '../apartments/thread-stack'
import { CallInFlight } from '../cancel/call-in-flight'
import type { Milliseconds, Timer } from '../clock/clock'
import type { System } from '../threads/system'
import { publishCallMade } from './call-events'
import { type Causality, causalityOf, nestedIn } from './causality'
import { askMessagePending, askRetryRejectedCall } from './filter-answers'
import { type Reply, refusal } from './reply'
import { describeRequest, type Request } from './request'
import { ServedCall } from './served-call'

/** `released`: the call was canceled and returned before its reply was there. */
export type OnReply = (reply: Reply, released: boolean) => void

/** Calls an object from a thread: directly in the thread's own apartment, else through a proxy. */
export const makeCall = (
  system: System,
  stack: ThreadStack,
  request: Request,
  startedAt: Milliseconds,
  onReply: OnReply,
): void => {
  if (request.at.apartment === stack.apartment) callDirectly(system, stack, request, startedAt, onReply)
  else new MarshaledCall(system, stack, request, startedAt, onReply).begin(true)
  stack.apartment.changed(stack) // begins calls that were queued before
  stack.catchUp()
}

/** A call that a thread of another worker makes, in the worker of its server. */
export interface CallForWorker {
  /** The caller has canceled, and may still wait. */
  cancel(): void
  /** The caller no longer waits. */
  leave(): void
}

/** `stack` stands for the caller, in whose worker the call's cancel object is registered. */
export const callForWorker = (
  system: System,
  stack: ThreadStack,
  request: Request,
  onReply: OnReply,
): CallForWorker => {
  const call = new MarshaledCall(system, stack, request, system.clock.now(), onReply)
  call.begin(false)
  return call
}

/** No proxy, no cancel object, no context: the method runs on the calling thread (C14). */
const callDirectly = (
  system: System,
  stack: ThreadStack,
  request: Request,
  startedAt: Milliseconds,
  onReply: OnReply,
): void => {
  const id = takeEventId()
  const { thread } = stack
  publishCallMade(system, id, thread, { request, marshaled: false })
  const call = new ServedCall(system, request, {
    id,
    caller: thread.id,
    marshaled: false,
    causality: causalityOf(stack),
    answer: reply => {
      system.events.publishCall('call:returned', id, thread.id, () => ({ hresult: reply.hresult }))
      onReply(reply, false)
    },
  })
  call.enter(stack)
  const delivery = new Delivery(request.at.host.faults, request.activation ?? false, failure => {
    if (failure === null) call.start()
    else call.complete(refusal(failure))
  })
  delivery.begin(startedAt)
}

class MarshaledCall implements Frame, CallForWorker {
  readonly pumps = true
  readonly startedAt: Milliseconds
  readonly waitsFor: Causality
  readonly #system: System
  readonly #stack: ThreadStack
  readonly #request: Request
  readonly #cancelable: boolean
  readonly #onReply: OnReply
  readonly #served: ServedCall
  readonly #inFlight: CallInFlight
  readonly #delivery: Delivery
  #retry: Timer | undefined
  /** Why its server has rejected it, while it waits to be delivered again. */
  #rejection: Rejection | undefined
  #reply: Reply | undefined
  #over = false

  constructor(
    system: System,
    stack: ThreadStack,
    request: Request,
    startedAt: Milliseconds,
    onReply: OnReply,
  ) {
    this.#system = system
    this.#stack = stack
    this.#request = request
    this.startedAt = startedAt
    this.waitsFor = causalityOf(stack)
    this.#onReply = onReply
    const { faults } = request.at.host
    this.#cancelable = faults.cancelable
    this.#inFlight = new CallInFlight(system, stack.thread, stack, {
      startedAt,
      describe: () => describeRequest(request),
      onCancel: () => this.#served.cancel(),
      server: request.at.host.worker,
      caller: request.caller,
    })
    this.#served = new ServedCall(system, request, {
      id: this.#inFlight.id,
      caller: stack.thread.id,
      marshaled: true,
      causality: this.waitsFor,
      // A server that hangs sends no replies.
      answer: reply => void faults.whenAwake(false, () => this.#receive(reply)),
      rejected: (reason, retry, refuse) => this.#rejected(reason, retry, refuse),
    })
    this.#delivery = new Delivery(faults, request.activation ?? false, failure => {
      if (failure === null) this.#deliver()
      else this.#receive(refusal(failure))
    })
  }

  begin(register: boolean): void {
    const { thread } = this.#stack
    this.#system.settleSecurity()
    publishCallMade(this.#system, this.#inFlight.id, thread, { request: this.#request, marshaled: true })
    const hr = register && this.#cancelable ? this.#inFlight.register() : HResult.S_OK
    if (hr !== HResult.S_OK) {
      this.#inFlight.publishReturn(hr, false)
      this.#served.withdraw()
      this.#onReply(refusal(hr), false) // O5
      return
    }
    this.#stack.push(this)
    const { host } = this.#request.at
    host.calls.add(this)
    host.use('call')
    // The faults are those of the class, whose next process may hang.
    if (host.refusal === null) this.#delivery.begin(this.startedAt)
    else this.#receive(refusal(host.refusal))
  }

  cancel(): void {
    if (this.#cancelable) this.#served.cancel()
  }

  leave(): void {
    this.#inFlight.releaseNow()
  }

  /** A message was posted to the thread: its message filter may cancel the call (M1). */
  messagePending(): void {
    if (!this.#cancelable) return // a proxy without cancellation does not wait in COM's loop
    const elapsed = this.#system.clock.now() - this.startedAt
    if (askMessagePending(this.#system, this.#stack, elapsed) === 'cancel') this.#inFlight.releaseNow()
  }

  serverDied(): void {
    this.#served.cancel()
    this.#receive(refusal(HResult.RPC_E_SERVER_DIED))
  }

  // Frame

  get endsAt(): Milliseconds {
    return this.#inFlight.endsAt
  }

  describe(): string {
    return `blocked in ${describeRequest(this.#request)}`
  }

  end(): void {
    this.#over = true
    const { host } = this.#request.at
    const completed = this.#inFlight.end()
    host.calls.delete(this)
    this.#delivery.cancel()
    this.#retry?.cancel()
    this.#served.withdraw()
    if (completed && this.#reply) {
      this.#inFlight.publishReturn(this.#reply.hresult, false)
      this.#onReply(this.#reply, false)
    } else {
      this.#inFlight.publishReturn(HResult.RPC_E_CALL_CANCELED, true)
      if (this.#reply) this.#drop(this.#reply)
      const rejected = this.#rejection && { rejected: this.#rejection }
      this.#onReply({ ...refusal(HResult.RPC_E_CALL_CANCELED), ...rejected }, true) // C7, C8
    }
    host.unuse('call')
  }

  #deliver(): void {
    if (this.#over) return
    const { host } = this.#request.at
    if (host.refusal !== null) this.#receive(refusal(host.refusal))
    else if (this.#served.canceled)
      this.#receive(refusal(HResult.RPC_E_CALL_CANCELED)) // C11
    else this.#offer()
  }

  /** The server's message filter accepts the call or rejects it. It accepts calls that are nested in one of its own. */
  #offer(): void {
    const { apartment, host } = this.#request.at
    const reason = nestedIn(apartment, this.waitsFor) ? null : host.faults.rejection
    if (reason !== null)
      this.#rejected(
        reason,
        () => this.#deliver(),
        reply => this.#receive(reply),
      )
    else apartment.deliver(this.#served)
  }

  /** Only a single-threaded apartment has a message filter that can retry the call. */
  #rejected(reason: Rejection, retry: () => void, refuse: (reply: Reply) => void): void {
    this.#publish('call:rejected', () => ({ reason }))
    const refuseWith = (hr: HRESULT) => refuse({ ...refusal(hr), rejected: reason })
    if (this.#stack.apartment.kind === 'mta') {
      const later = reason === 'retry-later'
      refuseWith(later ? HResult.RPC_E_SERVERCALL_RETRYLATER : HResult.RPC_E_CALL_REJECTED)
      return
    }
    const elapsed = this.#system.clock.now() - this.startedAt
    const pause = askRetryRejectedCall(this.#system, this.#stack, elapsed, reason)
    if (pause < 0) refuseWith(HResult.RPC_E_CALL_REJECTED)
    else {
      this.#rejection = reason
      this.#retry = this.#system.clock.after(pause < 100 ? 0 : pause, () => {
        this.#rejection = undefined
        retry()
      })
    }
  }

  #receive(reply: Reply): void {
    if (this.#over || this.#reply) {
      this.#drop(reply)
      return
    }
    this.#reply = reply
    this.#inFlight.complete()
  }

  /** A reply that came after the caller was released. The next call never gets it (C10). */
  #drop(reply: Reply): void {
    this.#publish('call:reply-dropped', () => ({ hresult: reply.hresult }))
    this.#request.at.host.faults.counts.dropped++
    discardOutcome(reply)
  }

  #publish<Type extends 'call:rejected' | 'call:reply-dropped'>(
    type: Type,
    details: () => Omit<EventDetails[Type], 'call'>,
  ): void {
    const caller = this.#request.caller ?? this.#stack.thread.id
    this.#system.events.publishCall(type, this.#inFlight.id, caller, details)
  }
}

/** Posts a message to a thread. During an outgoing call the thread's message filter may cancel that call. */
export const postMessageTo = (stack: ThreadStack): void => {
  stack.catchUp()
  const { top } = stack
  if (stack.idle) return // its message loop removes the message at once
  stack.messages++
  if (top instanceof MarshaledCall) top.messagePending()
}
