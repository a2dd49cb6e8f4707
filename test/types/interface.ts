// A program that types objects by an ordinary synchronous interface. It is compiled, not run.
import {
  ByRef,
  type ComClasses,
  type ComColumn,
  ComConnection,
  ComDecimal,
  ComError,
  type ComErrorCode,
  type ComErrorValue,
  ComHost,
  type ComHostExit,
  ComObject,
  type ComThread,
  type DynamicObject,
  dynamic,
  type EventHandlers,
  EventLog,
  omitted,
  TypedVariant,
  variant,
} from 'com-cancel'
import { Emulator } from 'com-cancel/emulator'
import { is } from './is'

interface Item {
  readonly name: string
  weight?: number
  owner: Item | null
}

interface Items extends Iterable<Item> {
  (index: number): Item
  readonly count: number
}

interface Server {
  /** A property. */
  visible: boolean
  readonly version: string
  readonly born: Date
  state: 'on' | 'off'
  readonly items: Items
  readonly names: readonly string[]
  // biome-ignore lint/suspicious/noExplicitAny: as in interfaces that are made of type libraries.
  anything: any
  open(path: string, readOnly?: boolean): Item
  open(index: number): Items
  quit(): void
  /** A property with a parameter. */
  label(index?: number): string
  color(index: number): number
  progress(callback: (done: number) => void): void
  failure(): ComErrorValue
  find(pattern: string): Item | null
  created<T>(type: T): T extends string ? Item : never
  move(item: Item, by: [x: number, y: number]): void
}

/** The events of a server. */
interface ServerEvents {
  opened(item: Item, by?: string): void
  closing(item: Item, cancel: boolean): void
  saved(when: Date, names: readonly string[]): void
  7(code: number): void
}

declare module 'com-cancel' {
  interface ComClasses {
    'Test.Server': Server
    'Test.Other': Item
  }
  interface ComEvents {
    'Test.Server': ServerEvents
  }
}

export const events = async (thread: ComThread, untyped: ComObject) => {
  const object = await thread.createObject('Test.Server')
  await object.connect({
    opened: (call, item, by) => {
      is<boolean>()(call.testCancel())
      is<ComObject<Item>>()(item)
      is<string | undefined>()(by)
    },
    closing: (call, item, cancel) => {
      is<boolean>()(cancel)
      call.setArgument(1, item.released)
    },
    saved: (_call, when, names) => {
      is<Date>()(when)
      is<string[]>()(names)
    },
    7: (_call, code) => is<number>()(code),
  })
  await dynamic(object).$object.connect({ opened: async (_, item) => console.log(await item.get('name')) })
  await object.connect({ opened: () => 1 }, { onError: console.error, timeout: 5 })
  await object.connect({ opened: (_call, item: ComObject) => item.release() })
  class Handling {
    opened(_call: unknown, item: ComObject<Item>) {
      return item.get('name')
    }
    readonly own = 'property'
  }
  await object.connect(new Handling())
  // @ts-expect-error no such event
  await object.connect({ open: () => {} })
  // @ts-expect-error an argument of another type
  await object.connect({ closing: (_call, _item, cancel: string) => cancel })
  // @ts-expect-error no such member of the item
  await object.connect({ opened: (_, item) => item.get('nam') })

  // An interface that the program names, for an object without a class and for one with another interface of events.
  interface Other {
    other(n: number): void
  }
  await object.connect<Other>(
    { other: (_, n) => is<number>()(n) },
    { iid: '{00000000-0000-0000-c000-000000000046}' },
  )
  await untyped.connect<Other>({ other: (_, n) => is<number>()(n) })
  // @ts-expect-error no such event
  await untyped.connect<Other>({ opened: () => {} })

  // Without types: no events are known.
  await untyped.connect({ anything: (call, value) => console.log(call.dispid, value) })
  const item = await thread.createObject('Test.Other')
  is<ComObject<Item>>()(item)
  await item.connect({ anything: (call, value) => console.log(call.dispid, value) })
  const handlers: EventHandlers<ServerEvents> = { opened: (_, each) => each.release() }
  await object.connect(handlers)
}

