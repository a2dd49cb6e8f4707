// Types of the values of Automation calls, and classes for those that JavaScript has no type for.
import type { HRESULT, ScalarType, Variant } from '../../binding'
import { type ComErrorCode, hex, nameOf } from '../errors/hresult'
import * as validate from '../errors/validate'
import type { ComDecimal } from './decimal'

/** The type of a pointer: VT_DISPATCH or VT_UNKNOWN. */
export type PointerType = 'dispatch' | 'unknown'

/** The values that are neither objects nor arrays. */
type PlainValue = undefined | null | boolean | number | bigint | string | Date | ComDecimal | ComErrorValue

/**
 * A value that a call returns or an incoming call passes; `Object` stands for COM objects. VT_EMPTY and a
 * missing argument are undefined, VT_NULL and null pointers null; 64-bit integers are bigints; currencies and
 * decimals ComDecimals; dates are local time; arrays nest by their dimensions, bounds begin at 0, and bytes
 * in one dimension are a Uint8Array.
 */
export type Value<Object> = PlainValue | Object | Uint8Array | Value<Object>[]

/** A column of an array: a Float64Array when all its values are numbers. */
export type Column<Value> = Float64Array | Value[]

export type TypedArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array

/**
 * A value that can be passed with a call; `Object` stands for COM objects. 32-bit integers are passed as
 * VT_I4, other numbers and -0 as VT_R8; bigints as VT_I8, or VT_UI8 above; undefined as VT_EMPTY, null as
 * VT_NULL; arrays as arrays of VARIANTs, in as many dimensions as they are nested with one length, and refused when
 * their rows have different lengths; typed arrays as arrays of their type. `variant` gives a value another type.
 */
export type Argument<Object> =
  | PlainValue
  | Object
  | TypedVariant
  | ByRef
  | TypedArray
  | ArrayBufferLike
  | readonly Argument<Object>[]

/** The names of the types that `variant` takes, and of arrays of them. */
export type VariantTypeName = ScalarType | `${ScalarType}[]` | 'variant[]'

/**
 * An HRESULT as a value (VT_ERROR), as an argument or a result: not a failure of the call. Immutable.
 *
 * @example
 * await object.call('Use', [new ComErrorValue(HResult.DISP_E_PARAMNOTFOUND)])
 */
export class ComErrorValue {
  /** A signed 32-bit integer. */
  readonly hresult: HRESULT

  /**
   * @throws TypeError or RangeError unless `hresult` is a 32-bit integer; it may be unsigned.
   */
  constructor(hresult: HRESULT) {
    this.hresult = validate.hresult('ComErrorValue', 'hresult', hresult)
  }

  /** The name of the HRESULT (`DISP_E_TYPEMISMATCH`), or its number in hex. */
  get code(): ComErrorCode {
    return nameOf(this.hresult)
  }

  /** `DISP_E_TYPEMISMATCH (0x80020005)` */
  toString(): string {
    const number = hex(this.hresult)
    return this.code === number ? number : `${this.code} (${number})`
  }
}

/**
 * A value with an explicit Automation type; made by `variant`.
 *
 * @example
 * variant('i2', 5)
 */
export class TypedVariant {
  readonly type: VariantTypeName
  readonly value: unknown
  readonly #converted: Variant | undefined
  readonly #lower: number | readonly number[] | undefined

  private constructor(
    type: VariantTypeName,
    value: unknown,
    converted?: Variant,
    lower?: number | readonly number[],
  ) {
    this.type = type
    this.value = value
    this.#converted = converted
    this.#lower = lower
  }

  /** @internal The lower bounds of an array. */
  get lower(): number | readonly number[] | undefined {
    return this.#lower
  }

  /** @internal Made by `variant`, which checks the value. */
  static make(
    type: VariantTypeName,
    value: unknown,
    converted?: Variant,
    lower?: number | readonly number[],
  ): TypedVariant {
    return new TypedVariant(type, value, converted, lower)
  }

  /** @internal The converted value; undefined when it can hold objects, which are converted for each call. */
  get converted(): Variant | undefined {
    return this.#converted
  }
}

/**
 * An argument by reference, which the server may change; made by `byRef`. `T` is the type of the new value;
 * it is not checked. `Object` stands for the objects that can be passed.
 *
 * @example
 * const count = byRef<number>(0)
 */
export class ByRef<T extends Value<object> = Value<object>, Object = object> {
  /** The type of the reference; undefined for a reference to a VARIANT, whose type may change. */
  readonly type: VariantTypeName | undefined
  readonly #lower: number | readonly number[] | undefined
  #value: unknown

  private constructor(value: unknown, type?: VariantTypeName, lower?: number | readonly number[]) {
    this.#value = value
    this.type = type
    this.#lower = lower
  }

  /** @internal The lower bounds of an array. */
  get lower(): number | readonly number[] | undefined {
    return this.#lower
  }

  /** @internal Made by `byRef`. */
  static make<T extends Value<object>, Object>(
    value: unknown,
    type?: VariantTypeName,
    lower?: number | readonly number[],
  ): ByRef<T, Object> {
    return new ByRef<T, Object>(value, type, lower)
  }

  /** The value to pass; after a successful call, the new value. */
  get value(): T {
    return this.#value as T
  }

  set value(value: Argument<Object>) {
    this.#value = value
  }
}

/** DISPID_VALUE: the default member, such as `Item` of most collections. */
export const defaultMember = 0

/** DISPID_NEWENUM: the member that returns a collection's enumerator. */
export const DISPID_NEWENUM = -4
