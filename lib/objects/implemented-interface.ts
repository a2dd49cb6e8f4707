// The interfaces that an object of JavaScript has besides IDispatch: their handlers, arguments and results.
import type { IncomingCall, IncomingReply, MethodParameter, OutArgument, Variant } from '../../binding'
import type { OutgoingArguments } from '../calls/outgoing-arguments'
import { HResult } from '../errors/hresult'
import * as validate from '../errors/validate'
import { copyBlocks, isBlock, lengthOf } from '../values/blocks'
import type { AnyHandler } from './handlers'
import { type ComInterface, interfaceOf, type MethodPart, type MethodShape } from './interface'

/**
 * An interface with its handlers; made by `implementInterface`.
 *
 * @example
 * thread.implement({}, { interfaces: [implementInterface(IPipeByte, { Push: (call, bytes) => write(bytes) })] })
 */
export class ImplementedInterface {
  /** @internal */
  readonly of: ComInterface
  readonly #handlers: ReadonlyMap<string, AnyHandler>

  private constructor(of: ComInterface, handlers: ReadonlyMap<string, AnyHandler>) {
    this.of = of
    this.#handlers = handlers
  }

  /** @internal */
  static make(of: unknown, handlers: unknown): ImplementedInterface {
    const where = 'implementInterface'
    const checked = interfaceOf(where, of)
    checkSize(where, checked)
    const given = Object.entries(validate.object<Record<string, unknown>>(where, 'handlers', handlers))
    return new ImplementedInterface(
      checked,
      new Map(
        given.map(([name, each]) => {
          checked.shape(where, name)
          return [name, handlerOf(where, `handlers.${name}`, each)]
        }),
      ),
    )
  }

  /** @internal The method that an incoming call is for; null where it has no handler. */
  find({ iid, slot }: NonNullable<IncomingCall['method']>): ImplementedMethod | null {
    const found = this.of.find(iid, slot)
    const handler = found && this.#handlers.get(found.method)
    return found && handler ? { shape: found.shape, part: found.part, handler } : null
  }
}

/** The addon has a fixed number of functions for the methods of an interface. */
const MOST_METHODS = 64
/** Of 32 bits, in a 32-bit program: so much of its arguments each of the functions can take. */
const MOST_WORDS = 31

const checkSize = (where: string, { name, asyncIid, implemented }: ComInterface): void => {
  const { methods } = implemented
  const most = asyncIid === null ? MOST_METHODS : MOST_METHODS / 2
  if (methods.length > most)
    throw new RangeError(
      `${where}: ${name} has ${methods.length} methods; an interface ${asyncIid === null ? '' : 'with an asynchronous one '}that is implemented may have ${most}`,
    )
  for (const { whole } of methods) {
    const words = whole.parameters.reduce((sum, parameter) => sum + wordsOf(parameter), 0)
    if (words > MOST_WORDS)
      throw new RangeError(
        `${where}: the method in slot ${whole.slot} of ${name} has ${words} words of arguments; one that is implemented may have ${MOST_WORDS}, with two for numbers of 64 bits and four for a VARIANT or DECIMAL by value`,
      )
  }
}

const wordsOf = ({ type, direction, length }: MethodParameter): number => {
  if (direction !== 'in' || length !== undefined) return 1
  if (type === 'variant' || type === 'decimal') return 4
  return ['i8', 'ui8', 'r8', 'cy', 'date'].includes(type) ? 2 : 1
}

export interface ImplementedMethod {
  readonly shape: MethodShape
  /** What the caller passes: all parameters, or those of Begin_. */
  readonly part: MethodPart
  readonly handler: AnyHandler
}

/** A function, or the two steps of an asynchronous method: `finish` gets what `begin` has returned or resolved with. */
const handlerOf = (where: string, what: string, value: unknown): AnyHandler => {
  if (typeof value === 'function') return value as AnyHandler
  const steps = validate.options<{ begin: unknown; finish: unknown }>(
    where,
    value,
    { begin: true, finish: true },
    what,
  )
  const begin = validate.callback<AnyHandler>(where, `${what}.begin`, steps.begin)
  const finish = validate.callback<(...args: unknown[]) => unknown>(where, `${what}.finish`, steps.finish)
  return async (call, ...args) => finish(call, await begin(call, ...args))
}

/** The 'in' and 'inout' parameters of a call, in their order. */
export const argumentsIn = ({ shape, part }: ImplementedMethod, args: readonly Variant[]): Variant[] =>
  shape.takes.map(position => args[part.positions.indexOf(position)] ?? { type: 'empty' })

/** The typed array of a buffer; undefined for other values. */
export const bufferIn = (value: Variant | undefined): unknown =>
  value?.type === 'array' && isBlock(value.elements) ? value.elements.slice() : undefined

/** The 'out' and 'inout' parameters of the reply. Throws TypeError or RangeError for a result that cannot be passed. */
export const methodReply = (
  { shape, part }: ImplementedMethod,
  args: readonly Variant[],
  result: unknown,
  outgoing: OutgoingArguments,
): IncomingReply => {
  const { gives, parameters, name } = shape
  const results = gives.length > 1 ? validate.list(name, 'the result', result) : [result]
  const { positions } = part === shape.begin ? shape.finish : part
  const outs: OutArgument[] = []
  const add = (position: number, value: Variant) => {
    outs.push({ position: positions.indexOf(position), value })
  }
  for (const [i, position] of gives.entries()) {
    const { type, size, length } = parameters[position] as (typeof parameters)[number]
    const place = gives.length > 1 ? `result ${i + 1}` : 'the result'
    if (size === undefined) {
      add(
        position,
        type === 'variant' ? outgoing.value(results[i], place) : outgoing.typed(type, results[i], place),
      )
      continue
    }
    const buffer = outgoing.typed(`${type}[]`, results[i], place)
    const count = buffer.type === 'array' ? lengthOf(buffer.elements) : 0
    const counter = args[part.positions.indexOf(size)]
    const most = counter?.type === 'array' ? 0 : Number(counter?.value)
    if (count > most)
      throw new RangeError(`${name}: ${place} must have at most ${most} elements, got ${count}`)
    copyBlocks(buffer)
    add(position, buffer)
    if (length !== undefined) add(length, outgoing.typed(parameters[length]?.type as 'ui4', count, place))
  }
  return { hresult: HResult.S_OK, outs }
}
