// Limits of calls on a binding without COM: which job gets which, from options, objects, views and threads.
import { type CallOptions, type ComObject, dynamic } from 'com-cancel'
import { describe, expect, it } from 'vitest'
import {
  arrayOf,
  bstr,
  type FakeThread,
  rejection,
  startFake,
  startWithObject,
} from '../support/fake-binding'

const none = { timeout: undefined, queueTimeout: undefined }

/** The limits of the jobs that `act` queues. */
const limitsOf = async (fake: FakeThread, act: () => unknown) => {
  const before = fake.limits.length
  await act()
  return fake.limits.slice(before)
}

const prepared = async (options?: CallOptions) => {
  const started = await startWithObject(options)
  const { fake } = started
  fake.events = { iid: '11111111-2222-3333-4444-555555555555', members: { done: 1 } }
  fake.server = ({ member }) => ({
    hresult: 0,
    value: member === 'Plain' ? null : fake.dispatch(String(member)),
    outs: [],
    exception: null,
    argument: -1,
  })
  let batches = 0
  fake.onNext = () => ({
    hresult: 0,
    value: arrayOf(batches++ % 2 ? [] : [bstr('an item')]),
    outs: [],
    exception: null,
    argument: -1,
  })
  return started
}

type Started = Awaited<ReturnType<typeof prepared>>

/** Each operation that takes limits, with the number of jobs that it queues. */
const operations: [string, number, (started: Started, options?: CallOptions) => Promise<unknown>][] = [
  ['call', 1, ({ object }, o) => object.call('Plain', [], o)],
  ['get', 1, ({ object }, o) => object.get('Plain', [], o)],
  ['set', 1, ({ object }, o) => object.set('Plain', 1, o)],
  ['setReference', 1, ({ object }, o) => object.setReference('Plain', object, o)],
  ['has', 1, ({ object }, o) => object.has('Known', o)],
  [
    'items',
    3,
    async ({ object }, o) => {
      for await (const _ of object.items(o));
    },
  ],
  ['connect', 2, ({ object }, o) => object.connect({ done() {} }, o)],
  ['setProxyBlanket', 1, ({ object }, o) => object.setProxyBlanket(o)],
  ['serverProcess', 1, ({ object }, o) => object.serverProcess(o)],
  ['createObject', 1, ({ thread }, o) => thread.createObject('X', o)],
  ['getActiveObject', 1, ({ thread }, o) => thread.getActiveObject('X', o)],
  ['getObject', 1, ({ thread }, o) => thread.getObject('x:', o)],
  ['wait', 1, ({ thread }, o) => thread.wait(0, o)],
  ['$get', 1, ({ object }, o) => dynamic(object).Plain?.$get([], o) ?? Promise.reject()],
  ['$call', 1, ({ object }, o) => dynamic(object).Plain?.$call([], o) ?? Promise.reject()],
  ['$set', 1, ({ object }, o) => dynamic(object).Plain?.$set(1, o) ?? Promise.reject()],
  [
    '$setReference',
    1,
    ({ object }, o) => dynamic(object).Plain?.$setReference(object, o) ?? Promise.reject(),
  ],
]

describe.each(operations)('%s', (_, jobs, run) => {
  it('has no limits by default', async () => {
    const started = await prepared()
    expect(await limitsOf(started.fake, () => run(started))).toEqual(Array(jobs).fill(none))
  })

  it('has the limits of its options, those of the thread, and the nearest of both', async () => {
    const started = await prepared()
    const own = { timeout: 50, queueTimeout: 70 }
    expect(await limitsOf(started.fake, () => run(started, own))).toEqual(Array(jobs).fill(own))
    const limited = await prepared({ timeout: 500, queueTimeout: 700 })
    const inherited = { timeout: 500, queueTimeout: 700 }
    expect(await limitsOf(limited.fake, () => run(limited))).toEqual(Array(jobs).fill(inherited))
    const takesNothing = { timeout: undefined, queueTimeout: undefined, signal: undefined }
    expect(await limitsOf(limited.fake, () => run(limited, takesNothing))).toEqual(
      Array(jobs).fill(inherited),
    )
    expect(await limitsOf(limited.fake, () => run(limited, { timeout: 50 }))).toEqual(
      Array(jobs).fill({ ...inherited, timeout: 50 }),
    )
    expect(await limitsOf(limited.fake, () => run(limited, { timeout: Number.POSITIVE_INFINITY }))).toEqual(
      Array(jobs).fill({ ...inherited, timeout: undefined }),
    )
  })

  it('does nothing when a signal of the thread or of its options has aborted', async () => {
    const controller = new AbortController()
    const started = await prepared({ signal: controller.signal })
    expect(
      await limitsOf(started.fake, () => rejection(run(started, { signal: AbortSignal.abort('own') }))),
    ).toEqual([])
    await run(started, { signal: undefined })
    controller.abort('all')
    const before = started.fake.limits.length
    expect(await rejection(run(started))).toMatchObject({ name: 'AbortError', cause: 'all', started: false })
    expect(await rejection(run(started, { signal: AbortSignal.timeout(60_000) }))).toMatchObject({
      cause: 'all',
    })
    expect(started.fake.limits.length).toBe(before)
  })

  it('refuses limits that are none', async () => {
    const started = await prepared()
    expect(await rejection(run(started, { timeout: 0 }))).toMatchObject({
      name: 'RangeError',
      message: expect.stringContaining(
        'options.timeout must be an integer from 1 to 2147483647 (milliseconds) or Infinity, got 0',
      ),
    })
  })
})

