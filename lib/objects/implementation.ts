// Objects that JavaScript implements: passes incoming calls to handlers, and replies with their results.
import type {
  Binding,
  BindingPointer,
  CallKey,
  HRESULT,
  Implementation,
  IncomingCall,
  IncomingReply,
  InterfaceId,
} from '../../binding'
import { NO_LIMITS } from '../calls/call-limits'
import type { Caller } from '../calls/call-runner'
import { Receivers } from '../calls/host-process'
import { OutgoingArguments } from '../calls/outgoing-arguments'
import { PointerScope, runInScope } from '../calls/pointer-scope'
import { ComError } from '../errors/errors'
import { failed, HResult } from '../errors/hresult'
import { isAbort, thrown } from '../errors/thrown'
import { keepDefaultBinding } from '../functions/default-binding'
import { copyBlocks } from '../values/blocks'
import { releasePointers } from '../values/from-variant'
import type { Value } from '../values/values'
import type { AnyHandler, HandledMember } from './handlers'
import {
  argumentsIn,
  bufferIn,
  type ImplementedInterface,
  type ImplementedMethod,
  methodReply,
} from './implemented-interface'
import { ServerCall } from './server-call'

/** The members of an object that JavaScript implements, for GetIDsOfNames and Invoke. */
export interface ImplementedMembers {
  iid: InterfaceId | null
  /** DISPIDs by lower-case name. */
  names: Record<string, number>
  members: ReadonlyMap<number, HandledMember>
  /** The interfaces that are called by vtable. */
  interfaces: readonly ImplementedInterface[]
  /** Whether a call to another DISPID succeeds without a result: events do not need a handler. */
  ignoreUnknown: boolean
  /** Takes what a handler has thrown, after the reply; `event` is the handler's key. Only events have it. */
  onFailure?: (error: unknown, event: string | number) => void
  /** Who gets the object: the objects in its incoming calls come from there. */
  receivers: Receivers
}

/** Assigns a DISPID to every member that has only a name. */
export const withDispids = (
  members: readonly HandledMember[],
  iid: InterfaceId | null,
  interfaces: readonly ImplementedInterface[] = [],
): ImplementedMembers => {
  const byDispid = new Map<number, HandledMember>()
  for (const member of members) if (typeof member.key === 'number') byDispid.set(member.key, member)
  const names: Record<string, number> = Object.create(null)
  let dispid = 0
  for (const member of members) {
    if (typeof member.key === 'number') continue
    do dispid++
    while (byDispid.has(dispid))
    byDispid.set(dispid, member)
    names[member.key.toLowerCase()] = dispid
  }
  return { iid, names, members: byDispid, interfaces, ignoreUnknown: false, receivers: new Receivers() }
}

/**
 * What a program passes to COM: the binding's Implementation. Its closures live as long as COM references the object.
 * They hold the thread, but no pointer to the object, which would keep itself alive.
 */
const implementationOf = (caller: Caller, implemented: ImplementedMembers): Implementation => {
  const active = new Map<CallKey, ServerCall>()
  return {
    members: implemented.names,
    iid: implemented.iid,
    ...(implemented.interfaces.length > 0 && {
      interfaces: implemented.interfaces.map(({ of }) => of.implemented),
    }),
    invoke: keepDefaultBinding(incoming => void answer(caller, implemented, incoming, active)),
    canceled: key => active.get(key)?.cancel(),
  }
}

/** Makes the object. */
export const implement = (caller: Caller, implemented: ImplementedMembers): BindingPointer =>
  caller.thread.implement(implementationOf(caller, implemented))

/** Throws ComError for an interface that the system does not know as a dispinterface. */
export const requireDispinterface = (where: string, binding: Binding, iid: InterfaceId): void => {
  const hresult = binding.checkDispinterface(iid)
  if (!failed(hresult)) return
  const why =
    hresult === HResult.REGDB_E_IIDNOTREG
      ? `nothing says how ${iid} is called: HKEY_CLASSES_ROOT\\Interface does not have it`
      : `${iid} is called by vtable, which an object of JavaScript does not have`
  throw new ComError(hresult, where, `${why}; only a dispinterface can be implemented`)
}

interface Callback {
  implementation: Implementation
  receivers: Receivers
}

const callbacks = new WeakMap<Caller, WeakMap<object, Callback>>()

const newCallback = (caller: Caller, run: AnyHandler): Callback => {
  const implemented = withDispids([{ key: 0, call: run }], null)
  return { implementation: implementationOf(caller, implemented), receivers: implemented.receivers }
}

