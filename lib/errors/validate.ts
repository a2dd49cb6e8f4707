// Checks of arguments for shape, shared so that both bindings reject the same input with the same message.
import type { InterfaceId, Seconds } from '../../binding'
import { RPC_C_CANCEL_INFINITE_TIMEOUT } from './hresult'
import { nearest } from './nearest'

const UINT32_MAX = 0xffffffff

/** The longest wait in milliseconds; 0xFFFFFFFF is INFINITE on Windows. */
export const LONGEST_WAIT = 0xfffffffe

export const describe = (value: unknown): string => {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'string') return `the string ${JSON.stringify(value.slice(0, 60))}`
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') {
    // A dynamic view is a function whose name is not a string.
    const { name } = value
    return typeof name === 'string' && name ? `function ${name}` : 'a function'
  }
  if (typeof value === 'symbol') return 'a symbol'
  const name = (value as object).constructor?.name
  return name ? `an object of class ${name}` : 'an object'
}

export const wrongType = (where: string, what: string, expected: string, got: unknown): TypeError =>
  new TypeError(`${where}: ${what} must be ${expected}, got ${describe(got)}`)

/** An integer of a range. */
export const between = (where: string, what: string, value: unknown, min: number, max: number): number => {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
  const expected = `an integer from ${min} to ${max}`
  if (typeof value !== 'number') throw wrongType(where, what, expected, value)
  throw new RangeError(`${where}: ${what} must be ${expected}, got ${value}`)
}

export const uint32 = (where: string, what: string, value: unknown): number =>
  between(where, what, value, 0, UINT32_MAX)

/** An HRESULT, as a signed integer. It may be given unsigned: 0x80004005. */
export const hresult = (where: string, what: string, value: unknown): number =>
  between(where, what, value, -0x80000000, UINT32_MAX) | 0

/** A DISPID, or another signed integer of 32 bits. */
export const dispid = (where: string, what: string, value: unknown): number =>
  between(where, what, value, -0x80000000, 0x7fffffff)

/** The milliseconds of a wait, not rounded. */
export const milliseconds = (where: string, what: string, value: unknown): number =>
  between(where, what, value, 0, LONGEST_WAIT)

/** The milliseconds of a JavaScript timer, which takes 31 bits. */
export const timer = (where: string, what: string, value: unknown): number =>
  between(where, what, value, 0, 0x7fffffff)

/** The milliseconds of a limit; Infinity: none. */
export const limit = (where: string, what: string, value: unknown, min: 0 | 1): number => {
  if (value === Number.POSITIVE_INFINITY) return value
  const expected = `an integer from ${min} to 2147483647 (milliseconds) or Infinity`
  if (typeof value !== 'number') throw wrongType(where, what, expected, value)
  if (Number.isInteger(value) && value >= min && value <= 0x7fffffff) return value
  throw new RangeError(`${where}: ${what} must be ${expected}, got ${value}`)
}

/** A cancel timeout in milliseconds, converted to COM's seconds and rounded up. */
export const cancelTimeout = (where: string, value: unknown): Seconds => {
  if (value === undefined) return 0
  if (value === Number.POSITIVE_INFINITY) return RPC_C_CANCEL_INFINITE_TIMEOUT
  const longest = (RPC_C_CANCEL_INFINITE_TIMEOUT - 1) * 1000
  const expected = `an integer from 0 to ${longest} (milliseconds) or Infinity`
  if (typeof value !== 'number') throw wrongType(where, 'timeout', expected, value)
  if (!Number.isInteger(value) || value < 0 || value > longest)
    throw new RangeError(`${where}: timeout must be ${expected}, got ${value}`)
  return Math.ceil(value / 1000)
}

export const boolean = (where: string, what: string, value: unknown): boolean => {
  if (typeof value === 'boolean') return value
  throw wrongType(where, what, 'a boolean', value)
}

