// An object that JavaScript implements, as COM calls it in the apartment of its home thread.
import type {
  BindingPointer,
  CallKey,
  HRESULT,
  Implementation,
  IncomingReply,
  InterfaceId,
  Variant,
} from '../../../binding'
import { failed, HResult } from '../../errors/hresult'
import type { EmulatedApartment } from '../apartments/apartment'
import type { Host } from '../apartments/host'
import { copyVariant } from '../calls/copy-variant'
import { outsOf } from '../calls/marshal'
import { MarshaledPointer } from '../calls/marshaled-pointer'
import { PointerRefusal } from '../calls/pointer-refusal'
import { type Reply, refusal, success } from '../calls/reply'
import { describeRequest, type JobQueue, type ServedCall } from '../calls/served-call'
import { type Invocation, Target } from '../calls/target'
import type { LiveObjects, Living } from '../objects/live-objects'
import type { System } from '../threads/system'
import type { Thread } from '../threads/thread'
import { handleFor, PointerHandle, type PointerHome } from './pointer-handle'

/** The thread it was made for. */
export interface ImplementationHome extends PointerHome, JobQueue {}

interface Unanswered extends Living {
  call: ServedCall
  answer(reply: IncomingReply): void
}

/** The calls of one emulator that JavaScript has not replied to, by key. */
export class UnansweredCalls {
  readonly #calls = new Map<CallKey, Unanswered>()
  readonly #live: LiveObjects
  #lastKey = 0

  constructor(live: LiveObjects) {
    this.#live = live
  }

  add(call: Unanswered): CallKey {
    const key = ++this.#lastKey
    this.#calls.set(key, call)
    this.#live.unanswered.add(call)
    return key
  }

  has(key: CallKey): boolean {
    return this.#calls.has(key)
  }

  reply(key: CallKey, reply: IncomingReply): void {
    const call = this.#calls.get(key)
    if (!call) return
    this.#calls.delete(key)
    this.#live.unanswered.delete(call)
    call.answer(reply)
  }

  testCancel(key: CallKey): HRESULT {
    return this.#calls.get(key)?.call.testCancel() ?? HResult.RPC_E_CALL_COMPLETE
  }
}

export interface ImplementationOptions {
  system: System
  host: Host
  home: ImplementationHome
  unanswered: UnansweredCalls
  implementation: Implementation
}

export class ImplementationObject extends Target {
  readonly host: Host
  readonly #system: System
  readonly #home: ImplementationHome
  readonly #unanswered: UnansweredCalls
  readonly #implementation: Implementation
  /** Who made it, and carries out its calls. */
  readonly #maker: Thread

  constructor({ system, host, home, unanswered, implementation }: ImplementationOptions) {
    super(system.live)
    this.host = host
    this.#system = system
    this.#home = home
    this.#unanswered = unanswered
    this.#implementation = implementation
    this.#maker = system.threads.current
  }

  get apartment(): EmulatedApartment {
    return this.#home.apartment
  }

  override get kind(): string {
    return `an object that thread ${this.#home.id} implements`
  }

  override get dispatches(): boolean {
    return true
  }

  override get iid(): InterfaceId | null {
    return this.#implementation.iid
  }

  override lookUp(name: string): Reply {
    const value = this.#dispidOf(name)
    return value === undefined ? refusal(HResult.DISP_E_UNKNOWNNAME) : success({ type: 'i4', value })
  }

  override invoke(call: ServedCall, invocation: Invocation): Reply | Promise<Reply> {
    const { member, args, named } = invocation
    const dispid = typeof member === 'number' ? member : this.#dispidOf(member)
    if (dispid === undefined) return refusal(HResult.DISP_E_UNKNOWNNAME)
    // It names no arguments.
    if (named.length > 0) return refusal(HResult.DISP_E_UNKNOWNNAME, args.length)
    if (this.#home.ended) return refusal(HResult.RPC_E_DISCONNECTED)
    return new Promise(resolve => {
      const answer = (reply: IncomingReply) => resolve(this.#replyOf(invocation, reply))
      const key = this.#unanswered.add({
        call,
        answer,
        describe: () => `a call that JavaScript has not answered: ${describeRequest(call.request)}`,
      })
      call.onCancel(() =>
        this.#system.post(this.#maker, () => {
          if (this.#unanswered.has(key)) this.#implementation.canceled(key)
        }),
      )
      this.#system.post(this.#maker, () => this.#tell(call, key, dispid, invocation))
      call.serve(this.#home)
    })
  }

  #dispidOf(name: string): number | undefined {
    const { members } = this.#implementation
    const lower = name.toLowerCase()
    return Object.hasOwn(members, lower) ? members[lower] : undefined
  }

  #tell(call: ServedCall, key: CallKey, dispid: number, { kind, args }: Invocation): void {
    const { live } = this.#system
    const land = (pointer: BindingPointer) => {
      const { target } = MarshaledPointer.of(pointer)
      target.addRef()
      return handleFor(this.#home, target, live)
    }
    const threadId = call.stack.thread.id
    this.#implementation.invoke({
      key,
      dispid,
      kind,
      args: args.map(each => copyVariant(each, land)),
      threadId,
    })
  }

  #replyOf(invocation: Invocation, { hresult, value, outs = [], exception }: IncomingReply): Reply {
    if (exception || failed(hresult))
      return refusal(failed(hresult) ? hresult : HResult.E_FAIL, -1, exception ?? null)
    const depart = PointerHandle.departing(this.#home.apartment)
    const copy = (variant: Variant) => copyVariant(variant, depart)
    try {
      const changed = new Map(outs.map(out => [out.position, copy(out.value)]))
      return {
        ...success(value ? copy(value) : null),
        hresult,
        outs: outsOf(invocation, changed, variant => copyVariant(variant, again)),
      }
    } catch (error) {
      if (error instanceof PointerRefusal) return refusal(error.hresult)
      throw error
    }
  }
}

/** Another reference on an object that came with the call. */
const again = (pointer: BindingPointer): BindingPointer =>
  new MarshaledPointer(MarshaledPointer.of(pointer).target)
