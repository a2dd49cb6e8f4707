// The dynamic view: COM objects as JavaScript writes objects, over the explicit methods of ComObject.

import { heldBy, markUnresolved, standFor } from '../calls/held-pointer'
import type { CallOptions } from '../calls/invoke'
import * as validate from '../errors/validate'
import { defaultMember } from '../values/values'
import {
  type ComArgument,
  ComObject,
  type ComResult,
  type DynamicView,
  type InvokeOptions,
  type SetOptions,
} from './thread-and-objects'

/** What a dynamic view resolves to: as ComResult, with views instead of ComObjects. */
export type DynamicValue<Names extends string = string> =
  | Exclude<ComResult, ComObject | ComResult[]>
  | DynamicObject<Names>
  | DynamicValue<Names>[]

/** Any name but those of the view itself, which begin with `$`, is a member of the COM object. */
export type DynamicMembers<Names extends string = string> = {
  readonly [Member in Names]: DynamicMember<Names>
}

/** Calls the member; of an object its default member. */
type DynamicCallable<Names extends string> = <T extends DynamicValue<Names> = DynamicValue<Names>>(
  ...args: ComArgument[]
) => DynamicResult<T, Names>

interface DynamicIterable<Names extends string> {
  /** The items of a collection; objects are views. */
  [Symbol.asyncIterator](): AsyncGenerator<DynamicValue<Names>, void, undefined>
}

type Awaitable<T> = Pick<Promise<T>, 'then' | 'catch' | 'finally'>

/** An object. It is no promise: a view can be awaited, returned and passed on as it is. */
export type DynamicObject<Names extends string = string> = DynamicCallable<Names> &
  DynamicIterable<Names> &
  Disposable &
  DynamicView &
  DynamicMembers<Names>

/** A call that was made. Await it for its result, or go on to a member of that. */
export type DynamicResult<
  T extends DynamicValue<Names> = DynamicValue,
  Names extends string = string,
> = Awaitable<T> & DynamicCallable<Names> & DynamicIterable<Names> & DynamicMembers<Names>

/** What a member offers besides being awaited and called. */
interface DynamicActions<Names extends string> {
  /** Gets the property, with indexes or options. */
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
  /** Sets the property to an object itself, not to its value. */
  $setReference(value: ComArgument, options?: SetOptions): Promise<void>
}

/**
 * A member that nobody has asked for yet. Awaiting it gets the property, each time anew; calling it calls the
 * method.
 */
export type DynamicMember<Names extends string = string> = Awaitable<DynamicValue<Names>> &
  DynamicCallable<Names> &
  DynamicIterable<Names> &
  DynamicActions<Names> &
  DynamicMembers<Names>

/** Something that members can be asked of, once it is there. */
interface Owner {
  /** How it was come to, for messages: `Workbooks.Open(…)`. Empty for an object at hand. */
  path: string
  options: CallOptions
  /** Has something done with the object; at once where it is at hand. */
  use<T>(act: (object: ComObject) => Promise<T>): Promise<T>
}

const objects = new WeakMap<object, ComObject>()

/**
 * A view of an object on which `await view.Workbooks.Open(path)` calls and `await view.Version` gets. Objects
 * in results are views again. Members are only asked for when they are awaited or called; a call is made at
 * once, in the order of the program where its object is at hand. To set a property:
 * `await view.Visible.$set(true)`; assigning to one throws TypeError, because nobody could await it, or its
 * failure. `$get`, `$call` and `$setReference` take options, `$object` is the ComObject itself. A view may be
 * passed wherever the object may. `signal` gives up every call made through the view and the views it hands
 * out. TypeScript may be told the names of the members there are, of this object and of those it leads to:
 * `dynamic<'Workbooks' | 'Open'>(excel)`. Throws TypeError for anything but a ComObject or a view of one.
 */
