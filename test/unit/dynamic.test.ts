// The dynamic view, against a binding without COM.
import { type ComObject, type DynamicObject, dynamic, HResult } from 'com-cancel'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Variant } from '../../binding'
import {
  arrayOf,
  bstr,
  type FakeThread,
  outcome,
  rejection,
  returning,
  startWithObject,
  thrown,
  turn,
} from '../support/fake-binding'

const bad = <T>(value: unknown): T => value as T
const i4 = (value: number): Variant => ({ type: 'i4', value })

/** The requests of a server, in short. */
const requests = (fake: FakeThread): string[] =>
  fake.invocations.map(({ kind, member, args, object }) => `${object.name}.${kind} ${member} ${args.length}`)

type View = DynamicObject

/** An object whose members with a capital letter are objects. */
const start = async () => {
  const started = await startWithObject()
  const { fake, object } = started
  fake.server = ({ member, kind }) => {
    if (kind.startsWith('set')) return outcome()
    if (member === 'fail') return outcome({ hresult: HResult.E_FAIL })
    if (member === 'wait') return 'blocked'
    if (member === 'List') return returning(arrayOf([fake.dispatch('item'), i4(1)]))
    if (member === -4) return returning(fake.dispatch('enumerator', 'unknown'))
    const name = String(member)
    return returning(/^[A-Z0]/.test(name) ? fake.dispatch(name) : bstr(name))
  }
  return { ...started, view: dynamic(object) }
}

const unhandled: unknown[] = []
const note = (reason: unknown) => void unhandled.push(reason)

beforeEach(() => {
  process.on('unhandledRejection', note)
})

afterEach(async () => {
  await turn()
  await turn()
  process.off('unhandledRejection', note)
  expect(unhandled.splice(0)).toEqual([])
})

