// Handlers: the members of an object that JavaScript implements, read from a program's object.
import * as validate from '../errors/validate'
import type { Value as AnyValue } from '../values/values'
import type { ServerCall, ServerCallTypes } from './server-call'

/** A function that executes incoming calls. `Value` is the type of their arguments, `Types` as in ServerCall. */
export type HandlerOf<Value, Types extends ServerCallTypes = { object: object }> = {
  handle(call: ServerCall<Types>, ...args: Value[]): unknown
}['handle']

export interface PropertyHandlersOf<Value, Types extends ServerCallTypes = { object: object }> {
  get?: HandlerOf<Value, Types>
  /** Gets the indexes of an indexed property, then the value. */
  set?: HandlerOf<Value, Types>
}

/** A handler of any type of arguments, as the library calls it. */
export type AnyHandler = HandlerOf<AnyValue<object>>

/** One member with its handlers. */
export interface HandledMember {
  /** The name, or the DISPID. */
  key: string | number
  call?: AnyHandler
  set?: AnyHandler
}

const dispidKey = /^(?:0|-?[1-9]\d{0,9})$/

const isProperty = (value: unknown): value is PropertyHandlersOf<AnyValue<object>> =>
  typeof value === 'object' &&
  value !== null &&
  Object.keys(value).length > 0 &&
  Object.entries(value).every(([key, each]) => /^[gs]et$/.test(key) && typeof each === 'function')

const keyOf = (where: string, name: string): string | number =>
  dispidKey.test(name) ? validate.dispid(where, `member ${name}`, Number(name)) : name

/** An accessor as a property. */
const accessorMember = (
  where: string,
  name: string,
  { get, set }: PropertyDescriptor,
  self: object,
): HandledMember => {
  const member: HandledMember = { key: keyOf(where, name) }
  if (get) member.call = () => get.call(self)
  // The value follows the indexes, which an accessor does not have.
  if (set) member.set = (_call, ...args) => set.call(self, args.at(-1))
  return member
}

const handledMember = (
  where: string,
  name: string,
  value: unknown,
  self: object,
): HandledMember | undefined => {
  const key = keyOf(where, name)
  if (typeof value === 'function') return { key, call: (value as AnyHandler).bind(self) }
  if (!isProperty(value)) return undefined
  const member: HandledMember = { key }
  if (value.get) member.call = value.get.bind(self)
  if (value.set) member.set = value.set.bind(self)
  return member
}

/**
 * The members of an object: its own, and those of its classes; with `accessors`, its accessors are properties. Throws
 * TypeError for another value, and for a plain object whose properties are not all methods or properties.
 */
export const handledMembers = (
  where: string,
  what: string,
  handlers: unknown,
  accessors: boolean,
): HandledMember[] => {
  if (typeof handlers !== 'object' || handlers === null || Array.isArray(handlers))
    throw validate.wrongType(where, what, 'an object with methods', handlers)
  const members = new Map<string, HandledMember>()
  let level: object | null = handlers
  const isPlain = [Object.prototype, null].includes(Object.getPrototypeOf(handlers))
  for (; level && level !== Object.prototype; level = Object.getPrototypeOf(level)) {
    const own = new Set<string>()
    for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      if (name === 'constructor') continue
      const { value } = descriptor
      const isAccessor = accessors && (descriptor.get ?? descriptor.set) !== undefined
      const member = isAccessor
        ? accessorMember(where, name, descriptor, handlers)
        : handledMember(where, name, value, handlers)
      if (!member && isPlain)
        throw validate.wrongType(where, `${what}.${name}`, 'a function or { get, set }', value)
      const lower = name.toLowerCase()
      if (own.has(lower))
        throw new TypeError(
          `${where}: ${what}.${name} differs from another member in case only, which COM ignores`,
        )
      own.add(lower)
      if (member && !members.has(lower)) members.set(lower, member)
    }
  }
  return [...members.values()]
}
