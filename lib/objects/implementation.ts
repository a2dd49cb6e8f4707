// Objects that JavaScript implements: passes incoming calls to handlers, and replies with their results.
import type {
  Binding,
  BindingPointer,
  CallKey,
  IncomingCall,
  IncomingReply,
  InterfaceId,
} from '../../binding'
import { NO_LIMITS } from '../calls/call-limits'
import type { Caller } from '../calls/call-runner'
import { OutgoingArguments } from '../calls/outgoing-arguments'
import { ComError } from '../errors/errors'
import { failed, HResult } from '../errors/hresult'
import * as validate from '../errors/validate'
import { keepDefaultBinding } from '../functions/default-binding'
import { copyBlocks } from '../values/blocks'
import { releasePointers } from '../values/from-variant'
import type { Value } from '../values/values'
import type { AnyHandler, HandledMember } from './handlers'
import { ABORTED, isAbort, ServerCall } from './server-call'

/** The members of an object that JavaScript implements, for GetIDsOfNames and Invoke. */
export interface ImplementedMembers {
  iid: InterfaceId | null
  /** DISPIDs by lower-case name. */
  names: Record<string, number>
  members: ReadonlyMap<number, HandledMember>
  /** Whether a call to another DISPID succeeds without a result: events do not need a handler. */
  ignoreUnknown: boolean
}

/** Assigns a DISPID to every member that has only a name. */
export const withDispids = (
  members: readonly HandledMember[],
  iid: InterfaceId | null,
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
  return { iid, names, members: byDispid, ignoreUnknown: false }
}

/**
 * Makes the object. Its closures live as long as COM references the object. They hold the thread, but not the
 * pointer that is returned, which would keep itself alive.
 */
export const implement = (caller: Caller, implemented: ImplementedMembers): BindingPointer => {
  const active = new Map<CallKey, ServerCall>()
  return caller.thread.implement({
    members: implemented.names,
    iid: implemented.iid,
    invoke: keepDefaultBinding(incoming => void answer(caller, implemented, incoming, active)),
    canceled: key => active.get(key)?.cancel(),
  })
}

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

/** Makes an object whose default member calls a function. */
export const callbackObject = (caller: Caller, run: AnyHandler): BindingPointer => {
  const members = new Map<number, HandledMember>([[0, { key: 0, call: run }]])
  return implement(caller, { iid: null, names: Object.create(null), members, ignoreUnknown: false })
}

/** Calls the handler, and replies with its result or error. Never rejects. */
const answer = async (
  caller: Caller,
  { members, ignoreUnknown }: ImplementedMembers,
  incoming: IncomingCall,
  active: Map<CallKey, ServerCall>,
): Promise<void> => {
  const { binding } = caller
  const { key, kind, dispid } = incoming
  const member = members.get(dispid)
  const setting = kind === 'set' || kind === 'set-reference'
  const handler = setting ? member?.set : member?.call
  if (!handler) {
    for (const each of incoming.args) releasePointers(each)
    binding.reply(key, { hresult: ignoreUnknown ? HResult.S_OK : HResult.DISP_E_MEMBERNOTFOUND })
    return
  }
  const outgoing = new OutgoingArguments(caller, `the handler of ${String(member?.key)}`)
  const args = incoming.args.map(each => caller.arrivals.value(each, caller.makers.object, 'shared'))
  const call = ServerCall.make(binding, incoming, outgoing)
  active.set(key, call)
  let reply: IncomingReply
  try {
    // Large arguments arrive later. A handler that gets none is called at once.
    const arrived = args.some(each => each instanceof Promise) ? await Promise.all(args) : args
    const result = await handler(call, ...(arrived as Value<object>[]))
    const value = outgoing.value(result, 'the result')
    const ready = outgoing.ready({ ...NO_LIMITS, signals: [call.signal] })
    if (ready) {
      copyBlocks(value)
      await ready
    }
    reply = { hresult: HResult.S_OK, outs: call.outs, ...(setting ? {} : { value }) }
  } catch (error) {
    reply = failureReply(error)
  }
  active.delete(key)
  binding.reply(key, reply)
  outgoing.release()
}

const failureReply = (error: unknown): IncomingReply => {
  if (error instanceof ComError && failed(error.hresult)) {
    const { hresult, source = 'JavaScript', helpFile = '', helpContext = 0 } = error
    const description = error.description ?? error.message
    return { hresult, exception: { source, description, helpFile, helpContext } }
  }
  if (isAbort(error)) return { hresult: ABORTED }
  const description = error instanceof Error ? error.message : validate.describe(error)
  return {
    hresult: HResult.DISP_E_EXCEPTION,
    exception: { source: 'JavaScript', description, helpFile: '', helpContext: 0 },
  }
}
