// Members that fail with EXCEPINFO or error information.
import { ComErrorValue, HResult } from 'com-cancel'
import { long, refusal, text } from './refuse.mjs'

/** An HRESULT, also as an unsigned number. */
const hresultOf = value => {
  if (value instanceof ComErrorValue) return value.hresult
  const number = Number(value)
  if (Number.isNaN(number)) throw refusal(HResult.DISP_E_TYPEMISMATCH, 1)
  if (number < -(2 ** 31) || number >= 2 ** 32) throw refusal(HResult.DISP_E_OVERFLOW, 1)
  return number | 0
}

/** The facility of the error codes of old servers, which report 1 to 65535 instead of an HRESULT. */
const FACILITY_CONTROL = 0x800a0000 | 0

const exception = (code, description, source, helpFile, helpContext) => {
  const own = code > 0 && code <= 0xffff ? FACILITY_CONTROL | code : code
  return Object.assign(new Error(''), {
    hresult: own,
    description: text(description, 2),
    source: text(source, 3),
    helpFile: text(helpFile, 4),
    helpContext: long(helpContext, 5),
  })
}

export const failures = counted => ({
  Fail: {
    dispid: 20,
    params: ['hresult', 'description?', 'source?', 'helpFile?', 'helpContext?'],
    run: counted((_call, hresult, ...details) => {
      throw exception(hresultOf(hresult), ...details)
    }),
  },
  FailDeferred: {
    dispid: 21,
    params: ['hresult', 'description?', 'source?'],
    run: counted((_call, hresult, ...details) => {
      throw exception(hresultOf(hresult), ...details)
    }),
  },
  FailErrorInfo: {
    dispid: 22,
    params: ['hresult', 'description?', 'source?', 'helpFile?', 'helpContext?'],
    run: counted((_call, hresult, ...details) => {
      const code = hresultOf(hresult)
      if (code >= 0) throw refusal(HResult.E_INVALIDARG)
      throw exception(code, ...details)
    }),
  },
})