export const views = async (thread: ComThread) => {
  const object = await thread.createObject('Test.Server')
  is<ComObject<Server>>()(object)
  is<ComObject<Server>>()(await thread.getActiveObject('Test.Server'))
  is<ComObject>()(await thread.createObject('Other.Server'))
  const host = await ComHost.start({ architecture: 'ia32', terminateAfter: Number.POSITIVE_INFINITY })
  is<ComObject<Server>>()(await thread.createObject('Test.Server', { host, apartment: 'sta' }))
  is<ComObject<Server>>()(await thread.createObject('Test.Server', { isolated: true }))
  is<ComObject<Server>>()(
    await thread.createObject('Test.Server', { isolated: { architecture: 'x64', terminateAfter: 5 } }),
  )
  is<ComHost | undefined>()(object.host)
  is<ComHostExit>()(await host.exited)
  is<'close' | 'terminate' | 'itself'>()((await host.exited).by)
  const disposable: AsyncDisposable = host
  await disposable[Symbol.asyncDispose]()
  // @ts-expect-error: the name is ia32
  await ComHost.start({ architecture: 'x86' })
  // @ts-expect-error: a host, not its id
  await thread.createObject('Test.Server', { host: host.pid })
  is<Server>()({} as ComClasses['Test.Server'])
  const view = dynamic(object)
  is<DynamicObject<Server>>()(view)
  is<ComObject<Server>>()(view.$object)
  view[Symbol.dispose]()

  is<boolean>()(await view.visible)
  is<boolean>()(await view.visible.$get([], { signal: AbortSignal.timeout(1) }))
  is<Promise<void>>()(view.visible.$set(true))
  is<Promise<void>>()(view.visible.$set(variant('bool', true)))
  is<string>()(await view.version)
  is<Date>()(await view.born)
  is<'on' | 'off'>()(await view.state)
  await view.state.$set('off')
  is<string[]>()(await view.names)
  const anything = await view.anything
  anything.everything()
  await view.anything.$set([[1, 'two', null, new Date()]])

  const item = await view.open('path', true)
  is<DynamicObject<Item>>()(item)
  is<string>()(await item.name)
  is<string>()(await view.open('path', omitted).name)
  is<number>()(await view.open(5).count)
  is<string>()(await view.open(5)(1).name)
  is<number | undefined>()(await item.weight)
  is<DynamicObject<Item> | null>()(await view.find('x'))
  is<string>()(await view.open.$call(['path'], { signal: AbortSignal.timeout(1) }).then(each => each.name))
  is<DynamicObject<Items>>()(await view.open.$call([5]))
  is<DynamicObject<Item>>()(await view.open.$call([], { named: { path: 'path' } }))
  is<void>()(await view.quit())
  is<string>()(await view.label)
  is<string>()(await view.label(2))
  is<string>()(await view.label.$get([2]))
  await view.label.$set('x', { args: [2] })
  await view.color.$set(7, { args: [2] })
  await view.color(2).$set(7)
  await view.progress((call, done) => console.log(call.dispid, done))
  is<ComErrorValue>()(await view.failure())
  await view.move(item, [1, 2])
  await view.move(item.$object, [1, 2])
  await item.owner.$setReference(item)
  await item.owner.$set(null)

  is<number>()((await view.label.$get([1], { as: 'columns' })).length)
  for await (const each of view.items) is<DynamicObject<Item>>()(each)
  for await (const each of await view.items) is<DynamicObject<Item>>()(each)
  is<string>()(await view.items(0).name)
  is<string>()(await (await view.items(0)).name)
  const created = await view.created('x')
  await created.name
}

export const objects = async (object: ComObject<Server>, untyped: ComObject) => {
  is<boolean>()(await object.get('visible'))
  is<boolean>()(await object.get('visible', [], { signal: AbortSignal.timeout(1) }))
  const item = await object.call('open', ['path', true])
  is<ComObject<Item>>()(item)
  is<ComObject<Items>>()(await object.call('open', [5]))
  is<ComObject<Item>>()(await object.call('open', [], { named: { path: 'x' } }))
  is<ComObject<Item> | null>()(await object.call('find', ['x']))
  is<ComObject<Items>>()(await object.get('items'))
  is<ComObject<Item>>()(await object.get('items', [1]))
  is<string>()(await object.get('label', [1]))
  is<ComColumn[]>()(await object.get('label', [1], { as: 'columns' }))
  is<ComColumn[]>()(await untyped.call('Value', undefined, { as: 'columns' }))
  await object.set('visible', true)
  await object.set('color', 5, { args: [1] })
  await object.set(7, 'by DISPID')
  is<ComObject>()(await object.get<ComObject>(7))
  await item.setReference('owner', item)
  for await (const each of await object.get('items')) is<ComObject<Item>>()(each)
  for await (const each of (await object.get('items')).items({ batch: 5 })) is<ComObject<Item>>()(each)
  for await (const each of untyped.items<string>()) is<string>()(each)
  const other: ComObject = object
  is<ComObject>()(await other.get<ComObject>('items'))
  const typed: ComObject<Item> = untyped
  dynamic<Item>(other)
  dynamic<Item>(dynamic(object))
  await untyped.call('take', [object, dynamic(object), typed])
}

