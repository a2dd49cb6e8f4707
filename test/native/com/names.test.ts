// The cache of DISPIDs by name: one look-up for each name, and another when a DISPID has become unknown.
import { byRef, type ComObject, dynamic } from 'com-cancel'
import { describe, expect, it } from 'vitest'
import { own, startThread } from '../../support/com'
import { rejection } from '../../support/errors'
import { describePrime, dispid, keepServers, objectIn, titleOfWay, type Way, ways } from './support'

keepServers()

/** A calculator without look-ups. */
const start = async ({ progId, client }: Way): Promise<ComObject> => {
  const thread = await startThread({ apartment: client })
  return own(await thread.createObject(progId))
}

/** The number of look-ups that the object has counted; needs no look-up itself. */
const lookUps = (calculator: ComObject): Promise<number> => calculator.get<number>(dispid.lookUps)

/** The number of look-ups during `act`. */
const lookUpsOf = async (calculator: ComObject, act: () => Promise<unknown>): Promise<number> => {
  const before = await lookUps(calculator)
  await act()
  return (await lookUps(calculator)) - before
}

const times = async (count: number, act: (i: number) => Promise<unknown>): Promise<void> => {
  for (let i = 0; i < count; i++) await act(i)
}

describePrime('the names of members', () => {
  describe.each(ways)(titleOfWay, way => {
    it('a member is looked up once, however it is used', async () => {
      const calculator = await start(way)
      expect(await lookUps(calculator)).toBe(0)
      const use = async (i: number) => {
        expect(await calculator.call('Number', [i])).toBe(i)
        await calculator.set('Value', i)
        expect(await calculator.get('Value')).toBe(i)
        expect(await dynamic(calculator).Number(i)).toBe(i)
      }
      expect(await lookUpsOf(calculator, () => times(20, use))).toBe(2)
      expect(await lookUpsOf(calculator, () => times(20, use))).toBe(0)
    })

    it('each spelling of a name is looked up, as only the object knows which are equal', async () => {
      const calculator = await start(way)
      const use = async () => {
        for (const name of ['Number', 'NUMBER', 'number']) expect(await calculator.call(name, [7])).toBe(7)
      }
      expect(await lookUpsOf(calculator, () => times(5, use))).toBe(3)
    })

    it('names of arguments are looked up once for each member', async () => {
      const calculator = await start(way)
      const use = async (i: number) => {
        expect(await calculator.call('Number', [], { named: { ms: 0, i } })).toBe(i)
        expect(await calculator.call('Number', [], { named: { i, ms: 0 } })).toBe(i)
        expect(await calculator.call('Number', [i], { named: { ms: 0 } })).toBe(i)
        expect(await calculator.call('Number', [i])).toBe(i)
        await calculator.call('Block', [], { named: { ms: 0 } })
      }
      expect(await lookUpsOf(calculator, () => times(5, use))).toBe(5)
    })

    it('by-reference arguments and failures do not depend on the cache', async () => {
      const calculator = await start(way)
      await times(2, async () => {
        const [a, b] = [byRef(1), byRef('two')]
        await calculator.call('Swap', [a, b])
        expect([a.value, b.value]).toEqual(['two', 1])
        const named = { named: { ms: 'soon' } }
        const error = await rejection(calculator.call('Number', [5], named))
        expect(error).toMatchObject({ code: 'DISP_E_TYPEMISMATCH', argument: 'ms' })
      })
    })

    it('a name that does not exist is looked up each time', async () => {
      const calculator = await start(way)
      const fail = async () => {
        expect(await rejection(calculator.call('Missing'))).toMatchObject({ code: 'DISP_E_UNKNOWNNAME' })
        const unknown = await rejection(calculator.call('Number', [5], { named: { minutes: 1 } }))
        expect(unknown).toMatchObject({ code: 'DISP_E_UNKNOWNNAME', argument: 'minutes' })
      }
      expect(await lookUpsOf(calculator, () => times(3, fail))).toBe(6)
      await calculator.call('Define', ['Missing', 1001, 'found'])
      expect(await calculator.get('Missing')).toBe('found')
    })

    it('has() looks up each time, and the next call uses its result', async () => {
      const calculator = await start(way)
      const has = async () => expect(await calculator.has('Number')).toBe(true)
      expect(await lookUpsOf(calculator, () => times(3, has))).toBe(3)
      expect(await lookUpsOf(calculator, () => calculator.call('Number', [1]))).toBe(0)
      await calculator.call('Define', ['Extra', 1001, 1])
      expect(await calculator.has('Extra')).toBe(true)
      await calculator.call('Undefine', ['Extra'])
      expect(await calculator.has('Extra')).toBe(false)
    })

    it('a member that moved to another DISPID is found again', async () => {
      const calculator = await start(way)
      await times(3, async i => {
        await calculator.call('Define', ['Extra', 1001 + i, i])
        expect(await lookUpsOf(calculator, () => calculator.get('Extra'))).toBe(1)
        const again = async () => expect(await calculator.get('Extra')).toBe(i)
        expect(await lookUpsOf(calculator, () => times(3, again))).toBe(0)
      })
    })

    it('a member that was removed is an error, and can be added again', async () => {
      const calculator = await start(way)
      await calculator.call('Define', ['Extra', 1001, 'first'])
      expect(await calculator.get('Extra')).toBe('first')
      await calculator.call('Undefine', ['Extra'])
      for (const _ of [1, 2])
        expect(await rejection(calculator.get('Extra'))).toMatchObject({ code: 'DISP_E_UNKNOWNNAME' })
      await calculator.call('Define', ['Extra', 1002, 'second'])
      expect(await calculator.get('Extra')).toBe('second')
    })

    it('a method that returns DISP_E_MEMBERNOTFOUND itself is not called twice', async () => {
      const calculator = await start(way)
      const relay = () => rejection(calculator.call('Relay', [calculator, 'IsPrime', 'set', 1]))
      await relay()
      const started = await calculator.get<number>('Started')
      expect(await relay()).toMatchObject({ code: 'DISP_E_MEMBERNOTFOUND' })
      expect(await calculator.get('Started')).toBe(started + 1)
      expect(await rejection(calculator.set('IsPrime', 1))).toMatchObject({ code: 'DISP_E_MEMBERNOTFOUND' })
      expect(await calculator.call('IsPrime', [97])).toBe(true)
    })

    it('two references of one object have a cache each', async () => {
      const calculator = await start(way)
      await calculator.call('Number', [1])
      const same = own(objectIn(await calculator.call('Return', ['dispatch'])))
      expect(await lookUpsOf(calculator, () => times(3, i => same.call('Number', [i])))).toBe(1)
      await calculator.call('Define', ['Extra', 1001, 'shared'])
      expect([await calculator.get('Extra'), await same.get('Extra')]).toEqual(['shared', 'shared'])
      await same.call('Define', ['Extra', 1002, 'moved'])
      expect([await calculator.get('Extra'), await same.get('Extra')]).toEqual(['moved', 'moved'])
    })

    it('300 names get their right DISPIDs, and the cache is limited', async () => {
      const calculator = await start(way)
      const define = (i: number) => calculator.call('Define', [`Extra${i}`, 1001 + i, i])
      const all = <T>(act: (i: number) => Promise<T>) =>
        Promise.all(Array.from({ length: 300 }, (_, i) => act(i)))
      await all(define)
      const getAll = async () =>
        expect(await all(i => calculator.get(`extra${i}`))).toEqual([...Array(300).keys()])
      expect(await lookUpsOf(calculator, getAll)).toBe(300)
      // The first ones made room; the last ones are known.
      const last = async () =>
        times(30, async i => expect(await calculator.get(`extra${270 + i}`)).toBe(270 + i))
      expect(await lookUpsOf(calculator, last)).toBe(0)
      expect(await lookUpsOf(calculator, () => calculator.get('extra0'))).toBe(1)
      expect(await lookUpsOf(calculator, getAll)).toBeGreaterThan(0)
    })
  })
})
