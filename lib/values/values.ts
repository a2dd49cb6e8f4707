// Types of the values that travel with Automation calls, and classes for those that JavaScript has no type for.
import type { HRESULT, ScalarType, Variant } from '../../binding'
import { hex, nameOf } from '../errors/hresult'
import * as validate from '../errors/validate'
import type { ComDecimal } from './decimal'

/** How a pointer travels: as VT_DISPATCH or as VT_UNKNOWN. */
export type PointerType = 'dispatch' | 'unknown'

/**
 * A value that came with a call; `Object` stands for COM objects. Empty and missing are undefined, VT_NULL and null
 * pointers null; 64-bit integers are bigints; currencies and decimals ComDecimals; dates are local time; arrays nest
 * by their dimensions, bounds begin at 0, and bytes in one dimension are a Uint8Array.
 */
export type Value<Object> =
  | undefined
  | null
  | boolean
  | number
  | bigint
  | string
  | Date
  | ComDecimal
  | ComErrorValue
  | Object
  | Uint8Array
  | Value<Object>[]

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
 * A value that can be passed with a call; `Object` stands for COM objects. Numbers that are 32-bit integers travel as
 * VT_I4, others as VT_R8 (-0 as well); bigints as VT_I8, or VT_UI8 above; undefined as VT_EMPTY, null as VT_NULL;
 * arrays as arrays of VARIANTs, rectangular ones in as many dimensions; typed arrays as arrays of their type.
 * `variant` gives a value another type.
 */
export type Argument<Object> =
  | undefined
  | null
  | boolean
  | number
  | bigint
  | string
  | Date
  | ComDecimal
  | ComErrorValue
  | Object
  | TypedVariant
  | ByRef
  | TypedArray
  | ArrayBufferLike
  | readonly Argument<Object>[]

/** The types that `variant` knows by name, and arrays of them. */
export type VariantTypeName = ScalarType | `${ScalarType}[]` | 'variant[]'

/** An HRESULT as a value (VT_ERROR): not a failure of the call, but what it returned or was given. Immutable. */
export class ComErrorValue {
  /** Signed 32-bit. */
  readonly hresult: HRESULT

  /** Throws TypeError or RangeError for anything but a signed 32-bit integer. */
  constructor(hresult: HRESULT) {
    this.hresult = validate.hresult('ComErrorValue', 'hresult', hresult)
  }

  /** Its name (`DISP_E_TYPEMISMATCH`), or its number in hex. */
  get code(): string {
    return nameOf(this.hresult)
  }

  /** `DISP_E_TYPEMISMATCH (0x80020005)` */
  toString(): string {
    const number = hex(this.hresult)
    return this.code === number ? number : `${this.code} (${number})`
  }
}

/** A value together with the Automation type it travels as; made by `variant`. */
export class TypedVariant {
  readonly type: VariantTypeName
  readonly value: unknown
  readonly #converted: Variant | undefined

  /** @internal Made by `variant`, which checks the value. */
  constructor(type: VariantTypeName, value: unknown, converted?: Variant) {
    this.type = type
    this.value = value
    this.#converted = converted
  }

  /** @internal What it becomes, where that is known already: not for one that holds objects. */
  get converted(): Variant | undefined {
    return this.#converted
  }
}

/** An argument that the server may change; made by `byRef`. `T` is what is expected to come out; it is not checked. */
export class ByRef<T extends Value<object> = Value<object>> {
  /** The type it has going in and coming out; undefined for one that may change it. */
  readonly type: VariantTypeName | undefined
  #value: unknown

  /** @internal Made by `byRef`. */
  constructor(value: unknown, type?: VariantTypeName) {
    this.#value = value
    this.type = type
  }

  /** What goes in; once a call has succeeded, what came out. */
  get value(): T {
    return this.#value as T
  }

  set value(value: Argument<object>) {
    this.#value = value
  }
}

/** DISPID_VALUE: the member that is meant when none is named, such as `Item` of most collections. */
export const defaultMember = 0

/** DISPID_NEWENUM: the member that hands out a collection's enumerator. */
export const DISPID_NEWENUM = -4
