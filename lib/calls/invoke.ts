// One late-bound call to an object, with conversion of its arguments and by-reference results.
import type {
  BindingPointer,
  BindingThread,
  CallOutcome,
  Invocation,
  JobId,
  JobOptions,
  Operation,
  Returned,
} from '../../binding'
import { memberName, outcomeError, type Passed } from '../errors/call-error'
import { ComError } from '../errors/errors'
import { failed, HResult } from '../errors/hresult'
import { copyBlocks } from '../values/blocks'
import { discardOutcome, type ObjectMaker } from '../values/from-variant'
import { TypedVariant } from '../values/values'
import type { CallLimits } from './call-limits'
import { hresultOf } from './call-runner'
import type { HeldPointer } from './held-pointer'
import { hintFor } from './member-names'
import { OutgoingArguments } from './outgoing-arguments'

/** A call or property access with values that are not converted yet. */
export interface MemberAccess {
  member: string | number
  kind: Invocation['kind']
  args: readonly unknown[]
  named: readonly (readonly [name: string, value: unknown])[]
  /** The value to set, in an object because it may be undefined. */
  value?: { of: unknown }
  limits: CallLimits
  /** Makes the objects in results. Default: with the limits of the thread. */
  results?: ObjectMaker<object> | undefined
}

/** Throws RPC_E_DISCONNECTED for an object that its owner has released, or whose host process has ended. */
export const refuseGone = (held: HeldPointer, functionName: string): void => {
  if (held.released)
    throw new ComError(HResult.RPC_E_DISCONNECTED, functionName, `the object was released; ${held.advice}`)
  held.host?.refuseOver(functionName)
}

/** A named argument that is omitted is not passed at all. */
const isOmitted = (value: unknown): boolean => value instanceof TypedVariant && value.type === 'missing'

const invocationOf = (
  access: MemberAccess,
  outgoing: OutgoingArguments,
): { invocation: Invocation; passed: Passed } => {
  const { member, kind, value } = access
  const args = Array.from(access.args, (each, i) => outgoing.argument(each, `argument ${i + 1}`, i))
  if (value) args.push(outgoing.argument(value.of, 'the value', args.length))
  const named = access.named
    .filter(([, each]) => !isOmitted(each))
    .map(([name, each], i) => ({
      name,
      value: outgoing.argument(each, `argument ${name}`, args.length + i),
    }))
  return {
    invocation: { member, kind, args, named },
    passed: { positional: args.length, named: named.map(each => each.name), setting: value !== undefined },
  }
}

/**
 * Makes a call or accesses a property. The job is queued before this returns, unless an argument is an
 * object of another thread, which is marshaled first. Rejects with TypeError or RangeError for arguments that
 * cannot be passed, with ComError or ComAbortError. `hints`: advice for failures of this call, by HRESULT.
 */
export const invoke = async (
  held: HeldPointer,
  access: MemberAccess,
  functionName = memberName(access.member),
  hints?: Readonly<Record<number, string>>,
): Promise<CallOutcome> => {
  const { caller } = held
  const outgoing = new OutgoingArguments(caller, functionName, held.host)
  let invocation: Invocation
  let passed: Passed
  try {
    ;({ invocation, passed } = invocationOf(access, outgoing))
    refuseGone(held, functionName)
    outgoing.keep(held)
    const ready = outgoing.ready(access.limits)
    if (ready) {
      // The binding copies them only when the job is queued.
      for (const each of [...invocation.args, ...invocation.named.map(({ value }) => value)]) copyBlocks(each)
      await ready
    }
  } catch (error) {
    outgoing.release()
    throw error
  }
  const outcome = await caller.run<CallOutcome>({
    where: functionName,
    limits: access.limits,
    host: held.host,
    queue: (done, options) => caller.thread.ask(held.pointer, invocation, done, options),
    hresultOf,
    discard: discardOutcome,
    over: () => outgoing.release(),
  })
  if (failed(outcome.hresult)) {
    const { hresult } = outcome
    const hint =
      held.host?.adviceOn(hresult) ?? (hints ? hints[hresult] : await hintOn(held, access, outcome, passed))
    throw outcomeError(functionName, outcome, { passed, hint })
  }
  if (outcome.outs.length > 0)
    await outgoing.receive(outcome.outs, access.results ?? caller.makers.objectsOf(held.host))
  return outcome
}

/** What the object's description says about a failed call. Never rejects. */
const hintOn = (
  held: HeldPointer,
  { member, kind, limits }: MemberAccess,
  outcome: CallOutcome,
  { positional, named }: Passed,
): Promise<string | undefined> => {
  const call = { member, kind, named: named[outcome.argument - positional], positional }
  const ask = (within: CallLimits) =>
    runOperation(held, { kind: 'describe', brief: true }, { where: memberName(member), limits: within })
  return hintFor(held, call, outcome, ask, limits)
}

export interface OperationContext {
  /** The function that errors name. */
  where: string
  limits: CallLimits
  /** More pointers to keep until the job ends. */
  keep?: readonly HeldPointer[]
  /** Releases what an outcome contains when no caller takes it. Default: its pointers. */
  discard?(outcome: CallOutcome): void
}

/** Runs an operation that passes no values. Keeps the object until the job ends. */
export const runOperation = (
  held: HeldPointer,
  operation: Operation,
  context: OperationContext,
): Promise<CallOutcome> =>
  runJob(held, (thread, pointer, done, options) => thread.ask(pointer, operation, done, options), context)

/** Runs a job on an object that `queue` queues. Keeps the object until the job ends. */
export const runJob = async (
  held: HeldPointer,
  queue: (thread: BindingThread, pointer: BindingPointer, done: Returned, options: JobOptions) => JobId,
  { where, limits, keep = [], discard = discardOutcome }: OperationContext,
): Promise<CallOutcome> => {
  refuseGone(held, where)
  const { caller, pointer, host } = held
  const kept = [held, ...keep].map(each => each.take())
  return caller.run<CallOutcome>({
    where,
    limits,
    host,
    queue: (done, options) => queue(caller.thread, pointer, done, options),
    hresultOf,
    discard,
    over: () => {
      for (const each of kept) each.drop()
    },
  })
}
