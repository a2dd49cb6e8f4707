// How long objects, calls of handlers and callbacks live: scopes, keep, closed threads, identity.
import { type ComObject, ComThread, comScope, dynamic, HResult, type ServerCall } from 'com-cancel'
import { describe, expect, it } from 'vitest'
import { leaveNothingBehind, own, startThread } from '../support/com'
import { expectComError, rejection, thrown } from '../support/errors'
import { passTo } from '../support/pass-to'
import { SOON, soon, until } from '../support/until'

leaveNothingBehind()

const bad = <T>(value: unknown): T => value as T

/** A client's reference to an object that another thread implements. */
const serve = async (handlers: object) => {
  const server = await startThread({ apartment: 'sta' })
  const client = await startThread()
  const object = await passTo(client, own(server.implement(handlers)))
  return { server, client, object }
}

/** An object that a method of a server returns, and the object that it is called on. */
const serveItself = async () => {
  const items: object[] = []
  const served = await serve({ Item: () => items[0] })
  items.push(own(served.server.implement({ Name: { get: () => 'item' } })))
  return { ...served, item: () => served.object.call<ComObject>('Item') }
}

describe('a scope', () => {
  it('releases the objects that calls inside it have returned', async () => {
    const { item } = await serveItself()
    const outside = own(await item())
    const inside = await comScope(async () => {
      const first = await item()
      const [second] = await Promise.all([item(), item()])
      expect(first.released).toBe(false)
      return [first, second]
    })
    expect(inside.map(each => each.released)).toEqual([true, true])
    expect(outside.released).toBe(false)
    const error = await rejection(inside[0]?.get('Name') as Promise<unknown>)
    expectComError(error, 'RPC_E_DISCONNECTED', 'Name')
    expect((error as Error).message).toContain('scope.keep(object)')
  })

  it('releases them also when its function throws', async () => {
    const { item } = await serveItself()
    let object: ComObject | undefined
    const error = await rejection(
      comScope(async () => {
        object = await item()
        throw new Error('thrown inside')
      }),
    )
    expect(error).toMatchObject({ message: 'thrown inside' })
    expect(object?.released).toBe(true)
  })

  it('keeps what keep was called with', async () => {
    const { item } = await serveItself()
    const [kept, alsoKept, view, released] = await comScope(
      async scope =>
        [
          scope.keep(await item()),
          (await item()).keep(),
          scope.keep(dynamic(await item())),
          await item(),
        ] as const,
    )
    expect([kept, alsoKept, view.$object, released].map(each => each.released)).toEqual([
      false,
      false,
      false,
      true,
    ])
    for (const each of [own(kept), own(alsoKept), own(view.$object)])
      expect(await each.get('Name')).toBe('item')
  })

  it('inside another one hands over to it what it keeps', async () => {
    const { item } = await serveItself()
    await comScope(async () => {
      const handedOver = await comScope(async inner => inner.keep(await item()))
      expect(await handedOver.get('Name')).toBe('item')
      const kept = own(await comScope(async () => (await item()).keep()))
      return [handedOver, kept]
    }).then(([handedOver, kept]) => {
      expect([handedOver?.released, kept?.released]).toEqual([true, false])
    })
  })

  it('does not release the objects of a function that runs at the same time', async () => {
    const { item } = await serveItself()
    let end: () => void = () => {}
    const ending = new Promise<void>(resolve => {
      end = resolve
    })
    const long = comScope(async () => {
      const object = await item()
      await ending
      return { name: await object.get('Name'), object }
    })
    const outside = own(await item())
    const short = await comScope(item)
    expect([short.released, outside.released]).toEqual([true, false])
    end()
    const { name, object } = await long
    expect([name, object.released]).toEqual(['item', true])
  })

  it('releases at once what arrives after its end', async () => {
    const { item } = await serveItself()
    const late = await comScope(() => ({ pending: item() }))
    expect((await late.pending).released).toBe(true)
  })

  it('of a using declaration is entered by run', async () => {
    const { item } = await serveItself()
    let outside: ComObject
    let inside: ComObject
    {
      using scope = comScope()
      inside = await scope.run(item)
      outside = own(await item())
      expect(inside.released).toBe(false)
    }
    expect([inside.released, outside.released]).toEqual([true, false])
  })

  it('releases what implement makes, and the results of dynamic views', async () => {
    const { server, object } = await serveItself()
    const [made, view] = await comScope(async () => {
      const made = server.implement({})
      return [made, await dynamic<{ Item(): { Name: string } }>(object).Item()] as const
    })
    expect(view.$object.released).toBe(true)
    expectComError(await rejection(object.call('Item', [made])), 'RPC_E_DISCONNECTED', 'Item')
  })

  it('takes functions and objects only', async () => {
    expect(thrown(() => comScope(bad(5)))).toMatchObject({
      name: 'TypeError',
      message: 'comScope: callback must be a function, got 5',
    })
    using scope = comScope()
    expect(thrown(() => scope.keep(bad({})))).toMatchObject({
      name: 'TypeError',
      message:
        'ComScope.keep: object must be an object of COM, or a view of one, got an object of class Object',
    })
    expect(thrown(() => scope.run(bad(null)))).toBeInstanceOf(TypeError)
  })
})

