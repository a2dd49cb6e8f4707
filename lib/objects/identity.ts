// Whether two objects are one COM object.
import type { BindingPointer, CallOutcome, ScalarVariant } from '../../binding'
import { type CallLimits, type CallOptions, callOptions, limitsOf } from '../calls/call-limits'
import { hresultOf } from '../calls/call-runner'
import { type HeldPointer, heldPointerOf } from '../calls/held-pointer'
import { refuseGone } from '../calls/invoke'
import { OutgoingArguments } from '../calls/outgoing-arguments'
import { succeeded } from '../errors/call-error'
import * as validate from '../errors/validate'

/** Implements ComObject.is. */
export const isSameObject = async (
  held: HeldPointer,
  other: unknown,
  options: unknown,
  defaults: CallLimits,
): Promise<boolean> => {
  const where = 'ComObject.is'
  const checked = validate.options<CallOptions>(where, options, callOptions)
  const limits = limitsOf(where, checked, defaults)
  const isObject = (typeof other === 'object' && other !== null) || typeof other === 'function'
  if (!isObject || !heldPointerOf(other))
    throw validate.wrongType(where, 'other', 'an object of COM, or a view of one', other)
  const { caller } = held
  const outgoing = new OutgoingArguments(caller, where, undefined)
  const over = () => outgoing.release()
  let variant: ScalarVariant
  try {
    variant = outgoing.value(other, 'other') as ScalarVariant
    refuseGone(held, where)
    outgoing.keep(held)
    await outgoing.ready(limits)
  } catch (error) {
    over()
    throw error
  }
  const outcome = await caller.run<CallOutcome>({
    where,
    limits,
    host: held.host,
    queue: (done, job) =>
      caller.thread.ask(held.pointer, { kind: 'is', other: variant.value as BindingPointer }, done, job),
    hresultOf,
    over,
  })
  const { value } = succeeded(where, outcome)
  return value?.type === 'bool' && value.value === true
}
