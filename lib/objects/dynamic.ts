// Dynamic views: members of COM objects as members of JavaScript objects, on the methods of ComObject.
import { heldPointerOf, markUnresolved, registerPointer } from '../calls/held-pointer'
import { type CallOptions, callOptions } from '../calls/invoke'
import * as validate from '../errors/validate'
import { defaultMember } from '../values/values'
import { braces, noJson, partsOf, showAs } from './inspect'
import { Intermediate } from './intermediate'
import { isProbe } from './probes'
import {
  type ComArgument,
  ComObject,
  type ComResult,
  type DynamicView,
  type InvokeOptions,
  invokeOptions,
  type SetOptions,
  setOptions,
} from './thread-and-objects'

/** The results of a dynamic view: as ComResult, with views instead of ComObjects. */
export type DynamicValue<Names extends string = string> =
  | Exclude<ComResult, ComObject | ComResult[]>
  | DynamicObject<Names>
  | DynamicValue<Names>[]

/** The members of the COM object: every name that does not begin with `$`. */
export type DynamicMembers<Names extends string = string> = {
  readonly [Member in Names]: DynamicMember<Names>
}

/** Calls the member, or the default member of an object. */
type DynamicCallable<Names extends string> = <T extends DynamicValue<Names> = DynamicValue<Names>>(
  ...args: ComArgument[]
) => DynamicResult<T, Names>

interface DynamicIterable<Names extends string> {
  /** Iterates over the items of a collection; objects are views. */
  [Symbol.asyncIterator](): AsyncGenerator<DynamicValue<Names>, void, undefined>
}

type Awaitable<T> = Pick<Promise<T>, 'then' | 'catch' | 'finally'>

/** A view of an object. It has no `then`: awaiting it gives the view itself. */
export type DynamicObject<Names extends string = string> = DynamicCallable<Names> &
  DynamicIterable<Names> &
  Disposable &
  DynamicView &
  DynamicLifetime &
  DynamicMembers<Names>

/** When the object of a view is released. */
export interface DynamicLifetime {
  /** Releases the object, as ComObject.release. */
  $release(): void
  /** Keeps the object beyond its handler or scope, as ComObject.keep. Returns the view. */
  $keep(): this
}

/** A call that was made. Await it for its result, or use a member of its result. */
export type DynamicResult<
  T extends DynamicValue<Names> = DynamicValue,
  Names extends string = string,
> = Awaitable<T> & DynamicCallable<Names> & DynamicIterable<Names> & DynamicMembers<Names>

/** The methods of a member. */
interface DynamicActions<Names extends string> {
  /** Gets the property, with indexes and options. */
  $get<T extends DynamicValue<Names> = DynamicValue<Names>>(
    args?: readonly ComArgument[],
    options?: InvokeOptions,
  ): Promise<T>
  /** Calls the method with named arguments or other options. */
  $call<T extends DynamicValue<Names> = DynamicValue<Names>>(
    args?: readonly ComArgument[],
    options?: InvokeOptions,
  ): Promise<T>
  /** Sets the property. */
  $set(value: ComArgument, options?: SetOptions): Promise<void>
  /** Sets the property to an object, not to the object's value. */
  $setReference(value: ComArgument, options?: SetOptions): Promise<void>
}

/**
 * A member. Awaiting it gets the property, with a new call each time; calling it calls the method.
 */
export type DynamicMember<Names extends string = string> = Awaitable<DynamicValue<Names>> &
  DynamicCallable<Names> &
  DynamicIterable<Names> &
  DynamicActions<Names> &
  DynamicMembers<Names>

/** The owner of members: an object, or a member or call that leads to one. */
interface Owner {
  /** The path from the view, for messages: `Workbooks.Open(…)`. Empty for the view's own object. */
  path: string
  options: CallOptions
  /** Calls `act` with the object: at once for the view's own object, else when it is known. */
  use<T>(act: (object: ComObject) => Promise<T>): Promise<T>
}

const objects = new WeakMap<object, ComObject>()

