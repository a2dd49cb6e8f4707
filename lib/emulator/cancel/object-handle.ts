// The objects a binding hands out: each holds one reference of its own on a COM object until it is released or collected.
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
import type { System } from '../threads/system'
import { JavaScriptCancelObject } from './cancel-object'
import { cancelBlocking } from './cancel-operations'

/** One reference, which can be given back once. Lives apart from its handle so that it can be given back after it. */
class Reference {
  #object: CountedObject | null
  readonly #giveBack: () => void

  constructor(object: CountedObject, giveBack = () => object.release()) {
    this.#object = object
    this.#giveBack = giveBack
  }

  /** Null once it was given back. */
  get object(): CountedObject | null {
    return this.#object
  }

  release(): void {
    if (!this.#object) return
    this.#object = null
    this.#giveBack()
  }
}

const collectedHandles = new FinalizationRegistry<Reference>(reference => reference.release())

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

  /** The object behind a handle; null when it was released, or is no handle of the emulator. */
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
  /** Held here for the object's sake, which must not hold it itself. */
  protected readonly options: CancelObjectOptions

  constructor(system: System, object: JavaScriptCancelObject, options: CancelObjectOptions) {
    super(system, new Reference(object, () => object.releaseByMaker()), system.threads.current.id)
    this.#object = object
    this.options = options
  }

  complete(): void {
    if (this.held) this.#object.complete()
  }
}

/** A handle with a reference of its own. */
export const handleOn = (system: System, object: CountedObject, threadId: ThreadId): ObjectHandle => {
  object.addRef()
  return new ObjectHandle(system, new Reference(object), threadId)
}

/** A handle for somebody who already has the reference. */
export const handleTaking = (system: System, object: CountedObject, threadId: ThreadId): ObjectHandle =>
  new ObjectHandle(system, new Reference(object), threadId)

/** A cancel object of the calling thread, and its maker's handle. */
export const makeCancelObject = (system: System, options: CancelObjectOptions): BindingCancelObject =>
  new CancelObjectHandle(system, new JavaScriptCancelObject(system, system.threads.current, options), options)
