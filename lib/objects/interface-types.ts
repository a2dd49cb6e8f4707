// Types of interfaces that are called by vtable: what a program describes, and the arguments and results that follow.
import type { HRESULT, ParameterType } from '../../binding'
import type { ComDecimal } from '../values/decimal'
import type { Argument, ComErrorValue, Value } from '../values/values'

interface BufferOptions {
  /**
   * Makes the parameter a pointer to a buffer: the index of the parameter that has the number of elements (`size_is`).
   * The library passes the number for an 'in' or 'inout' buffer, so that it is no argument.
   */
  readonly size?: number
  /** For an 'out' or 'inout' buffer: the index of the 'out' parameter with the number of valid elements (`length_is`). */
  readonly length?: number
}

interface PointerOptions {
  /** For 'unknown': the interface that the method expects, a GUID. The object is queried for it. Default: IUnknown. */
  readonly iid?: string
}

/**
 * A parameter of a method, by its direction in the IDL. The types are Automation's; a BOOL, a LONG and an enumeration
 * are 'i4', a VARIANT_BOOL is 'bool', any interface pointer is 'unknown'.
 */
export type InterfaceParameter =
  | ({ readonly in: ParameterType } & BufferOptions & PointerOptions)
  | ({ readonly out: ParameterType } & BufferOptions)
  | ({ readonly inout: ParameterType } & BufferOptions & PointerOptions)

export interface InterfaceMethod {
  /** All parameters, in the order of the IDL, also the `retval`. Default: none. */
  readonly parameters?: readonly InterfaceParameter[]
  /**
   * The position in the vtable, from IUnknown: the first method of an interface's own is 3, or 7 in an interface that
   * is derived from IDispatch. Default: the one after the method before; 3 for the first.
   */
  readonly slot?: number
  /** 'void' for a method that returns no HRESULT. Default 'hresult'. */
  readonly returns?: 'hresult' | 'void'
}

/** The methods of an interface, by name. */
export type InterfaceMethods = Readonly<Record<string, InterfaceMethod>>

/** The typed array of a buffer's elements. */
interface Buffers {
  i1: Int8Array
  ui1: Uint8Array
  i2: Int16Array
  ui2: Uint16Array
  i4: Int32Array
  ui4: Uint32Array
  int: Int32Array
  uint: Uint32Array
  i8: BigInt64Array
  ui8: BigUint64Array
  r4: Float32Array
  r8: Float64Array
}

/** The types that buffers can have. */
export type BufferType = keyof Buffers

type SmallNumber = 'i1' | 'ui1' | 'i2' | 'ui2' | 'i4' | 'ui4' | 'int' | 'uint' | 'r4' | 'r8'

type ScalarArgument<Type, Object> = Type extends SmallNumber
  ? number
  : Type extends 'i8' | 'ui8'
    ? bigint | number
    : Type extends 'bool'
      ? boolean
      : Type extends 'bstr'
        ? string | null
        : Type extends 'date'
          ? Date | number
          : Type extends 'cy' | 'decimal'
            ? ComDecimal | number | bigint | string
            : Type extends 'error'
              ? ComErrorValue | HRESULT
              : Type extends 'dispatch' | 'unknown'
                ? Object | null
                : Argument<Object>

type ScalarResult<Type, Object> = Type extends SmallNumber
  ? number
  : Type extends 'i8' | 'ui8'
    ? bigint
    : Type extends 'bool'
      ? boolean
      : Type extends 'bstr'
        ? string
        : Type extends 'date'
          ? Date
          : Type extends 'cy' | 'decimal'
            ? ComDecimal
            : Type extends 'error'
              ? ComErrorValue
              : Type extends 'dispatch' | 'unknown'
                ? Object | null
                : Value<Object>

/** The types of a value for the side that passes it, and for the one that gets it. */
export type ValueSide = 'given' | 'received'

type ValueFor<Parameter, Type, Object, Side extends ValueSide> = Parameter extends { size: number }
  ? Type extends BufferType
    ? Buffers[Type] | (Side extends 'given' ? readonly ScalarArgument<Type, Object>[] : never)
    : never
  : Side extends 'given'
    ? ScalarArgument<Type, Object>
    : ScalarResult<Type, Object>

/** The indexes of the parameters that the library passes: the sizes of buffers that the caller passes. */
type PassedSizes<Parameters extends readonly unknown[]> = {
  [Index in keyof Parameters]: Parameters[Index] extends
    | { in: unknown; size: infer Size }
    | { inout: unknown; size: infer Size }
    ? Size
    : never
}[number]

/** The indexes of the parameters that only say how many elements of a buffer are valid. */
type ValidLengths<Parameters extends readonly unknown[]> = {
  [Index in keyof Parameters]: Parameters[Index] extends { length: infer Length } ? Length : never
}[number]

/** The values of the parameters whose direction fits the pattern, without those at the indexes `Hidden`. */
type ValueList<
  Parameters,
  Pattern,
  Object,
  Side extends ValueSide,
  Hidden,
  Before extends readonly unknown[] = [],
> = Parameters extends readonly [infer First, ...infer Rest]
  ? First extends Pattern
    ? Before['length'] extends Hidden
      ? ValueList<Rest, Pattern, Object, Side, Hidden, [...Before, unknown]>
      : [
          ValueFor<First, TypeOf<First>, Object, Side>,
          ...ValueList<Rest, Pattern, Object, Side, Hidden, [...Before, unknown]>,
        ]
    : ValueList<Rest, Pattern, Object, Side, Hidden, [...Before, unknown]>
  : []

type TypeOf<Parameter> = Parameter extends { in: infer Type } | { out: infer Type } | { inout: infer Type }
  ? Type
  : never

type GoesIn = { in: unknown } | { inout: unknown }
type ComesOut = { out: unknown } | { inout: unknown }

type ParametersOf<Method> = Method extends { parameters: infer List extends readonly unknown[] } ? List : []

/** The arguments of a method: the 'in' and 'inout' parameters. */
export type MethodArguments<
  Method,
  Object,
  Side extends ValueSide = 'given',
> = number extends ParametersOf<Method>['length']
  ? readonly (Side extends 'given' ? Argument<Object> : Value<Object> | Buffers[BufferType])[]
  : Readonly<ValueList<ParametersOf<Method>, GoesIn, Object, Side, PassedSizes<ParametersOf<Method>>>>

/** The 'out' and 'inout' parameters after the call: nothing, the value of the only one, or an array of them. */
export type MethodResult<
  Method,
  Object,
  Side extends ValueSide = 'received',
> = number extends ParametersOf<Method>['length']
  ? Side extends 'given'
    ? Argument<Object>
    : Value<Object> | Buffers[BufferType]
  : ValueList<
        ParametersOf<Method>,
        ComesOut,
        Object,
        Side,
        ValidLengths<ParametersOf<Method>>
      > extends infer List
    ? List extends []
      ? undefined
      : List extends [infer Only]
        ? Only
        : List
    : never

/** What follows the name of a method: its arguments in an array, then options. A method without arguments needs none. */
export type MethodLists<Method, Object, Options> =
  MethodArguments<Method, Object> extends infer Arguments
    ? readonly [] extends Arguments
      ? [args?: Arguments, options?: Options]
      : [args: Arguments, options?: Options]
    : never