/**
 * Makes a view of an object: `await view.Workbooks.Open(path)` calls a method, `await view.Version` gets a
 * property, `await view.Visible.$set(true)` sets one. Objects in results are views. A property is read when
 * it is awaited; a call is made at once, and calls on one object keep their order. Assigning to a property
 * throws TypeError, because an assignment cannot be awaited. `$get`, `$call` and `$setReference` take
 * options, `$object` is the ComObject. A view can be passed as an argument. `signal` cancels all calls of the
 * view and of the views in its results. A type parameter gives TypeScript the names of the members:
 * `dynamic<'Workbooks' | 'Open'>(excel)`. Throws TypeError for a value that is neither a ComObject nor a
 * view.
 */
export const dynamic = <Names extends string = string>(
  object: ComObject | DynamicView,
  options?: CallOptions,
): DynamicObject<Names> => {
  const where = 'dynamic'
  const { signal } = validate.options<CallOptions>(where, options, callOptions)
  const checked = validate.signal(where, signal)
  const known = objectBehind(object)
  if (!known) throw validate.wrongType(where, 'object', 'a ComObject, or a dynamic view of one', object)
  return objectView(known, checked ? { signal: checked } : {}) as DynamicObject<Names>
}

const objectBehind = (value: unknown): ComObject | undefined => {
  if (value instanceof ComObject) return value
  const isObject = typeof value === 'object' || typeof value === 'function'
  return isObject && value !== null ? objects.get(value) : undefined
}

const shown = (name: string | number): string => (name === defaultMember ? '' : String(name))

const joined = (path: string, name: string): string => (path && name ? `${path}.${name}` : path || name)

/** The property of a proxy itself, if it has one of that name; other names are members of the COM object. */
type OwnProperty = (key: string | symbol) => { value: unknown } | undefined

/** How a proxy shows. */
interface Shown {
  /** As a string. */
  label: string
  /** In util.inspect. */
  inspect: () => string
  /** What JSON.stringify throws. */
  json: () => TypeError
}

/** A callable proxy: a name that is not its own is a member of its owner. */
const proxy = (
  owner: Owner,
  { label, inspect, json }: Shown,
  own: OwnProperty,
  apply: (args: ComArgument[]) => unknown,
): object => {
  const target = () => {
    /* a view of a COM object: pass the values of its members */
  }
  showAs(target, inspect)
  return new Proxy(target, {
    get: (_, key) => {
      const found = own(key)
      if (found) return found.value
      if (key === Symbol.toPrimitive) return () => label
      if (key === 'toJSON')
        return () => {
          throw json()
        }
      if (typeof key === 'symbol' || isProbe(key)) return undefined
      return memberView(owner, key)
    },
    set: (_, key) => {
      throw new TypeError(
        `dynamic: ${String(key)} can not be assigned to, because that can't be awaited; await view.${String(key)}.$set(value)`,
      )
    },
    apply: (_target, _self, args) => apply(args),
  })
}

/** A result with views instead of objects. */
const withViews = (value: ComResult, options: CallOptions): DynamicValue => {
  if (value instanceof ComObject) return objectView(value, options)
  if (Array.isArray(value)) return value.map(each => withViews(each, options))
  return value
}

const objectView = (object: ComObject, options: CallOptions): DynamicObject => {
  const owner: Owner = { path: '', options, use: act => act(object) }
  const own: OwnProperty = key => {
    switch (key) {
      case '$object':
        return { value: object }
      // A view is not thenable: a promise that resolves with it resolves with the view itself.
      case 'then':
        return { value: undefined }
      case Symbol.asyncIterator:
        return { value: () => viewItems(owner) }
      case '$release':
      case Symbol.dispose:
        return { value: () => object.release() }
      case '$keep':
        return {
          value: () => {
            object.keep()
            return view
          },
        }
      default:
        return undefined
    }
  }
  const held = heldPointerOf(object)
  const look: Shown = {
    label: 'a dynamic view of a COM object',
    inspect: () => braces('DynamicObject', held ? partsOf(held) : []),
    json: () =>
      noJson('a view of a COM object has no JSON form', 'await its values first: { name: await view.Name }'),
  }
  const view: object = proxy(owner, look, own, args => callMember(owner, defaultMember, args))
  objects.set(view, object)
  if (held) registerPointer(view, held)
  return view as DynamicObject
}