describe('with()', () => {
  it('is the same object with other limits, which its results inherit', async () => {
    const { object, fake } = await prepared({ timeout: 500 })
    const limited = object.with({ timeout: 50, queueTimeout: 70 })
    expect(limited).not.toBe(object)
    expect(limited.thread).toBe(object.thread)
    const limits = { timeout: 50, queueTimeout: 70 }
    const result = await limited.get<ComObject>('Book')
    expect(await limitsOf(fake, () => result.call('Plain'))).toEqual([limits])
    expect(await limitsOf(fake, () => result.with({ queueTimeout: 1 }).call('Plain'))).toEqual([
      { timeout: 50, queueTimeout: 1 },
    ])
    expect(await limitsOf(fake, () => object.call('Plain'))).toEqual([
      { timeout: 500, queueTimeout: undefined },
    ])
  })

  it('adds signals: whichever aborts first', async () => {
    const { object, fake } = await prepared()
    const [first, second] = [new AbortController(), new AbortController()]
    const both = object.with({ signal: first.signal }).with({ signal: second.signal })
    fake.server = () => 'blocked'
    const call = rejection(both.call('Hang', [], { signal: new AbortController().signal }))
    first.abort('the first')
    second.abort('the second')
    expect(await call).toMatchObject({ cause: 'the first' })
    expect(await rejection(both.call('Hang'))).toMatchObject({ started: false })
    fake.server = () => ({ hresult: 0, value: null, outs: [], exception: null, argument: -1 })
    await object.call('Plain')
  })

  it('is the object itself where it changes nothing', async () => {
    const { object } = await prepared({ timeout: 500 })
    expect(object.with({})).toBe(object)
    expect(object.with({ timeout: undefined, signal: undefined })).toBe(object)
    expect(() => object.with({ timeout: -1 })).toThrow(
      'ComObject.with: options.timeout must be an integer from 1 to 2147483647 (milliseconds) or Infinity, got -1',
    )
  })

  it('is released with its object', async () => {
    const { object, fake } = await prepared()
    const limited = object.with({ timeout: 50 })
    limited[Symbol.dispose]()
    expect(object.released).toBe(true)
    object[Symbol.dispose]()
    expect(fake.held).toEqual([])
  })
})

describe('dynamic()', () => {
  it('gives its limits to the calls of the view, and of the views in its results', async () => {
    const { object, fake } = await prepared({ queueTimeout: 700 })
    const view = dynamic(object, { timeout: 50 })
    const limits = { timeout: 50, queueTimeout: 700 }
    expect(await limitsOf(fake, () => view.Books?.Open?.(1))).toEqual([limits, limits])
    const book = await view.Book
    expect(await limitsOf(fake, () => (book as typeof view).Plain?.$get())).toEqual([limits])
    const items = await limitsOf(fake, async () => {
      for await (const _ of view);
    })
    expect(items).toEqual([limits, limits, limits])
    expect(await limitsOf(fake, () => dynamic(view, { timeout: 9 }).Plain?.$get())).toEqual([
      { timeout: 9, queueTimeout: 700 },
    ])
  })

  it('names itself where limits are bad', async () => {
    const { object } = await prepared()
    expect(() => dynamic(object, { timeout: 0 })).toThrow(/^dynamic: options.timeout must be/)
  })
})

it('a connection is closed within the timeout of its object, and although its signal has aborted', async () => {
  const controller = new AbortController()
  const { object, fake } = await prepared({ timeout: 500, signal: controller.signal })
  const connection = await object.connect({ done() {} }, { timeout: 50 })
  controller.abort()
  expect(await limitsOf(fake, () => connection[Symbol.asyncDispose]())).toEqual([
    { timeout: 500, queueTimeout: undefined },
  ])
})

it('an argument of another thread is marshaled within the limits of its call', async () => {
  const { object, fake, binding } = await prepared()
  const other = await startFake({}, binding)
  const guest = await other.thread.createObject('Guest')
  const limits = { timeout: 50, queueTimeout: 70 }
  expect(await limitsOf(fake, () => object.call('Plain', [guest], limits))).toEqual([limits, limits])
})
