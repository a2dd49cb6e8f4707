// The members of an object that JavaScript implements: which there are, and what carries each out.

import * as validate from '../errors/validate'
import type { Value } from '../values/values'
import type { ServerCall } from './server-call'

/** A function that carries out incoming calls; `Result` is the type of the arguments. */
export type HandlerOf<Result> = { handle(call: ServerCall, ...args: Result[]): unknown }['handle']

export interface PropertyHandlersOf<Result> {
  get?: HandlerOf<Result>
  /** Gets the indexes of an indexed property, then the value. */
  set?: HandlerOf<Result>
}

/** A handler once its arguments are checked no more: objects among them are of the thread that implements it. */
export type Handle = HandlerOf<Value<object>>

/** One member, ready to be called. */
export interface HandledMember {
  /** As it was given; a number where it was a DISPID. */
  key: string | number
  call?: Handle
  set?: Handle
}

const dispidKey = /^(?:0|-?[1-9]\d{0,9})$/

const isProperty = (value: unknown): value is PropertyHandlersOf<Value<object>> =>
  typeof value === 'object' &&
  value !== null &&
  Object.keys(value).length > 0 &&
  Object.entries(value).every(([key, each]) => /^[gs]et$/.test(key) && typeof each === 'function')

const handledMember = (
  where: string,
  name: string,
  value: unknown,
  self: object,
): HandledMember | undefined => {
  const key = dispidKey.test(name) ? validate.hresult(where, `member ${name}`, Number(name)) : name
  if (typeof value === 'function') return { key, call: (value as Handle).bind(self) }
  if (!isProperty(value)) return undefined
  const member: HandledMember = { key }
  if (value.get) member.call = value.get.bind(self)
  if (value.set) member.set = value.set.bind(self)
  return member
}

/**
 * The members of an object: its own, and the methods of its classes. Throws TypeError for anything but an
 * object, and for a plain object with something else than methods and properties in it.
 */
export const handledMembers = (where: string, what: string, handlers: unknown): HandledMember[] => {
  if (typeof handlers !== 'object' || handlers === null || Array.isArray(handlers))
    throw validate.wrongType(where, what, 'an object with methods', handlers)
  const members = new Map<string, HandledMember>()
  let level: object | null = handlers
  const isPlain = [Object.prototype, null].includes(Object.getPrototypeOf(handlers))
  for (; level && level !== Object.prototype; level = Object.getPrototypeOf(level)) {
    const own = new Set<string>()
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      if (name === 'constructor') continue
      const member = handledMember(where, name, value, handlers)
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
