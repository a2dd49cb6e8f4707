// A call as its caller sees it: direct, inside the apartment, or marshaled, with the thread blocked until it returns.
import type { HRESULT } from '../../../binding'
import { HResult } from '../../errors/hresult'
import type { EventDetails } from '../../events/publish/event'
import { takeEventId } from '../../events/publish/publisher'
import { Delivery } from '../apartments/faults'
import type { Rejection } from '../apartments/message-filter'
import type { Frame, ThreadStack } from '../apartments/thread-stack'
import { CallInFlight } from '../cancel/call-in-flight'
import type { Milliseconds, Timer } from '../clock/clock'
import type { System } from '../threads/system'
import { publishCallMade } from './call-events'
import { dropReply, type Reply, refusal } from './reply'
import { describeRequest, type Request, ServedCall } from './served-call'

/** `released`: the call was canceled and returned before its reply was there. */
export type OnReply = (reply: Reply, released: boolean) => void

/** A thread calls an object: one of its own apartment directly, any other through a proxy. */
export const makeCall = (
  system: System,
  stack: ThreadStack,
  request: Request,
  startedAt: Milliseconds,
  returned: OnReply,
): void => {
  if (request.at.apartment === stack.apartment) callDirectly(system, stack, request, startedAt, returned)
  else new MarshaledCall(system, stack, request, startedAt, returned).begin(true)
  stack.apartment.changed(stack) // what came before it waited is taken up now
  stack.keepUp()
}

/** A call that a thread of another worker makes, as its server is reached here. */
export interface CallForWorker {
  /** The caller has canceled, and may still wait. */
  cancel(): void
  /** The caller waits no more. */
  leave(): void
}

/** Has a thread that stands for the caller make a call, whose cancel object is registered where the caller is. */
export const callForWorker = (
  system: System,
  stack: ThreadStack,
  request: Request,
  returned: OnReply,
): CallForWorker => {
  const call = new MarshaledCall(system, stack, request, system.clock.now(), returned)
  call.begin(false)
  return call
}

/** No proxy, no cancel object, no context: the method runs on the calling thread (C14). */
const callDirectly = (
  system: System,
  stack: ThreadStack,
  request: Request,
  startedAt: Milliseconds,
  returned: OnReply,
): void => {
  const id = takeEventId()
  const { thread } = stack
  publishCallMade(system, id, thread, { request, marshaled: false })
  const call = new ServedCall(system, request, {
    id,
    caller: thread.id,
    marshaled: false,
    answer: reply => {
      system.events.publishCall('call:returned', id, thread.id, () => ({ hresult: reply.hresult }))
      returned(reply, false)
    },
  })
  call.enter(stack)
  const passage = new Delivery(request.at.host.faults, request.activation ?? false, failure => {
    if (failure === null) call.start()
    else call.settle(refusal(failure))
  })
  passage.begin(startedAt)
}

class MarshaledCall implements Frame, CallForWorker {
  readonly pumps = true
  readonly startedAt: Milliseconds
  readonly #system: System
  readonly #stack: ThreadStack
  readonly #request: Request
  readonly #returned: OnReply
  readonly #incoming: ServedCall
  readonly #pending: CallInFlight
  readonly #passage: Delivery
  #retry: Timer | undefined
  #reply: Reply | undefined
  #over = false