describe('members', () => {
  it('are read when they are awaited', async () => {
    const { view, fake } = await start()
    const version = view.version
    const deep = view.Application.Workbooks.count
    await turn()
    expect(fake.invocations).toHaveLength(0)
    expect(await version).toBe('version')
    expect(await version).toBe('version')
    expect(await deep).toBe('count')
    expect(requests(fake)).toEqual([
      'created.get version 0',
      'created.get version 0',
      'created.get Application 0',
      'Application.get Workbooks 0',
      'Workbooks.get count 0',
    ])
    expect(fake.held).toEqual(['created'])
  })

  it('are called', async () => {
    const { view, fake } = await start()
    expect(await view.Workbooks.open('path', 2)).toBe('open')
    expect(requests(fake)).toEqual(['created.get Workbooks 0', 'Workbooks.call open 2'])
    expect(fake.held).toEqual(['created'])
  })

  it('are called at once where the object is at hand', async () => {
    const { view, fake } = await start()
    const all = [view.one(), view.two.$set(2), view.three()]
    expect(requests(fake)).toEqual(['created.call one 0', 'created.set two 1', 'created.call three 0'])
    await Promise.all(all)
  })

  it('of a result, without awaiting it first', async () => {
    const { view, fake } = await start()
    expect(await view.Workbooks.Open('path').Sheets(1).name).toBe('name')
    expect(await view.Sheets('x')('y').name).toBe('name')
    expect(requests(fake)).toEqual([
      'created.get Workbooks 0',
      'Workbooks.call Open 1',
      'Open.call Sheets 1',
      'Sheets.get name 0',
      'created.call Sheets 1',
      'Sheets.call 0 1',
      '0.get name 0',
    ])
  })

  it('of a result share one call', async () => {
    const { view, fake } = await start()
    const book = view.Open()
    expect([await book.name, await book.path]).toEqual(['name', 'path'])
    expect(requests(fake)).toEqual(['created.call Open 0', 'Open.get name 0', 'Open.get path 0'])
  })

  it('release the objects in the middle of a chain, unless the program awaits them', async () => {
    const { view, fake } = await start()
    expect(await view.Workbooks.Open('path').Sheets(1).name).toBe('name')
    await turn()
    expect(fake.held).toEqual(['created'])

    const book = view.Open()
    expect(await book.name).toBe('name')
    const kept = (await book) as View
    await turn()
    await turn()
    expect(await kept.path).toBe('path')
    expect(await book.path).toBe('path')
    expect(fake.held).toEqual(['created', 'Open'])
    kept.$release()

    await rejection(Promise.resolve(view.Open().fail))
    await turn()
    expect(fake.held).toEqual(['created'])
  })

  it('of a call that was not awaited are gone when nothing used it for a turn of the event loop', async () => {
    const { view } = await start()
    const book = view.Open('path')
    const [name, path] = await Promise.all([book.name, book.path])
    expect([name, path, await book.name]).toEqual(['name', 'path', 'name'])
    await turn()
    await turn()
    const error = (await rejection(Promise.resolve(book.name))) as Error
    expect(error).toMatchObject({ code: 'RPC_E_DISCONNECTED' })
    expect(error.message).toContain('it was only a part of a chain: await Open(…) to keep its object')
  })

  it('are set', async () => {
    const { view, fake, object } = await start()
    expect(await view.visible.$set(true)).toBeUndefined()
    await view.Sheet.cell.$set(5, { args: [1, 2] })
    await view.owner.$setReference(object)
    expect(requests(fake)).toEqual([
      'created.set visible 1',
      'created.get Sheet 0',
      'Sheet.set cell 3',
      'created.set-reference owner 1',
    ])
    expect(fake.held).toEqual(['created'])
  })

  it('with arguments are set by $set of the call, which is not made', async () => {
    const { view, fake, object } = await start()
    const all = [view.one(1), view.item(1, 'k').$set(5), view('d').$setReference(object), view.two()]
    expect(requests(fake)).toEqual([
      'created.call one 1',
      'created.set item 3',
      'created.set-reference 0 2',
      'created.call two 0',
    ])
    expect(fake.invocations[1]?.args).toEqual([i4(1), bstr('k'), i4(5)])
    await Promise.all(all)
    await view.Sheets(1).cell(2, 3).$set('x')
    expect(requests(fake).slice(4)).toEqual(['created.call Sheets 1', 'Sheets.set cell 3'])
  })

  it('with arguments are called in their order: before the next call, a release, the end of the thread', async () => {
    const { view, fake, object, thread } = await start()
    const calls = [Promise.resolve(view.one(1)), object.call('two'), Promise.resolve(view.three(3))]
    expect(thread.state).toBe('busy')
    view[Symbol.dispose]()
    expect(requests(fake)).toEqual(['created.call one 1', 'created.call two 0', 'created.call three 1'])
    await Promise.all(calls)
    const other = dynamic(await thread.createObject('Test.Object'))
    const late = other.one(1)
    await Promise.resolve()
    expect(requests(fake)).toHaveLength(4)
    await late
    const list = [1, 2]
    const sent = other.take(list)
    list[0] = 9
    await sent
    expect(fake.invocations.at(-1)?.args).toMatchObject([{ elements: [i4(1), i4(2)] }])
  })

  it('can not be set by a call that was made', async () => {
    const { view } = await start()
    const made = view.item(1)
    await made
    expect(await rejection(made.$set(5))).toStrictEqual(
      new TypeError(
        'dynamic: item(…) was called already, before $set; await view.item.$set(value, { args: [argument1] })',
      ),
    )
    expect(await rejection(view.open([1]).$set(5))).toBeInstanceOf(TypeError)
    expect(await rejection(view.item(1).$set(5, bad({ tymeout: 1 })))).toBeInstanceOf(TypeError)
  })

  it('leave no rejection behind a mistake that throws', async () => {
    const { view } = await start()
    const of = (value: unknown) =>
      value as Record<'$sett' | '$typo' | 'more' | 'x', (...args: unknown[]) => unknown> & Iterable<unknown>
    expect(thrown(() => of(view.fail(1)).$sett(2))).toBeInstanceOf(TypeError)
    expect(thrown(() => of(view.fail()).$sett(2))).toBeInstanceOf(TypeError)
    expect(thrown(() => [...of(view.fail(1))])).toBeInstanceOf(TypeError)
    expect(thrown(() => (of(view.fail()).x = () => 1))).toBeInstanceOf(TypeError)
    expect(thrown(() => of(view.fail(1)).more(of(view.version).$typo()))).toBeInstanceOf(TypeError)
  })

  it('refuse options as an argument, and say where they go', async () => {
    const { view, fake } = await start()
    const options = bad<string>({ named: { ReadOnly: true } })
    expect(await rejection(Promise.resolve(view.Open('path', options)))).toStrictEqual(
      new TypeError(
        'dynamic: Open(…) has options as its last argument; await view.Open.$call([argument1], options)',
      ),
    )
    expect(fake.invocations).toHaveLength(0)
  })

  it('can not be assigned to', async () => {
    const { view, fake } = await start()
    const assign = () => {
      bad<{ visible: boolean }>(view).visible = true
    }
    expect(thrown(assign)).toStrictEqual(
      new TypeError(
        "dynamic: visible can not be assigned to, because that can't be awaited; await view.visible.$set(value)",
      ),
    )
    await turn()
    expect(fake.invocations).toHaveLength(0)
  })

  it('take options', async () => {
    const { view, fake } = await start()
    await view.item.$get([1, 2])
    await view.item.$call([1], { named: { Color: 2 } })
    expect(fake.invocations).toMatchObject([
      { kind: 'get', args: [i4(1), i4(2)] },
      { kind: 'call', args: [i4(1)], named: [{ name: 'Color', value: i4(2) }] },
    ])
    expect(await rejection(view.item.$get(bad(5)))).toBeInstanceOf(TypeError)
    expect(await rejection(view.item.$set(5, bad(5)))).toBeInstanceOf(TypeError)
  })
})

