// An object that can be called: the apartment it lives in, and its operations.
import type { InterfaceId, Operation } from '../../../binding'
import { subjectOf } from '../../events/publish/event'
import type { Host, Place } from '../apartments/host'
import type { EmulatedApartment } from '../apartments/thread-stack'
import { CountedObject } from '../objects/counted-object'
import type { Reply } from './reply'
import type { Request, RunningCall } from './request'

export abstract class Target extends CountedObject implements Place {
  abstract readonly apartment: EmulatedApartment
  abstract readonly host: Host

  /** Whether it has IDispatch: a pointer to it is a 'dispatch'. */
  get dispatches(): boolean {
    return false
  }

  /** The interface that it has besides IDispatch, such as an event interface. */
  get iid(): InterfaceId | null {
    return null
  }

  /** False where it is known to have no default member (DISPID_VALUE). */
  get hasDefaultMember(): boolean {
    return this.dispatches
  }

  /** Its host releases it, and takes no more calls: CoDisconnectObject. */
  disconnect(): void {}

  /** The pointers in `operation` are MarshaledPointers; E_NOINTERFACE for an operation that the object lacks. */
  abstract ask(operation: Operation, call: RunningCall): Reply | Promise<Reply>
}

/** The request of an operation on an object. `over` as in Request. */
export const requestOf = (target: Target, operation: Operation, over: () => void): Request => ({
  at: target,
  target,
  subject: subjectOf(operation),
  perform: call => target.ask(operation, call),
  over,
})
