// How a call to an object ended, on its way back: an outcome whose pointers belong to no apartment yet.
import type { BindingPointer, CallOutcome, ExceptionInfo, HRESULT, Variant } from '../../../binding'
import { HResult } from '../../errors/hresult'
import { releasePointers } from '../../values/from-variant'
import type { Rejection } from '../apartments/message-filter'
import { copyVariant } from './copy-variant'

export interface Reply extends CallOutcome {
  /** The server has turned the call away, and did not carry it out. */
  rejected?: Rejection
}

export const refusal = (hresult: HRESULT, argument = -1, exception: ExceptionInfo | null = null): Reply => ({
  hresult,
  value: null,
  outs: [],
  exception,
  argument,
})

export const success = (value: Variant | null = null): Reply => ({ ...refusal(HResult.S_OK), value })

/** Nobody takes it: gives back what it refers to. */
export const dropReply = ({ value, outs }: Reply): void => {
  releasePointers(value)
  for (const out of outs) releasePointers(out.value)
}

/** The outcome with its pointers brought to where it was asked for, by `land`. */
export const unmarshalReply = (
  { hresult, value, outs, exception, argument, events }: Reply,
  land: (pointer: BindingPointer) => BindingPointer,
): CallOutcome => ({
  hresult,
  value: value && copyVariant(value, land),
  outs: outs.map(out => ({ position: out.position, value: copyVariant(out.value, land) })),
  exception,
  argument,
  ...(events && { events }),
})
