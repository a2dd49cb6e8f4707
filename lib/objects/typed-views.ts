// Types of dynamic views, from an ordinary synchronous interface of the object.

import type { Column } from '../values/values'
import type {
  ComArgument,
  ComObject,
  DynamicView,
  Handler,
  InvokeOptions,
  ResultOptions,
  SetOptions,
} from './thread-and-objects'
import type {
  ArgumentOf,
  ArgumentsOf,
  Callings,
  CallLists,
  CallResult,
  IsAny,
  IsMethod,
  IsObject,
  IsSafeArray,
  IsWritable,
  ItemOf,
  MemberTypes,
  Overloads,
  PropertyType,
  ResultOf,
  ResultWith,
} from './typed-members'

/** The types of the members of views. */
interface ViewTypes extends MemberTypes {
  readonly object: DynamicObject<this['members']>
  // biome-ignore lint/suspicious/noExplicitAny: the result of a member whose type is `any`.
  readonly untyped: any
  readonly argument: ComObject<this['members']> | DynamicView<this['members']>
  readonly anything: ComArgument
  readonly callback: Handler
  readonly options: InvokeOptions
}

// biome-ignore lint/suspicious/noExplicitAny: without a type, every member is there, under every compiler option.
export type Untyped = any

/**
 * A view of an object with this interface, as `dynamic` makes it; without an interface `any`. It has no `then`:
 * awaiting it gives the view itself.
 */
export type DynamicObject<Members = Untyped> =
  IsAny<Members> extends true
    ? Untyped
    : Disposable & DynamicView<Members> & DynamicLifetime & Inside<Members>

/** When the object of a view is released. */
export interface DynamicLifetime {
  /** Releases the object, as ComObject.release. */
  $release(): void
  /** Keeps the object beyond its handler or scope, as ComObject.keep. Returns the view. */
  $keep(): this
}

/** The result of a call or property of type T: a view where T is an interface, `Date` where it is `VarDate`. */
export type DynamicValue<T = Untyped> = ResultOf<T, ViewTypes>

/**
 * A call that was made and returns T in the interface. Await it for its result, or use a member of its result.
 */
export type DynamicResult<T = Untyped> = [IsAny<T>, [T]] extends [true, unknown] | [unknown, [never]]
  ? Untyped
  : Awaitable<DynamicValue<T>> & Reachable<T>

/**
 * A member of type T in the interface. Awaiting a property gets it, with a new call each time; calling a method calls
 * it. A property with parameters is a method in the interface, and can be awaited where they are optional.
 */
export type DynamicMember<T = Untyped, Writable extends boolean = true> =
  IsAny<T> extends true
    ? Untyped
    : IsMethod<NonNullable<T>> extends true
      ? Method<NonNullable<T>>
      : Property<T, Writable>

/** The members of an interface: every name that does not begin with `$`. */
export type DynamicMembers<Members> = {
  readonly [Name in keyof Members as Name extends `$${string}` | symbol | number
    ? never
    : Name]-?: DynamicMember<Members[Name], IsWritable<Members, Name>>
}

/** A promise that is made when one of its methods is called. */
type Awaitable<T> = Pick<Promise<T>, 'then' | 'catch' | 'finally'>

/** What an object has: members, the default member as calls, and items. */
type Inside<Members> = DynamicMembers<Members> & Calls<Overloads<Members>> & Items<Members>

/** What can be used without awaiting a value of type T: what it has, if it is always an object. */
type Reachable<T> = IsObject<T> extends true ? Inside<T> : unknown

type Items<T> = [ItemOf<T>] extends [never]
  ? unknown
  : {
      /** Iterates over the items of a collection; objects are views. */
      [Symbol.asyncIterator](): AsyncGenerator<DynamicValue<ItemOf<T>>, void, undefined>
    }

/** A call that was made. With arguments and a result it can be a property with parameters, which can be set. */
type Made<Parameters extends readonly unknown[], Result> = DynamicResult<Result> &
  (Parameters extends readonly []
    ? unknown
    : [Exclude<Result, void>] extends [never]
      ? unknown
      : Setters<Result>)

/** A function for each overload. */
type Calls<List> = List extends readonly [
  [infer Parameters extends readonly unknown[], infer Result],
  ...infer More,
]
  ? ((...args: ArgumentsOf<Parameters, ViewTypes>) => Made<Parameters, Result>) & Calls<More>
  : unknown

/** Gets a property or calls a method, with arguments in an array, and options. */
type Caller<List> = <Lists extends CallLists<List, ViewTypes>>(
  ...lists: Lists
) => Promise<CallResult<List, Lists, ViewTypes>>

interface Setters<T> {
  /** Sets the property. */
  $set(value: ArgumentOf<T, ViewTypes>, options?: SetOptions): Promise<void>
  /** Sets the property to an object, not to the object's value. */
  $setReference(value: ArgumentOf<T, ViewTypes>, options?: SetOptions): Promise<void>
}

/** A call with the option `as`. Its result is columns, whatever the interface says. */
type ColumnCaller = (
  args: readonly ComArgument[] | undefined,
  options: ResultOptions & { as: 'columns' },
) => Promise<Column<Untyped>[]>

interface Callers<T> {
  /** Gets the property, with indexes and options. */
  $get: ColumnCaller & Caller<Callings<T>>
  /** Calls the method with named arguments or other options. */
  $call: ColumnCaller & Caller<Callings<T>>
}

type Property<T, Writable extends boolean> = Awaitable<DynamicValue<T>> &
  Callers<T> &
  (Writable extends true ? Setters<T> : unknown) &
  Reachable<T>

type HasParameters<List> = List extends readonly [
  [infer Parameters extends readonly unknown[], unknown],
  ...infer More,
]
  ? Parameters extends readonly []
    ? HasParameters<More>
    : true
  : false

/** What a property with parameters has beside calls, when T is one: a method with parameters and a result. */
type Parameterized<T, List> =
  HasParameters<List> extends true
    ? [PropertyType<T>] extends [never]
      ? unknown
      : Setters<PropertyType<T>> & WithoutArguments<ResultWith<List, []>>
    : unknown

type WithoutArguments<Result> = [Result] extends [never] ? unknown : Awaitable<DynamicValue<Result>>

type Method<T> = Calls<Overloads<T>> &
  Callers<T> &
  Parameterized<T, Overloads<T>> &
  (IsSafeArray<T> extends true ? Awaitable<DynamicValue<T>> : unknown)
