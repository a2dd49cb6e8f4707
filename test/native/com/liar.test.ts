// A hostile server, Prime.Liar: whatever it answers, calls end with a result or a ComError, and nothing is left behind.
import { byRef, ComError, ComObject, type ComThread, type HResultName, type ServerCall } from 'com-cancel'
import { describe, expect, it } from 'vitest'
import { own, startThread } from '../../support/com'
import { expectComError, rejection } from '../../support/errors'
import { random, takeSeed } from '../../support/random'
import { isLongRun, repetitions } from '../../support/repetitions'
import { until } from '../../support/until'
import { describePrime, keepServers, objectIn } from './support'

keepServers()

const SEED = takeSeed('liar')
/** Acts in each apartment, during which lies are told at random: some of them hear none, some thousands. */
const ACTS = repetitions(250, 100_000)

/** The members of what Control returns. */
const control = { tell: 1, told: 2, lieAt: 3, probe: 4, objects: 5 } as const

interface Pair {
  liar: ComObject
  /** Honest: it tells the liar what to lie about. */
  teller: ComObject
}

const newLiar = async (thread: ComThread): Promise<Pair> => {
  const liar = await thread.createObject('Prime.Liar')
  return { liar, teller: objectIn(await liar.call('Control')) }
}

const ownLiar = async (thread: ComThread): Promise<Pair> => {
  const { liar, teller } = await newLiar(thread)
  return { liar: own(liar), teller: own(teller) }
}

const drop = (value: unknown): void => {
  if (Array.isArray(value)) for (const each of value) drop(each)
  else if (value instanceof ComObject) value[Symbol.dispose]()
}

/** Lies that lead to others: what has class information needs no enumeration of connection points. */
const company = [
  [],
  ['no class information'],
  ['no class information', 'no type information', 'a connection point of junk'],
  ['a failure with a result'],
]

/** Everything that a program can do with an object. */
const acts: Record<string, (pair: Pair) => Promise<unknown>> = {
  'a call by name': ({ liar }) => liar.call('Echo', [7]),
  'a call by DISPID': ({ liar }) => liar.call(2, ['text']),
  'a call with an object': ({ liar }) => liar.call(2, [liar]),
  'a call with an argument by reference': async ({ liar }) => {
    const argument = byRef(7)
    const result = await liar.call(2, [argument])
    drop(argument.value)
    return result
  },
  'a property': ({ liar }) => liar.get('Echo'),
  'a property that is set': ({ liar }) => liar.set('Echo', 7),
  'the description': ({ liar }) => liar.describe(),
  'a look-up': ({ liar }) => liar.has('Echo'),
  'a call back': ({ liar }) => liar.call(2, [(_: ServerCall) => 1]),
  items: async ({ liar }) => {
    let count = 0
    for await (const item of liar.items()) {
      drop(item)
      if (++count === 20) break
    }
    return count
  },
  events: ({ liar, teller }) => connected(liar, teller),
  'events of a named interface': ({ liar, teller }) =>
    connected(liar, teller, '21d95af6-b459-4842-b08e-de76ea59f6e7'),
}

/** Connects and disconnects, if need be when the server is honest again. */
const connected = async (liar: ComObject, teller: ComObject, iid?: string): Promise<void> => {
  const connection = await liar.connect({ 1: () => {} }, iid === undefined ? {} : { iid })
  try {
    await connection[Symbol.asyncDispose]()
  } catch (error) {
    await teller.call(control.tell)
    await connection[Symbol.asyncDispose]()
    throw error
  }
}

/** Does it, and checks that it succeeds or fails as calls fail. */
const attempt = async (pair: Pair, name: string): Promise<void> => {
  const act = acts[name]
  if (!act) throw new Error(`there is no act ${name}`)
  try {
    drop(await act(pair))
  } catch (error) {
    if (!(error instanceof ComError)) throw new Error(`${name} failed in another way`, { cause: error })
  }
  await pair.teller.call(control.tell)
}

const untilObjectsAre = ({ teller }: Pair, count: number): Promise<boolean> =>
  until(`the server has ${count} objects`, async () => (await teller.call<number>(control.objects)) === count)

