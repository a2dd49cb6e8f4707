// What objects of COM show to inspectors, assertions and serializers, none of which may call COM.
import { inspect, isDeepStrictEqual } from 'node:util'
import { format, plugins } from '@vitest/pretty-format'
import { processError } from '@vitest/utils/error'
import { type ComObject, dynamic } from 'com-cancel'
import { describe, expect, it } from 'vitest'
import { type FakeThread, outcome, returning, startWithObject, thrown, turn } from '../support/fake-binding'

const bad = <T>(value: unknown): T => value as T

/** An object whose results are objects. */
const start = async () => {
  const started = await startWithObject()
  const { fake, object } = started
  fake.server = ({ member }) => (member === 'value' ? outcome() : returning(fake.dispatch('result')))
  const result = await object.get<ComObject>('Result')
  fake.invocations.length = 0
  return { ...started, result, view: dynamic(object) }
}

const nothingCalled = async (fake: FakeThread) => {
  await turn()
  await turn()
  expect(fake.invocations).toEqual([])
}

describe('util.inspect', () => {
  it('shows what is known without a call', async () => {
    const { thread, object, result, fake } = await start()
    const { id } = thread
    expect(inspect(object)).toBe(`ComObject { Test.Object, thread ${id} }`)
    expect(inspect(result)).toBe(`ComObject { thread ${id} }`)
    expect(inspect({ nested: [object] }, { depth: 9 })).toBe(
      `{ nested: [ ComObject { Test.Object, thread ${id} } ] }`,
    )
    expect(inspect(thread)).toBe(`ComThread { ${id}, mta, idle }`)
    const implemented = thread.implement({ Name: () => 'name' })
    expect(inspect(implemented)).toBe(`ComImplementation { thread ${id} }`)
    implemented.release()
    expect(inspect(implemented)).toBe(`ComImplementation { thread ${id}, released }`)
    object.release()
    expect(inspect(object)).toBe(`ComObject { Test.Object, thread ${id}, released }`)
    await nothingCalled(fake)
    await thread.close()
    expect(inspect(result)).toBe(`ComObject { thread ${id}, disposed }`)
    expect(inspect(thread)).toBe(`ComThread { ${id}, mta, disposed }`)
  })

  it('shows views, and members and calls that were not awaited', async () => {
    const { view, thread, fake } = await start()
    expect(inspect(view)).toBe(`DynamicObject { Test.Object, thread ${thread.id} }`)
    const { Workbooks } = view
    expect(inspect(bad<{ Count: unknown }>(Workbooks).Count)).toBe(
      'DynamicMember { Workbooks.Count, not awaited }',
    )
    await nothingCalled(fake)
    expect(inspect(bad<() => unknown>(view.Open)())).toBe('DynamicResult { Open(…), not awaited }')
  })

  it('shows connections', async () => {
    const { object, fake, thread } = await start()
    const iid = '00024413-0000-0000-c000-000000000046'
    fake.events = { iid, members: {} }
    const connection = await object.connect({})
    expect(inspect(connection)).toBe(`ComConnection { Test.Object, ${iid}, thread ${thread.id}, connected }`)
    await connection.disconnect()
    expect(inspect(connection)).toContain('disconnected')
  })

  it('shows the beginning of a long moniker', async () => {
    const { thread, fake } = await start()
    fake.onActivate = () => returning(fake.dispatch('found'))
    expect(inspect(await thread.getObject(`winmgmts:${'x'.repeat(200)}`))).toMatch(
      /^ComObject \{ winmgmts:x{51}…, /,
    )
  })
})

describe('assertions', () => {
  it('tell two objects apart', async () => {
    const { object, result, thread, view } = await start()
    expect(object).toEqual(object)
    expect(object).not.toEqual(result)
    expect({ object }).not.toStrictEqual({ object: result })
    expect(isDeepStrictEqual(object, result)).toBe(false)
    expect(thread.implement({})).not.toEqual(thread.implement({}))
    expect(view).toEqual(view)
    expect(view).not.toEqual(dynamic(result))
  })

  const assertions: [string, (value: unknown) => void][] = [
    ['toBe', value => expect(value).toBe(5)],
    ['toEqual', value => expect(value).toEqual({ a: 1 })],
    ['toStrictEqual', value => expect({ value }).toStrictEqual({ value: 1 })],
    ['toMatchObject', value => expect({ value }).toMatchObject({ value: { a: 1 } })],
    ['toBeInstanceOf', value => expect(value).toBeInstanceOf(Map)],
    ['toBeNull', value => expect(value).toBeNull()],
    ['toHaveBeenCalled', value => expect(value).toHaveBeenCalled()],
    ['toHaveLength', value => expect(value).toHaveLength(3)],
    ['toContain', value => expect(value).toContain(3)],
    ['an expected value', value => expect(5).toEqual(value)],
    ['an asymmetric matcher', value => expect(value).toEqual(expect.objectContaining({ a: 1 }))],
  ]

  it.each(assertions)('make no call to COM when they fail: %s', async (_, assert) => {
    const { object, view, fake, result } = await start()
    for (const value of [view, object, result, bad<object>(view.Version), [view], { view }]) {
      // What the reporter prints: the error with a diff.
      expect(processError(thrown(() => assert(value)))).toHaveProperty('message')
    }
    await nothingCalled(fake)
  })
})

it('pretty-format of jest and vitest makes no call to COM, with any of its plugins', async () => {
  const { object, view, fake, result } = await start()
  const all = Object.values(plugins)
  for (const value of [view, object, result, view.Version, [view], { view }])
    for (const some of [all, ...all.map(each => [each])])
      expect(format(value, { plugins: some, callToJSON: false })).toBeTruthy()
  await nothingCalled(fake)
})

describe('names that frameworks and inspectors probe', () => {
  const probes = [
    'asymmetricMatch',
    'constructor',
    'hasAttribute',
    'nodeType',
    'tagName',
    '$$typeof',
    '@@__IMMUTABLE_ITERABLE__@@',
    '@@__IMMUTABLE_RECORD__@@',
    'inspect',
    '_isMockFunction',
    'getMockName',
    '__esModule',
    '__v_isRef',
  ]

  it.each(probes)('are no members of views: %s', async probe => {
    const { view, fake } = await start()
    for (const each of [view, view.Workbooks, bad<() => object>(view.Open)()])
      expect(Reflect.get(bad<object>(each), probe)).toBeUndefined()
    fake.invocations.length = 0
    await nothingCalled(fake)
  })

  it('are reached through the object', async () => {
    const { view, fake } = await start()
    await view.$object.get('constructor')
    await view.$object.call('hasAttribute', ['name'])
    expect(fake.invocations.map(({ member }) => member)).toEqual(['constructor', 'hasAttribute'])
  })
})

describe('JSON.stringify and structuredClone', () => {
  it('fail, and say what to do', async () => {
    const { object, view, thread, fake } = await start()
    fake.events = { iid: '00024413-0000-0000-c000-000000000046', members: {} }
    const connection = await object.connect({})
    const values: [unknown, RegExp, RegExp][] = [
      [
        object,
        /ComObject has no JSON form; get its values first/,
        /ComObject \d+ belongs to its JavaScript thread; pass/,
      ],
      [
        view,
        /view of a COM object has no JSON form; await its values first/,
        /a view of a COM object: pass the values/,
      ],
      [view.Version, /the dynamic member Version has no value yet; await it first/, /pass the values/],
      [
        thread,
        /ComThread has no JSON form; thread.id is its id/,
        /ComThread \d+ belongs to its JavaScript thread/,
      ],
      [thread.implement({}), /ComImplementation has no JSON form/, /ComImplementation \d+ belongs/],
      [connection, /ComConnection has no JSON form/, /ComConnection \d+ belongs/],
    ]
    const { port1 } = new MessageChannel()
    for (const [value, json, clone] of values) {
      for (const each of [value, { value }, [value]]) {
        expect(thrown(() => JSON.stringify(each))).toMatchObject({
          name: 'TypeError',
          message: expect.stringMatching(json),
        })
        for (const act of [() => structuredClone(each), () => port1.postMessage(each)])
          expect(thrown(act)).toMatchObject({ name: 'DataCloneError', message: expect.stringMatching(clone) })
      }
    }
    port1.close()
    expect(fake.invocations).toEqual([])
    await connection.disconnect()
  })
})
