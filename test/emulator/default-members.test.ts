// Arguments of a property without parameters: they go to the default member of the object that it returns.
import { type ComObject, defaultMember, HResult } from 'com-cancel'
import { type EmulatedCall, EmulatedObject, type RemoteObject } from 'com-cancel/emulator'
import { expect, it } from 'vitest'
import { eachInEmulatedTime, hresultOf, type register, serve } from '../support/emulated-servers'

eachInEmulatedTime()

const { DISP_E_NOTACOLLECTION, DISP_E_MEMBERNOTFOUND, DISP_E_BADPARAMCOUNT, DISP_E_UNKNOWNNAME } = HResult

const server = async (changes: Parameters<typeof register>[0] = {}) => (await serve([], changes)).object

/** A collection with a default member that takes one or two indexes, and can be set. */
const grid = () => {
  const cells = new Map<string, unknown>()
  return new EmulatedObject({
    properties: {
      Count: () => cells.size,
      Item: {
        default: true,
        params: ['Row', 'Column?'],
        get: (_call: EmulatedCall, row: unknown, column: unknown) => cells.get(`${row},${column}`) ?? null,
        set: (_call: EmulatedCall, row: unknown, column: unknown, value: unknown) =>
          void cells.set(`${row},${column}`, value),
      },
    },
  })
}

it('passes one index and several, as a call and as a get', async () => {
  const sheets = grid()
  const object = await server({
    properties: { Worksheets: () => sheets, Cells: { get: () => sheets, params: [] } },
  })
  const all = (await object.get('Worksheets')) as ComObject
  await all.set(defaultMember, 'by hand', { args: [1, 2] })
  expect(await object.call('Worksheets', [1, 2])).toBe('by hand')
  expect(await object.call('Cells', [1, 2])).toBe('by hand')
  expect(await object.get('Worksheets', [1, 2])).toBe('by hand')
  expect(await object.call('Worksheets', ['x'])).toBe(null)
  expect(await object.get('Worksheets')).toBeDefined()
})

it('passes the indexes and the value of a property put', async () => {
  const fields = grid()
  const object = await server({ properties: { Fields: () => fields } })
  await object.set('Fields', 5, { args: ['x'] })
  expect(await object.call('Fields', ['x'])).toBe(5)
})

it('passes them on through several objects, and into objects of clients and other servers', async () => {
  const inner = grid()
  const outer = new EmulatedObject({ properties: { Inner: { get: () => inner, default: true } } })
  let given: RemoteObject | undefined
  const { object, thread } = await serve([], {
    methods: {
      Keep: (_call: EmulatedCall, callback: RemoteObject) => {
        given = callback.keep()
      },
      Drop: () => given?.release(),
    },
    properties: { Outer: () => outer, Given: () => given },
  })
  await object.set('Outer', 'deep', { args: [1, 2] })
  expect(await object.call('Outer', [1, 2])).toBe('deep')
  using callback = thread.implement((_call, n) => Number(n) * 2)
  await object.call('Keep', [callback])
  expect(await object.call('Given', [21])).toBe(42)
  await object.call('Drop')
})

it('is DISP_E_NOTACOLLECTION where it returns no object, or one without a default member', async () => {
  const plain = new EmulatedObject({ methods: { Run: () => 1 } })
  const object = await server({
    properties: {
      Name: () => 'x',
      Plain: () => plain,
      Nothing: () => null,
      Value: { get: () => 1, default: true },
    },
  })
  for (const name of ['Name', 'Plain', 'Nothing', 'Value']) {
    expect(await hresultOf(object.call(name, [1])), name).toBe(DISP_E_NOTACOLLECTION)
    expect(await hresultOf(object.set(name, 2, { args: [1] })), name).toBe(DISP_E_NOTACOLLECTION)
  }
  expect(await object.call('Name')).toBe('x')
})

it('is the error of the property or of the default member', async () => {
  const item = (hresult: number) => () => {
    throw Object.assign(new Error('no'), { hresult })
  }
  const list = new EmulatedObject({
    properties: { Item: { default: true, params: ['i'], get: item(HResult.DISP_E_BADINDEX) } },
  })
  const object = await server({
    properties: { List: () => list, Broken: { get: item(HResult.E_ACCESSDENIED) } },
  })
  expect(await hresultOf(object.call('List', [9]))).toBe(HResult.DISP_E_BADINDEX)
  expect(await hresultOf(object.call('List', [9, 9]))).toBe(DISP_E_BADPARAMCOUNT)
  expect(await hresultOf(object.call('Broken', [9]))).toBe(HResult.E_ACCESSDENIED)
  expect(await hresultOf(object.set('Broken', 1))).toBe(DISP_E_MEMBERNOTFOUND)
  expect(await hresultOf(object.call('List', [], { named: { i: 9 } }))).toBe(DISP_E_UNKNOWNNAME)
})

it('is DISP_E_MEMBERNOTFOUND for a get where the default member is a method', async () => {
  const folders = new EmulatedObject({
    methods: {
      Item: { params: ['name'], run: (_call: EmulatedCall, name: unknown) => `at ${name}`, dispid: 0 },
    },
  })
  const object = await server({ properties: { Folders: () => folders } })
  expect(await object.call('Folders', ['Desktop'])).toBe('at Desktop')
  expect(await hresultOf(object.get('Folders', ['Desktop']))).toBe(DISP_E_MEMBERNOTFOUND)
})

it('does not concern properties with indexes and methods', async () => {
  const object = await server({
    methods: { Method: (_call: EmulatedCall, ...args: unknown[]) => args.length },
    properties: {
      Declared: { params: ['a', 'b?'], get: (_call: EmulatedCall, ...args: unknown[]) => args.length },
      Counted: (_call: EmulatedCall, index: unknown) => `at ${index}`,
    },
  })
  expect(await object.call('Method', [1, 2, 3])).toBe(3)
  expect(await object.call('Declared', [1])).toBe(2)
  expect(await object.call('Counted', [7])).toBe('at 7')
})
