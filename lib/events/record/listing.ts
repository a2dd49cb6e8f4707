// Events as text, one line each, for people who read why a test failed.
import { inspect } from 'node:util'
import { memberName } from '../../errors/call-error'
import { hex, knownName } from '../../errors/hresult'
import type { ComEvent } from '../publish/event'

/** What every event has, or what is told in words. */
const told = new Set([
  'type',
  'time',
  'threadId',
  'binding',
  'hresult',
  'call',
  'name',
  'server',
  'operation',
])

/** The name of an HRESULT and its number, where it has a name. */
export const hresultText = (hresult: number): string => {
  const name = knownName(hresult)
  return name === undefined ? hex(hresult) : `${name} (${hex(hresult)})`
}

/** What a call or job is about: `IsPrime of Prime.Calculator`, `wait`. */
export const subject = (name: string | number, server: string | null = null): string =>
  server === null || name === server ? memberName(name) : `${memberName(name)} of ${server}`

const detail = (key: string, value: unknown): string => {
  if (typeof value === 'boolean') return value ? key : `not ${key}`
  return `${key} ${typeof value === 'string' ? value : inspect(value)}`
}

const detailsOf = (event: ComEvent): string => {
  const parts: string[] = []
  if ('call' in event && event.call !== undefined) parts.push(`#${event.call}`)
  if ('name' in event) {
    parts.push(subject(event.name, 'server' in event ? event.server : null))
    if (event.operation !== 'invoke' && event.operation !== event.name) parts.push(`(${event.operation})`)
  } else if ('server' in event) parts.push(event.server)
  for (const [key, value] of Object.entries(event))
    if (!told.has(key) && value !== null) parts.push(detail(key, value))
  if ('hresult' in event) parts.push(hresultText(event.hresult))
  return parts.join(' ')
}

const typeWidth = 22

/** One line of the list; `start` is what times are relative to. */
export const lineOf = (event: ComEvent, start: number): string => {
  const time = (event.time - start).toFixed(2).padStart(10)
  const thread = (event.threadId === 0 ? '' : String(event.threadId)).padStart(7)
  return `${time} ${thread}  ${event.type.padEnd(typeWidth)} ${detailsOf(event)}`.trimEnd()
}

const heading = `${'ms'.padStart(10)} ${'thread'.padStart(7)}  what`

/** A list of events under a heading, the last `most` of them where there are more. */
export const listed = (
  events: readonly ComEvent[],
  start: number,
  most = Number.POSITIVE_INFINITY,
): string => {
  if (events.length === 0) return '  (nothing)'
  const left = Math.max(0, events.length - most)
  const lines = events.slice(left).map(event => lineOf(event, start))
  const more = left > 0 ? [`  … ${left} more before these`] : []
  return [heading, ...more, ...lines].join('\n')
}