describePrime('a server that lies', () => {
  describe.each(['mta', 'sta'] as const)('called from %s', apartment => {
    it('in one way, always: no call crashes, each ends, nothing is left', { timeout: 300_000 }, async () => {
      const thread = await startThread({ apartment })
      const pair = await ownLiar(thread)
      const before = await pair.teller.call<number>(control.objects)
      const told: string[] = []
      const names: string[] = []
      for (let index = 0; ; index++) {
        const name = await pair.teller.call<string | undefined>(control.lieAt, [index])
        if (name === undefined) break
        names.push(name)
        const sofar = await pair.teller.call<number>(control.told)
        for (const others of company) {
          for (const act of Object.keys(acts)) {
            await pair.teller.call(control.tell, [[name, ...others].join('; ')])
            await attempt(pair, act)
          }
        }
        if ((await pair.teller.call<number>(control.told)) > sofar) told.push(name)
      }
      // Each of the lies was told.
      expect(told).toEqual(names)
      expect(names.length).toBeGreaterThan(40)
      expect(await pair.liar.call('Echo', [7])).toBe(7)
      await untilObjectsAre(pair, before)
    })

    it('at random: no call crashes, each ends, nothing is left', { timeout: 7_200_000 }, async () => {
      const thread = await startThread({ apartment })
      const first = await ownLiar(thread)
      const before = await first.teller.call<number>(control.objects)
      const choose = random(SEED)
      const names = Object.keys(acts)
      let lies = 0
      for (let count = 0; count < ACTS; count += 100) {
        const pair = await newLiar(thread)
        for (let round = 0; round < 100; round++) {
          await pair.teller.call(control.tell, [choose(0x7fffffff)])
          await attempt(pair, names[choose(names.length)] ?? '')
        }
        lies += await pair.teller.call<number>(control.told)
        pair.liar[Symbol.dispose]()
        pair.teller[Symbol.dispose]()
      }
      expect(lies).toBeGreaterThan(ACTS)
      if (isLongRun) console.log(`${lies} lies were told to a thread of ${apartment}`)
      await untilObjectsAre(first, before)
    })
  })

  const answers: [lie: string, act: string, code: HResultName][] = [
    ['QueryInterface: null', 'a call by DISPID', 'E_POINTER'],
    ['QueryInterface: null', 'events of a named interface', 'E_POINTER'],
    ['FindConnectionPoint: null', 'events', 'E_POINTER'],
    ['no class information; EnumConnectionPoints: null', 'events', 'E_POINTER'],
    ['no class information; IEnumConnectionPoints::Next: null', 'events', 'E_POINTER'],
    ['a failure with a pointer', 'a call by DISPID', 'E_FAIL'],
    ['more items than room', 'items', 'E_UNEXPECTED'],
    ['a DISPID that is unknown', 'a call by name', 'DISP_E_UNKNOWNNAME'],
    ['a DISPID left as it was', 'a call by name', 'DISP_E_UNKNOWNNAME'],
    ['a result of an invalid type', 'a call by DISPID', 'DISP_E_BADVARTYPE'],
    ['a result that refers to nothing', 'a call by DISPID', 'E_POINTER'],
    ['a result that refers to itself', 'a call by DISPID', 'DISP_E_OVERFLOW'],
    ['an array without dimensions', 'a call by DISPID', 'E_INVALIDARG'],
    ['a null enumerator', 'items', 'DISP_E_NOTACOLLECTION'],
    ['an enumerator that is none', 'items', 'E_NOINTERFACE'],
    ['a dual source interface', 'events', 'CONNECT_E_CANNOTCONNECT'],
    ['a source interface with a vtable', 'events', 'CONNECT_E_CANNOTCONNECT'],
    ['IMarshal as source interface', 'events', 'CONNECT_E_CANNOTCONNECT'],
    [
      'no class information; no type information; a connection point of junk',
      'events',
      'CONNECT_E_CANNOTCONNECT',
    ],
  ]
  it.each(answers)('%s, in %s, is %s', async (lies, act, code) => {
    const pair = await ownLiar(await startThread())
    await pair.teller.call(control.tell, [lies])
    expect(await rejection(acts[act]?.(pair) ?? Promise.resolve())).toMatchObject({ code })
    await pair.teller.call(control.tell)
  })
})

describePrime('an event interface that is called by vtable', () => {
  it.each([
    ['a dual source interface', 'is dual'],
    ['a source interface with a vtable', 'is no dispinterface'],
    [
      'no class information; no type information; a connection point of junk',
      'no proxy is registered for it',
    ],
  ])('is refused with the reason: %s', async (lies, why) => {
    const { liar, teller } = await ownLiar(await startThread())
    await teller.call(control.tell, [lies])
    const error = await rejection(liar.connect({}))
    await teller.call(control.tell)
    expectComError(error, 'CONNECT_E_CANNOTCONNECT', 'ComObject.connect')
    expect(String(error)).toContain(why)
    expect(String(error)).toContain('name another interface with iid')
  })
})

describePrime('a sink', () => {
  /** Connects a handler of Found, and returns what a call to the sink returns. */
  const probing = async (handle: (...args: unknown[]) => void = () => {}) => {
    const { liar, teller } = await ownLiar(await startThread())
    own(await liar.connect({ Found: (_: ServerCall, ...args: unknown[]) => handle(...args) }))
    return (name: string) => teller.call<string>(control.probe, [name])
  }

  it('has its event interface and IDispatch, and none of the interfaces of COM', async () => {
    const probe = await probing()
    expect(await probe("COM's own interfaces")).toBe('0')
  })

  it('takes a value to set by its name, and refuses other named arguments', async () => {
    const seen: unknown[][] = []
    const probe = await probing((...args) => seen.push(args))
    expect(await probe('a call')).toBe('0x00000000')
    expect(await probe('a value to set')).toBe('0x00000000') // no handler
    expect(await probe('a named argument')).toBe('0x80020007')
    expect(await probe('a value of a method')).toBe('0x80020007')
    expect(seen).toEqual([[7]])
  })

  it('refuses inconsistent calls', async () => {
    const probe = await probing(() => expect.fail('called'))
    const inconsistent = [
      'no parameters',
      'arguments without a list',
      'more names than arguments',
      'names without a list',
      'no flags',
      'a name that is null',
    ]
    for (const name of inconsistent) expect([name, await probe(name)]).toEqual([name, '0x80070057'])
    expect(await probe('a null reference')).toBe('0x80004003')
  })

  it('refuses a record, and names it', async () => {
    const probe = await probing(() => expect.fail('called'))
    expect(await probe('a record')).toBe(
      "0x80020005 argument 1 of type VT_RECORD (36), record PrimePoint, can't be converted",
    )
  })
})