describe('results', () => {
  it('that are objects are views', async () => {
    const { view, fake } = await start()
    const book: View = await view.Open('path')
    expect(await book.name).toBe('name')
    expect(book.$object.thread).toBe(view.$object.thread)
    const [item, one] = (await view.List) as [View, number]
    expect(one).toBe(1)
    expect(await item.name).toBe('name')
    for (const each of [book, item]) each[Symbol.dispose]()
    expect(fake.held).toEqual(['created'])
  })

  it('that are views are awaited once, not for ever', async () => {
    const { view, fake } = await start()
    expect(Reflect.get(view, 'then')).toBeUndefined()
    expect(await view).toBe(view)
    expect(await Promise.resolve(view)).toBe(view)
    const book = await (async () => view.Open())()
    expect(await (book as View).name).toBe('name')
    expect(requests(fake)).toEqual(['created.call Open 0', 'Open.get name 0'])
  })

  it('can be called: their default member', async () => {
    const { view, fake } = await start()
    await view(5)
    expect(requests(fake)).toEqual(['created.call 0 1'])
  })

  it('without members say so', async () => {
    const { view } = await start()
    expect(await rejection(Promise.resolve(view.open().name))).toStrictEqual(
      new TypeError('dynamic: open(…) is the string "open", which has no members'),
    )
    expect(await rejection(Promise.resolve(view.Workbooks.count.name))).toStrictEqual(
      new TypeError('dynamic: Workbooks.count is the string "count", which has no members'),
    )
  })

  it('are iterated over', async () => {
    const { view, fake } = await start()
    for (const many of [view, view.Sheets, view.Open()]) {
      const batches = [arrayOf([i4(1), fake.dispatch('sheet')])]
      fake.onNext = () => returning(batches.shift() ?? arrayOf([]))
      const items: unknown[] = []
      for await (const item of many) items.push(item)
      expect(items[0]).toBe(1)
      expect(await (items[1] as View).name).toBe('name')
      ;(items[1] as View)[Symbol.dispose]()
    }
    await turn()
    expect(fake.held).toEqual(['created'])
  })

  it('that can not be iterated over fail', async () => {
    const { view, fake } = await start()
    const loop = async (many: AsyncIterable<unknown>) => {
      for await (const _ of many) throw new Error('no item was expected')
    }
    expect(await rejection(loop(view.fail))).toMatchObject({ code: 'E_FAIL' })
    expect(await rejection(loop(view.open()))).toBeInstanceOf(TypeError)
    expect(fake.held).toEqual(['created'])
  })
})