describe('an object that a handler is passed', () => {
  it('is released when the handler has ended, unless it is kept', async () => {
    const passed: ComObject[] = []
    const { client, object } = await serve({
      async Take(_call: ServerCall, first: ComObject, second: ComObject) {
        passed.push(first, second.keep())
        await first.has('Name')
        return first.released
      },
    })
    const argument = own(client.implement({ Name: { get: () => 'argument' } }))
    const other = own(client.implement({ Name: { get: () => 'other' } }))
    expect(await object.call('Take', [argument, other])).toBe(false)
    await until('the handler has ended', () => passed[0]?.released)
    expect(passed.map(each => each.released)).toEqual([true, false])
    expect(await passed[1]?.get('Name')).toBe('other')
    const error = (await rejection(passed[0]?.get('Name') as Promise<unknown>)) as Error
    expect(error.message).toContain('keep()')
    passed[1]?.release()
  })

  it('does not belong to the scope that was open when the call was made', async () => {
    const passed: ComObject[] = []
    const { client, object } = await serve({
      Take: (_call: ServerCall, taken: ComObject) => void passed.push(taken.keep()),
    })
    const argument = own(client.implement({ Name: { get: () => 'argument' } }))
    await comScope(() => object.call('Take', [argument]))
    expect(await passed[0]?.get('Name')).toBe('argument')
    passed[0]?.release()
  })
})

describe('a handler that never answers', () => {
  it('does not keep its thread: its caller gets RPC_E_DISCONNECTED when the thread is closed', async () => {
    const calls: ServerCall[] = []
    const { server, object } = await serve({
      Never: (call: ServerCall) => {
        calls.push(call)
        return new Promise(() => {})
      },
    })
    const outcome = rejection(object.call('Never'))
    await until('the handler is called', () => calls[0])
    expect(calls[0]?.signal.aborted).toBe(false)
    await soon('the thread has ended', server.close())
    expectComError(await outcome, 'RPC_E_DISCONNECTED', 'Never')
    expect(server.state).toBe('disposed')
    expect([calls[0]?.signal.aborted, calls[0]?.testCancel()]).toEqual([true, true])
    expect(ComThread.abandoned).toBe(0)
  })

  it('does not keep its thread when the call was made before it, and is nested in a call of the thread', async () => {
    const back: { to?: ComObject } = {}
    const { client, server, object } = await serve({ Back: () => back.to?.call('Never') })
    let called = false
    const never = () => {
      called = true
      return new Promise(() => {})
    }
    back.to = await passTo(server, own(client.implement({ Never: never })))
    const outcome = rejection(object.call('Back'))
    await until('the inner handler is called', () => called)
    await soon('the thread has ended', client.close())
    expect(await outcome).toMatchObject({ name: 'AbortError', reason: 'disposed' })
  })
})

describe('is', () => {
  it('tells whether two objects are one COM object', async () => {
    const { server, client, object, item } = await serveItself()
    const [one, again] = [own(await item()), own(await item())]
    const other = own(server.implement({}))
    const here = own(client.implement({}))
    expect(await one.is(one)).toBe(true)
    expect(await one.is(again)).toBe(true)
    expect(await one.is(dynamic(again))).toBe(true)
    expect(await one.is(object)).toBe(false)
    expect(await one.is(other)).toBe(false)
    expect(await one.is(here)).toBe(false)
  })

  it('marshals an object of another thread', async () => {
    const server = await startThread({ apartment: 'sta' })
    const implemented = own(server.implement({}))
    const [one, two] = [await startThread({ apartment: 'sta' }), await startThread()]
    const [first, second] = [await passTo(one, implemented), await passTo(two, implemented)]
    expect(await first.is(second)).toBe(true)
    expect(await second.is(first)).toBe(true)
    expect(await first.is(implemented)).toBe(true)
    expect(await first.is(own(server.implement({})))).toBe(false)
  })

  it('refuses other values, and released objects', async () => {
    const { item } = await serveItself()
    const [one, released] = [own(await item()), await item()]
    released.release()
    expect(await rejection(one.is(bad({})))).toMatchObject({
      name: 'TypeError',
      message:
        'ComObject.is: other must be an object of COM, or a view of one, got an object of class Object',
    })
    expectComError(await rejection(one.is(released)), 'RPC_E_DISCONNECTED', 'ComObject.is')
    expectComError(await rejection(released.is(one)), 'RPC_E_DISCONNECTED', 'ComObject.is')
    expect(await rejection(one.is(one, bad({ Signal: null })))).toBeInstanceOf(TypeError)
  })
})

