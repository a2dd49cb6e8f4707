// The binding itself, for operations that the library does not make: on a thread of its own, with promises.

import type {
  Apartment,
  BindingPointer,
  BindingThread,
  CallOutcome,
  MethodCall,
  MethodParameter,
  Operation,
  Variant,
} from '../../../binding'
import { defaultBinding, own } from '../../support/com'
import { soon } from '../../support/until'

export interface Raw {
  thread: BindingThread
  create(progId: string): Promise<BindingPointer>
  ask(object: BindingPointer, operation: Operation): Promise<CallOutcome>
}

const CLSCTX_INPROC_SERVER = 1
/** A thread that is closed when the test is over. */
export const startRaw = async (apartment: Apartment, callCancellation = true): Promise<Raw> => {
  const options = { apartment, callCancellation, busyRetry: 0, grace: 60_000 }
  const thread = await soon(
    'the thread starts',
    new Promise<BindingThread>(resolve => {
      const starting = defaultBinding().startThread(options, () => resolve(starting))
    }),
  )
  own({
    [Symbol.asyncDispose]: () => soon('the thread ends', new Promise<void>(resolve => thread.close(resolve))),
  })
  const outcomeOf = (queue: (done: (outcome: CallOutcome) => void) => unknown) =>
    soon('the job ends', new Promise<CallOutcome>(queue))
  return {
    thread,
    async create(progId) {
      const { hresult, value } = await outcomeOf(done =>
        thread.activate({ kind: 'create', name: progId, context: CLSCTX_INPROC_SERVER, server: null }, done),
      )
      return pointerOf(hresult, value)
    },
    ask: (object, operation) => outcomeOf(done => thread.ask(object, operation, done)),
  }
}

/** The pointer in the result of an operation. */
export const pointerOf = (hresult: number, value: Variant | null): BindingPointer => {
  const pointer = value && value.type !== 'array' ? value.value : null
  if (hresult !== 0 || !pointer || typeof pointer !== 'object' || !('release' in pointer))
    throw new Error(`no object: 0x${(hresult >>> 0).toString(16)}`)
  return pointer
}

const direction = /^(in|out|inout) (\w+)$/

/** `in i4` */
export const parameter = (text: string, more?: Partial<MethodParameter>): MethodParameter => {
  const [, way, type] = direction.exec(text) ?? []
  return {
    type: type as MethodParameter['type'],
    direction: way as MethodParameter['direction'],
    ...more,
  }
}

/** A call of a method that returns an HRESULT. */
export const method = (
  iid: string,
  slot: number,
  parameters: readonly (string | MethodParameter)[],
  args: Variant[],
  more?: Partial<MethodCall>,
): MethodCall => ({
  kind: 'method',
  name: `slot ${slot}`,
  iid,
  slot,
  returns: 'hresult',
  parameters: parameters.map(each => (typeof each === 'string' ? parameter(each) : each)),
  args,
  ...more,
})

export const empty: Variant = { type: 'empty' }