describe('failures', () => {
  it('reject the awaited promise only', async () => {
    const { view } = await start()
    expect(await rejection(Promise.resolve(view.fail))).toMatchObject({ code: 'E_FAIL', function: 'fail' })
    expect(await rejection(Promise.resolve(view.fail()))).toMatchObject({ code: 'E_FAIL' })
    expect(await rejection(Promise.resolve(view.fail().name))).toMatchObject({ code: 'E_FAIL' })
    expect(await rejection(Promise.resolve(view.fail.name()))).toMatchObject({ code: 'E_FAIL' })
    expect(await rejection(Promise.resolve(view.fail().more().name))).toMatchObject({ code: 'E_FAIL' })
    expect(await rejection(view.fail.more.$set(1))).toMatchObject({ code: 'E_FAIL' })
    expect(await view.fail().catch(() => 'caught')).toBe('caught')
    let done = false
    expect(await view.open().finally(() => (done = true))).toBe('open')
    expect(done).toBe(true)
  })

  it('of members that are not awaited do not happen', async () => {
    const { view } = await start()
    void view.fail
    void view.fail.more.and.more
    await turn()
  })

  it('of a call that is not awaited are unhandled rejections', async () => {
    const { view } = await start()
    view.fail()
    await turn()
    await turn()
    await turn()
    expect(unhandled.splice(0)).toMatchObject([{ code: 'E_FAIL' }])
  })
})

describe('signals', () => {
  it('are those of the view, in all views that come from it', async () => {
    const { object } = await start()
    const controller = new AbortController()
    const view = dynamic(object, { signal: controller.signal })
    const book: View = await view.Open()
    const waits = [view.wait(), book.wait(), view.Open().wait(), view.wait].map(each =>
      rejection(Promise.resolve(each)),
    )
    await turn()
    await turn()
    controller.abort('enough')
    for (const error of await Promise.all(waits))
      expect(error).toMatchObject({ name: 'AbortError', cause: 'enough' })
  })

  it('can be given to one call', async () => {
    const { view } = await start()
    expect(await rejection(view.wait.$call([], { signal: AbortSignal.timeout(2) }))).toMatchObject({
      name: 'AbortError',
    })
  })
})

describe('views', () => {
  it('are arguments like their objects', async () => {
    const { view, fake, object } = await start()
    await object.call('take', [view, [view]])
    await view.take(view)
    const [pointer] = fake.pointers
    const expected = { type: 'dispatch', value: pointer }
    expect(fake.invocations[0]?.args).toMatchObject([expected, { elements: [expected] }])
    expect(fake.invocations[1]?.args).toMatchObject([expected])
    expect(dynamic(view).$object).toBe(object)
  })

  it('members are no arguments before they are awaited', async () => {
    const { view } = await start()
    const message = 'take: argument 1 is a dynamic member that was not awaited; await it first'
    expect(await rejection(Promise.resolve(view.take(bad(view.Sheet))))).toStrictEqual(new TypeError(message))
    expect(await rejection(view.$object.call('take', [bad(view.Open())]))).toStrictEqual(
      new TypeError(message),
    )
  })

  it('of anything else are refused', async () => {
    const { view } = await start()
    const message = 'dynamic: object must be a ComObject, or a dynamic view of one, got'
    expect(thrown(() => dynamic(bad<ComObject>({})))).toMatchObject({
      name: 'TypeError',
      message: `${message} an object of class Object`,
    })
    expect(thrown(() => dynamic(bad<ComObject>(null)))).toMatchObject({
      name: 'TypeError',
      message: `${message} null`,
    })
    expect(thrown(() => dynamic(bad<ComObject>(view.Sheet)))).toMatchObject({
      name: 'TypeError',
      message: `${message} a function`,
    })
    expect(thrown(() => dynamic(view, bad(5)))).toBeInstanceOf(TypeError)
    expect(thrown(() => dynamic(view, { signal: bad(5) }))).toBeInstanceOf(TypeError)
  })

  it('are not called by inspection', async () => {
    const { view, fake } = await start()
    expect(String(view)).toBe('a dynamic view of a COM object')
    expect(`${bad<string>(view.Books.count)}`).toBe('the dynamic member Books.count, not awaited')
    expect(() => JSON.stringify({ view })).toThrow(TypeError)
    expect(() => console.error.length && Object.keys(view)).not.toThrow()
    const { inspect } = await import('node:util')
    inspect(view, { depth: 5 })
    inspect(view.Sheet)
    await turn()
    expect(fake.invocations).toHaveLength(0)
  })
})
