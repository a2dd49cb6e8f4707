// Call objects (ICallFactory): asynchronous calls, which block no thread of their caller.
import type { HRESULT, InterfaceId, MethodCall, Operation, Seconds, ThreadId } from '../../../binding'
import { failed, HResult } from '../../errors/hresult'
import { discardOutcome } from '../../values/from-variant'
import type { Host } from '../apartments/host'
import type { EmulatedApartment } from '../apartments/thread-stack'
import { copyOperation } from '../calls/marshal'
import { MarshaledPointer, pointerTo } from '../calls/marshaled-pointer'
import { type CallForWorker, callForWorker } from '../calls/outgoing-call'
import { type Reply, refusal, success } from '../calls/reply'
import type { Request } from '../calls/request'
import { requestOf, Target } from '../calls/target'
import { cancelTimeoutOf } from '../objects/cancel-methods'
import type { Thread } from '../threads/thread'
import type { Com } from './com'

export interface CallObjectDetails {
  /** The object whose methods it calls. */
  readonly target: Target
  /** The asynchronous interface. */
  readonly iid: InterfaceId
  /** The apartment of the thread that creates it. */
  readonly apartment: EmulatedApartment
  /** The JavaScript thread that `signaled` is called on. */
  readonly maker: Thread
  /** The thread that its calls are those of. */
  readonly caller: ThreadId
  signaled(): void
}

/** The reply to CreateCall, with a call object where the server has accepted it. */
export const newCallObject = (com: Com, details: CallObjectDetails, reply: Reply): Reply => {
  if (failed(reply.hresult)) return reply
  // The call object of a proxy can always cancel (A4).
  const isProxy = details.target.apartment !== details.apartment
  const cancelable = isProxy || (reply.value?.type === 'bool' && reply.value.value === true)
  const object = new CallObject(com, details, isProxy, cancelable)
  const value = pointerTo(object)
  object.release()
  return success(value)
}

/** A call from Begin_ to Finish_. */
interface PendingCall {
  /** The slot of its Begin_. */
  readonly slot: number
  /** Undefined before it is delivered. */
  made: CallForWorker | undefined
  canceled: boolean
  reply: Reply | undefined
  /** Called once with the reply. */
  readonly whenComplete: (() => void)[]
}

class CallObject extends Target {
  readonly apartment: EmulatedApartment
  readonly host: Host
  readonly #com: Com
  readonly #details: CallObjectDetails
  readonly #isProxy: boolean
  readonly #cancelable: boolean
  #call: PendingCall | undefined
  /** Its ISynchronize is signaled: from the completion of a call to the next Begin_. */
  #signaled = false

  constructor(com: Com, details: CallObjectDetails, isProxy: boolean, cancelable: boolean) {
    super(com.system.live)
    this.#com = com
    this.#details = details
    this.#isProxy = isProxy
    this.#cancelable = cancelable
    this.apartment = details.apartment
    this.host = com.client.host
    details.target.addRef()
  }

  override get kind(): string {
    return `a call object for ${this.#details.target.kind}`
  }

  override release(): void {
    super.release()
    if (this.references > 0) return
    const call = this.#call
    this.#call = undefined
    // The results are dropped (A8).
    if (call?.reply) discardOutcome(call.reply)
    else call?.made?.leave()
    this.#details.target.release()
  }

  ask(operation: Operation): Reply | Promise<Reply> {
    switch (operation.kind) {
      case 'method':
        if (operation.iid !== this.#details.iid) return refusal(HResult.E_NOINTERFACE)
        return operation.step === 'finish' ? this.#finish(operation) : this.#begin(operation)
      case 'cancel-call':
        return this.#cancelable ? this.#cancel(operation.seconds) : refusal(HResult.E_NOINTERFACE)
      case 'test-call':
        return refusal(this.#cancelable ? this.#testCancel() : HResult.E_NOINTERFACE)
      case 'wait-call':
        return this.#signaled ? success() : refusal(HResult.RPC_S_CALLPENDING)
      default:
        return refusal(HResult.E_NOINTERFACE)
    }
  }

  #begin(operation: MethodCall): Reply {
    if (this.#call) return refusal(HResult.RPC_S_CALLPENDING) // A2, A5
    this.#signaled = false
    const call: PendingCall = {
      slot: operation.slot,
      made: undefined,
      canceled: false,
      reply: undefined,
      whenComplete: [],
    }
    this.#call = call
    const { system, asynchronous } = this.#com
    const request = this.#requestOf(operation)
    asynchronous.deliver({
      before: undefined,
      after: undefined,
      begin: stack => {
        call.made = callForWorker(system, stack, request, reply => this.#complete(call, reply))
        stack.catchUp()
      },
      refuse: hresult => this.#complete(call, refusal(hresult)),
    })
    return success()
  }

  #requestOf(operation: MethodCall): Request {
    const { target, caller } = this.#details
    const pointers: MarshaledPointer[] = []
    // The call outlives Begin_ and its arguments.
    const copied = copyOperation(operation, pointer => {
      const copy = MarshaledPointer.copyOf(pointer)
      pointers.push(copy)
      return copy
    })
    const request = requestOf(target, copied, () => {
      for (const pointer of pointers) pointer.release()
    })
    // The methods of an object of the caller's apartment run on threads of their own, not on that of the caller.
    const at = this.#isProxy ? target : { apartment: this.#com.asynchronous, host: target.host }
    return { ...request, at, caller, asynchronous: true }
  }

  /** The call is complete: Finish_ returns the reply. */
  #complete(call: PendingCall, { rejected: _, ...reply }: Reply): void {
    call.reply = reply
    if (this.#call !== call) {
      discardOutcome(reply) // the call object was released
      return
    }
    this.#signaled = true
    for (const notify of call.whenComplete) notify()
    const { maker, signaled } = this.#details
    this.#com.system.post(maker, () => {
      if (this.references > 0) signaled()
    })
  }

  #finish({ slot }: MethodCall): Reply | Promise<Reply> {
    const call = this.#call
    if (!call) return refusal(HResult.RPC_E_CALL_COMPLETE)
    if (slot !== call.slot + 1) return refusal(HResult.E_UNEXPECTED)
    const end = (): Reply => {
      this.#call = undefined
      return call.reply ?? refusal(HResult.E_UNEXPECTED)
    }
    return call.reply ? end() : new Promise(resolve => call.whenComplete.push(() => resolve(end()))) // A3
  }

  #cancel(seconds: Seconds): Reply | Promise<Reply> {
    const call = this.#call
    if (!call || (call.reply && !call.canceled)) return refusal(HResult.RPC_E_CALL_COMPLETE) // A6
    if (call.canceled) return refusal(HResult.RPC_E_CALL_CANCELED)
    call.canceled = true
    if (seconds === 0) {
      call.made?.leave() // the client has its call back; the method runs on until it checks
      return success()
    }
    return new Promise(resolve => {
      const timer = this.#com.system.clock.after(cancelTimeoutOf(seconds), () => {
        resolve(success())
        call.made?.leave()
      })
      call.whenComplete.push(() => {
        timer.cancel()
        resolve(refusal(HResult.RPC_E_CALL_COMPLETE))
      })
      call.made?.cancel()
    })
  }

  #testCancel(): HRESULT {
    if (this.#call?.canceled) return HResult.RPC_E_CALL_CANCELED
    return this.#call && !this.#call.reply ? HResult.RPC_S_CALLPENDING : HResult.RPC_E_CALL_COMPLETE
  }
}
