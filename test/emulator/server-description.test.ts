// What emulated objects say about themselves: describe, and the messages of calls that fail.
import { type ComObject, HResult, record } from 'com-cancel'
import { type ClassDefinition, EmulatedObject } from 'com-cancel/emulator'
import { describe, expect, it } from 'vitest'
import { eachInEmulatedTime, emulator, register, startThread, timeout } from '../support/emulated-servers'
import { rejection } from '../support/errors'

eachInEmulatedTime()

const PROG_ID = 'Described.Application.2'

const book = new EmulatedObject({
  properties: {
    Name: { get: () => 'Book1', set: () => {} },
    Account: { get: () => null, setReference: () => {} },
    Secret: { set: () => {} },
  },
  methods: { Close: () => {} },
})

const definition: ClassDefinition<object> = {
  progId: PROG_ID,
  clsid: '12345678-1234-1234-1234-1234567890ab',
  methods: {
    Open: { params: ['FileName', 'UpdateLinks?'], run: () => book, dispid: 20 },
    Fail: (_call, code, description = '') => {
      throw Object.assign(new Error(''), { hresult: code, description })
    },
    Quit: () => {},
  },
  properties: {
    Workbooks: () => book,
    Version: () => '16.0',
    Item: { get: () => 5, set: () => {}, params: ['Index'], default: true },
  },
  events: { iid: '22345678-1234-1234-1234-1234567890ab', members: { NewWorkbook: 0x61d } },
  items: () => [1, 2],
}

const start = async () => {
  emulator().registerClass(definition)
  const thread = await startThread()
  return { thread, object: await thread.createObject(PROG_ID) }
}

const messageOf = async (promise: PromiseLike<unknown>) =>
  ((await rejection(Promise.resolve(promise))) as Error).message

describe('describe', () => {
  it('tells the class, its members, parameters and events as they are written', async () => {
    const { object } = await start()
    const described = await object.describe()
    expect(described.class).toEqual({
      name: 'Application',
      clsid: '12345678-1234-1234-1234-1234567890ab',
      progId: PROG_ID,
      help: '',
    })
    expect(described.interface.name).toBe('_Application')
    expect(described.interface.iid).toMatch(/^[0-9a-f]{8}-/)
    expect(described.interface.members.map(({ kind, name, dispid }) => `${kind} ${name} ${dispid}`)).toEqual([
      'method Open 20',
      'method Fail 1',
      'method Quit 2',
      'get Workbooks 3',
      'get Version 4',
      'get Item 0',
      'set Item 0',
      'get _NewEnum -4',
    ])
    const [open] = described.interface.members
    expect(open).toEqual({
      name: 'Open',
      dispid: 20,
      kind: 'method',
      parameters: [
        { name: 'FileName', type: 'variant', byRef: false, optional: false },
        { name: 'UpdateLinks', type: 'variant', byRef: false, optional: true },
      ],
      type: 'variant',
      help: '',
      hidden: false,
      restricted: false,
    })
    expect(described.events).toMatchObject([
      { iid: '22345678-1234-1234-1234-1234567890ab', members: [{ name: 'NewWorkbook', dispid: 0x61d }] },
    ])
    expect(structuredClone(described)).toEqual(described)
  })

  it('tells the members of an object without a class', async () => {
    const { object } = await start()
    const described = await (await object.call<ComObject>('Open', ['a'])).describe()
    expect(described.class).toBeNull()
    expect(described.events).toEqual([])
    expect(described.interface.members.map(({ kind, name }) => `${kind} ${name}`)).toContain(
      'set-reference Account',
    )
  })

  it('rejects for an object without type information', async () => {
    register()
    const thread = await startThread()
    const server = await thread.createObject('Test.Server')
    const own = await server.call<ComObject>('Echo', [thread.implement({ Do: () => 5 })])
    expect(await messageOf(own.describe())).toBe(
      'ComObject.describe failed: E_NOTIMPL (0x80004001): the object has no type information, and no IDispatchEx',
    )
    expect(await messageOf(own.describeLibrary())).toBe(
      'ComObject.describeLibrary failed: E_NOTIMPL (0x80004001): the object has no type information of a type library',
    )
    expect(await messageOf(own.thread.describeLibrary('excel.tlb'))).toBe(
      'ComThread.describeLibrary failed: E_NOTIMPL (0x80004001): "excel.tlb": the emulator has no type libraries',
    )
    expect(await messageOf(own.call('Doo'))).toBe(
      'Doo failed: DISP_E_UNKNOWNNAME (0x80020006): the object has no member of this name',
    )
  })

  it('W4 is canceled like a call', async () => {
    const { object } = await start()
    const registered = emulator().registerClass({ progId: 'Hung.Server', methods: { Do: () => {} } })
    const hung = await object.thread.createObject('Hung.Server')
    registered.hang = true
    const error = await rejection(hung.describe({ signal: timeout(50) }))
    expect(error).toMatchObject({ name: 'AbortError', function: 'ComObject.describe' })
    registered.hang = false
  })
})

