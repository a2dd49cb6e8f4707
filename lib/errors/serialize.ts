// Errors as plain objects, for channels that keep only the message of an error: Electron's IPC, postMessage.
import type { HRESULT } from '../../binding'
import { ComAbortError, type ComAbortErrorJson, ComError } from './errors'
import type { ComErrorCode } from './hresult'
import * as validate from './validate'

/** A cause, or an error of an AggregateError: an error, or another value. */
export type SerializedValue = { error: SerializedError } | { value: unknown }

interface SerializedCommon {
  name: string
  message: string
  /** The stack of the process in which the error was made. */
  stack?: string
  cause?: SerializedValue
}

/** A ComError as a plain object. */
export interface SerializedComError extends SerializedCommon {
  type: 'ComError'
  hresult: HRESULT
  code: ComErrorCode
  function: string
  source?: string
  description?: string
  helpFile?: string
  helpContext?: number
  argument?: number | string
}

/** A ComAbortError as a plain object. */
export interface SerializedComAbortError extends SerializedCommon, ComAbortErrorJson {
  name: 'AbortError'
  type: 'ComAbortError'
}

/** Any other error as a plain object. An error of a class that is not listed has the type 'Error', and its name. */
export interface SerializedOtherError extends SerializedCommon {
  type: keyof typeof classes | 'AggregateError' | 'DOMException'
  code?: string | number
  hresult?: number
  /** The errors of an AggregateError. */
  errors?: SerializedValue[]
}

/** What `serializeError` returns: plain data that structured clone keeps as it is. `type` tells the class. */
export type SerializedError = SerializedComError | SerializedComAbortError | SerializedOtherError

/** The classes of JavaScript that are restored. */
export const classes = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError }

/** The number of causes that are kept, one in the other. */
export const DEEPEST = 16

/** A value that is no error: its clone, or its description where it can not be cloned. */
const cloned = (value: unknown): unknown => {
  try {
    return structuredClone(value)
  } catch {
    return validate.describe(value)
  }
}

/** A copy of the properties of these names and types. */
const picked = <Key extends string>(from: object, types: Readonly<Record<Key, readonly string[]>>): object =>
  Object.fromEntries(
    Object.entries<readonly string[]>(types).flatMap(([key, allowed]) => {
      const value = (from as Record<string, unknown>)[key]
      return allowed.includes(typeof value) ? [[key, value]] : []
    }),
  )

/** What a ComError has if its server reports it. */
export const reported = {
  source: ['string'],
  description: ['string'],
  helpFile: ['string'],
  helpContext: ['number'],
  argument: ['number', 'string'],
} as const

const serializedValue = (value: unknown, depth: number): SerializedValue | undefined => {
  if (!(value instanceof Error)) return { value: cloned(value) }
  // A chain of causes may be a circle.
  return depth < DEEPEST ? { error: serialized(value, depth + 1) } : undefined
}

const commonOf = (error: Error, depth: number): SerializedCommon => {
  const { name, message, stack } = error
  const cause = 'cause' in error ? serializedValue(error.cause, depth) : undefined
  return {
    name: String(name),
    message: String(message),
    ...(typeof stack === 'string' && { stack }),
    ...(cause && { cause }),
  }
}

const classOf = (error: Error): SerializedOtherError['type'] => {
  if (error instanceof DOMException) return 'DOMException'
  if (error instanceof AggregateError) return 'AggregateError'
  const names = Object.keys(classes) as (keyof typeof classes)[]
  return names.find(name => name !== 'Error' && error instanceof classes[name]) ?? 'Error'
}

const serialized = (error: Error, depth: number): SerializedError => {
  const common = commonOf(error, depth)
  if (error instanceof ComAbortError) return { ...common, ...error.toJSON(), type: 'ComAbortError' }
  if (error instanceof ComError) {
    const { hresult, code, function: name } = error
    return { ...common, type: 'ComError', hresult, code, function: name, ...picked(error, reported) }
  }
  const type = classOf(error)
  const details = picked(error, { code: ['string', 'number'], hresult: ['number'] })
  if (!(error instanceof AggregateError)) return { ...common, type, ...details }
  return {
    ...common,
    type,
    ...details,
    errors: error.errors.flatMap(each => serializedValue(each, depth) ?? []),
  }
}

/**
 * An error as a plain object that structured clone and Electron's IPC keep as it is, of which `deserializeError` makes
 * an error again. It has the name, message, stack and cause of each error, all properties of ComError and
 * ComAbortError, and `code` and `hresult` of others. Of causes in causes the first 16 are kept. May be called on each
 * thread.
 *
 * @param error Any Error.
 * @throws TypeError for a value that is no Error.
 * @example
 * ipcMain.handle('report', (_event, path) => report(path).then(value => ({ value }), error => ({ error: serializeError(error) })))
 */
export const serializeError = (error: unknown): SerializedError => {
  if (error instanceof Error) return serialized(error, 0)
  throw validate.wrongType('serializeError', 'error', 'an Error', error)
}
