// Calls of methods by vtable: their arguments, the operation, and their results.
import type { CallOutcome, InterfaceId, MethodCall, OutArgument, Variant } from '../../binding'
import type { CallLimits } from '../calls/call-limits'
import { hresultOf } from '../calls/call-runner'
import type { HeldPointer } from '../calls/held-pointer'
import { refuseGone } from '../calls/invoke'
import { OutgoingArguments } from '../calls/outgoing-arguments'
import { outcomeError } from '../errors/call-error'
import type { ComError } from '../errors/errors'
import { failed, HResult } from '../errors/hresult'
import { copyBlocks, isBlock, lengthOf } from '../values/blocks'
import { discardOutcome, type ObjectMaker, releasePointers } from '../values/from-variant'
import type { ComInterface, MethodPart, MethodShape } from './interface'

/** The values of a call, by the position of all parameters, and what keeps their objects. */
export interface PreparedCall {
  readonly shape: MethodShape
  readonly values: readonly Variant[]
  readonly outgoing: OutgoingArguments
}

/**
 * Converts the arguments of a method, with those that the library passes. The receiver releases `outgoing`. Throws
 * TypeError or RangeError for arguments that cannot be passed, ComError for an object that was released.
 */
export const prepare = (held: HeldPointer, shape: MethodShape, args: readonly unknown[]): PreparedCall => {
  const outgoing = new OutgoingArguments(held.caller, shape.name, held.host)
  try {
    const values = valuesOf(shape, args, outgoing)
    refuseGone(held, shape.name)
    outgoing.keep(held)
    return { shape, values, outgoing }
  } catch (error) {
    outgoing.release()
    throw error
  }
}

/** Adopts the objects of other threads among the arguments, if there are any. Rejects as calls do. */
export const adoptArguments = (
  { outgoing, values }: PreparedCall,
  limits: CallLimits,
): Promise<void> | undefined => {
  const ready = outgoing.ready(limits)
  // The binding copies them only when the job is queued.
  if (ready) for (const value of values) copyBlocks(value)
  return ready?.catch((error: unknown) => {
    outgoing.release()
    throw error
  })
}

const valuesOf = (
  { name, parameters, takes }: MethodShape,
  args: readonly unknown[],
  outgoing: OutgoingArguments,
): Variant[] => {
  if (args.length !== takes.length)
    throw new RangeError(
      `${name}: args must have an argument for each of the ${takes.length} parameters that go in, got ${args.length}`,
    )
  const values: Variant[] = parameters.map(() => ({ type: 'empty' }))
  for (const [n, position] of takes.entries()) {
    const { type, size } = parameters[position] as (typeof parameters)[number]
    const place = `argument ${n + 1}`
    if (size === undefined) {
      values[position] =
        type === 'variant' ? outgoing.value(args[n], place) : outgoing.typed(type, args[n], place)
      continue
    }
    const buffer = outgoing.typed(`${type}[]`, args[n], place)
    const count = buffer.type === 'array' && isBlock(buffer.elements) ? lengthOf(buffer.elements) : 0
    if (buffer.type !== 'array' || buffer.dimensions.length !== 1)
      throw new RangeError(`${name}: ${place} must be an array of one dimension`)
    values[position] = buffer
    const counter = values[size]
    if (counter?.type !== 'empty' && counter?.type !== 'array' && counter?.value !== count)
      throw new RangeError(`${name}: ${place} must have as many elements as the other buffers of its size`)
    values[size] = outgoing.typed(parameters[size]?.type as 'i4', count, `the size of ${place}`)
  }
  for (const [i, { direction, size }] of parameters.entries()) {
    if (direction !== 'out' || size === undefined) continue
    const counter = values[size]
    const count = counter?.type === 'array' ? 0 : Number(counter?.value)
    if (count < 0) throw new RangeError(`${name}: the size of a buffer must not be negative, got ${count}`)
    values[i] = { type: 'ui4', value: count }
  }
  return values
}

/** The operation of a prepared call, or of one of its steps. */
export const methodCall = (
  iid: InterfaceId,
  part: MethodPart,
  { shape, values }: PreparedCall,
  step?: MethodCall['step'],
): MethodCall => ({
  kind: 'method',
  name: step ? `${step === 'begin' ? 'Begin_' : 'Finish_'}${shape.name}` : shape.name,
  iid,
  slot: part.slot,
  returns: shape.returns,
  parameters: part.parameters,
  args: part.positions.map(position => values[position] as Variant),
  ...(step && { step }),
})

/** The error of a method that failed. */
export const methodError = (
  { name, takes }: MethodShape,
  part: MethodPart,
  outcome: CallOutcome,
  of: Pick<ComInterface, 'name'>,
): ComError => {
  const argument = takes.indexOf(part.positions[outcome.argument] ?? -1)
  const hint = outcome.hresult === HResult.E_NOINTERFACE ? `the object has no ${of.name}` : undefined
  const passed = { positional: takes.length, named: [], setting: false }
  return outcomeError(name, { ...outcome, argument }, { passed, hint })
}

/** The results of a call: undefined, the only one, or all of them in an array. */
export const resultOf = async (
  held: HeldPointer,
  { parameters, gives }: MethodShape,
  part: MethodPart,
  outs: readonly OutArgument[],
  results: ObjectMaker<object>,
): Promise<unknown> => {
  const byPosition = new Map(outs.map(({ position, value }) => [part.positions[position] ?? -1, value]))
  const values: unknown[] = []
  for (const position of gives) {
    const value: Variant = byPosition.get(position) ?? { type: 'empty' }
    byPosition.delete(position)
    const buffer = parameters[position]?.size !== undefined && value.type === 'array'
    values.push(buffer ? value.elements : await held.caller.arrivals.value(value, results))
  }
  for (const value of byPosition.values()) releasePointers(value)
  return values.length > 1 ? values : values[0]
}

/** Runs an operation of a call, and keeps the object until its job ends. `over`: the job has ended. */
export const runMethod = (
  held: HeldPointer,
  operation: MethodCall,
  where: string,
  limits: CallLimits,
  over: () => void,
): Promise<CallOutcome> => {
  const { caller, host } = held
  return caller.run<CallOutcome>({
    where,
    limits,
    host,
    queue: (done, options) => caller.thread.ask(held.pointer, operation, done, options),
    hresultOf,
    discard: discardOutcome,
    over,
  })
}

/** A method of an interface with its arguments, not converted yet. */
export interface MethodRequest {
  readonly of: ComInterface
  readonly shape: MethodShape
  readonly args: readonly unknown[]
  readonly limits: CallLimits
  readonly results: ObjectMaker<object>
}

/** Calls a method. Rejects as calls of members do. */
export const callMethod = async (
  held: HeldPointer,
  { of, shape, args, limits, results }: MethodRequest,
): Promise<unknown> => {
  const prepared = prepare(held, shape, args)
  const adopted = adoptArguments(prepared, limits)
  if (adopted) await adopted
  const operation = methodCall(of.iid, shape.whole, prepared)
  const outcome = await runMethod(held, operation, shape.name, limits, () => prepared.outgoing.release())
  if (failed(outcome.hresult)) throw methodError(shape, shape.whole, outcome, of)
  return resultOf(held, shape, shape.whole, outcome.outs, results)
}
