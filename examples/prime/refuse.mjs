// Argument checks of the server, and the errors that it returns.
import { ComDecimal, HResult } from 'com-cancel'
import { RemoteObject } from 'com-cancel/emulator'

/** An error that the client gets unchanged: an HRESULT and optionally the argument at fault, counted from 1. */
export const refusal = (hresult, argument) =>
  Object.assign(new Error(''), { hresult, source: '', description: '', argument })

/** The error of a method whose call was canceled. */
export const canceled = () => refusal(HResult.RPC_E_CALL_CANCELED)

/** A 32-bit integer, also from text. */
export const long = (value, argument) => {
  if (value === undefined) return 0
  if (typeof value === 'boolean') return value ? -1 : 0
  const text = typeof value === 'string' && value.trim() !== ''
  const number = text || typeof value === 'number' || typeof value === 'bigint' ? Number(value) : Number.NaN
  if (Number.isNaN(number)) throw refusal(HResult.DISP_E_TYPEMISMATCH, argument)
  const rounded = Math.round(number)
  if (rounded !== (rounded | 0)) throw refusal(HResult.DISP_E_OVERFLOW, argument)
  return rounded
}

export const milliseconds = (value, argument) => {
  const ms = long(value, argument)
  if (ms < 0) throw refusal(HResult.DISP_E_OVERFLOW, argument)
  return ms
}

/** Text, also from a number. */
export const text = (value, argument) => {
  if (['string', 'number', 'bigint'].includes(typeof value) || value instanceof ComDecimal)
    return String(value)
  if (value === undefined) return ''
  throw refusal(HResult.DISP_E_TYPEMISMATCH, argument)
}

export const object = (value, argument) => {
  if (value instanceof RemoteObject) return value
  throw refusal(HResult.DISP_E_TYPEMISMATCH, argument)
}

/** A whole number of up to 64 bits, also from text. Negative numbers and zero are allowed: they are not prime. */
export const wholeNumber = (value, argument) => {
  const mismatch = refusal(HResult.DISP_E_TYPEMISMATCH, argument)
  let number
  if (typeof value === 'string' && /^-?\d+$/.test(value)) number = BigInt(value)
  else if (typeof value === 'bigint') number = value
  else if (typeof value === 'number' && Number.isInteger(value)) number = BigInt(value)
  else if (value instanceof ComDecimal) number = BigInt(Math.round(value.toNumber()))
  else throw mismatch
  if (number >= 2n ** 64n) throw refusal(HResult.DISP_E_OVERFLOW, argument)
  return number
}