/** A member that is not awaited or called yet. */
const memberView = (owner: Owner, name: string): DynamicMember => {
  const path = joined(owner.path, name)
  const { options } = owner
  const merged = <T extends CallOptions>(more: T | undefined, keys: validate.Keys<T>): T | CallOptions => ({
    ...options,
    ...validate.options<T>('dynamic', more, keys),
  })
  const get = async (args?: readonly ComArgument[], more?: InvokeOptions) => {
    const all = merged(more, invokeOptions)
    return owner.use(object => object.get(name, args, all))
  }
  const member: Owner = {
    path,
    options,
    // The program does not get the object of this property: it is released after use.
    use: async act => {
      const object = resultObject(await get(), path)
      try {
        return await act(object)
      } finally {
        object[Symbol.dispose]()
      }
    },
  }
  const getView = async (args?: readonly ComArgument[], more?: InvokeOptions) =>
    withViews(await get(args, more), options)
  const actions: Record<string, unknown> = {
    $get: getView,
    $call: async (args?: readonly ComArgument[], more?: InvokeOptions) => {
      const all = merged(more, invokeOptions)
      return withViews(await owner.use(object => object.call(name, args, all)), options)
    },
    $set: async (value: ComArgument, more?: SetOptions) => {
      const all = merged(more, setOptions)
      await owner.use(object => object.set(name, value, all))
    },
    $setReference: async (value: ComArgument, more?: SetOptions) => {
      const all = merged(more, setOptions)
      await owner.use(object => object.setReference(name, value, all))
    },
  }
  const own: OwnProperty = key => {
    if (key === Symbol.asyncIterator) return { value: () => viewItems(member) }
    if (typeof key === 'symbol') return undefined
    if (Object.hasOwn(actions, key)) return { value: actions[key] }
    return promiseMethod(key, getView)
  }
  const look: Shown = {
    label: `the dynamic member ${path}, not awaited`,
    inspect: () => braces('DynamicMember', [path, 'not awaited']),
    json: () => noJson(`the dynamic member ${path} has no value yet`, 'await it first'),
  }
  const chain = proxy(member, look, own, args => callMember(owner, name, args))
  markUnresolved(chain)
  return chain as DynamicMember
}

/** Makes a call. */
const callMember = (owner: Owner, name: string | number, args: readonly ComArgument[]): DynamicResult => {
  const { options } = owner
  const path = `${joined(owner.path, shown(name))}(…)`
  const making = owner.use(object => object.call(name, args, options))
  // The only promise of the call, so that its rejection is handled when a member of its result is used.
  const promise = making.then(value => withViews(value, options))
  const intermediate = new Intermediate(promise, path, value => resultObject(value, path))
  const result: Owner = { path, options, use: act => intermediate.use(act) }
  const own: OwnProperty = key =>
    key === Symbol.asyncIterator
      ? { value: () => viewItems(result) }
      : promiseMethod(key, () => intermediate.give())
  const look: Shown = {
    label: `the dynamic call ${path}, not awaited`,
    inspect: () => braces('DynamicResult', [path, 'not awaited']),
    json: () => noJson(`the dynamic call ${path} has no result yet`, 'await it first'),
  }
  const chain = proxy(result, look, own, more => callMember(result, defaultMember, more))
  markUnresolved(chain)
  return chain as DynamicResult
}

/** The methods of a promise that is made when one of them is called. */
const promiseMethod = (
  key: string | symbol,
  make: () => Promise<DynamicValue>,
): { value: unknown } | undefined => {
  if (key !== 'then' && key !== 'catch' && key !== 'finally') return undefined
  return {
    value: (...handlers: unknown[]) => {
      const promise = make()
      return Reflect.apply(promise[key], promise, handlers)
    },
  }
}

/** The object in a result; throws TypeError when it is another value. */
const resultObject = (value: ComResult | DynamicValue, path: string): ComObject => {
  const object = objectBehind(value)
  if (object) return object
  throw new TypeError(`dynamic: ${path} is ${validate.describe(value)}, which has no members`)
}

async function* viewItems(owner: Owner): AsyncGenerator<DynamicValue, void, undefined> {
  const { options } = owner
  // `use` takes no generator, and the object is needed until the loop ends.
  let leave: () => void = () => {}
  const left = new Promise<void>(resolve => {
    leave = resolve
  })
  let used: Promise<void> | undefined
  try {
    const object = await new Promise<ComObject>((resolve, reject) => {
      used = owner.use(async found => {
        resolve(found)
        await left
      })
      used.catch(reject)
    })
    for await (const item of object.items(options)) yield withViews(item, options)
  } finally {
    leave()
    await used?.catch(() => {})
  }
}