describe('the message of a failed call', () => {
  it('names the member or parameter that was meant', async () => {
    const { object } = await start()
    expect(await messageOf(object.get('Workboks'))).toBe(
      'Workboks failed: DISP_E_UNKNOWNNAME (0x80020006): no such member; did you mean Workbooks?',
    )
    expect(await messageOf(object.call('Zzz'))).toBe(
      'Zzz failed: DISP_E_UNKNOWNNAME (0x80020006): no such member',
    )
    expect(await messageOf(object.call('Open', [], { named: { Filname: 'a' } }))).toBe(
      'Open failed: DISP_E_UNKNOWNNAME (0x80020006): argument Filname: no parameter has this name; did you mean FileName?',
    )
    expect(await messageOf(object.call('Open'))).toContain('it takes the arguments FileName, [UpdateLinks]')
  })

  it('says how the member is accessed', async () => {
    const { object } = await start()
    const found = await object.call<ComObject>('Open', ['a'])
    const code = 'DISP_E_MEMBERNOTFOUND (0x80020003)'
    expect(await messageOf(found.set('Account', null))).toBe(
      `Account failed: ${code}: it is set to an object by reference only; object.setReference('Account', value), or view.Account.$setReference(value)`,
    )
    expect(await messageOf(found.setReference('Name', null))).toBe(
      `Name failed: ${code}: it is not set by reference; object.set('Name', value), or view.Name.$set(value)`,
    )
    expect(await messageOf(object.set('Version', 5))).toBe(`Version failed: ${code}: it is read-only`)
    expect(await messageOf(found.get('Secret'))).toBe(`Secret failed: ${code}: it can be set only, not read`)
    expect(await messageOf(object.get('Quit'))).toBe(
      `Quit failed: ${code}: it is a method; object.call('Quit'), or view.Quit()`,
    )
    expect(await messageOf(object.get('Open', ['a']))).toBe(
      `Open failed: ${code}: it is a method; object.call('Open', [FileName]), or view.Open(FileName)`,
    )
    expect(await messageOf(object.get('Item'))).toContain(
      "it takes the arguments Index; object.call('Item', [Index]), or view.Item(Index)",
    )
  })

  it('says that an object is no collection', async () => {
    const { object } = await start()
    const found = await object.call<ComObject>('Open', ['a'])
    expect(await messageOf(found.items().next())).toBe(
      'ComObject.items failed: DISP_E_MEMBERNOTFOUND (0x80020003): the object is not a collection: it has no enumerator (DISPID -4)',
    )
  })

  it('does not wait for other calls of the thread', async () => {
    const { object } = await start()
    const failing = messageOf(object.get('Workboks'))
    const other = object.get('Version')
    expect(await failing).toContain('the object has no member of this name')
    expect(await other).toBe('16.0')
    expect(await messageOf(object.get('Workboks', [], { signal: timeout(1000) }))).toContain('Workbooks?')
  })

  it('asks the object once', async () => {
    const { object } = await start()
    using log = record()
    for (const name of ['Workboks', 'Versoin', 'Qiut']) await messageOf(object.get(name))
    const asked = log.events.filter(event => 'operation' in event && event.operation === 'describe')
    expect(new Set(asked.map(event => ('job' in event ? event.job : 0))).size).toBe(1)
  })
})

describe('codes', () => {
  const shown = async (object: ComObject, code: number) => {
    const error = await rejection(object.call('Fail', [code]))
    return {
      message: (error as Error).message.replace(/^Fail failed: /, ''),
      code: (error as { code: string }).code,
    }
  }

  it("of the server's own range have no names and no advice", async () => {
    const { object } = await start()
    for (const code of [0x80040200, 0x80040201, 0x80040202, 0x80041017, 0x8004ffff]) {
      const number = `0x${code.toString(16).toUpperCase()}`
      expect(await shown(object, code | 0)).toEqual({ message: number, code: number })
    }
    const own = await rejection(object.call('Fail', [0x80040200 | 0, 'no such customer']))
    expect(own).toMatchObject({ code: '0x80040200', message: 'Fail failed: 0x80040200: no such customer' })
    expect((await shown(object, HResult.CLASS_E_CLASSNOTAVAILABLE)).message).toBe(
      'CLASS_E_CLASSNOTAVAILABLE (0x80040111)',
    )
  })

  it("of the system have the system's text", async () => {
    const { object } = await start()
    const texts = {
      2147942402: '0x80070002: The system cannot find the file specified',
      2147942432:
        '0x80070020: The process cannot access the file because it is being used by another process',
      2147942405: 'E_ACCESSDENIED (0x80070005): access is denied',
      2147943623: '0x800704C7: The operation was canceled by the user',
      2147680258: '0x80030002: The file could not be found',
      2147500037: 'E_FAIL (0x80004005): Unspecified error',
      2147746066: '0x80040112: Class is not licensed for use',
    }
    for (const [code, message] of Object.entries(texts))
      expect((await shown(object, Number(code) | 0)).message).toBe(message)
  })

  it('of scripts have the number and text of their documentation', async () => {
    const { object } = await start()
    expect(await shown(object, 0x800a01c9 | 0)).toEqual({
      code: '0x800A01C9',
      message: 'error 457 (0x800A01C9): This key is already associated with an element of this collection',
    })
    expect((await shown(object, 0x800a0e78 | 0)).message).toBe('error 3704 (0x800A0E78)')
    expect((await shown(object, HResult.VBA_E_IGNORE)).message).toContain('VBA_E_IGNORE (0x800AC472): Excel')
  })
})
