// Matching of events by type and details.
import { isDeepStrictEqual } from 'node:util'
import * as validate from '../../errors/validate'
import { eventTypes } from '../publish/channels'
import type { ComEvent, ComEventOf, ComEventType } from '../publish/event'

/** Details that an event must have, or a function that returns whether it matches. */
export type Where<Type extends ComEventType> =
  | Partial<ComEventOf<Type>>
  | ((event: ComEventOf<Type>) => boolean)

/** A pattern of an event: its type, or its type with details. */
export type EventPattern = {
  [Type in ComEventType]: Type | ({ type: Type } & Partial<ComEventOf<Type>>)
}[ComEventType]

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** An HRESULT may be given unsigned. */
const signed = (value: unknown): unknown => (typeof value === 'number' ? value | 0 : value)

/** Whether `actual` has all properties of `expected`; it may have more. */
export const includes = (actual: unknown, expected: unknown): boolean =>
  isPlain(expected) && isPlain(actual)
    ? Object.entries(expected).every(
        ([key, value]) => key in actual && includes(actual[key], key === 'hresult' ? signed(value) : value),
      )
    : isDeepStrictEqual(actual, expected)

export const checkedType = <Type extends ComEventType>(where: string, type: Type): Type => {
  if (eventTypes.includes(type)) return type
  const what = `type must be one of ${eventTypes.join(', ')}; got ${validate.describe(type)}`
  throw typeof type === 'string' ? new RangeError(`${where}: ${what}`) : new TypeError(`${where}: ${what}`)
}

/** A predicate for details or a function; throws TypeError for other values. */
export const matcher = <Subject>(method: string, where: unknown): ((subject: Subject) => boolean) => {
  if (where === undefined) return () => true
  if (typeof where === 'function') return subject => Boolean(where(subject))
  if (isPlain(where)) return subject => includes(subject, where)
  throw validate.wrongType(method, 'where', 'an object of details or a function', where)
}

/** A predicate for a pattern. */
export const patternMatcher = (method: string, pattern: EventPattern): ((event: ComEvent) => boolean) => {
  if (isPlain(pattern)) {
    checkedType(method, pattern.type)
    return matcher<ComEvent>(method, pattern)
  }
  const type = checkedType(method, pattern)
  return event => event.type === type
}