export const oneOf = <T extends string>(
  where: string,
  what: string,
  value: unknown,
  allowed: readonly T[],
): T => {
  if (typeof value === 'string' && (allowed as readonly string[]).includes(value)) return value as T
  const expected = allowed.map(each => `'${each}'`).join(' or ')
  if (typeof value !== 'string') throw wrongType(where, what, expected, value)
  throw new RangeError(`${where}: ${what} must be ${expected}, got ${describe(value)}`)
}

const guid = /^\{?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\}?$/i

export const interfaceId = (where: string, value: unknown): InterfaceId => {
  const expected = 'a GUID such as 00000029-0000-0000-c000-000000000046'
  if (typeof value !== 'string') throw wrongType(where, 'iid', expected, value)
  const match = guid.exec(value)
  if (!match?.[1] || value.startsWith('{') !== value.endsWith('}'))
    throw new RangeError(`${where}: iid must be ${expected}, got ${describe(value)}`)
  return match[1].toLowerCase()
}

/** A pointer that must be NULL: null and undefined stand for NULL, an object stands for another pointer. */
export const reserved = (where: string, value: unknown): object | null => {
  if (value === null || value === undefined) return null
  if (typeof value === 'object' || typeof value === 'function') return value
  throw wrongType(where, 'reserved', 'null (or an object, for a pointer that is not NULL)', value)
}

export const callback = <T extends (...args: never[]) => unknown>(
  where: string,
  what: string,
  value: unknown,
): T => {
  if (typeof value === 'function') return value as T
  throw wrongType(where, what, 'a function', value)
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** An object, or undefined. Its properties are not checked. */
export const object = <T extends object>(where: string, what: string, value: unknown): Partial<T> => {
  if (value === undefined) return {}
  if (isObject(value)) return value as Partial<T>
  throw wrongType(where, what, 'an object', value)
}

/** The names of the options in T: all of them, so that a new option is not refused. */
export type Keys<T> = { readonly [Name in keyof Required<T>]: true }

/** An options object with no other properties than `keys`, or undefined. */
export const options = <T extends object>(
  where: string,
  value: unknown,
  keys: Keys<T>,
  what = 'options',
): Partial<T> => {
  if (value instanceof AbortSignal && 'signal' in keys)
    throw new TypeError(`${where}: ${what} must be an object, got an AbortSignal; pass { signal }`)
  const checked = object<T>(where, what, value)
  const other = Object.keys(checked).find(key => !Object.hasOwn(keys, key))
  if (other === undefined) return checked
  const known = Object.keys(keys)
  const near = nearest(other, known)
  const hint = near === undefined ? `the names are ${known.join(', ')}` : `did you mean ${near}?`
  throw new TypeError(`${where}: ${what} must not have ${JSON.stringify(other.slice(0, 60))}; ${hint}`)
}

export const signal = (where: string, value: unknown): AbortSignal | undefined => {
  if (value === undefined || value instanceof AbortSignal) return value
  throw wrongType(where, 'signal', 'an AbortSignal', value)
}

/** A name that is passed to COM, which would cut it at a NUL. */
export const name = (where: string, what: string, value: unknown): string => {
  const expected = 'a string that is not empty and has no NUL in it'
  if (typeof value !== 'string') throw wrongType(where, what, expected, value)
  if (value === '' || value.includes('\0'))
    throw new RangeError(`${where}: ${what} must be ${expected}, got ${describe(value)}`)
  return value
}

/** A member of an object: a name or a DISPID. */
export const member = (where: string, value: unknown): string | number => {
  if (typeof value === 'number') return dispid(where, 'member', value)
  if (typeof value === 'string') return name(where, 'member', value)
  throw wrongType(where, 'member', 'a name, or a DISPID', value)
}

/** An array, or undefined. */
export const list = (where: string, what: string, value: unknown): readonly unknown[] => {
  if (value === undefined) return []
  if (Array.isArray(value)) return value
  throw wrongType(where, what, 'an array', value)
}
