// The items of a collection: its enumerator, read in batches.
import type { CallLimits } from '../calls/call-limits'
import { HeldPointer, heldPointerOf } from '../calls/held-pointer'
import { invoke, runOperation } from '../calls/invoke'
import { NOTHING_PASSED, outcomeError } from '../errors/call-error'
import { ComError } from '../errors/errors'
import { failed, HResult } from '../errors/hresult'
import { lengthOf } from '../values/blocks'
import { fromVariant, type ObjectMaker, pointerIn } from '../values/from-variant'
import { DISPID_NEWENUM, type Value } from '../values/values'

/** What an object without DISPID -4 answers. */
const notCollection = {
  [HResult.DISP_E_MEMBERNOTFOUND]: 'the object is not a collection: it has no enumerator (DISPID -4)',
  [HResult.DISP_E_UNKNOWNNAME]: 'the object is not a collection: it has no enumerator (DISPID -4)',
}

/** The enumerator of a collection (DISPID -4). */
const enumeratorOf = async (held: HeldPointer, limits: CallLimits): Promise<HeldPointer> => {
  const where = 'ComObject.items'
  const access = { member: DISPID_NEWENUM, kind: 'call', args: [], named: [], limits } as const
  const { value } = await invoke(held, access, where, notCollection)
  const found = value && pointerIn(value)
  if (found) return new HeldPointer(found.pointer, held.caller, found.type, held.host)
  throw new ComError(HResult.DISP_E_NOTACOLLECTION, where, 'the object returned no enumerator')
}

export async function* itemsOf(
  held: HeldPointer,
  batch: number,
  limits: CallLimits,
  results: ObjectMaker<object>,
): AsyncGenerator<Value<object>, void, undefined> {
  const where = 'ComObject.items'
  const enumerator = await enumeratorOf(held, limits)
  try {
    for (;;) {
      const outcome = await runOperation(enumerator, { kind: 'next', count: batch }, { where, limits })
      if (failed(outcome.hresult)) throw outcomeError(where, outcome, { passed: NOTHING_PASSED })
      const { value } = outcome
      if (value?.type !== 'array' || lengthOf(value.elements) === 0) return
      const items = fromVariant(value, results) as Value<object>[]
      try {
        while (items.length > 0) yield items.shift()
      } finally {
        releaseAll(items)
      }
    }
  } finally {
    enumerator.release()
  }
}

/** Releases what was fetched for a loop that ended early. */
const releaseAll = (values: readonly Value<object>[]): void => {
  for (const value of values) {
    if (Array.isArray(value)) releaseAll(value)
    else if (typeof value === 'object' && value !== null) heldPointerOf(value)?.release()
  }
}
