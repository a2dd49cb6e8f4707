// Passes the arguments of a property without indexes to the default member of the object that the property returns.
import type { Invocation } from '../../../binding'
import { failed, HResult } from '../../errors/hresult'
import { discardOutcome, pointerIn } from '../../values/from-variant'
import { defaultMember } from '../../values/values'
import { marshalOperation } from '../calls/marshal'
import { MarshaledPointer } from '../calls/marshaled-pointer'
import { type Reply, refusal } from '../calls/reply'
import type { RunningCall } from '../calls/request'
import { callFromApartment } from '../calls/run-in-apartment'
import { requestOf, type Target } from '../calls/target'
import { errorReply } from './error-reply'
import type { Server } from './server'

/** The number of indexes: the arguments without the value that a property is set to. */
export const indexesOf = ({ kind, args }: Invocation): number =>
  args.length - (kind === 'set' || kind === 'set-reference' ? 1 : 0)

/**
 * Type-library dispatch (ITypeInfo::Invoke): the property is got, and the invocation goes to DISPID_VALUE of its value.
 * DISP_E_NOTACOLLECTION where the value is no object, or an emulated object without a default member; another object
 * answers itself. Names of arguments are those of the property, which has none.
 */
export const invokeDefault = async (
  server: Server,
  invocation: Invocation,
  call: RunningCall,
  get: Reply | Promise<Reply>,
): Promise<Reply> => {
  const got = await get
  if (failed(got.hresult)) return got
  try {
    const pointer = got.value && pointerIn(got.value)?.pointer
    const target = pointer && MarshaledPointer.of(pointer).target
    if (!target?.hasDefaultMember) return refusal(HResult.DISP_E_NOTACOLLECTION)
    return await ask(server, target, { ...invocation, member: defaultMember }, call)
  } finally {
    discardOutcome(got)
  }
}

/** Calls the object on the thread that executes the call: directly in its own apartment, else through a proxy. */
const ask = async (
  server: Server,
  target: Target,
  invocation: Invocation,
  call: RunningCall,
): Promise<Reply> => {
  if (target.apartment === server.apartment) return target.ask(invocation, call)
  const marshaled = marshalOperation(invocation, MarshaledPointer.copyOf)
  if (!('operation' in marshaled)) return refusal(marshaled.hresult, marshaled.argument)
  const request = requestOf(target, marshaled.operation, marshaled.release)
  return callFromApartment(server.system, 'the default member', server, request).catch((error: unknown) =>
    errorReply(error, server.name),
  )
}
