// Runs the function of a member for a call: converts its arguments, its result and its error.
import type { Invocation, Variant } from '../../../binding'
import { HResult } from '../../errors/hresult'
import { releasePointers } from '../../values/from-variant'
import { argumentsOf, copyForReceiver, outsOf } from '../calls/marshal'
import { MarshaledPointer } from '../calls/marshaled-pointer'
import { type Reply, success } from '../calls/reply'
import type { RunningCall } from '../calls/request'
import type { Target } from '../calls/target'
import type { ArgumentPlaces } from './argument-binding'
import type { Method } from './definition'
import { EmulatedCall } from './emulated-call'
import { EmulatedObject } from './emulated-object'
import { errorReply } from './error-reply'
import type { ServerMember } from './members'
import { type ReferenceHolder, RemoteObject, type ServerValue } from './remote-object'
import type { Server } from './server'
import { fromClient, largeFromClient, toClient, toClientInTurns } from './server-values'

export interface MethodCall {
  readonly server: Server
  readonly object: EmulatedObject
  readonly member: ServerMember
  readonly method: Method
  readonly call: RunningCall
  readonly invocation: Invocation
  readonly places: ArgumentPlaces
  /** Fires an event of the object. `remote` makes the objects that handlers put into its arguments. */
  fire(name: string, args: readonly unknown[], remote: (target: Target) => RemoteObject): Promise<number>
}

/** The method has returned a value that Automation has no type for. */
class UnsupportedResult extends Error {
  readonly reply: Reply

  constructor(reply: Reply) {
    super('the result can not be passed')
    this.reply = reply
  }
}

/** Holds the objects that a method was passed until the method has ended. */
class CallReferences implements ReferenceHolder {
  readonly server: Server
  #objects: RemoteObject[] | undefined = []

  constructor(server: Server) {
    this.server = server
  }

  readonly remote = (target: Target): RemoteObject => RemoteObject.make(this, target)

  untilOver(object: RemoteObject): void {
    // After the call only a kept object can return objects; they are kept as well.
    if (this.#objects) this.#objects.push(object)
    else object.keep()
  }

  over(): void {
    const objects = this.#objects ?? []
    this.#objects = undefined
    for (const object of objects) object.dropUnlessKept()
  }
}

export const runMethod = async ({
  server,
  object,
  member,
  method,
  call: served,
  invocation,
  places,
  fire,
}: MethodCall): Promise<Reply> => {
  const { exporter } = server
  const { counts } = server.host.faults
  const passed = argumentsOf(invocation)
  const references = new CallReferences(server)
  const changed = new Map<number, Variant>()
  const args = places.map((place): Variant => passed[place ?? -1] ?? { type: 'missing' })
  const call = EmulatedCall.make(server.system, served, {
    object,
    member: member.name,
    kind: invocation.kind,
    count: ++counts.calls,
    args,
    fire: (name, values) => fire(name, values, references.remote),
    setArgument: (index, value, type) => {
      const place = places[index] ?? -1
      const what = `the value of argument ${index}`
      const variant = toClient(value, member.name, what, exporter, type)
      const before = changed.get(place)
      changed.set(place, variant)
      releasePointers(before ?? null)
    },
  })
  let reply: Reply
  try {
    const large = largeFromClient(args, references.remote, server.system.clock)
    const values = large ? await large : args.map((each): ServerValue => fromClient(each, references.remote))
    const returned: unknown = method.apply(object.state, [call, ...values])
    const result: unknown = isThenable(returned) ? await returned : returned
    const setting = invocation.kind === 'set' || invocation.kind === 'set-reference'
    const converted = setting ? null : methodResult(result, member, server)
    const value = converted instanceof Promise ? await converted : converted
    const outs = outsOf(passed, changed, each => copyForReceiver(each, MarshaledPointer.copyOf))
    reply = { ...success(value), outs }
  } catch (error) {
    for (const variant of changed.values()) releasePointers(variant)
    reply =
      error instanceof UnsupportedResult
        ? error.reply
        : errorReply(error, server.name, n => places[n - 1] ?? -1)
  }
  references.over()
  if (reply.hresult === HResult.RPC_E_CALL_CANCELED) counts.canceled++
  else counts.finished++
  return reply
}

const isThenable = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'

/** A promise for results that may be large. */
const methodResult = (
  result: unknown,
  member: ServerMember,
  { name, exporter, system }: Server,
): Variant | Promise<Variant> => {
  const unsupported = (error: unknown): never => {
    throw new UnsupportedResult({
      ...errorReply(error, name),
      hresult: error instanceof RangeError ? HResult.DISP_E_OVERFLOW : HResult.DISP_E_BADVARTYPE,
    })
  }
  const small = typeof result !== 'object' || result === null || result instanceof EmulatedObject
  if (!small)
    return toClientInTurns(
      { value: result, where: member.name, place: 'the result', exporter },
      system.clock,
    ).catch(unsupported)
  try {
    return toClient(result, member.name, 'the result', exporter)
  } catch (error) {
    return unsupported(error)
  }
}
