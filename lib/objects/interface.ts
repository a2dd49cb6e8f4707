// The class ComInterface: the description of an interface that is called by vtable, checked once.
import type {
  ImplementedInterface,
  ImplementedMethod,
  ImplementedPart,
  InterfaceId,
  MethodParameter,
  ParameterType,
  ScalarType,
} from '../../binding'
import { nearest } from '../errors/nearest'
import * as validate from '../errors/validate'
import { scalarTypes } from '../values/cells'
import type { InterfaceMethod, InterfaceMethods } from './interface-types'

export interface InterfaceDefinition<Methods extends InterfaceMethods> {
  /** The name, for messages and events. Default: the interface id. */
  readonly name?: string
  /** The interface id, a GUID. */
  readonly iid: string
  /**
   * The id of the asynchronous interface: the one with `async_uuid` in the IDL, whose methods are Begin_ and Finish_ of
   * each method. Default: none.
   */
  readonly asyncIid?: string
  /** The methods in the order of the vtable, or each with its `slot`. */
  readonly methods: Methods
}

/** The parameters of one call of a method: of the synchronous one, of Begin_ or of Finish_. */
export interface MethodPart {
  readonly slot: number
  /** The indexes of its parameters among all. */
  readonly positions: readonly number[]
  readonly parameters: readonly MethodParameter[]
}

/** A method with what its calls need. */
export interface MethodShape {
  /** `IPrime.IsPrime` */
  readonly name: string
  readonly returns: 'hresult' | 'void'
  /** All parameters, as a synchronous call has them. */
  readonly parameters: readonly ParameterShape[]
  /** The indexes of the parameters that are arguments, and of those that are results. */
  readonly takes: readonly number[]
  readonly gives: readonly number[]
  readonly whole: MethodPart
  readonly begin: MethodPart
  readonly finish: MethodPart
}

export interface ParameterShape {
  readonly type: ParameterType
  readonly direction: MethodParameter['direction']
  /** Of a buffer: the index of the parameter with the number of elements, and of that with the number after the call. */
  readonly size: number | undefined
  readonly length: number | undefined
  readonly iid: InterfaceId | undefined
}

const definitionKeys: validate.Keys<InterfaceDefinition<InterfaceMethods>> = {
  name: true,
  iid: true,
  asyncIid: true,
  methods: true,
}
const methodKeys: validate.Keys<InterfaceMethod> = { parameters: true, slot: true, returns: true }
const parameterKeys = { in: true, out: true, inout: true, size: true, length: true, iid: true } as const

const isParameterType = (type: ScalarType): type is ParameterType & ScalarType =>
  type !== 'empty' && type !== 'null' && type !== 'missing'
const parameterTypes: readonly ParameterType[] = [...scalarTypes.filter(isParameterType), 'variant']

/** The first slot after those of IUnknown, and the last that COM's own interfaces can have. */
const FIRST_SLOT = 3
const LAST_SLOT = 1023

/** The types of BufferType. */
const bufferTypes = /^(?:u?i(?:nt|[1248])|r[48])$/

/** An integer up to 32 bits, which can be a number of elements. */
const canCount = ({ type }: ParameterShape): boolean => /^u?i(?:nt|[124])$/.test(type)

/**
 * The description of an interface that is called by vtable; made by `defineInterface`. Immutable.
 *
 * @example
 * const bytes = await pipe.callMethod(IPipeByte, 'Pull', [1024])
 */
export class ComInterface<Methods extends InterfaceMethods = InterfaceMethods> {
  readonly name: string
  /** Lower case, without braces. */
  readonly iid: InterfaceId
  /** The id of the asynchronous interface; null for an interface without one. */
  readonly asyncIid: InterfaceId | null
  readonly methods: Methods
  readonly #shapes: ReadonlyMap<string, MethodShape>

  private constructor(where: string, definition: InterfaceDefinition<Methods>) {
    const checked = validate.options<InterfaceDefinition<Methods>>(
      where,
      definition,
      definitionKeys as validate.Keys<InterfaceDefinition<Methods>>,
      'definition',
    )
    const { name, asyncIid } = checked
    this.iid = validate.interfaceId(where, checked.iid)
    this.asyncIid = asyncIid === undefined ? null : validate.interfaceId(where, asyncIid)
    this.name = name === undefined ? this.iid : validate.name(where, 'name', name)
    this.methods = Object.freeze(validate.object<Methods>(where, 'methods', checked.methods)) as Methods
    this.#shapes = shapesOf(where, this.name, this.methods)
  }