export const dynamic = <Names extends string = string>(
  object: ComObject | DynamicView,
  options?: CallOptions,
): DynamicObject<Names> => {
  const where = 'dynamic'
  const { signal } = validate.options<CallOptions>(where, options)
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

/** What a proxy answers for one name; undefined where the name is COM's. */
type Own = (key: string | symbol) => { value: unknown } | undefined

/** A callable proxy: every name that is not its own is a member of its owner. */
const proxy = (owner: Owner, label: string, own: Own, apply: (args: ComArgument[]) => unknown): object =>
  new Proxy(() => {}, {
    get: (_, key) => {
      const found = own(key)
      if (found) return found.value
      if (key === Symbol.toPrimitive) return () => label
      // JSON.stringify would call it, and a call is a call of COM.
      if (typeof key === 'symbol' || key === 'toJSON' || key.startsWith('$')) return undefined
      return memberView(owner, key)
    },
    set: (_, key) => {
      throw new TypeError(
        `dynamic: ${String(key)} can not be assigned to, because that can't be awaited; await view.${String(key)}.$set(value)`,
      )
    },
    apply: (_target, _self, args) => apply(args),
  })

/** A result with views instead of objects. */
const seen = (value: ComResult, options: CallOptions): DynamicValue => {
  if (value instanceof ComObject) return objectView(value, options)
  if (Array.isArray(value)) return value.map(each => seen(each, options))
  return value
}

const objectView = (object: ComObject, options: CallOptions): DynamicObject => {
  const owner: Owner = { path: '', options, use: act => act(object) }
  const own: Own = key => {
    switch (key) {
      case '$object':
        return { value: object }
      // A view is no promise: whoever resolves one with it gets it as it is.
      case 'then':
        return { value: undefined }
      case Symbol.asyncIterator:
        return { value: () => viewItems(owner) }
      case Symbol.dispose:
        return { value: () => object[Symbol.dispose]() }
      default:
        return undefined
    }
  }
  const view = proxy(owner, 'a dynamic view of a COM object', own, args => called(owner, defaultMember, args))
  objects.set(view, object)
  const held = heldBy(object)
  if (held) standFor(view, held)
  return view as DynamicObject
}

/** A member that nobody has asked for yet. */
const memberView = (owner: Owner, name: string): DynamicMember => {
  const path = joined(owner.path, name)
  const { options } = owner
  const merged = <T extends CallOptions>(more: T | undefined): T | CallOptions => ({
    ...options,
    ...validate.options<T>('dynamic', more),
  })
  const get = async (args?: readonly ComArgument[], more?: InvokeOptions) => {
    const all = merged(more)
    return owner.use(object => object.get(name, args, all))
  }
  const member: Owner = {
    path,
    options,
    // Nobody else sees the object on the way: it is released as soon as it has served.
    use: async act => {
      const object = resultObject(await get(), path)
      try {
        return await act(object)
      } finally {
        object[Symbol.dispose]()
      }
    },
  }
  const asked = async (args?: readonly ComArgument[], more?: InvokeOptions) =>
    seen(await get(args, more), options)
  const actions: Record<string, unknown> = {
    $get: asked,
    $call: async (args?: readonly ComArgument[], more?: InvokeOptions) => {
      const all = merged(more)
      return seen(await owner.use(object => object.call(name, args, all)), options)
    },
    $set: async (value: ComArgument, more?: SetOptions) => {
      const all = merged(more)
      await owner.use(object => object.set(name, value, all))
    },
    $setReference: async (value: ComArgument, more?: SetOptions) => {
      const all = merged(more)
      await owner.use(object => object.setReference(name, value, all))
    },
  }
  const own: Own = key => {
    if (key === Symbol.asyncIterator) return { value: () => viewItems(member) }
    if (typeof key === 'symbol') return undefined
    if (Object.hasOwn(actions, key)) return { value: actions[key] }
    return promised(key, asked)
  }
  const chain = proxy(member, `the dynamic member ${path}, not awaited`, own, args =>
    called(owner, name, args),
  )
  markUnresolved(chain)
  return chain as DynamicMember
}

/** A call, made now. */
const called = (owner: Owner, name: string | number, args: readonly ComArgument[]): DynamicResult => {
  const { options } = owner
  const path = `${joined(owner.path, shown(name))}(…)`
  const making = owner.use(object => object.call(name, args, options))
  // The one promise there is: whoever goes on from it has taken care of its failure.
  const promise = making.then(value => seen(value, options))
  const result: Owner = {
    path,
    options,
    use: async act => act(resultObject(await promise, path)),
  }
  const own: Own = key =>
    key === Symbol.asyncIterator ? { value: () => viewItems(result) } : promised(key, () => promise)
  const chain = proxy(result, `the dynamic call ${path}, not awaited`, own, more =>
    called(result, defaultMember, more),
  )
  markUnresolved(chain)
  return chain as DynamicResult
}

/** The methods of a promise, over one that is made when one of them is called. */
const promised = (
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

/** The object that a member was expected to lead to. */
const resultObject = (value: ComResult | DynamicValue, path: string): ComObject => {
  const object = objectBehind(value)
  if (object) return object
  throw new TypeError(`dynamic: ${path} is ${validate.describe(value)}, which has no members`)
}

async function* viewItems(owner: Owner): AsyncGenerator<DynamicValue, void, undefined> {
  const { options } = owner
  // A generator can't be handed to `use`: the object has to stay until the loop is over.
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
    for await (const item of object.items(options)) yield seen(item, options)
  } finally {
    leave()
    await used?.catch(() => {})
  }
}