  constructor(
    system: System,
    stack: ThreadStack,
    request: Request,
    startedAt: Milliseconds,
    returned: OnReply,
  ) {
    this.#system = system
    this.#stack = stack
    this.#request = request
    this.startedAt = startedAt
    this.#returned = returned
    const { faults } = request.at.host
    this.#pending = new CallInFlight(system, stack.thread, stack, {
      startedAt,
      describe: () => describeRequest(request),
      onCancel: () => this.#incoming.cancel(),
      server: request.at.host.worker,
      caller: request.caller,
    })
    this.#incoming = new ServedCall(system, request, {
      id: this.#pending.id,
      caller: stack.thread.id,
      marshaled: true,
      // A server that hangs does not send what its methods return.
      answer: reply => void faults.whenAwake(false, () => this.#receive(reply)),
      rejected: (reason, again, refuse) => this.#rejected(reason, again, refuse),
    })
    this.#passage = new Delivery(faults, request.activation ?? false, failure => {
      if (failure === null) this.#arrive()
      else this.#receive(refusal(failure))
    })
  }

  begin(register: boolean): void {
    const { thread } = this.#stack
    publishCallMade(this.#system, this.#pending.id, thread, { request: this.#request, marshaled: true })
    const hr = register ? this.#pending.register() : HResult.S_OK
    if (hr !== HResult.S_OK) {
      this.#pending.publishReturn(hr, false)
      this.#incoming.withdraw()
      this.#returned(refusal(hr), false) // O5
      return
    }
    this.#stack.push(this)
    const { host } = this.#request.at
    host.calls.add(this)
    host.use('call')
    this.#passage.begin(this.startedAt)
  }

  cancel(): void {
    this.#incoming.cancel()
  }

  leave(): void {
    this.#pending.releaseNow()
  }

  /** The thread's message filter: M1. */
  messagePending(): void {
    const elapsed = this.#system.clock.now() - this.startedAt
    if (this.#stack.filter?.messagePending?.(elapsed) === 'cancel') this.#pending.releaseNow()
  }

  serverDied(): void {
    this.#incoming.cancel()
    this.#receive(refusal(HResult.RPC_E_SERVER_DIED))
  }

  // Frame

  get endsAt(): Milliseconds {
    return this.#pending.endsAt
  }

  describe(): string {
    return `blocked in ${describeRequest(this.#request)}`
  }

  end(): void {
    this.#over = true
    const { host } = this.#request.at
    const completed = this.#pending.end()
    host.calls.delete(this)
    this.#passage.leave()
    this.#retry?.cancel()
    this.#incoming.withdraw()
    if (completed && this.#reply) {
      this.#pending.publishReturn(this.#reply.hresult, false)
      this.#returned(this.#reply, false)
    } else {
      this.#pending.publishReturn(HResult.RPC_E_CALL_CANCELED, true)
      if (this.#reply) this.#drop(this.#reply)
      this.#returned(refusal(HResult.RPC_E_CALL_CANCELED), true) // C7, C8
    }
    host.unuse('call')
  }

  #arrive(): void {
    if (this.#over) return
    const { apartment, host } = this.#request.at
    if (!host.alive) this.#receive(refusal(HResult.RPC_S_SERVER_UNAVAILABLE))
    else if (this.#incoming.canceled)
      this.#receive(refusal(HResult.RPC_E_CALL_CANCELED)) // C11
    else if (host.faults.busy)
      this.#rejected(
        host.faults.busy.reason,
        () => this.#arrive(),
        reply => this.#receive(reply),
      )
    else apartment.deliver(this.#incoming)
  }

  /** Only a single-threaded apartment has a filter that could have the call made again. */
  #rejected(reason: Rejection, again: () => void, refuse: (reply: Reply) => void): void {
    this.#publish('call:rejected', () => ({ reason }))
    const turnedAway = (hr: HRESULT) => refuse({ ...refusal(hr), rejected: reason })
    if (this.#stack.apartment.kind === 'mta') {
      const later = reason === 'retry-later'
      turnedAway(later ? HResult.RPC_E_SERVERCALL_RETRYLATER : HResult.RPC_E_CALL_REJECTED)
      return
    }
    const elapsed = this.#system.clock.now() - this.startedAt
    const pause = this.#stack.filter?.retryRejectedCall?.(elapsed, reason) ?? -1
    if (pause < 0) turnedAway(HResult.RPC_E_CALL_REJECTED)
    else this.#retry = this.#system.clock.after(pause < 100 ? 0 : pause, again)
  }

  #receive(reply: Reply): void {
    if (this.#over || this.#reply) {
      this.#drop(reply)
      return
    }
    this.#reply = reply
    this.#pending.complete()
  }

  #drop(reply: Reply): void {
    this.#publish('call:reply-dropped', () => ({ hresult: reply.hresult }))
    this.#request.at.host.faults.counts.dropped++
    dropReply(reply)
  }

  #publish<Type extends 'call:rejected' | 'call:reply-dropped'>(
    type: Type,
    details: () => Omit<EventDetails[Type], 'call'>,
  ): void {
    const caller = this.#request.caller ?? this.#stack.thread.id
    this.#system.events.publishCall(type, this.#pending.id, caller, details)
  }
}

/** A message comes for a thread: during an outgoing call of a single-threaded apartment its filter is asked. */
export const postMessageTo = (stack: ThreadStack): void => {
  stack.keepUp()
  const { top } = stack
  if (stack.idle) return // taken at once
  stack.messages++
  if (top instanceof MarshaledCall) top.messagePending()
}
