// Members that take and return values of each type, and members that keep values in the object.
import { HResult } from 'com-cancel'
import { RemoteObject } from 'com-cancel/emulator'
import { refusal, text } from './refuse.mjs'
import { sample, sampleNames } from './samples.mjs'

const codes = {
  empty: 0,
  null: 1,
  i2: 2,
  i4: 3,
  r4: 4,
  r8: 5,
  cy: 6,
  date: 7,
  bstr: 8,
  dispatch: 9,
  error: 10,
  missing: 10,
  bool: 11,
  variant: 12,
  unknown: 13,
  decimal: 14,
  i1: 16,
  ui1: 17,
  ui2: 18,
  ui4: 19,
  i8: 20,
  ui8: 21,
  int: 22,
  uint: 23,
}
const VT_ARRAY = 0x2000
const VT_BYREF = 0x4000

const codeOf = ({ type, element, byRef }) => {
  if (byRef === 'variant') return VT_BYREF | codes.variant
  return (type === 'array' ? VT_ARRAY | codes[element] : codes[type]) | (byRef ? VT_BYREF : 0)
}

/** Converts a value to the type of a variable. */
const fitted = ({ type, byRef }, value) => {
  if (byRef === 'variant') return value
  if (type === 'bstr') return text(value)
  if (type === 'i8' || type === 'ui8') return BigInt(value)
  if (/^u?i(nt|\d)$|^r\d$/.test(type) && typeof value === 'string') return Number(value)
  return value
}

/** Makes a value usable after the call. */
const keep = value => (value instanceof RemoteObject ? value.keep() : value)

const forget = value => {
  if (value instanceof RemoteObject) value.release()
}

/** Requires one argument; it may be `omitted`. */
const passed = call => {
  if (call.args.length === 0) throw refusal(HResult.DISP_E_BADPARAMCOUNT)
}

const setValue = (state, value, how) => {
  forget(state.value)
  state.value = keep(value)
  state.valueSetBy = how
}

export const values = counted => ({
  methods: {
    Return: {
      dispid: 30,
      params: ['typeName'],
      run: counted((call, name) => {
        const found = sample(text(name, 1), call.object)
        if (!found) throw refusal(HResult.E_INVALIDARG, 1)
        return found.value
      }),
    },
    Echo: {
      dispid: 32,
      params: ['value?'],
      run: counted((call, value) => {
        passed(call)
        return value
      }),
    },
    TypeOf: {
      dispid: 33,
      params: ['value?'],
      run: counted(call => {
        passed(call)
        return codeOf(call.args[0])
      }),
    },
    Swap: {
      dispid: 34,
      params: ['a', 'b'],
      run: counted((call, a, b) => {
        call.args.forEach((each, i) => {
          if (!each.byRef) throw refusal(HResult.DISP_E_TYPEMISMATCH, i + 1)
        })
        call.setArgument(0, fitted(call.args[0], b))
        call.setArgument(1, fitted(call.args[1], a))
      }),
    },
  },

  properties: {
    TypeNames: { dispid: 31, params: [], get: sampleNames },
    Value: {
      dispid: 35,
      params: [],
      get() {
        return this.value
      },
      set(_call, value) {
        setValue(this, value, 'set')
      },
      setReference(_call, value) {
        if (!(value instanceof RemoteObject)) throw refusal(HResult.DISP_E_TYPEMISMATCH)
        setValue(this, value, 'set-reference')
      },
    },
    ValueSetBy: {
      dispid: 36,
      params: [],
      get() {
        return this.valueSetBy
      },
    },
    Item: {
      default: true,
      params: ['key'],
      get(_call, key) {
        const name = text(key, 1)
        if (!this.items.has(name)) throw refusal(HResult.DISP_E_BADINDEX)
        return this.items.get(name)
      },
      set(_call, key, value) {
        const name = text(key, 1)
        forget(this.items.get(name))
        this.items.set(name, keep(value))
      },
    },
    Count: {
      dispid: 1,
      params: [],
      get() {
        return this.items.size
      },
    },
  },
})

/** The state of a new object. */
export const newState = () => ({ value: undefined, valueSetBy: '', items: new Map() })

/** Releases what an object holds. */
export const endState = ({ value, items }) => {
  for (const each of [value, ...items.values()]) forget(each)
}
