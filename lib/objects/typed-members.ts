// Types that make results and arguments of COM calls from the members of an ordinary synchronous interface, such as
// those of @types/activex-excel.
import type { ComDecimal } from '../values/decimal'
import type { ByRef, ComErrorValue, TypedArray, TypedVariant } from '../values/values'

declare global {
  // Declared so that it can be named: where @types/activex-interop or lib.scripthost is used, these merge.
  // biome-ignore lint/suspicious/noExplicitAny: declarations that merge have the same type parameters.
  interface SafeArray<T = any> {}
}

/** The key of a property that no object has: by its type, the compiler tells objects of different interfaces apart. */
export declare const membersOf: unique symbol

/**
 * The types of one way to use members, chosen by the interface of an object: `Types & { members: Excel.Range }` has
 * those for a range.
 */
export interface MemberTypes {
  readonly members: unknown
  /** An object in a result. */
  readonly object: unknown
  /** A result whose type is `any`. */
  readonly untyped: unknown
  /** An object as an argument. */
  readonly argument: unknown
  /** An argument whose type is `any`. */
  readonly anything: unknown
  /** A function as an argument. */
  readonly callback: unknown
  /** The options of a call. */
  readonly options: object
}

type Chosen<Types extends MemberTypes, Members, Name extends keyof MemberTypes> = (Types & {
  readonly members: Members
})[Name]

export type IsAny<T> = 0 extends 1 & T ? true : false

/** `VarDate` where it is declared. */
type AutomationDate = Date extends { getVarDate: () => infer Type } ? Type : never

/** The class `VBArray` where it is declared. It is constructed with a SafeArray. */
type ArrayReader = typeof globalThis extends { VBArray: infer Type } ? Type : never

export type IsSafeArray<T> = [ArrayReader] extends [never]
  ? false
  : ArrayReader extends new (
        array: T,
      ) => unknown
    ? true
    : false

/** The values that results and arguments have in the types of an interface and in JavaScript. */
type Plain =
  | string
  | number
  | bigint
  | boolean
  | symbol
  | null
  | undefined
  | Date
  | Uint8Array
  | ComDecimal
  | ComErrorValue

type AnyFunction = (...args: never[]) => unknown

/** Whether a member is a method, or a property with parameters. A collection that can be called has members. */
export type IsMethod<T> = [T] extends [AnyFunction] ? ([keyof T] extends [never] ? true : false) : false

type IsEachObject<T> = T extends Plain | AutomationDate | readonly unknown[]
  ? false
  : IsSafeArray<T> extends true
    ? false
    : IsMethod<T> extends true
      ? false
      : T extends object
        ? true
        : false

/** Whether values of the type are COM objects. */
export type IsObject<T> = [T] extends [never] ? false : IsEachObject<T> extends true ? true : false

type EachResult<T, Types extends MemberTypes> = T extends Plain
  ? T
  : T extends AutomationDate
    ? Date
    : IsSafeArray<T> extends true
      ? T extends SafeArray<infer Element>
        ? ResultOf<Element, Types>[] | ResultOf<Element, Types>[][]
        : never
      : T extends readonly unknown[]
        ? { -readonly [Index in keyof T]: ResultOf<T[Index], Types> }
        : T extends object
          ? Chosen<Types, T, 'object'>
          : T

/**
 * The result of a member of type T. The result of a generic method can depend on its arguments; where nothing is left
 * of it, it is untyped.
 */
export type ResultOf<T, Types extends MemberTypes> =
  IsAny<T> extends true
    ? Chosen<Types, unknown, 'untyped'>
    : [T] extends [never]
      ? Chosen<Types, unknown, 'untyped'>
      : EachResult<T, Types>

type EachArgument<T, Types extends MemberTypes> = T extends Plain
  ? T
  : T extends AutomationDate
    ? Date
    : IsSafeArray<T> extends true
      ? T extends SafeArray<infer Element>
        ?
            | readonly ArgumentOf<Element, Types>[]
            | readonly (readonly ArgumentOf<Element, Types>[])[]
            | TypedArray
        : never
      : T extends readonly unknown[]
        ? { readonly [Index in keyof T]: ArgumentOf<T[Index], Types> }
        : IsMethod<T> extends true
          ? Chosen<Types, unknown, 'callback'>
          : T extends object
            ? Chosen<Types, T, 'argument'>
            : T

/** What can be passed for a parameter of type T. */
export type ArgumentOf<T, Types extends MemberTypes> = unknown extends T
  ? Chosen<Types, unknown, 'anything'>
  : EachArgument<T, Types> | TypedVariant | ByRef

/** The arguments of a call. */
export type ArgumentsOf<Parameters extends readonly unknown[], Types extends MemberTypes> = {
  [Index in keyof Parameters]: ArgumentOf<Parameters[Index], Types>
}

