// The object handles of the binding. Each holds one reference on a COM object until it is released or collected.
import type {
  BindingCancelObject,
  BindingObject,
  CancelObjectOptions,
  HRESULT,
  InterfaceId,
  Seconds,
  ThreadId,
} from '../../../binding'
import { HResult } from '../../errors/hresult'
import type { CountedObject } from '../objects/counted-object'
import { collectedHandles, Reference } from '../objects/reference'
import type { System } from '../threads/system'
import { JavaScriptCancelObject } from './cancel-object'
import { cancelBlocking } from './cancel-operations'

export class ObjectHandle implements BindingObject {
  readonly threadId: ThreadId
  readonly #system: System
  readonly #reference: Reference

  constructor(system: System, reference: Reference, threadId: ThreadId) {
    this.#system = system
    this.#reference = reference
    this.threadId = threadId
    collectedHandles.register(this, reference, reference)
  }

  /** The object of a handle; null for a released handle and for one of another binding. */
  static objectOf(handle: BindingObject): CountedObject | null {
    return #reference in handle ? (handle as ObjectHandle).#reference.object : null
  }

  get held(): boolean {
    return this.#reference.object !== null
  }

  references(): number {
    return this.#reference.object?.references ?? 0
  }

  queryInterface(iid: InterfaceId): HRESULT {
    return this.#reference.object?.queryInterface(iid) ?? HResult.RPC_E_DISCONNECTED
  }

  cancel(seconds: Seconds): HRESULT {
    const object = this.#reference.object
    if (!object) return HResult.RPC_E_DISCONNECTED
    return cancelBlocking(this.#system, object, seconds, this.#system.threads.current.id)
  }

  testCancel(): HRESULT {
    const object = this.#reference.object
    if (!object) return HResult.RPC_E_DISCONNECTED
    return object.cancelMethods?.testCancel() ?? HResult.E_NOINTERFACE
  }

  release(): void {
    collectedHandles.unregister(this.#reference)
    this.#reference.release()
  }
}

class CancelObjectHandle extends ObjectHandle implements BindingCancelObject {
  readonly #object: JavaScriptCancelObject
  /** Keeps the options alive, on which the object has only a weak reference. */
  protected readonly options: CancelObjectOptions

  constructor(system: System, object: JavaScriptCancelObject, options: CancelObjectOptions) {
    super(system, new Reference(object, () => object.releaseByOwner()), system.threads.current.id)
    this.#object = object
    this.options = options
  }

  complete(): void {
    if (this.held) this.#object.complete()
  }
}

/** A handle that takes a new reference. */
export const handleOn = (system: System, object: CountedObject, threadId: ThreadId): ObjectHandle => {
  object.addRef()
  return new ObjectHandle(system, new Reference(object), threadId)
}

/** A handle that takes over the caller's reference. */
export const handleTaking = (system: System, object: CountedObject, threadId: ThreadId): ObjectHandle =>
  new ObjectHandle(system, new Reference(object), threadId)

/** A new cancel object of the calling thread. */
export const makeCancelObject = (system: System, options: CancelObjectOptions): BindingCancelObject =>
  new CancelObjectHandle(system, new JavaScriptCancelObject(system, system.threads.current, options), options)
