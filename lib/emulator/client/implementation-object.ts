// The COM object of an Implementation: COM calls it in the apartment of its home thread.
import type {
  CallKey,
  Implementation,
  IncomingReply,
  InterfaceId,
  Invocation,
  MethodCall,
  Operation,
  Variant,
} from '../../../binding'
import { failed, HResult } from '../../errors/hresult'
import type { Host } from '../apartments/host'
import type { EmulatedApartment } from '../apartments/thread-stack'
import { changeType } from '../calls/change-type'
import { argumentsOf, copyForReceiver, copyVariant, outsOf, PointerRefusal } from '../calls/marshal'
import { MarshaledPointer } from '../calls/marshaled-pointer'
import { type Reply, refusal, success } from '../calls/reply'
import { describeRequest, type JobQueue, type RunningCall } from '../calls/request'
import { Target } from '../calls/target'
import type { System } from '../threads/system'
import type { Thread } from '../threads/thread'
import { PointerHandle, type PointerHome } from './pointer-handle'
import type { UnansweredCalls } from './unanswered-calls'

/** The thread that the object was made for. */
export interface ImplementationHome extends PointerHome, JobQueue {
  /** It was closed or has ended: its objects accept no calls. */
  readonly closed: boolean
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
  /** The thread that made the object, on which JavaScript gets its calls. */
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

  ask(operation: Operation, call: RunningCall): Reply | Promise<Reply> {
    if (this.#home.closed) return refusal(HResult.RPC_E_DISCONNECTED)
    switch (operation.kind) {
      case 'look-up': {
        const value = this.#dispidOf(operation.member)
        return value === undefined ? refusal(HResult.DISP_E_UNKNOWNNAME) : success({ type: 'i4', value })
      }
      case 'is': // needs no call to the server
      case 'server-process': // nor does this
      case 'next':
      case 'cancel-call':
      case 'test-call':
      case 'wait-call':
      case 'events':
      case 'advise':
      case 'unadvise':
        return refusal(HResult.E_NOINTERFACE)
      case 'method':
        return this.#isImplemented(operation.iid)
          ? this.#invoke(operation, call)
          : refusal(HResult.E_NOINTERFACE)
      case 'create-call':
        return this.#isImplemented(operation.iid)
          ? success({ type: 'bool', value: true })
          : refusal(HResult.E_NOINTERFACE)
      // It has no type information.
      case 'describe':
      case 'describe-library':
        return refusal(HResult.E_NOTIMPL)
      default:
        return this.#invoke(operation, call)
    }
  }

  /** Whether it has an interface by vtable, or an asynchronous one. */
  #isImplemented(iid: InterfaceId): boolean {
    return this.#implementation.interfaces?.some(each => each.iid === iid || each.asyncIid === iid) ?? false
  }

  #invoke(invocation: Invocation | MethodCall, call: RunningCall): Reply | Promise<Reply> {
    const dispid = this.#called(invocation)
    if (dispid === undefined) return refusal(HResult.DISP_E_UNKNOWNNAME)
    // Its arguments have no names.
    if (invocation.kind !== 'method' && invocation.named.length > 0)
      return refusal(HResult.DISP_E_UNKNOWNNAME, invocation.args.length)
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
      this.#system.post(this.#maker, () => this.#deliver(call, key, dispid, invocation))
      call.serve(this.#home)
    })
  }

  #called(invocation: Invocation | MethodCall): number | undefined {
    if (invocation.kind === 'method') return 0
    const { member } = invocation
    return typeof member === 'number' ? member : this.#dispidOf(member)
  }

  #dispidOf(name: string): number | undefined {
    const { members } = this.#implementation
    const lower = name.toLowerCase()
    return Object.hasOwn(members, lower) ? members[lower] : undefined
  }

  #deliver(call: RunningCall, key: CallKey, dispid: number, invocation: Invocation | MethodCall): void {
    const { args } = invocation
    const unmarshal = PointerHandle.unmarshalTo(this.#home, this.#system.live)
    this.#implementation.invoke({
      key,
      dispid,
      kind: invocation.kind === 'method' ? 'call' : invocation.kind,
      ...(invocation.kind === 'method' && { method: { iid: invocation.iid, slot: invocation.slot } }),
      // The call keeps its own references until it is over.
      args: args.map(each => copyVariant(each, pointer => unmarshal(MarshaledPointer.copyOf(pointer)))),
      threadId: call.stack.thread.id,
    })
  }

  #replyOf(
    invocation: Invocation | MethodCall,
    { hresult, value, outs = [], exception }: IncomingReply,
  ): Reply {
    if (exception || failed(hresult))
      return refusal(failed(hresult) ? hresult : HResult.E_FAIL, -1, exception ?? null)
    const marshal = PointerHandle.marshalFrom(this.#home.apartment)
    const copy = (variant: Variant) => copyForReceiver(variant, marshal)
    const args = argumentsOf(invocation)
    const typed = new Map<number, Variant>()
    for (const out of outs) {
      const reference = args[out.position]
      const isTyped = reference?.byRef === true
      const changed = isTyped ? changeType(out.value, reference.type) : out.value
      if (typeof changed === 'number') return refusal(changed, out.position)
      typed.set(out.position, changed)
    }
    try {
      if (invocation.kind === 'method')
        return {
          ...success(),
          hresult,
          outs: outs.map(({ position, value: each }) => ({ position, value: copy(each) })),
        }
      const changed = new Map([...typed].map(([position, each]) => [position, copy(each)]))
      return {
        ...success(value ? copy(value) : null),
        hresult,
        outs: outsOf(args, changed, each => copyForReceiver(each, MarshaledPointer.copyOf)),
      }
    } catch (error) {
      if (error instanceof PointerRefusal) return refusal(error.hresult)
      throw error
    }
  }
}
