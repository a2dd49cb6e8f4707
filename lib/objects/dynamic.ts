// Dynamic views: members of COM objects as members of JavaScript objects, on the methods of ComObject.

import { type CallOptions, callOptions, limitsOf, NO_LIMITS } from '../calls/call-limits'
import { DeferredCall } from '../calls/deferred-call'
import { heldPointerOf, markUnresolved, registerPointer } from '../calls/held-pointer'
import { viewMember } from '../errors/member-advice'
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
  type ResultOptions,
  resultOptions,
  type SetOptions,
  setOptions,
} from './thread-and-objects'
import type { DynamicObject, Untyped } from './typed-views'

/** The owner of members: an object, or a member or call that leads to one. */
interface Owner {
  /** The path from the view, for messages: `Workbooks.Open(…)`. Empty for the view's own object. */
  path: string
  /** The call that the thread of the object defers. */
  deferred: DeferredCall
  /** Calls `act` with the object: at once for the view's own object, else when it is known. */
  use<T>(act: (object: ComObject) => Promise<T>): Promise<T>
}

const objects = new WeakMap<object, ComObject>()

/**
 * Makes a view of an object: `await view.Workbooks.Open(path)` calls a method, `await view.Version` gets a
 * property, `await view.Visible.$set(true)` sets one. Objects in results are views. A property is read when it is
 * awaited. A call whose arguments are primitive values is made in a microtask, so that `$set` on it can set the
 * property instead; any other call is made at once. Calls keep their order. Assigning to a property throws
 * TypeError, because an assignment cannot be awaited. `$get`, `$call`, `$set` and `$setReference` take options,
 * `$object` is the ComObject. A view can be passed as an argument. The options are the limits of all calls of the
 * view and of the views in its results, as with `object.with(options)`. `Members` is a synchronous interface of the
 * object, such as those of @types/activex-excel: `dynamic<Excel.Application>(excel)`. It is not checked.
 *
 * @param object The object, or a view of it.
 * @param options The limits of each call of the view.
 * @throws TypeError for a value that is neither a ComObject nor a view.
 * @example
 * const excel = dynamic(await thread.createObject('Excel.Application'), { timeout: 5_000 })
 * const book = await excel.Workbooks.Open(path)
 */
export function dynamic<Members = Untyped>(
  object: ComObject<Members> | DynamicView<Members>,
  options?: CallOptions,
): DynamicObject<Members>
/**
 * Makes a view of an object whose type does not say which interface it has:
 * `dynamic<Excel.Worksheet>(sheet)`.
 *
 * @param object The object, or a view of it.
 * @param options The limits of each call of the view.
 * @example
 * const excel = dynamic(await thread.createObject('Excel.Application'), { timeout: 5_000 })
 * const book = await excel.Workbooks.Open(path)
 */
export function dynamic<Members>(
  object: ComObject | DynamicView,
  options?: CallOptions,
): DynamicObject<Members>
export function dynamic(object: ComObject | DynamicView, options?: CallOptions): object {
  const where = 'dynamic'
  const checked = validate.options<CallOptions>(where, options, callOptions)
  limitsOf(where, checked, NO_LIMITS) // for messages that name this function
  const known = objectBehind(object)
  if (!known) throw validate.wrongType(where, 'object', 'a ComObject, or a dynamic view of one', object)
  return objectView(known.with(checked))
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

/** The representation of a proxy. */
interface Shown {
  /** The string that it converts to. */
  label: string
  /** What util.inspect shows. */
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
  misused: () => void = () => {},
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
      misused()
      throw new TypeError(
        `dynamic: ${String(key)} can not be assigned to, because that can't be awaited; await ${viewMember(String(key))}.$set(value)`,
      )
    },
    apply: (_target, _self, args) => apply(args),
  })
}

/** A result with views instead of objects. */
const withViews = (value: ComResult): unknown => {
  if (value instanceof ComObject) return objectView(value)
  if (Array.isArray(value)) {
    // The array is changed in place: it is new, and may be large.
    const list: unknown[] = value
    for (let i = 0; i < list.length; i++) {
      const each = list[i]
      if (typeof each === 'object' && each !== null) list[i] = withViews(each as ComResult)
    }
  }
  return value
}

const objectView = (object: ComObject): object => {
  const held = heldPointerOf(object)
  const deferred = held?.caller.deferred ?? new DeferredCall()
  const owner: Owner = { path: '', deferred, use: act => act(object) }
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
  const look: Shown = {
    label: 'a dynamic view of a COM object',
    inspect: () => braces('DynamicObject', held ? partsOf(held) : []),
    json: () =>
      noJson('a view of a COM object has no JSON form', 'await its values first: { name: await view.Name }'),
  }
  const view: object = proxy(owner, look, own, args => callMember(owner, defaultMember, args))
  objects.set(view, object)
  if (held) registerPointer(view, held)
  return view
}

