// One value of each type, extreme where possible, so that a wrong width or sign shows.
import { HResult, omitted, variant } from 'com-cancel'

const scalars = {
  i1: -128,
  ui1: 255,
  i2: -32_768,
  ui2: 65_535,
  i4: -(2 ** 31),
  ui4: 2 ** 32 - 1,
  int: -(2 ** 31),
  uint: 2 ** 32 - 1,
  i8: -(2n ** 63n),
  ui8: 2n ** 64n - 1n,
  r4: 0.5,
  r8: Math.PI,
  cy: '-922337203685477.5808',
  decimal: '-7.9228162514264337593543950335',
  date: 36_526.5,
  bool: true,
  bstr: 'Primé 素数 🔢',
  error: HResult.DISP_E_OVERFLOW,
}

/** The elements of an array that were not set. */
const unset = { i8: 0n, ui8: 0n, bool: false }

const twoDimensional = variant('i4[]', [
  [0, 1, 2],
  [10, 11, 12],
])

const special = {
  empty: () => undefined,
  null: () => null,
  missing: () => omitted,
  'bool-false': () => false,
  'bstr-null': () => variant('bstr', null),
  'bstr-empty': () => '',
  'bstr-nul': () => 'a\0b',
  'bstr-surrogate': () => 'a\ud800b',
  'dispatch-null': () => variant('dispatch', null),
  'unknown-null': () => variant('unknown', null),
  'array-variant': self => [1, 'two', undefined, true, self],
  'array-empty': () => [],
  'array-null': () => [],
  'array-bounds': () => variant('i4[]', [5, 6]),
  'array-nested': () => [arrayOf('i4'), twoDimensional, [arrayOf('bstr')]],
  'array2-i4': () => twoDimensional,
  'array3-variant': () => [[[95, 96]], [[195, 196]]],
  record: () => {
    throw Object.assign(new Error(''), {
      hresult: HResult.DISP_E_BADVARTYPE,
      description: "a result of type VT_RECORD can't be converted",
    })
  },
  dispatch: self => self,
  unknown: self => self,
  'array-dispatch': self => [self, null, self],
  'array-unknown': self => [self, null, self],
}

const arrayOf = type =>
  variant(`${type}[]`, [scalars[type], type === 'bstr' ? null : (unset[type] ?? 0), scalars[type]])

/** The value of a name, or undefined if there is none. */
export const sample = (name, self) => {
  if (Object.hasOwn(special, name)) return { value: special[name](self) }
  if (Object.hasOwn(scalars, name)) return { value: variant(name, scalars[name]) }
  const element = name.replace(/^array-/, '')
  return Object.hasOwn(scalars, element) ? { value: arrayOf(element) } : undefined
}

export const sampleNames = () => [
  ...Object.keys(special),
  ...Object.keys(scalars),
  ...Object.keys(scalars).map(type => `array-${type}`),
]
