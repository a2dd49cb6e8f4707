// Arguments of calls on the command line: JSON, a text, or a value with an Automation type.
import type { ComArgument, VariantTypeName } from '../index'
import { messageOf, UsageError } from './exits'
import { api } from './session'

/** How a value of each type is read. */
const readers: Partial<Record<VariantTypeName, (text: string) => unknown>> = {
  bool: JSON.parse,
  i1: Number,
  ui1: Number,
  i2: Number,
  ui2: Number,
  i4: Number,
  ui4: Number,
  int: Number,
  uint: Number,
  i8: BigInt,
  ui8: BigInt,
  r4: Number,
  r8: Number,
  cy: String,
  decimal: String,
  date: text => new Date(text),
  bstr: String,
  error: Number,
}

const parsed = (text: string): { json: unknown } | undefined => {
  try {
    return { json: JSON.parse(text) }
  } catch {
    return undefined
  }
}

/** Throws UsageError for an object of JSON, which no VARIANT can hold. */
const refuseObjects = (value: unknown, text: string): void => {
  if (Array.isArray(value)) for (const each of value) refuseObjects(each, text)
  else if (typeof value === 'object' && value !== null)
    throw new UsageError(`the argument ${text} is an object, which cannot be passed to COM`)
}

/**
 * The value of an argument. `5`, `true`, `null`, `"5"` and `[1, 2]` are JSON; `cy:12.50` and `date:2026-01-31` have a
 * type; `-` is omitted; anything else is a text. Throws UsageError for a value that does not fit its type.
 */
export const argumentOf = (text: string): ComArgument => {
  const { omitted, variant } = api()
  if (text === '-') return omitted
  const [, type = '', rest = ''] = /^([a-z]\w*):(.*)$/s.exec(text) ?? []
  const read = Object.hasOwn(readers, type) ? readers[type as VariantTypeName] : undefined
  if (read) {
    try {
      return variant(type as VariantTypeName, read(rest))
    } catch (error) {
      throw new UsageError(`the argument ${text}: ${messageOf(error)}`)
    }
  }
  const json = parsed(text)
  if (!json) return text
  refuseObjects(json.json, text)
  return json.json as ComArgument
}

/** Named arguments, each as `Name=value`. Throws UsageError for anything else. */
export const namedArguments = (list: readonly string[]): Record<string, ComArgument> =>
  Object.fromEntries(
    list.map(text => {
      const [, name = '', value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? []
      if (name === '') throw new UsageError(`--named: ${text} must have the form Name=value`)
      return [name, argumentOf(value)]
    }),
  )