/** A member that is not awaited or called yet. */
const memberView = (owner: Owner, name: string): object => {
  const path = joined(owner.path, name)
  const get = async (args?: readonly ComArgument[], options?: ResultOptions) =>
    owner.use(object => object.get(name, args, options))
  const member: Owner = {
    path,
    deferred: owner.deferred,
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
  const getView = async (args?: readonly ComArgument[], options?: ResultOptions) =>
    withViews(await get(args, options))
  const actions: Record<string, unknown> = {
    $get: getView,
    $call: async (args?: readonly ComArgument[], options?: ResultOptions) =>
      withViews(await owner.use(object => object.call(name, args, options))),
    $set: async (value: ComArgument, options?: SetOptions) =>
      owner.use(object => object.set(name, value, options)),
    $setReference: async (value: ComArgument, options?: SetOptions) =>
      owner.use(object => object.setReference(name, value, options)),
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
  return chain
}

/** Whether the arguments stay as they are until the call is made. */
const canWait = (args: readonly unknown[]): boolean =>
  args.length > 0 &&
  args.every(each => typeof each !== 'function' && (typeof each !== 'object' || each === null))

const optionNames = Object.keys(resultOptions)

/** Options where an argument is expected: they would otherwise be refused as a value. */
const areOptions = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return false
  const keys = Object.keys(value)
  return keys.length > 0 && keys.every(key => optionNames.includes(key))
}

/**
 * A call. If its arguments cannot change, it is made after the code that runs now, or before the next call of its
 * thread. Until then `$set` on it sets the property with these arguments instead.
 */
const callMember = (owner: Owner, name: string | number, args: readonly ComArgument[]): object => {
  const path = `${joined(owner.path, shown(name))}(…)`
  const member = typeof name === 'string' ? viewMember(name) : 'view'
  const places = args.map((_, i) => `argument${i + 1}`)
  // The only promise of the call, so that its rejection is handled when a member of its result is used.
  let promise: Promise<unknown> | undefined
  const call = async () => {
    if (areOptions(args.at(-1)))
      throw new TypeError(
        `dynamic: ${path} has options as its last argument; await ${member}.$call([${places.slice(0, -1).join(', ')}], options)`,
      )
    return withViews(await owner.use(object => object.call(name, args)))
  }
  const made = (): Promise<unknown> => (promise ??= call())
  const takeBack = canWait(args) ? owner.deferred.defer(made) : () => false
  if (!canWait(args)) {
    owner.deferred.make()
    made()
  }
  /** A member of the result, or a mistake that throws, takes the place of the call. */
  const handled = () => {
    owner.deferred.make()
    made().catch(() => {})
  }
  let intermediate: Intermediate<unknown, ComObject> | undefined
  const link = () => (intermediate ??= new Intermediate(made(), path, value => resultObject(value, path)))
  const result: Owner = {
    path,
    deferred: owner.deferred,
    use: act => link().use(act),
  }
  const setter = (kind: 'set' | 'setReference') => async (value: ComArgument, options?: SetOptions) => {
    const checked = validate.options<SetOptions>('dynamic', options, setOptions)
    if (!takeBack()) {
      handled()
      throw new TypeError(
        `dynamic: ${path} was called already, before $${kind}; await ${member}.$${kind}(value, { args: [${places.join(', ')}] })`,
      )
    }
    return owner.use(object => object[kind](name, value, { ...checked, args }))
  }
  const actions: Record<string, unknown> = { $set: setter('set'), $setReference: setter('setReference') }
  const own: OwnProperty = key => {
    if (key === Symbol.asyncIterator) return { value: () => viewItems(result) }
    if (typeof key === 'string' && Object.hasOwn(actions, key)) return { value: actions[key] }
    const method = promiseMethod(key, () => link().give())
    const typo = typeof key === 'string' && /^\$[^$]/.test(key)
    const misuse =
      key === Symbol.iterator || typo || (typeof key === 'string' && key !== 'toJSON' && !isProbe(key))
    if (!method && misuse) handled()
    return method
  }
  const look: Shown = {
    label: `the dynamic call ${path}, not awaited`,
    inspect: () => braces('DynamicResult', [path, 'not awaited']),
    json: () => noJson(`the dynamic call ${path} has no result yet`, 'await it first'),
  }
  const again = (more: ComArgument[]) => {
    handled()
    return callMember(result, defaultMember, more)
  }
  const chain = proxy(result, look, own, again, handled)
  markUnresolved(chain)
  return chain
}

/** The methods of a promise that is made when one of them is called. */
const promiseMethod = (
  key: string | symbol,
  make: () => Promise<unknown>,
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
const resultObject = (value: unknown, path: string): ComObject => {
  const object = objectBehind(value)
  if (object) return object
  throw new TypeError(`dynamic: ${path} is ${validate.describe(value)}, which has no members`)
}

async function* viewItems(owner: Owner): AsyncGenerator<unknown, void, undefined> {
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
    for await (const item of object.items()) yield withViews(item)
  } finally {
    leave()
    await used?.catch(() => {})
  }
}
