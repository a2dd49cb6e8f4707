// A call as its caller sees it: direct, inside the apartment, or marshaled, with the thread blocked until it returns.
import type { HRESULT } from '../../../binding'
import { HResult } from '../../errors/hresult'
import type { EventDetails } from '../../events/publish/event'
import { takeEventId } from '../../events/publish/publisher'
import { Passage } from '../apartments/faults'
import type { Rejection } from '../apartments/message-filter'
import type { Frame, Runner } from '../apartments/thread-stack'
import { CallInFlight } from '../cancel/call-in-flight'
import type { Milliseconds, Timer } from '../clock/clock'
import type { System } from '../threads/system'
import { tellCall } from './call-events'
import { dropReply, type Reply, refusal } from './reply'
import { describeRequest, IncomingCall, type Request } from './served-call'

/** `released`: the call was canceled and returned before its reply was there. */
export type Returned = (reply: Reply, released: boolean) => void

/** A thread calls an object: one of its own apartment directly, any other through a proxy. */
export const callOut = (
  system: System,
  runner: Runner,
  request: Request,
  startedAt: Milliseconds,
  returned: Returned,
): void => {
  if (request.at.apartment === runner.apartment) callDirectly(system, runner, request, startedAt, returned)
  else new MarshaledCall(system, runner, request, startedAt, returned).begin(true)
  runner.apartment.changed(runner) // what came before it waited is taken up now
  runner.keepUp()
}

/** A call that a thread of another worker makes, as its server is reached here. */
export interface CarriedCall {
  /** The caller has canceled, and may still wait. */
  cancel(): void
  /** The caller waits no more. */
  leave(): void
}

/** Has a thread that stands for the caller make a call, whose cancel object is registered where the caller is. */
export const carryOut = (
  system: System,
  runner: Runner,
  request: Request,
  returned: Returned,
): CarriedCall => {
  const call = new MarshaledCall(system, runner, request, system.clock.now(), returned)
  call.begin(false)
  return call
}

/** No proxy, no cancel object, no context: the method runs on the calling thread (C14). */
const callDirectly = (
  system: System,
  runner: Runner,
  request: Request,
  startedAt: Milliseconds,
  returned: Returned,
): void => {
  const id = takeEventId()
  const { thread } = runner
  tellCall(system, id, thread, { request, marshaled: false })
  const call = new IncomingCall(system, request, {
    id,
    caller: thread.id,
    marshaled: false,
    answer: reply => {
      system.events.publishCall('call:returned', id, thread.id, () => ({ hresult: reply.hresult }))
      returned(reply, false)
    },
  })
  call.enter(runner)
  const passage = new Passage(request.at.host.switches, request.activation ?? false, failure => {
    if (failure === null) call.start()
    else call.settle(refusal(failure))
  })
  passage.begin(startedAt)
}

class MarshaledCall implements Frame, CarriedCall {
  readonly pumps = true
  readonly startedAt: Milliseconds
  readonly #system: System
  readonly #runner: Runner
  readonly #request: Request
  readonly #returned: Returned
  readonly #incoming: IncomingCall
  readonly #pending: CallInFlight
  readonly #passage: Passage
  #retry: Timer | undefined
  #reply: Reply | undefined
  #over = false

  constructor(system: System, runner: Runner, request: Request, startedAt: Milliseconds, returned: Returned) {
    this.#system = system
    this.#runner = runner
    this.#request = request
    this.startedAt = startedAt
    this.#returned = returned
    const { switches } = request.at.host
    this.#pending = new CallInFlight(system, runner.thread, runner, {
      startedAt,
      describe: () => describeRequest(request),
      onCancel: () => this.#incoming.cancel(),
      server: request.at.host.worker,
      caller: request.caller,
    })
    this.#incoming = new IncomingCall(system, request, {
      id: this.#pending.id,
      caller: runner.thread.id,
      marshaled: true,
      // A server that hangs does not send what its methods return.
      answer: reply => void switches.whenAwake(false, () => this.#receive(reply)),
      rejected: (reason, again, refuse) => this.#rejected(reason, again, refuse),
    })
    this.#passage = new Passage(switches, request.activation ?? false, failure => {
      if (failure === null) this.#arrive()
      else this.#receive(refusal(failure))
    })
  }

  begin(register: boolean): void {
    const { thread } = this.#runner
    tellCall(this.#system, this.#pending.id, thread, { request: this.#request, marshaled: true })
    const hr = register ? this.#pending.register() : HResult.S_OK
    if (hr !== HResult.S_OK) {
      this.#pending.publishReturn(hr, false)
      this.#incoming.withdraw()
      this.#returned(refusal(hr), false) // O5
      return
    }
    this.#runner.push(this)
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
    if (this.#runner.filter?.messagePending?.(elapsed) === 'cancel') this.#pending.releaseNow()
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
    else if (host.switches.busy)
      this.#rejected(
        host.switches.busy.reason,
        () => this.#arrive(),
        reply => this.#receive(reply),
      )
    else apartment.deliver(this.#incoming)
  }

  /** Only a single-threaded apartment has a filter that could have the call made again. */
  #rejected(reason: Rejection, again: () => void, refuse: (reply: Reply) => void): void {
    this.#publish('call:turned-away', () => ({ reason }))
    const turnedAway = (hr: HRESULT) => refuse({ ...refusal(hr), rejected: reason })
    if (this.#runner.apartment.kind === 'mta') {
      const later = reason === 'retry-later'
      turnedAway(later ? HResult.RPC_E_SERVERCALL_RETRYLATER : HResult.RPC_E_CALL_REJECTED)
      return
    }
    const elapsed = this.#system.clock.now() - this.startedAt
    const pause = this.#runner.filter?.retryRejectedCall?.(elapsed, reason) ?? -1
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
    this.#request.at.host.switches.counts.dropped++
    dropReply(reply)
  }

  #publish<Type extends 'call:turned-away' | 'call:reply-dropped'>(
    type: Type,
    details: () => Omit<EventDetails[Type], 'call'>,
  ): void {
    const caller = this.#request.caller ?? this.#runner.thread.id
    this.#system.events.publishCall(type, this.#pending.id, caller, details)
  }
}

/** A message comes for a thread: during an outgoing call of a single-threaded apartment its filter is asked. */
export const messageFor = (runner: Runner): void => {
  runner.keepUp()
  const { top } = runner
  if (runner.idle) return // taken at once
  runner.messages++
  if (top instanceof MarshaledCall) top.messagePending()
}
