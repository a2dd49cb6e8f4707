// Activation: objects from a class, from the running objects, and from a moniker.
import type { Activation, CallOutcome } from '../../binding'
import type { Caller } from '../calls/call-runner'
import { HeldPointer } from '../calls/held-pointer'
import type { CallOptions } from '../calls/invoke'
import { outcomeError } from '../errors/call-error'
import { ComError } from '../errors/errors'
import { failed, HResult } from '../errors/hresult'
import { adviceOnCall } from '../errors/hresult-advice'
import * as validate from '../errors/validate'
import { discardOutcome, pointerIn } from '../values/from-variant'

export interface CreateOptions extends CallOptions {
  /**
   * Where the server runs: 'inproc' in this process, 'local' in another process of this machine, 'any' as the
   * class is registered. Default 'any'.
   */
  context?: 'inproc' | 'local' | 'any'
  /** The name of the machine on which to create the object (DCOM). */
  server?: string
}

const CLSCTX = { inproc: 1, local: 4, remote: 16 } as const

const bareGuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** A ProgID, or a CLSID in braces, as COM requires. */
const className = (where: string, value: unknown): string => {
  const name = validate.name(where, 'progIdOrClsid', value)
  return bareGuid.test(name) ? `{${name}}` : name
}

export const createActivation = (
  where: string,
  progIdOrClsid: unknown,
  { context = 'any', server }: Partial<CreateOptions>,
): Activation => {
  const name = className(where, progIdOrClsid)
  const checked = validate.oneOf(where, 'options.context', context, ['inproc', 'local', 'any'] as const)
  if (server === undefined) {
    const any = CLSCTX.inproc | CLSCTX.local | CLSCTX.remote
    return { kind: 'create', name, context: checked === 'any' ? any : CLSCTX[checked], server: null }
  }
  const machine = validate.name(where, 'options.server', server)
  if (checked !== 'any')
    throw new RangeError(`${where}: options.context must be 'any' with a server, got '${checked}'`)
  // The name may be that of this machine.
  return { kind: 'create', name, context: CLSCTX.local | CLSCTX.remote, server: machine }
}

export const activeActivation = (where: string, progIdOrClsid: unknown): Activation => ({
  kind: 'active',
  name: className(where, progIdOrClsid),
})

export const monikerActivation = (where: string, moniker: unknown): Activation => ({
  kind: 'moniker',
  name: validate.name(where, 'moniker', moniker),
})

const activated = ({ value }: CallOutcome) => (value ? pointerIn(value) : undefined)

/** A success without an object is a cancel (C13). */
const activationResult = (outcome: CallOutcome): number =>
  failed(outcome.hresult) || activated(outcome) ? outcome.hresult : HResult.RPC_E_CALL_CANCELED

/** Activates an object from a thread. */
export const activate = async (
  caller: Caller,
  where: string,
  activation: Activation,
  signal: AbortSignal | undefined,
): Promise<HeldPointer> => {
  const outcome = await caller.run<CallOutcome>({
    where,
    signal,
    queue: done => caller.thread.activate(activation, done),
    hresultOf: activationResult,
    discard: discardOutcome,
  })
  const about = JSON.stringify(activation.name)
  if (failed(outcome.hresult)) throw outcomeError(where, outcome, undefined, about)
  const object = activated(outcome)
  if (object) return new HeldPointer(object.pointer, caller, object.type)
  const hresult = HResult.RPC_E_CALL_CANCELED
  throw new ComError(hresult, where, `${about}: ${adviceOnCall(hresult)}`)
}