describe('a function that is passed twice', () => {
  it('is one COM object, for as long as the server has it', async () => {
    const listeners: ComObject[] = []
    const { object } = await serve({
      AddListener: (_call: ServerCall, listener: ComObject) => void listeners.push(listener.keep()),
      async RemoveListener(_call: ServerCall, listener: ComObject) {
        for (const [i, each] of listeners.entries())
          if (await each.is(listener)) {
            listeners.splice(i, 1)[0]?.release()
            return true
          }
        return false
      },
    })
    const [one, two] = [() => 1, () => 2]
    await object.call('AddListener', [one])
    await object.call('AddListener', [two])
    expect(await object.call('RemoveListener', [() => 1])).toBe(false)
    expect(await object.call('RemoveListener', [one])).toBe(true)
    expect(await listeners[0]?.call(0)).toBe(2)
    expect(await object.call('RemoveListener', [one])).toBe(false)
    await object.call('AddListener', [one])
    expect(await listeners[1]?.call(0)).toBe(1)
    for (const each of listeners) each.release()
  })
})

describe('an error of a handler', () => {
  it.each<[string, () => unknown, number, string]>([
    [
      'an Error with an hresult',
      () => Object.assign(new Error('no'), { hresult: HResult.E_ACCESSDENIED }),
      HResult.E_ACCESSDENIED,
      'no',
    ],
    [
      'an unsigned hresult',
      () => Object.assign(new Error('no'), { hresult: 0x80070005 }),
      HResult.E_ACCESSDENIED,
      'no',
    ],
    [
      'an object that is no Error',
      () => ({ hresult: 0x80004005, message: 'plain' }),
      HResult.E_FAIL,
      'plain',
    ],
    ['a success', () => Object.assign(new Error('fine?'), { hresult: 1 }), HResult.DISP_E_EXCEPTION, 'fine?'],
  ])('keeps its hresult: %s', async (_, make, hresult, description) => {
    const { object } = await serve({
      Fail() {
        throw make()
      },
    })
    expect(await rejection(object.call('Fail'))).toMatchObject({ name: 'ComError', hresult, description })
  })
})

describe('accessors', () => {
  it('are properties: of classes, and of plain objects', async () => {
    class Base {
      value = 5
      get Value() {
        return this.value
      }
      set Value(value: number) {
        this.value = value
      }
      get Later() {
        return Promise.resolve('later')
      }
    }
    class Derived extends Base {
      Twice() {
        return this.value * 2
      }
    }
    const { object } = await serve(new Derived())
    expect(await object.get('Value')).toBe(5)
    await object.set('Value', 21)
    expect([await object.get('value'), await object.call('Twice'), await object.get('Later')]).toEqual([
      21,
      42,
      'later',
    ])
    expectComError(await rejection(object.set('Later', 1)), 'DISP_E_MEMBERNOTFOUND', 'Later')

    const written: unknown[] = []
    const plain = {
      get Name() {
        return 'plain'
      },
      set WriteOnly(value: unknown) {
        written.push(value)
      },
    }
    const { object: second } = await serve(plain)
    expect(await second.get('Name')).toBe('plain')
    await second.set('WriteOnly', 'text')
    expect(written).toEqual(['text'])
    expectComError(await rejection(second.get('WriteOnly')), 'DISP_E_MEMBERNOTFOUND', 'WriteOnly')
  })
})

describe('methods beside the symbols', () => {
  it('release and close', async () => {
    const thread = await ComThread.start({ grace: SOON })
    const implemented = thread.implement({})
    implemented.release()
    implemented[Symbol.dispose]()
    expect(thread.close()).toBe(thread[Symbol.asyncDispose]())
    await thread.close()
    expect(thread.state).toBe('disposed')
  })
})
