// Marshaling between apartments: Variants and operations are copied, and each pointer in them is replaced.
import type { ArrayVariant, BindingPointer, HRESULT, Operation, ScalarValue, Variant } from '../../../binding'
import { copyBlocks, isBlock, isCells } from '../../values/blocks'

export type PointerCopier = (pointer: BindingPointer) => BindingPointer

/** Thrown for a pointer that can't be passed: it was released, or belongs to another apartment. */
export class PointerRefusal extends Error {
  readonly hresult: HRESULT

  constructor(hresult: HRESULT) {
    super('a pointer can not be passed')
    this.hresult = hresult
  }
}

/** An operation whose pointers are MarshaledPointers. */
export interface MarshaledOperation {
  operation: Operation
  /** Releases the pointers that nothing has taken over. */
  release(): void
}

/** Why an operation can't be marshaled; `argument` as in CallOutcome. */
export interface MarshalFailure {
  hresult: HRESULT
  argument: number
}

const copyScalar = (type: string, value: ScalarValue, copy: PointerCopier): ScalarValue => {
  if (value === null || typeof value !== 'object') return value
  if (type === 'dispatch' || type === 'unknown') return copy(value as BindingPointer)
  return { ...value } // a Decimal
}

/** Rethrows what `copy` throws; the caller of copyVariant then releases the pointers copied before. */
export const copyVariant = (variant: Variant, copy: PointerCopier): Variant => {
  if (variant.type !== 'array')
    return 'value' in variant
      ? { ...variant, value: copyScalar(variant.type, variant.value, copy) }
      : { ...variant }
  const { element, dimensions, elements } = variant
  return { ...variant, dimensions: dimensions.map(each => ({ ...each })), elements: copied() }

  function copied(): ArrayVariant['elements'] {
    // Shared: nobody changes a block or cells that were passed to the binding.
    if (isBlock(elements)) return elements
    if (isCells(elements))
      return { ...elements, others: elements.others.map(each => copyVariant(each, copy)) }
    return elements.map(each =>
      element === 'variant'
        ? copyVariant(each as Variant, copy)
        : copyScalar(element, each as ScalarValue, copy),
    )
  }
}

/** Copies a VARIANT whose receiver may change its blocks. */
export const copyForReceiver = (variant: Variant, copy: PointerCopier): Variant => {
  const copied = copyVariant(variant, copy)
  copyBlocks(copied)
  return copied
}

/** `copy` gets the position of the argument that the pointer is in, as in OutArgument; -1 for a sink. */
export const copyOperation = (
  operation: Operation,
  copy: (pointer: BindingPointer, argument: number) => BindingPointer,
): Operation => {
  switch (operation.kind) {
    case 'look-up':
    case 'next':
    case 'events':
    case 'describe':
    case 'describe-library':
    case 'server-process':
    case 'unadvise':
    case 'create-call':
    case 'cancel-call':
    case 'test-call':
    case 'wait-call':
      return operation
    case 'method':
      return {
        ...operation,
        args: operation.args.map((value, i) => copyVariant(value, pointer => copy(pointer, i))),
      }
    case 'is':
      return { ...operation, other: copy(operation.other, -1) }
    case 'advise':
      return { ...operation, sink: copy(operation.sink, -1) }
    default: {
      const { args, named } = operation
      const copyAt = (position: number, value: Variant) =>
        copyVariant(value, pointer => copy(pointer, position))
      return {
        ...operation,
        args: args.map((value, i) => copyAt(i, value)),
        named: named.map(({ name, value }, i) => ({ name, value: copyAt(args.length + i, value) })),
      }
    }
  }
}

/** `marshal` makes a MarshaledPointer of each pointer, or throws PointerRefusal. */
export const marshalOperation = (
  operation: Operation,
  marshal: PointerCopier,
): MarshaledOperation | MarshalFailure => {
  const taken: BindingPointer[] = []
  const release = () => {
    for (const pointer of taken) pointer.release()
  }
  let position = -1
  try {
    const copied = copyOperation(operation, (pointer, argument) => {
      position = argument
      const marshaled = marshal(pointer)
      taken.push(marshaled)
      return marshaled
    })
    return { operation: copied, release }
  } catch (error) {
    release()
    if (error instanceof PointerRefusal) return { hresult: error.hresult, argument: position }
    throw error
  }
}

/** The by-reference arguments after a call: the values that the server has set, and copies of the others. */
export const outsOf = (
  args: readonly Variant[],
  changed: ReadonlyMap<number, Variant>,
  copy: (variant: Variant) => Variant,
): { position: number; value: Variant }[] =>
  args.flatMap((argument, position) => {
    if (!argument.byRef) return []
    const { byRef: _, ...value } = changed.get(position) ?? copy(argument)
    return [{ position, value: value as Variant }]
  })

/** All arguments, in the order of OutArgument: those by position, then the named ones. */
export const argumentsOf = ({
  args,
  named = [],
}: {
  args: readonly Variant[]
  named?: readonly { value: Variant }[]
}): Variant[] => [...args, ...named.map(({ value }) => value)]

/** The values that an operation passes. */
export const valuesOf = (operation: Operation): Variant[] =>
  'args' in operation ? argumentsOf(operation) : []