  /** @internal Made by defineInterface. */
  static make<Methods extends InterfaceMethods>(
    where: string,
    definition: InterfaceDefinition<Methods>,
  ): ComInterface<Methods> {
    return new ComInterface(where, definition)
  }

  /** @internal A method by its name. Throws TypeError or RangeError for another value. */
  shape(where: string, name: unknown): MethodShape {
    const checked = validate.name(where, 'method', name)
    const shape = this.#shapes.get(checked)
    if (shape) return shape
    const names = [...this.#shapes.keys()]
    const near = nearest(checked, names)
    const hint = near === undefined ? `its methods are ${names.join(', ')}` : `did you mean ${near}?`
    throw new RangeError(`${where}: ${this.name} has no method ${checked}; ${hint}`)
  }

  /** @internal What an object that implements the interface needs to know. */
  get implemented(): ImplementedInterface {
    return { iid: this.iid, asyncIid: this.asyncIid, methods: [...this.#shapes.values()].map(implementedOf) }
  }

  /** @internal The method that a slot of its own or of its asynchronous interface calls. */
  find(iid: InterfaceId, slot: number): { method: string; shape: MethodShape; part: MethodPart } | undefined {
    for (const [method, shape] of this.#shapes) {
      const parts =
        iid === this.iid ? [shape.whole] : iid === this.asyncIid ? [shape.begin, shape.finish] : []
      const part = parts.find(each => each.slot === slot)
      if (part) return { method, shape, part }
    }
    return undefined
  }
}

/** Throws TypeError for a value that `defineInterface` has not made. */
export const interfaceOf = (where: string, value: unknown): ComInterface => {
  if (value instanceof ComInterface) return value
  throw validate.wrongType(where, 'the interface', 'what defineInterface made', value)
}

/** The id of the asynchronous interface. Throws RangeError for an interface without one. */
export const asyncIidOf = (where: string, { name, asyncIid }: ComInterface): InterfaceId => {
  if (asyncIid !== null) return asyncIid
  throw new RangeError(
    `${where}: ${name} has no asynchronous interface; defineInterface takes its id as asyncIid`,
  )
}

/**
 * Describes an interface that is called by vtable, for `callMethod`, `callAsync` and `createCall` of objects. The types
 * of arguments and results follow from the description. It must be that of the IDL or of the header: COM has no check
 * for it, and a wrong parameter ends the process.
 *
 * @param definition The name, the ids, and the methods with their parameters.
 * @throws TypeError or RangeError for a bad description.
 * @example
 * const IPrime = defineInterface({
 *   name: 'IPrime',
 *   iid: '3b8c5e4a-6f0d-4b0e-9a55-0c7f5d1e2a10',
 *   methods: { IsPrime: { parameters: [{ in: 'i4' }, { out: 'bool' }] } },
 * })
 */
export const defineInterface = <const Methods extends InterfaceMethods>(
  definition: InterfaceDefinition<Methods>,
): ComInterface<Methods> => ComInterface.make('defineInterface', definition)

const shapesOf = (where: string, name: string, methods: InterfaceMethods): Map<string, MethodShape> => {
  const shapes = new Map<string, MethodShape>()
  const taken = new Map<number, string>()
  let next = FIRST_SLOT
  for (const [method, given] of Object.entries(methods)) {
    const what = `methods.${method}`
    const { slot, returns, parameters } = validate.options<InterfaceMethod>(where, given, methodKeys, what)
    const own =
      slot === undefined ? next : validate.between(where, `${what}.slot`, slot, FIRST_SLOT, LAST_SLOT)
    const other = taken.get(own)
    if (other !== undefined)
      throw new RangeError(`${where}: ${what}.slot is ${own}, the slot of ${other}; each method has its own`)
    taken.set(own, method)
    next = own + 1
    shapes.set(method, {
      ...shapeOf(where, what, own, validate.list(where, `${what}.parameters`, parameters)),
      name: `${name}.${method}`,
      returns: validate.oneOf(where, `${what}.returns`, returns ?? 'hresult', ['hresult', 'void'] as const),
    })
  }
  if (shapes.size === 0) throw new RangeError(`${where}: methods must not be empty`)
  return shapes
}

const shapeOf = (
  where: string,
  what: string,
  slot: number,
  list: readonly unknown[],
): Omit<MethodShape, 'name' | 'returns'> => {
  const parameters = list.map((each, i) => parameterOf(where, `${what}.parameters[${i}]`, each))
  const passed = new Set<number>()
  const lengths = new Set<number>()
  for (const [i, parameter] of parameters.entries()) {
    const { direction, size, length } = parameter
    const place = `${what}.parameters[${i}]`
    if (size === undefined) continue
    checkCount(where, `${place}.size`, parameters[size], ['in', 'inout'])
    if (direction !== 'out') passed.add(size)
    if (length === undefined) continue
    checkCount(where, `${place}.length`, parameters[length], ['out', 'inout'])
    lengths.add(length)
  }
  const indexes = [...parameters.keys()]
  const isIn = (i: number) => parameters[i]?.direction !== 'out'
  const isOut = (i: number) => parameters[i]?.direction !== 'in'
  return {
    parameters,
    takes: indexes.filter(i => isIn(i) && !passed.has(i)),
    gives: indexes.filter(i => isOut(i) && !lengths.has(i)),
    whole: partOf(parameters, slot, indexes),
    // The asynchronous interface has two methods for each: Begin_ with what goes in, Finish_ with what comes out.
    begin: partOf(parameters, FIRST_SLOT + 2 * (slot - FIRST_SLOT), indexes.filter(isIn)),
    finish: partOf(parameters, FIRST_SLOT + 2 * (slot - FIRST_SLOT) + 1, indexes.filter(isOut)),
  }
}

const partOf = (all: readonly ParameterShape[], slot: number, positions: readonly number[]): MethodPart => ({
  slot,
  positions,
  parameters: positions.map(i => {
    const { type, direction, size, length, iid } = all[i] as ParameterShape
    return {
      type,
      direction,
      ...(size !== undefined && { length: positions.indexOf(direction === 'in' ? size : (length ?? size)) }),
      ...(iid !== undefined && { iid }),
    }
  }),
})

/** The parts with the sizes of their buffers, which a caller knows and an implementation does not. */
const implementedOf = ({ returns, parameters, whole, begin, finish }: MethodShape): ImplementedMethod => {
  const sized = ({ slot, positions, parameters: passed }: MethodPart): ImplementedPart => ({
    slot,
    parameters: passed.map((parameter, i) => {
      const size = parameters[positions[i] as number]?.size
      return size === undefined ? parameter : { ...parameter, size: positions.indexOf(size) }
    }),
  })
  return { returns, whole: sized(whole), begin: sized(begin), finish: sized(finish) }
}

const parameterOf = (where: string, what: string, given: unknown): ParameterShape => {
  const checked = validate.options<Record<keyof typeof parameterKeys, unknown>>(
    where,
    given,
    parameterKeys,
    what,
  )
  const directions = (['in', 'out', 'inout'] as const).filter(each => checked[each] !== undefined)
  const [direction] = directions
  if (!direction || directions.length > 1)
    throw validate.wrongType(where, what, 'an object with one of in, out and inout', given)
  const type = validate.oneOf(where, `${what}.${direction}`, checked[direction], parameterTypes)
  const index = (name: 'size' | 'length') =>
    checked[name] === undefined
      ? undefined
      : validate.between(where, `${what}.${name}`, checked[name], 0, 255)
  const [size, length] = [index('size'), index('length')]
  if (size === undefined && length !== undefined)
    throw new RangeError(`${where}: ${what}.length is for buffers, which have a size`)
  if (size !== undefined && !bufferTypes.test(type))
    throw new RangeError(`${where}: ${what}.size is for buffers of numbers, got ${type}`)
  if (checked.iid !== undefined && type !== 'unknown')
    throw new RangeError(`${where}: ${what}.iid is for 'unknown', got ${type}`)
  const iid = checked.iid === undefined ? undefined : validate.interfaceId(where, checked.iid)
  return { type, direction, size, length, iid }
}

const checkCount = (
  where: string,
  what: string,
  counter: ParameterShape | undefined,
  directions: readonly MethodParameter['direction'][],
): void => {
  if (counter && counter.size === undefined && canCount(counter) && directions.includes(counter.direction))
    return
  throw new RangeError(
    `${where}: ${what} must be the index of an integer parameter of up to 32 bits that is '${directions[0]}'`,
  )
}
