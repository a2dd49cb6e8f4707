// The reply to a call: an outcome whose pointers are marshaled.
import type { CallOutcome, ExceptionInfo, HRESULT, Variant } from '../../../binding'
import { HResult } from '../../errors/hresult'
import type { Rejection } from '../apartments/message-filter'
import { copyVariant, type PointerCopier } from './marshal'

export interface Reply extends CallOutcome {
  /** The server has rejected the call and did not execute it. */
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

/** Replaces each pointer in the reply. */
export const copyReply = (reply: Reply, copy: PointerCopier): Reply => ({
  ...reply,
  value: reply.value && copyVariant(reply.value, copy),
  outs: reply.outs.map(({ position, value }) => ({ position, value: copyVariant(value, copy) })),
})
