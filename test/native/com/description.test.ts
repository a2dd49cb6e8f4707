// The descriptions of real objects, by type information and by IDispatchEx, and the messages that use them.
import path from 'node:path'
import type { ComObject } from 'com-cancel'
import { describe, expect, it } from 'vitest'
import { own, startThread } from '../../support/com'
import { rejection } from '../../support/errors'
import { calculatorFor, describePrime, keepServers, titleOfWay, ways } from './support'

keepServers()

const messageOf = async (promise: Promise<unknown>) => ((await rejection(promise)) as Error).message

describePrime('an object with types', () => {
  const start = async (progId = 'Prime.Described'): Promise<ComObject> => {
    const thread = await startThread()
    return own(await thread.createObject(progId))
  }

  it.each(['Prime.Described', 'Prime.Described.Apartment'])(
    'is described with parameters, default values, enumerations and help: %s',
    async progId => {
      const { class: known, interface: own, enums, events } = await (await start(progId)).describe()
      expect(known).toMatchObject({ name: 'PrimeDescribed', progId: 'Prime.Described' })
      expect(known?.clsid).toBe('3d9a61f7-5e20-4c8b-a106-e73b5892c41d')
      expect(own).toMatchObject({
        name: 'DPrimeDescribed',
        iid: '74c0b8e3-1f96-4a2d-b54a-0d67f1389e52',
        help: 'Has types.',
      })
      expect(own.members.map(({ kind, name, type, dispid }) => `${kind} ${name} ${type} ${dispid}`)).toEqual([
        'method Search bstr 1',
        'set-reference Owner dispatch 2',
        'get Version r8 3',
        'method Secret void 4',
        'get Names dispatch 5',
      ])
      const [search, owner, , secret] = own.members
      expect(search).toMatchObject({ help: 'Searches for names.', hidden: false, restricted: false })
      expect(search?.parameters).toEqual([
        { name: 'names', type: 'bstr[]', byRef: false, optional: false },
        { name: 'count', type: 'i4', byRef: true, optional: false },
        { name: 'mode', type: 'PrimeMode', byRef: false, optional: true, default: 2 },
        { name: 'extra', type: 'variant', byRef: false, optional: true },
      ])
      expect(owner?.parameters).toEqual([])
      expect(secret?.hidden).toBe(true)
      expect(events).toEqual([])
      expect(enums).toEqual([
        {
          name: 'PrimeMode',
          help: '',
          constants: [
            { name: 'primeQuick', value: 1, help: '' },
            { name: 'primeThorough', value: 2, help: '' },
          ],
        },
      ])
    },
  )

  it('has messages that say how a member is accessed', async () => {
    const object = await start()
    const code = 'DISP_E_MEMBERNOTFOUND (0x80020003)'
    expect(await messageOf(object.set('Owner', object))).toBe(
      `Owner failed: ${code}: it is set to an object by reference only; object.setReference('Owner', value), or view.Owner.$setReference(value)`,
    )
    await object.setReference('Owner', object)
    expect(await messageOf(object.set('Version', 1))).toBe(`Version failed: ${code}: it is read-only`)
    expect(await messageOf(object.call('Serch'))).toBe(
      'Serch failed: DISP_E_UNKNOWNNAME (0x80020006): no such member; did you mean Search?',
    )
    expect(await messageOf(object.call('Search', [], { named: { Mod: 1 } }))).toContain(
      'argument Mod: no parameter has this name; did you mean mode?',
    )
    expect(await messageOf(object.call('Search'))).toContain(
      'it takes the arguments names, count, [mode], [extra]',
    )
  })

  it('without type information is described by IDispatchEx', async () => {
    const names = own(await (await start()).get<ComObject>('Names'))
    const { class: known, interface: members } = await names.describe()
    expect(known).toBeNull()
    expect(members.iid).toBeNull()
    expect(members.members.map(({ kind, name, dispid }) => `${kind} ${name} ${dispid}`)).toEqual([
      'get alpha 1',
      'set alpha 1',
      'method beta 2',
    ])
    expect(await messageOf(names.get('alpa'))).toContain('did you mean alpha?')
  })

  it('is described with its type library', async () => {
    const object = await start()
    const { name, classes, interfaces, enums } = await object.describeLibrary()
    expect(name).toBe('PrimeDescribedLibrary')
    expect(classes).toMatchObject([
      { name: 'PrimeDescribed', progId: 'Prime.Described', interface: 'DPrimeDescribed', events: null },
    ])
    const described = await object.describe()
    expect(interfaces).toEqual([described.interface])
    expect(enums).toEqual(described.enums)
  })

  it('that has neither rejects', async () => {
    const thread = await startThread()
    const calculator = own(await thread.createObject('Prime.Calculator.Inproc'))
    const implemented = own(await calculator.call<ComObject>('Echo', [thread.implement({ Do: () => 5 })]))
    expect(await messageOf(implemented.describe())).toBe(
      'ComObject.describe failed: E_NOTIMPL (0x80004001): the object has no type information, and no IDispatchEx',
    )
    expect(await messageOf(implemented.describeLibrary())).toBe(
      'ComObject.describeLibrary failed: E_NOTIMPL (0x80004001): the object has no type information of a type library',
    )
  })
})

