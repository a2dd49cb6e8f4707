// The description of an object for programs: its type information, with default values as JavaScript values.
import type * as binding from '../../binding'
import type { CallLimits } from '../calls/call-limits'
import type { HeldPointer } from '../calls/held-pointer'
import { runOperation } from '../calls/invoke'
import { outcomeError, succeeded } from '../errors/call-error'
import { ComError } from '../errors/errors'
import { HResult } from '../errors/hresult'
import { fromVariant } from '../values/from-variant'
import type { Value } from '../values/values'

/** The type information of an object, as plain data. */
export interface ComDescription {
  /** The class of the object; null where it is not known. */
  class: binding.ClassDescription | null
  /** Its default interface, whose members `call`, `get` and `set` reach. */
  interface: ComInterfaceDescription
  /** The event interfaces of its class, the default one first. */
  events: ComInterfaceDescription[]
  /** The enumerations that its members use. */
  enums: ComEnumDescription[]
}

export interface ComInterfaceDescription extends Omit<binding.InterfaceDescription, 'members'> {
  members: ComMemberDescription[]
}

/** One kind of access to a member. A property that can be read and set has two. */
export interface ComMemberDescription extends Omit<binding.MemberDescription, 'parameters'> {
  /** The parameters without the value that is set. */
  parameters: ComParameterDescription[]
}

export interface ComParameterDescription extends Omit<binding.ParameterDescription, 'default'> {
  /** The value of an argument that is left out; absent where there is none. */
  default?: Value<never>
}

export interface ComEnumDescription extends Omit<binding.EnumDescription, 'constants'> {
  constants: { name: string; value: Value<never>; help: string }[]
}

/** A type library, as plain data. */
export interface ComLibraryDescription {
  name: string
  help: string
  classes: ComClassDescription[]
  /** The interfaces that `call`, `get` and `set` reach, and event interfaces. */
  interfaces: ComInterfaceDescription[]
  /** The enumerations that the members use. */
  enums: ComEnumDescription[]
}

/** A class of a type library, with the names of its default interface and its default event interface. */
export type ComClassDescription = binding.LibraryClassDescription

/** Type information has no pointers but null. */
const plainValue = (variant: binding.Variant): Value<never> =>
  fromVariant<never>(variant, pointer => {
    pointer.release()
    return null as never
  })

const memberOf = ({ parameters, ...member }: binding.MemberDescription): ComMemberDescription => ({
  ...member,
  parameters: parameters.map(({ default: value, ...parameter }) =>
    value ? { ...parameter, default: plainValue(value) } : parameter,
  ),
})

const interfaceOf = ({ members, ...described }: binding.InterfaceDescription): ComInterfaceDescription => ({
  ...described,
  members: members.map(memberOf),
})

const enumOf = ({ constants, ...described }: binding.EnumDescription): ComEnumDescription => ({
  ...described,
  constants: constants.map(({ value, ...constant }) => ({ ...constant, value: plainValue(value) })),
})

/** Implements ComObject.describe. */
export const describe = async (
  held: HeldPointer,
  where: string,
  limits: CallLimits,
): Promise<ComDescription> => {
  const outcome = await runOperation(held, { kind: 'describe', brief: false }, { where, limits })
  if (outcome.hresult === HResult.E_NOTIMPL || outcome.hresult === HResult.E_NOINTERFACE)
    throw outcomeError(where, outcome, { hint: 'the object has no type information, and no IDispatchEx' })
  const { description } = succeeded(where, outcome)
  if (!description) throw new ComError(HResult.E_UNEXPECTED, where, 'the object has no description')
  return {
    class: description.class,
    interface: interfaceOf(description.interface),
    events: description.events.map(interfaceOf),
    enums: description.enums.map(enumOf),
  }
}

/** Implements ComObject.describeLibrary, and ComThread.describeLibrary for an ITypeLib. */
export const describeLibrary = async (
  held: HeldPointer,
  where: string,
  limits: CallLimits,
): Promise<ComLibraryDescription> => {
  const outcome = await runOperation(held, { kind: 'describe-library' }, { where, limits })
  if (outcome.hresult === HResult.E_NOTIMPL)
    throw outcomeError(where, outcome, { hint: 'the object has no type information of a type library' })
  const { library } = succeeded(where, outcome)
  if (!library) throw new ComError(HResult.E_UNEXPECTED, where, 'the library has no description')
  const { interfaces, enums, ...about } = library
  return { ...about, interfaces: interfaces.map(interfaceOf), enums: enums.map(enumOf) }
}
