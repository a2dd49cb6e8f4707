// The arguments of a call as they leave an apartment: copied, with a reference of the call's own on every object.
import type { BindingPointer, HRESULT, Variant } from '../../../binding'
import { copyVariant } from './copy-variant'
import { PointerRefusal } from './pointer-refusal'
import type { Invocation } from './target'

export type MarshalPointer = (pointer: BindingPointer) => BindingPointer

/** An invocation under way, and how to give back what it holds. */
export interface MarshaledInvocation {
  invocation: Invocation
  release(): void
}

/** What can't be passed, as in CallOutcome. */
export interface MarshalFailure {
  hresult: HRESULT
  argument: number
}

/** `depart` makes a Transit of each pointer, or throws PointerRefusal. */
export const marshalInvocation = (
  { member, kind, args, named }: Invocation,
  depart: MarshalPointer,
): MarshaledInvocation | MarshalFailure => {
  const taken: BindingPointer[] = []
  const take: MarshalPointer = pointer => {
    const marshaled = depart(pointer)
    taken.push(marshaled)
    return marshaled
  }
  const release = () => {
    for (const marshaled of taken) marshaled.release()
  }
  const values = [...args, ...named.map(({ value }) => value)]
  const copies: Variant[] = []
  for (const [argument, value] of values.entries()) {
    try {
      copies.push(copyVariant(value, take))
    } catch (error) {
      release()
      if (error instanceof PointerRefusal) return { hresult: error.hresult, argument }
      throw error
    }
  }
  const invocation: Invocation = {
    member,
    kind,
    args: copies.slice(0, args.length),
    named: named.flatMap(({ name }, i) => {
      const value = copies[args.length + i]
      return value ? [{ name, value }] : []
    }),
  }
  return { invocation, release }
}

/** The by-reference arguments after a call, changed where the server changed them. */
export const outsOf = (
  { args, named }: Invocation,
  changed: ReadonlyMap<number, Variant>,
  copy: (variant: Variant) => Variant,
): { position: number; value: Variant }[] =>
  [...args, ...named.map(({ value }) => value)].flatMap((argument, position) => {
    if (!argument.byRef) return []
    const { byRef: _, ...value } = changed.get(position) ?? copy(argument)
    return [{ position, value: value as Variant }]
  })