describePrime('a calculator', () => {
  describe.each(ways)(titleOfWay, way => {
    const made = calculatorFor(way)

    it('describes its members, its class and its events', async () => {
      const { class: known, interface: own, events } = await made.calculator.describe()
      expect(known).toMatchObject({ name: 'PrimeCalculator', progId: 'Prime.Calculator' })
      expect(own.members.find(({ name }) => name === 'CallBack')).toMatchObject({
        dispid: 14,
        kind: 'method',
        parameters: [{ name: 'object', type: 'variant' }, { name: 'n' }, { name: 'value' }],
      })
      const value = own.members.filter(({ name }) => name === 'Value').map(({ kind }) => kind)
      expect(value).toEqual(['get', 'set', 'set-reference'])
      expect(events.map(({ name, iid }) => `${name} ${iid}`)).toEqual([
        'DPrimeEvents 21d95af6-b459-4842-b08e-de76ea59f6e7',
      ])
      expect(events[0]?.members).toMatchObject([{ name: 'Found' }, { name: 'Hidden', restricted: true }])
    })

    it('is described with its type library', async () => {
      const { classes, interfaces } = await made.calculator.describeLibrary()
      expect(classes).toMatchObject([
        {
          name: 'PrimeCalculator',
          progId: 'Prime.Calculator',
          interface: 'DPrimeCalculator',
          events: 'DPrimeEvents',
        },
      ])
      expect(interfaces.map(({ name }) => name).sort()).toEqual(['DPrimeCalculator', 'DPrimeEvents'])
    })

    it('C12 is not described for a signal that has aborted', async () => {
      const { calculator } = made
      const controller = new AbortController()
      const described = calculator.describe({ signal: controller.signal })
      controller.abort()
      expect(await rejection(described)).toMatchObject({ name: 'AbortError' })
      expect((await calculator.describe()).class).not.toBeNull()
    })
  })

  it('passes codes of the system on with their text', async () => {
    const thread = await startThread()
    const calculator = own(await thread.createObject('Prime.Calculator.Inproc'))
    const shown = async (code: number) => messageOf(calculator.call('Fail', [code | 0]))
    expect(await shown(0x80070020)).toBe(
      'Fail failed: 0x80070020: The process cannot access the file because it is being used by another process',
    )
    expect(await shown(0x80040200)).toBe('Fail failed: 0x80040200')
    expect(await shown(0x800a01c9)).toContain('error 457 (0x800A01C9): This key is already associated')
    // The system's own text, which lib/ does not have.
    expect(await shown(0x8007000c)).toMatch(/^Fail failed: 0x8007000C: .*access/i)
  })
})

describe('a type library in a file', () => {
  // That of Automation itself, which every system has.
  const standard = path.join(process.env.SystemRoot ?? 'C:\\windows', 'system32', 'stdole2.tlb')

  it('is described with its classes and interfaces', async () => {
    const thread = await startThread()
    const { name, classes, interfaces, enums } = await thread.describeLibrary(standard, { timeout: 60_000 })
    expect(name).toBe('stdole')
    expect(classes).toContainEqual(
      expect.objectContaining({
        name: 'StdFont',
        clsid: '0be35203-8f91-11ce-9de3-00aa004bb851',
        interface: 'Font',
      }),
    )
    const font = interfaces.find(each => each.name === 'Font')
    expect(font?.members).toContainEqual(expect.objectContaining({ name: 'Size', kind: 'get', type: 'cy' }))
    expect(Array.isArray(enums)).toBe(true)
  })

  it('that is missing rejects', async () => {
    const thread = await startThread()
    expect(await messageOf(thread.describeLibrary('C:\\no\\such.tlb'))).toBe(
      'ComThread.describeLibrary failed: TYPE_E_CANTLOADLIBRARY (0x80029C4A): "C:\\\\no\\\\such.tlb": the file is missing, or has no type library',
    )
  })
})
