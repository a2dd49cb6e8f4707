// Errors made again of the plain objects that serializeError makes.
import type { HRESULT } from '../../binding'
import { type AbortReason, ComAbortError, ComError } from './errors'
import { nameOf } from './hresult'
import { classes, DEEPEST, reported } from './serialize'
import * as validate from './validate'

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Error)

/** The properties of an untrusted object, checked one by one. */
class Fields {
  readonly #object: Record<string, unknown>
  readonly #what: string
  readonly depth: number

  constructor(object: unknown, what: string, depth: number) {
    if (!isObject(object)) throw refused(what, 'an object that serializeError has made', object)
    this.#object = object
    this.#what = what
    this.depth = depth
  }

  has(key: string): boolean {
    return this.#object[key] !== undefined
  }

  string(key: string): string {
    return this.#checked(key, 'a string', value => typeof value === 'string') as string
  }

  boolean(key: string): boolean {
    return this.#checked(key, 'a boolean', value => typeof value === 'boolean') as boolean
  }

  number(key: string): number {
    return this.#checked(key, 'a number', value => typeof value === 'number') as number
  }

  hresult(): HRESULT {
    const signed = (value: unknown) => Number.isInteger(value) && value === (Number(value) | 0)
    return this.#checked('hresult', 'a signed 32-bit integer', signed) as number
  }

  text(key: string): string | number {
    const expected = 'a string or a number'
    return this.#checked(key, expected, value => /^(string|number)$/.test(typeof value)) as string | number
  }

  oneOf<T extends string>(key: string, allowed: readonly T[]): T {
    const expected = allowed.map(each => `'${each}'`).join(' or ')
    return this.#checked(key, expected, value => allowed.includes(value as T)) as T
  }

  /** A cause, or one of the errors of an AggregateError. */
  value(key: string): unknown {
    return deserializedValue(this.#object[key], `${this.#what}.${key}`, this.depth)
  }

  values(key: string): unknown[] {
    const list = this.#checked(key, 'an array', Array.isArray) as unknown[]
    return list.map((each, i) => deserializedValue(each, `${this.#what}.${key}[${i}]`, this.depth))
  }

  #checked(key: string, expected: string, fits: (value: unknown) => boolean): unknown {
    const value = this.#object[key]
    if (fits(value)) return value
    throw refused(`${this.#what}.${key}`, expected, value)
  }
}

const refused = (what: string, expected: string, got: unknown): TypeError =>
  validate.wrongType('deserializeError', what, expected, got)

const deserializedValue = (value: unknown, what: string, depth: number): unknown => {
  if (isObject(value) && Object.hasOwn(value, 'value')) return value.value
  if (!isObject(value) || !Object.hasOwn(value, 'error')) throw refused(what, '{ error } or { value }', value)
  if (depth >= DEEPEST) throw refused(what, `at most ${DEEPEST} errors deep`, value)
  return deserialized(new Fields(value.error, `${what}.error`, depth + 1))
}

const comError = (fields: Fields): ComError => {
  const hresult = fields.hresult()
  const code = fields.string('code')
  const info = Object.fromEntries(
    Object.entries<readonly string[]>(reported).flatMap(([key, [first, other]]) => {
      if (!fields.has(key)) return []
      return [[key, other ? fields.text(key) : first === 'number' ? fields.number(key) : fields.string(key)]]
    }),
  )
  return new ComError(hresult, fields.string('function'), '', info, code !== nameOf(hresult))
}

const abortReasons: readonly AbortReason[] = ['signal', 'timeout', 'disposed']

const comAbortError = (fields: Fields): ComAbortError =>
  new ComAbortError(undefined, {
    reason: fields.oneOf('reason', abortReasons),
    hresult: fields.hresult(),
    abandoned: fields.boolean('abandoned'),
    started: fields.boolean('started'),
    busy: fields.boolean('busy'),
    hostTerminated: fields.boolean('hostTerminated'),
    function: fields.has('function') ? fields.string('function') : undefined,
    timeout: fields.has('timeout') ? fields.number('timeout') : undefined,
  })

const types = [
  'ComError',
  'ComAbortError',
  'AggregateError',
  'DOMException',
  ...(Object.keys(classes) as (keyof typeof classes)[]),
] as const

const make = (fields: Fields): Error => {
  const type = fields.oneOf('type', types)
  switch (type) {
    case 'ComError':
      return comError(fields)
    case 'ComAbortError':
      return comAbortError(fields)
    case 'DOMException':
      return new DOMException(fields.string('message'), fields.string('name'))
    case 'AggregateError':
      return new AggregateError(fields.values('errors'))
    default:
      return new classes[type]()
  }
}

/** A property as constructors of errors make them. */
const give = (error: Error, key: string, value: unknown): void => {
  Object.defineProperty(error, key, { value, writable: true, configurable: true })
}

const deserialized = (fields: Fields): Error => {
  const error = make(fields)
  const isDomException = error instanceof DOMException // its name, message and code are getters
  if (!isDomException) {
    give(error, 'message', fields.string('message'))
    const name = fields.string('name')
    if (error.name !== name) give(error, 'name', name)
  }
  if (!isDomException && !(error instanceof ComError) && !(error instanceof ComAbortError)) {
    if (fields.has('code')) Object.assign(error, { code: fields.text('code') })
    if (fields.has('hresult')) Object.assign(error, { hresult: fields.number('hresult') })
  }
  if (fields.has('cause')) give(error, 'cause', fields.value('cause'))
  else if ('cause' in error) Reflect.deleteProperty(error, 'cause')
  // Never the stack of this function, which has nothing to do with the failure.
  give(error, 'stack', fields.has('stack') ? fields.string('stack') : `${error.name}: ${error.message}`)
  return error
}

/**
 * The error of which `serializeError` made a plain object: a ComError, ComAbortError, DOMException, AggregateError or
 * an error of JavaScript's own classes, with its causes. An error of any other class is an Error with its name. May be
 * called on each thread.
 *
 * @param value What `serializeError` returned, also after structured clone.
 * @throws TypeError for another value; it names the property that is wrong.
 * @example
 * port.on('message', ({ data }) => { if (data.error) reject(deserializeError(data.error)) })
 */
export const deserializeError = (value: unknown): Error => deserialized(new Fields(value, 'value', 0))
