// Runs a method of an emulated interface: converts its parameters by their types.
import type { MethodCall as MethodOperation, OutArgument, Variant } from '../../../binding'
import { failed, HResult } from '../../errors/hresult'
import * as validate from '../../errors/validate'
import { isBlock } from '../../values/blocks'
import { releasePointers } from '../../values/from-variant'
import { type Reply, refusal } from '../calls/reply'
import type { RunningCall } from '../calls/request'
import type { Method } from './definition'
import type { EmulatedObject } from './emulated-object'
import type { InterfaceCall } from './interfaces'
import { type MethodCall, runMethod } from './method-call'
import type { Server } from './server'
import { toClient } from './server-values'

export interface InterfaceMethodCall {
  readonly server: Server
  readonly object: EmulatedObject
  readonly called: InterfaceCall
  readonly operation: MethodOperation
  readonly call: RunningCall
  readonly fire: MethodCall['fire']
}

/** The `outs` of the reply are those of the whole method, or those of Finish_ for the call of a Begin_. */
export const runInterfaceMethod = async ({
  server,
  object,
  called: { method: name, shape, part, handler },
  operation,
  call,
  fire,
}: InterfaceMethodCall): Promise<Reply> => {
  if (!handler) return refusal(HResult.E_NOTIMPL)
  const values = new Map(part.positions.map((position, i) => [position, operation.args[i]]))
  const args = shape.takes.map((position): Variant => values.get(position) ?? { type: 'empty' })
  const outs: OutArgument[] = []
  const method: Method = async function (this: unknown, emulated, ...given) {
    // Buffers are typed arrays of all types, also those that results are arrays for.
    const passed = given.map((value, i) => blockIn(args[i]) ?? value)
    outs.push(...outsOf(await handler.call(this, emulated, ...passed)))
  }

  const outsOf = (result: unknown): OutArgument[] => {
    const { gives, parameters } = shape
    const results = gives.length > 1 ? validate.list(shape.name, 'the result', result) : [result]
    const positions = (part === shape.begin ? shape.finish : part).positions
    const made: OutArgument[] = []
    const add = (position: number, value: Variant) =>
      made.push({ position: positions.indexOf(position), value })
    try {
      for (const [i, position] of gives.entries()) {
        const { type, size, length } = parameters[position] as (typeof parameters)[number]
        const place = gives.length > 1 ? `result ${i + 1}` : 'the result'
        const scalar = type === 'variant' ? undefined : type
        const typed = size === undefined ? scalar : (`${type}[]` as const)
        const value = toClient(results[i], shape.name, place, server.exporter, typed)
        add(position, value)
        if (size === undefined) continue
        const count = blockIn(value)?.length ?? 0
        const counter = values.get(size)
        const most = counter?.type === 'array' ? 0 : Number(counter?.value)
        if (count > most)
          throw new RangeError(`${shape.name}: ${place} must have at most ${most} elements, got ${count}`)
        if (length !== undefined) add(length, { type: parameters[length]?.type as 'ui4', value: count })
      }
    } catch (error) {
      for (const { value } of made) releasePointers(value)
      throw error
    }
    return made
  }

  const none = { call: undefined, get: undefined, set: undefined, setReference: undefined }
  const reply = await runMethod({
    server,
    object,
    member: { name, dispid: 0, params: undefined, plain: false, ...none },
    method,
    call,
    invocation: { kind: 'call', member: name, args, named: [] },
    places: [...args.keys()],
    fire,
  })
  if (!failed(reply.hresult)) return { ...reply, value: null, outs }
  // The description is that of IErrorInfo; DISP_E_EXCEPTION is a code of IDispatch.
  return reply.hresult === HResult.DISP_E_EXCEPTION ? { ...reply, hresult: HResult.E_FAIL } : reply
}

/** The block of a buffer. */
const blockIn = (value: Variant | undefined) =>
  value?.type === 'array' && isBlock(value.elements) ? value.elements : undefined
