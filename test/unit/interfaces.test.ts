// defineInterface: what it accepts, the slots of Begin_ and Finish_, and the operations that calls become.

import { createRequire } from 'node:module'
import { ComInterface, defineInterface, IAdviseSink, IPipeByte } from 'com-cancel'
import { describe, expect, it } from 'vitest'
import type { MethodPart } from '../../dist/objects/interface.js'
import { thrown } from '../support/errors'

const IID = '2f7c4e5a-9b1d-4c3e-8a60-71d2b8e4c953'
const define =
  (methods: object, more: object = {}) =>
  () =>
    defineInterface({ name: 'ITest', iid: IID, ...more, methods } as never)

/** The library's own view of a method. The declarations of the package do not have it. */
const { interfaceOf } = createRequire(import.meta.url)(
  '../../dist/objects/interface.js',
) as typeof import('../../lib/objects/interface')
const shape = (of: unknown, method: string) => interfaceOf('test', of).shape('test', method)
const slots = (of: unknown, method: string) => {
  const { whole, begin, finish } = shape(of, method)
  return [whole, begin, finish].map(({ slot }: MethodPart) => slot)
}

describe('slots', () => {
  it('count from 3, or on from a slot that is given', () => {
    const of = defineInterface({ iid: IID, methods: { A: {}, B: {}, C: { slot: 9 }, D: {} } })
    expect(['A', 'B', 'C', 'D'].map(name => slots(of, name)[0])).toEqual([3, 4, 9, 10])
  })

  it('of the asynchronous interface are two for each method', () => {
    expect(slots(IPipeByte, 'Pull')).toEqual([3, 3, 4])
    expect(slots(IPipeByte, 'Push')).toEqual([4, 5, 6])
    // IAdviseSink begins with OnDataChange, which is not described.
    expect(slots(IAdviseSink, 'OnViewChange')).toEqual([4, 5, 6])
    expect(slots(IAdviseSink, 'OnClose')).toEqual([7, 11, 12])
  })
})

describe('parameters', () => {
  it('Begin_ has those that go in, Finish_ those that come out, and the sizes of buffers are found there', () => {
    const { begin, finish, whole } = shape(IPipeByte, 'Pull')
    expect(whole.parameters).toEqual([
      { type: 'ui1', direction: 'out', length: 2 },
      { type: 'ui4', direction: 'in' },
      { type: 'ui4', direction: 'out' },
    ])
    expect(begin.parameters).toEqual([{ type: 'ui4', direction: 'in' }])
    expect(finish.parameters).toEqual([
      { type: 'ui1', direction: 'out', length: 1 },
      { type: 'ui4', direction: 'out' },
    ])
  })

  it('the size of a buffer that only goes in Begin_ is unknown to Finish_', () => {
    const of = defineInterface({
      iid: IID,
      methods: { A: { parameters: [{ out: 'i4', size: 1 }, { in: 'i4' }] } },
    })
    expect(shape(of, 'A').finish.parameters).toEqual([{ type: 'i4', direction: 'out', length: -1 }])
  })
})

it('an interface is immutable, and has its ids in lower case', () => {
  const of = defineInterface({ iid: `{${IID.toUpperCase()}}`, methods: { A: {} } })
  expect(of).toBeInstanceOf(ComInterface)
  expect([of.iid, of.name, of.asyncIid]).toEqual([IID, IID, null])
  expect(Object.isFrozen(of.methods)).toBe(true)
})

const where = 'defineInterface: '
const number = "must be the index of an integer parameter of up to 32 bits that is 'in'"
it.each([
  ['no methods', define({}), 'RangeError', `${where}methods must not be empty`],
  ['a bad id', define({ A: {} }, { iid: 'x' }), 'RangeError', `${where}iid must be a GUID`],
  ['an unknown key', define({ A: { params: [] } }), 'TypeError', `${where}methods.A must not have "params"`],
  [
    'a parameter without a direction',
    define({ A: { parameters: [{}] } }),
    'TypeError',
    `${where}methods.A.parameters[0] must be an object with one of in, out and inout`,
  ],
  [
    'two directions',
    define({ A: { parameters: [{ in: 'i4', out: 'i4' }] } }),
    'TypeError',
    `${where}methods.A.parameters[0] must be an object with one of in, out and inout`,
  ],
  [
    'an unknown type',
    define({ A: { parameters: [{ in: 'long' }] } }),
    'RangeError',
    `${where}methods.A.parameters[0].in must be 'bool' or 'i1'`,
  ],
  [
    'a size that is no parameter',
    define({ A: { parameters: [{ in: 'i4', size: 7 }] } }),
    'RangeError',
    `${where}methods.A.parameters[0].size ${number}`,
  ],
  [
    'a size that comes out',
    define({ A: { parameters: [{ out: 'i4', size: 1 }, { out: 'i4' }] } }),
    'RangeError',
    `${where}methods.A.parameters[0].size ${number}`,
  ],
  [
    'a buffer of strings',
    define({ A: { parameters: [{ in: 'bstr', size: 1 }, { in: 'i4' }] } }),
    'RangeError',
    `${where}methods.A.parameters[0].size is for buffers of numbers, got bstr`,
  ],
  [
    'a length without a size',
    define({ A: { parameters: [{ out: 'i4', length: 1 }, { out: 'i4' }] } }),
    'RangeError',
    `${where}methods.A.parameters[0].length is for buffers`,
  ],
  [
    'an interface id for a number',
    define({ A: { parameters: [{ in: 'i4', iid: IID }] } }),
    'RangeError',
    `${where}methods.A.parameters[0].iid is for 'unknown', got i4`,
  ],
  [
    'a slot of IUnknown',
    define({ A: { slot: 2 } }),
    'RangeError',
    `${where}methods.A.slot must be an integer`,
  ],
  [
    'a slot twice',
    define({ A: { slot: 5 }, B: { slot: 5 } }),
    'RangeError',
    `${where}methods.B.slot is 5, the slot of A`,
  ],
] as const)('%s is refused', (_, act, name, message) => {
  expect(String(thrown(act))).toContain(`${name}: ${message}`)
})

it('a method that is unknown is named, with the nearest one', () => {
  expect(String(thrown(() => shape(IPipeByte, 'pull')))).toContain(
    'IPipeByte has no method pull; did you mean Pull?',
  )
})
