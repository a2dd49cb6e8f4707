// Conversion between Variants and the values that methods of emulated servers get and return.
import type { ArrayVariant, OutArgument, Variant } from '../../../binding'
import { copyBlocks, lengthOf } from '../../values/blocks'
import { arraySteps, fromVariant } from '../../values/from-variant'
import type { Spot } from '../../values/scalars'
import { inTurns, SLICE } from '../../values/slices'
import {
  explicitVariant,
  type FindPointer,
  type LowerBounds,
  toVariant,
  variantSteps,
} from '../../values/to-variant'
import { ByRef, type Value, type VariantTypeName } from '../../values/values'
import { MarshaledPointer } from '../calls/marshaled-pointer'
import type { Target } from '../calls/target'
import type { Clock } from '../clock/clock'

/** A marshaled pointer to the COM object that a JavaScript object stands for; undefined where it stands for none. */
export type Exporter = (value: object) => MarshaledPointer | undefined

/** `objectOf` takes a reference of its own on the object it gets. */
export const fromClient = <Object>(variant: Variant, objectOf: (target: Target) => Object): Value<Object> =>
  fromVariant(variant, pointer => objectOf(MarshaledPointer.of(pointer).target))

/** A later turn, by the emulator's clock. */
const nextTurn = (clock: Clock): Promise<void> =>
  new Promise(resolve => {
    clock.soon(resolve)
  })

/** Converts the arguments of a method, each large one in several turns. Undefined when there is none. */
export const largeFromClient = <Object>(
  variants: readonly Variant[],
  objectOf: (target: Target) => Object,
  clock: Clock,
): Promise<Value<Object>[]> | undefined => {
  if (!variants.some(isLarge)) return undefined
  const convert = (each: Variant): Value<Object> | Promise<Value<Object>> => {
    if (!isLarge(each)) return fromClient(each, objectOf)
    const steps = arraySteps(each, pointer => objectOf(MarshaledPointer.of(pointer).target), false)
    return steps instanceof Uint8Array ? steps : inTurns(steps, () => nextTurn(clock))
  }
  return Promise.all(variants.map(convert))
}

const isLarge = (variant: Variant): variant is ArrayVariant =>
  variant.type === 'array' && lengthOf(variant.elements) > SLICE

interface Conversion {
  value: unknown
  /** The member and the place among its values, for messages. */
  where: string
  place: string
  exporter: Exporter
}

/** Marshaled pointers to the objects in a value, until they are released. */
class TakenPointers {
  readonly #taken: MarshaledPointer[] = []
  readonly #exporter: Exporter

  constructor(exporter: Exporter) {
    this.#exporter = exporter
  }

  readonly find: FindPointer = each => {
    const pointer = this.#exporter(each)
    if (!pointer) return undefined
    this.#taken.push(pointer)
    return { type: pointer.target.dispatches ? 'dispatch' : 'unknown', into: put => put(pointer) }
  }

  release(): void {
    for (const pointer of this.#taken) pointer.release()
  }
}

const spotOf = ({ where, place }: Conversion): Spot => ({ where, place: () => place, depth: 0 })

/**
 * Makes a Variant of a value, of the type or of the value's own, with marshaled pointers to its objects. Throws
 * TypeError or RangeError for a value that Automation has no type for.
 */
export const toClient = (
  value: unknown,
  where: string,
  place: string,
  exporter: Exporter,
  type?: VariantTypeName,
  lower?: LowerBounds,
): Variant => {
  const pointers = new TakenPointers(exporter)
  const spot = spotOf({ value, where, place, exporter })
  try {
    const variant =
      type === undefined
        ? toVariant(value, spot, pointers.find)
        : explicitVariant(type, value, spot, pointers.find, lower)
    copyBlocks(variant)
    return variant
  } catch (error) {
    pointers.release()
    throw error
  }
}

/** Does the same for a value without a type, a large array in several turns. */
export const toClientInTurns = async (conversion: Conversion, clock: Clock): Promise<Variant> => {
  const pointers = new TakenPointers(conversion.exporter)
  try {
    const steps = variantSteps(conversion.value, spotOf(conversion), pointers.find)
    const variant = await inTurns(steps, () => nextTurn(clock))
    copyBlocks(variant)
    return variant
  } catch (error) {
    pointers.release()
    throw error
  }
}

/** Makes a Variant of a whole argument, which may be by reference. */
export const argumentOf = (value: unknown, where: string, place: string, exporter: Exporter): Variant => {
  if (!(value instanceof ByRef)) return toClient(value, where, place, exporter)
  const variant = toClient(value.value, where, place, exporter, value.type, value.lower)
  return { ...variant, byRef: value.type === undefined ? 'variant' : true }
}

/** Puts the values that by-reference arguments have after a call into the ByRefs that were passed. */
export const receiveOuts = <Object>(
  args: readonly unknown[],
  outs: readonly OutArgument[],
  objectOf: (target: Target) => Object,
): void => {
  for (const { position, value } of outs) {
    const reference = args[position]
    if (reference instanceof ByRef) (reference as { value: unknown }).value = fromClient(value, objectOf)
  }
}