/**
 * A pointer to an object whose default member calls a function: to the same object for the same function, for as long
 * as COM references it, so that a server can find the function that it was passed before.
 */
export const callbackObject = (
  caller: Caller,
  run: AnyHandler,
): { pointer: BindingPointer; receivers: Receivers } => {
  const known = callbacks.get(caller) ?? new WeakMap<object, Callback>()
  callbacks.set(caller, known)
  const callback = known.get(run) ?? newCallback(caller, run)
  known.set(run, callback)
  return { pointer: caller.thread.implement(callback.implementation), receivers: callback.receivers }
}

const RELEASED =
  'objects that a handler is passed are released when it has ended, unless it calls keep() on them'

/** Whether a handler has failed only because its caller has canceled, or because its thread was closed meanwhile. */
const isConsequence = (error: unknown, hresult: HRESULT, call: ServerCall, caller: Caller): boolean =>
  (isAbort(error) && (call.canceled || caller.state === 'disposed')) ||
  (hresult === HResult.RPC_E_DISCONNECTED && caller.state === 'disposed')

/** The method that a call by vtable is for; null without a handler, undefined for a call by IDispatch. */
const methodOf = (
  interfaces: readonly ImplementedInterface[],
  { method }: IncomingCall,
): ImplementedMethod | null | undefined => {
  if (!method) return undefined
  const { iid } = method
  return interfaces.find(({ of }) => of.iid === iid || of.asyncIid === iid)?.find(method) ?? null
}

/** Calls the handler, and replies with its result or error. Never rejects. */
const answer = async (
  caller: Caller,
  { members, interfaces, ignoreUnknown, onFailure, receivers: { host } }: ImplementedMembers,
  incoming: IncomingCall,
  active: Map<CallKey, ServerCall>,
): Promise<void> => {
  const { binding } = caller
  const { key, kind, dispid } = incoming
  const member = incoming.method ? undefined : members.get(dispid)
  const setting = kind === 'set' || kind === 'set-reference'
  const method = methodOf(interfaces, incoming)
  const handler = method ? method.handler : setting ? member?.set : member?.call
  const disposed = caller.state === 'disposed'
  if (!handler || disposed) {
    for (const each of incoming.args) releasePointers(each)
    const absent = incoming.method ? HResult.E_NOTIMPL : HResult.DISP_E_MEMBERNOTFOUND
    const unknown = ignoreUnknown ? HResult.S_OK : absent
    binding.reply(key, { hresult: disposed ? HResult.RPC_E_DISCONNECTED : unknown })
    return
  }
  const outgoing = new OutgoingArguments(
    caller,
    `the handler of ${method ? method.shape.name : String(member?.key)}`,
    host,
  )
  const scope = new PointerScope(RELEASED)
  const args = runInScope(scope, () =>
    (method ? argumentsIn(method, incoming.args) : incoming.args).map(
      each =>
        (method && bufferIn(each)) ?? caller.arrivals.value(each, caller.makers.objectsOf(host), 'shared'),
    ),
  )
  const call = ServerCall.make(binding, incoming, outgoing)
  const disconnect = () => {
    binding.reply(key, { hresult: HResult.RPC_E_DISCONNECTED })
    call.disconnect()
  }
  active.set(key, call)
  caller.whenDisposed.add(disconnect)
  let reply: IncomingReply
  let failure: { error: unknown } | undefined
  try {
    // Large arguments arrive later. A handler that gets none is called at once.
    const arrived = args.some(each => each instanceof Promise) ? await Promise.all(args) : args
    // A handler is in no scope of the program: it may be called at any time.
    const result = await runInScope(undefined, () => handler(call, ...(arrived as Value<object>[])))
    const answered: IncomingReply = method
      ? methodReply(method, incoming.args, result, outgoing)
      : { hresult: HResult.S_OK, outs: call.outs, value: outgoing.value(result, 'the result') }
    const ready = outgoing.ready({ ...NO_LIMITS, signals: [call.signal] })
    if (ready) {
      if (answered.value) copyBlocks(answered.value)
      await ready
    }
    const { value: _, ...withoutValue } = answered
    reply = setting ? withoutValue : answered
  } catch (error) {
    const { hresult, exception } = thrown(error, 'JavaScript')
    reply = { hresult, ...(exception && { exception }) }
    if (!isConsequence(error, hresult, call, caller)) failure = { error }
  }
  active.delete(key)
  caller.whenDisposed.delete(disconnect)
  binding.reply(key, reply)
  outgoing.release()
  scope.close()
  if (failure) onFailure?.(failure.error, member?.key ?? dispid)
}