export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Removes the entries of overloads that a function does not have: unknown, or the first overload again. */
type Distinct<List extends readonly unknown[]> = List extends readonly [
  infer First,
  infer Second,
  ...infer More,
]
  ? Same<First, [unknown[], unknown]> extends true
    ? Distinct<[Second, ...More]>
    : Same<First, Second> extends true
      ? Distinct<[Second, ...More]>
      : [First, ...Distinct<[Second, ...More]>]
  : List

/** The overloads of a function, each as its parameters and its result; the last four of more. */
export type Overloads<F> = F extends {
  (...args: infer A1): infer R1
  (...args: infer A2): infer R2
  (...args: infer A3): infer R3
  (...args: infer A4): infer R4
}
  ? Distinct<[[A1, R1], [A2, R2], [A3, R3], [A4, R4]]>
  : F extends { (...args: infer A1): infer R1; (...args: infer A2): infer R2; (...args: infer A3): infer R3 }
    ? Distinct<[[A1, R1], [A2, R2], [A3, R3]]>
    : F extends { (...args: infer A1): infer R1; (...args: infer A2): infer R2 }
      ? Distinct<[[A1, R1], [A2, R2]]>
      : F extends (...args: infer A) => infer R
        ? [[A, R]]
        : []

/** One overload. */
export type Overload = readonly [parameters: readonly unknown[], result: unknown]

/** The result of the first overload that can be called with these arguments. */
export type ResultWith<List, Args extends readonly unknown[]> = List extends readonly [
  [infer Parameters, infer Result],
  ...infer More,
]
  ? Args extends Parameters
    ? Result
    : ResultWith<More, Args>
  : never

/** The item that a collection returns for a number, else for the arguments of its last overload. */
type IndexedItem<F> =
  Overloads<F> extends infer List
    ? [ResultWith<List, [number]>] extends [never]
      ? List extends readonly [...unknown[], [unknown, infer Result]]
        ? Result
        : never
      : ResultWith<List, [number]>
    : never

/**
 * The type of the items of a collection: those of an Iterable, the keys of a dictionary, what `Item` returns, or the
 * call of a collection that can be called. `never` for an object that is no collection.
 */
export type ItemOf<T> =
  IsAny<T> extends true
    ? T
    : T extends Iterable<infer Item>
      ? Item
      : T extends { Exists(key: infer Key): boolean; Keys(): unknown }
        ? Key
        : T extends { Item: AnyFunction }
          ? IndexedItem<T['Item']>
          : T extends AnyFunction
            ? IndexedItem<T>
            : never

/** Whether a property can be set: it is not `readonly`. */
export type IsWritable<T, Name extends keyof T> =
  Same<{ [Each in Name]: T[Each] }, { readonly [Each in Name]: T[Each] }> extends true ? false : true

/** The names of the members of a typed object. */
export type MemberName<Members> = IsAny<Members> extends true ? never : keyof Members & string

/** What names the members that have no types: all members of an untyped object, DISPIDs of a typed one. */
export type UntypedMember<Members> = IsAny<Members> extends true ? string | number : number

/** The ways to call a member: the overloads of a method, or a property, which a collection lets be indexed. */
export type Callings<T> =
  IsMethod<T> extends true
    ? Overloads<NonNullable<T>>
    : IsObject<T> extends true
      ? [[[], T], ...Overloads<T>]
      : [[[], T]]

/** The arguments of an overload in an array, then options. Named arguments can stand for those at the end. */
type ListOf<Parameters extends readonly unknown[], Types extends MemberTypes> =
  | ([] extends Parameters
      ? [args?: Readonly<ArgumentsOf<Parameters, Types>>, options?: Types['options']]
      : [args: Readonly<ArgumentsOf<Parameters, Types>>, options?: Types['options']])
  | [args: Readonly<Partial<ArgumentsOf<Parameters, Types>>>, options: Types['options'] & { named: object }]

/** What follows the name of a member in a call: an array of arguments, then options. */
export type CallLists<List, Types extends MemberTypes> = List extends readonly [
  [infer Parameters extends readonly unknown[], unknown],
  ...infer More,
]
  ? ListOf<Parameters, Types> | CallLists<More, Types>
  : never

/** The result of the first overload that can be called like this. */
export type CallResult<
  List,
  Lists extends readonly unknown[],
  Types extends MemberTypes,
> = List extends readonly [[infer Parameters extends readonly unknown[], infer Result], ...infer More]
  ? Lists extends ListOf<Parameters, Types>
    ? ResultOf<Result, Types>
    : CallResult<More, Lists, Types>
  : never

/** The result of any overload. */
type AnyResult<List> = List extends readonly [[unknown, infer Result], ...infer More]
  ? Result | AnyResult<More>
  : never

/** The type of a property as it is set: of one with parameters, a method in interfaces, its result. */
export type PropertyType<T> =
  IsMethod<T> extends true ? Exclude<AnyResult<Overloads<NonNullable<T>>>, void> : T

/** What a member can be set to: nothing where it is `readonly`. */
export type SettingOf<Members, Name extends keyof Members, Types extends MemberTypes> =
  IsWritable<Members, Name> extends true ? ArgumentOf<PropertyType<Members[Name]>, Types> : never
