// Results of calls: as JSON, and as text or a table.
import type { ComResult } from '../index'
import { api } from './session'
import { print, printJson, table } from './terminal'

/**
 * A result as plain data. Dates are ISO 8601, 64-bit integers, currencies and decimals are texts, because JSON numbers
 * are not exact; bytes are base64; an object is what `util.inspect` shows of it.
 */
export const plain = (value: ComResult): unknown => {
  const { ComErrorValue, ComDecimal, ComObject } = api()
  if (value === undefined) return null
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  if (typeof value !== 'object' || value === null) return typeof value === 'bigint' ? String(value) : value
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (value instanceof ComDecimal) return value.toString()
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString('base64') }
  if (value instanceof ComErrorValue) return { error: value.toString() }
  return value instanceof ComObject ? { object: true } : String(value)
}

/** A result as one line of text. */
export const shown = (value: ComResult): string => {
  const { ComObject } = api()
  if (value === undefined) return '(empty)'
  if (value === null) return '(null)'
  if (typeof value === 'string') return value
  if (value instanceof ComObject) return '(object)'
  if (value instanceof Uint8Array) return `(${value.length} bytes)`
  const json = plain(value)
  return typeof json === 'string' ? json : JSON.stringify(json)
}

/** Prints a result: rows of an array of two dimensions as a table, items of one as lines. */
export const printResult = (value: ComResult, json: boolean | undefined): void => {
  if (json) printJson(plain(value))
  else if (Array.isArray(value)) {
    const rows = value.map(row => (Array.isArray(row) ? row.map(shown) : [shown(row)]))
    for (const line of table(rows)) print(line)
  } else if (value !== undefined) print(shown(value))
}