export const errors = (error: unknown) => {
  if (!(error instanceof ComError)) return
  is<ComErrorCode>()(error.code)
  if (error.code === 'RPC_E_CALL_CANCELED' || error.code === '0x800A03EC') return
  // @ts-expect-error a code that is misspelt
  if (error.code === 'RPC_E_CALL_CANCELLED') return
  // @ts-expect-error the library makes objects
  new ComObject()
  // @ts-expect-error the library makes connections
  new ComConnection()
  // @ts-expect-error `variant` makes them
  new TypedVariant('i4', 1)
  // @ts-expect-error `byRef` makes them
  new ByRef(1)
  // @ts-expect-error `record` makes logs
  new EventLog('record')
  // @ts-expect-error a member that is the library's own
  ComDecimal.ofDecimal
}

export const emulated = () => Emulator.shared.binding

export const mistakes = async (object: ComObject<Server>, item: DynamicObject<Item>) => {
  const view = dynamic(object)
  // @ts-expect-error a member that is misspelt
  await view.visibel
  // @ts-expect-error a member of a result that is misspelt
  await view.open('path').nam
  // @ts-expect-error an argument of a wrong type
  await view.open(true)
  // @ts-expect-error an argument that is missing
  await view.color()
  // @ts-expect-error an argument too many
  await view.quit(1)
  // @ts-expect-error a second argument of a wrong type
  await view.open('path', 'yes')
  // @ts-expect-error an object of another class
  await view.move(view, [1, 2])
  // @ts-expect-error an object that was not awaited
  await view.move(view.open('path'), [1, 2])
  // @ts-expect-error a value of a wrong type
  await view.visible.$set('yes')
  // @ts-expect-error a value that is none of the type
  await view.state.$set('maybe')
  // @ts-expect-error a value of a wrong type, with an index
  await view.color(2).$set('red')
  // @ts-expect-error a method without a result
  await view.quit().$set(1)
  // @ts-expect-error a property that is readonly
  await view.version.$set('2')
  // @ts-expect-error an assignment
  view.visible = true
  // @ts-expect-error a property that was not awaited
  const version: string = view.version
  // @ts-expect-error a result that was not awaited
  const name: string = view.open('path').name
  // @ts-expect-error a property that was not awaited, in a condition
  if (view.visible) console.log(version)
  // @ts-expect-error a property that was not awaited, in an expression
  console.log(view.items.count + 1, name)
  // @ts-expect-error a method that was not called
  const result: undefined = await view.quit
  // @ts-expect-error a member of what may be null
  await view.find('x').name
  // @ts-expect-error an object that is no collection
  for await (const each of item) console.log(each, result)
  // @ts-expect-error items of another type
  for await (const each of view.items) each.count
  // @ts-expect-error a collection is iterated over asynchronously
  for (const each of view.items) console.log(each)
  // @ts-expect-error a member that is misspelt
  await object.get('visibel')
  // @ts-expect-error an argument of a wrong type
  await object.call('open', [true])
  // @ts-expect-error an argument that is missing
  await object.call('color')
  // @ts-expect-error a value of a wrong type
  await object.set('visible', 'yes')
  // @ts-expect-error a property that is readonly
  await object.set('version', '2')
  // @ts-expect-error an object of another class
  const other: ComObject<Item> = object
  // @ts-expect-error an option that does not exist
  await view.visible.$get([], { sginal: AbortSignal.timeout(1) })
  // @ts-expect-error a named argument is given as an option
  await view.open.$call({ path: 'x' })
  return other
}
