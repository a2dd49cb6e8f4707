// The addon's own classes: it takes only objects that it made, and throws TypeError for all others.
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type {
  Activation,
  Binding,
  BindingHost,
  BindingObject,
  BindingPointer,
  BindingThread,
  Operation,
} from '../../binding'

const require = createRequire(import.meta.url)
const addon: Binding = require('node-gyp-build')(path.resolve(import.meta.dirname, '../..'))
const ignore = () => {}
const blanket = {
  service: -1,
  authorization: -1,
  principal: null,
  authentication: 0,
  impersonation: 0,
  capabilities: 0,
}

/** A value that another addon, here Node.js itself, made for a pointer of its own. */
let external: object
let object: BindingObject
let thread: BindingThread
let pointer: BindingPointer
let host: BindingHost
let hostEnded: Promise<void>

beforeAll(async () => {
  const server = createServer().listen(0)
  const { _handle: handle } = server as unknown as { _handle: { _externalStream: object } }
  external = handle._externalStream
  server.close()
  expect(Object.prototype.toString.call(external)).toBe('[object Object]')
  expect(Object.getPrototypeOf(external)).toBe(null)

  object = addon.createUnknown()
  thread = await new Promise<BindingThread>((resolve, reject) => {
    const started = addon.startThread(
      { apartment: 'mta', callCancellation: true, busyRetry: 0, grace: 100 },
      hresult => (hresult === 0 ? resolve(started) : reject(new Error(`startThread: ${hresult}`))),
    )
  })
  pointer = thread.implement({ members: {}, iid: null, invoke: ignore, canceled: ignore } as never)
  host = await new Promise<BindingHost>((resolve, reject) => {
    hostEnded = new Promise(ended => {
      addon.startHost(
        addon.info.architecture,
        start => (start.host ? resolve(start.host) : reject(new Error(`startHost: ${start.detail}`))),
        () => ended(),
      )
    })
  })
})

afterAll(async () => {
  host.close()
  await hostEnded
  pointer.release()
  object.release()
  await new Promise<void>(resolve => thread.close(resolve))
})

/** Values that are no object of a class, one of whose objects is given. */
const others = (own: object): never[] =>
  [
    external,
    ...[object, thread, pointer, host].filter(each => each !== own),
    Object.create(own),
    new Proxy(own, {}),
    addon,
    {},
    ignore,
    undefined,
    1,
    'text',
  ] as never[]

const classes: [name: string, get: () => object, members: string[]][] = [
  [
    'BindingObject',
    () => object,
    ['threadId', 'held', 'references', 'queryInterface', 'cancel', 'testCancel', 'complete', 'release'],
  ],
  [
    'BindingThread',
    () => thread,
    ['id', 'wait', 'activate', 'ask', 'adopt', 'setProxyBlanket', 'implement', 'cancel', 'close'],
  ],
  ['BindingPointer', () => pointer, ['threadId', 'held', 'release']],
  ['BindingHost', () => host, ['pid', 'architecture', 'terminate', 'close']],
]

describe.each(classes)('%s', (name, get, members) => {
  it('has no members but those that are tested here', () => {
    const own = Object.getOwnPropertyNames(Object.getPrototypeOf(get()))
    expect(own.sort()).toEqual([...members, 'constructor'].sort())
  })

  it.each(members)('%s throws TypeError for a `this` of another type', member => {
    const descriptor = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(get()), member)
    const call = descriptor?.get ?? descriptor?.value
    for (const wrong of others(get())) {
      expect(() => Reflect.apply(call, wrong, [{}, ignore, ignore])).toThrow(TypeError)
    }
  })

  it('is made by the binding only', () => {
    const Class = get().constructor as new (...args: unknown[]) => object
    class Derived extends Class {}
    for (const args of [[], [external], [get()], [{}]]) {
      const refused = new TypeError(`${name} is made by the binding, not by new`)
      expect(() => new Class(...args)).toThrow(refused)
      expect(() => new Derived(...args)).toThrow(refused)
      expect(() => Reflect.construct(Class, args, Object)).toThrow(refused)
    }
    expect(() => Reflect.apply(Class, get(), [])).toThrow(TypeError)
  })
})

it('arguments that are no BindingObject are refused', () => {
  const expected = new TypeError('expected a BindingObject of this binding')
  for (const wrong of others(object)) {
    expect(() => addon.coSetCancelObject(wrong)).toThrow(expected)
    expect(() => addon.coSwitchCallContext(wrong)).toThrow(expected)
  }
})

it('arguments that are no BindingPointer are refused', () => {
  const expected = new TypeError('expected a BindingPointer of this binding')
  for (const wrong of others(pointer)) {
    expect(() => thread.adopt(wrong, ignore)).toThrow(expected)
    expect(() => thread.setProxyBlanket(wrong, blanket, ignore)).toThrow(expected)
    expect(() => thread.ask(wrong, { kind: 'look-up', member: 'Count' }, ignore)).toThrow(expected)
    const args = [{ type: 'dispatch', value: wrong }] as never
    const call: Operation = { kind: 'call', member: 'Count', args, named: [] }
    expect(() => thread.ask(pointer, call, ignore)).toThrow(TypeError)
  }
})

it('arguments that are no BindingHost are refused', () => {
  const expected = new TypeError('expected a BindingHost of this binding')
  for (const wrong of others(host)) {
    const hosted: Activation = { kind: 'hosted', name: 'Prime.Calculator', host: wrong, apartment: null }
    expect(() => thread.activate(hosted, ignore)).toThrow(expected)
    const terminate = { host: wrong, after: 0 }
    expect(() => thread.wait({ ms: 0, cancelable: true }, ignore, { terminate })).toThrow(expected)
  }
})

it('callbacks that are no functions are refused', () => {
  for (const wrong of [external, object, thread, pointer, host, {}, undefined, null, 1] as never[]) {
    const expected = new TypeError('expected a function')
    expect(() => thread.wait({ ms: 0, cancelable: true }, wrong)).toThrow(expected)
    expect(() => thread.ask(pointer, { kind: 'look-up', member: 'Count' }, wrong)).toThrow(expected)
    expect(() => thread.adopt(pointer, wrong)).toThrow(expected)
    expect(() => thread.setProxyBlanket(pointer, blanket, wrong)).toThrow(expected)
    expect(() => thread.cancel(0, wrong)).toThrow(expected)
    expect(() => thread.close(wrong)).toThrow(expected)
    expect(() => addon.cancelCall(0, 0, wrong)).toThrow(expected)
    expect(() =>
      addon.startThread({ apartment: 'mta', callCancellation: true, busyRetry: 0, grace: 100 }, wrong),
    ).toThrow(expected)
    expect(() => addon.startHost(addon.info.architecture, wrong, ignore)).toThrow(expected)
    expect(() => addon.startHost(addon.info.architecture, ignore, wrong)).toThrow(expected)
    expect(() => addon.createCancelObject({ onCancel: wrong, cancelResult: 0 })).toThrow(expected)
  }
  expect(addon.diagnostics().threads).toBe(1)
})
