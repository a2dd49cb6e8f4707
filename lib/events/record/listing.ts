// Events as text, one line each, for the messages of failed assertions.
import { inspect } from 'node:util'
import { memberName } from '../../errors/call-error'
import { hex, knownName } from '../../errors/hresult'
import type { ComEvent } from '../publish/event'

/** Properties that are not listed as details, because the line shows them already. */
const inEveryLine = new Set([
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

/** The name and number of an HRESULT, or its number. */
export const hresultText = (hresult: number): string => {
  const name = knownName(hresult)
  return name === undefined ? hex(hresult) : `${name} (${hex(hresult)})`
}

/** The subject of a call or job: `IsPrime of Prime.Calculator`, `wait`. */
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
    if (!inEveryLine.has(key) && value !== null) parts.push(detail(key, value))
  if ('hresult' in event) parts.push(hresultText(event.hresult))
  return parts.join(' ')
}

const typeWidth = 22

/** One line of the list; times are relative to `start`. */
export const lineOf = (event: ComEvent, start: number): string => {
  const time = (event.time - start).toFixed(2).padStart(10)
  const thread = (event.threadId === 0 ? '' : String(event.threadId)).padStart(7)
  return `${time} ${thread}  ${event.type.padEnd(typeWidth)} ${detailsOf(event)}`.trimEnd()
}

const heading = `${'ms'.padStart(10)} ${'thread'.padStart(7)}  what`

/** A list of events with a heading, at most the last `most`. */
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
