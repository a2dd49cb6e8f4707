// Advice for a failed call to a member, from the members that the object describes.
import type { HRESULT, MemberDescription } from '../../binding'
import { HResult } from './hresult'
import { nearest } from './nearest'

/** The call that failed. */
export interface MemberCall {
  member: string | number
  kind: 'call' | 'get' | 'set' | 'set-reference'
  /** The name of the named argument at fault, if one is. */
  named: string | undefined
  /** The number of arguments that were passed by position. */
  positional: number
}

/** The failures on which the description of the object can say more. */
export const describable: ReadonlySet<HRESULT> = new Set([
  HResult.DISP_E_UNKNOWNNAME,
  HResult.DISP_E_MEMBERNOTFOUND,
  HResult.DISP_E_BADPARAMCOUNT,
  HResult.DISP_E_PARAMNOTOPTIONAL,
  HResult.DISP_E_PARAMNOTFOUND,
])

const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u

/** The member of a dynamic view, as code. */
export const viewMember = (name: string, view = 'view'): string =>
  identifier.test(name) ? `${view}.${name}` : `${view}[${JSON.stringify(name)}]`

const quoted = (name: string): string => `'${name.replace(/['\\]/g, '\\$&')}'`

const parameterList = ({ parameters }: MemberDescription): string =>
  parameters.map(({ name, optional }) => (optional ? `[${name}]` : name)).join(', ')

/** Arguments as code, named as the parameters are. */
const sampleOf = (parameters: MemberDescription['parameters'], count: number): string =>
  Array.from({ length: count }, (_, index) => {
    const name = parameters[index]?.name
    return name !== undefined && identifier.test(name) ? name : 'value'
  }).join(', ')

const unknownName = (members: readonly MemberDescription[], { member }: MemberCall): string | undefined => {
  if (typeof member !== 'string') return undefined
  const near = nearest(
    member,
    members.filter(({ restricted }) => !restricted).map(({ name }) => name),
  )
  return near === undefined ? 'no such member' : `no such member; did you mean ${near}?`
}

const unknownParameter = (found: readonly MemberDescription[], name: string): string => {
  const known = [...new Set(found.flatMap(({ parameters }) => parameters.map(each => each.name)))]
  const near = nearest(name, known)
  if (near !== undefined) return `no parameter has this name; did you mean ${near}?`
  return known.length > 0
    ? `no parameter has this name; the parameters are ${known.join(', ')}`
    : 'no parameter has this name'
}

const wrongKind = (
  found: readonly MemberDescription[],
  { kind, positional }: MemberCall,
): string | undefined => {
  const [first] = found
  if (!first) return undefined
  const { name, parameters } = first
  const kinds = new Set(found.map(each => each.kind))
  const member = viewMember(name)
  const setting = kind === 'set' || kind === 'set-reference'
  if (setting && kinds.has(kind)) return undefined
  if (kind === 'set' && kinds.has('set-reference'))
    return `it is set to an object by reference only; object.setReference(${quoted(name)}, value), or ${member}.$setReference(value)`
  if (kind === 'set-reference' && kinds.has('set'))
    return `it is not set by reference; object.set(${quoted(name)}, value), or ${member}.$set(value)`
  if (kinds.has('method') && kind !== 'call') {
    const sample = sampleOf(parameters, positional)
    return `it is a method; object.call(${quoted(name)}${sample && `, [${sample}]`}), or ${member}(${sample})`
  }
  if (setting) return kinds.has('get') ? 'it is read-only' : undefined
  return kinds.has('get') || kinds.has('method') ? undefined : 'it can be set only, not read'
}

const wrongCount = (found: readonly MemberDescription[], { kind }: MemberCall): string | undefined => {
  const same = kind === 'call' ? ['method', 'get'] : [kind]
  const match = found.find(each => same.includes(each.kind)) ?? found[0]
  if (!match) return undefined
  const { name, parameters } = match
  if (parameters.length === 0)
    return kind === 'call' || kind === 'get' ? 'it takes no arguments' : 'it takes no arguments but the value'
  const list = parameterList(match)
  const first = parameters.find(({ optional }) => !optional) ?? parameters[0]
  const sample = sampleOf(first ? [first] : [], 1)
  const how =
    kind === 'get' ? `; object.call(${quoted(name)}, [${sample}]), or ${viewMember(name)}(${sample})` : ''
  return `it takes the arguments ${list}${how}`
}

/** What the description of the object says about a failed call; undefined when nothing. */
export const adviceFrom = (
  members: readonly MemberDescription[],
  call: MemberCall,
  hresult: HRESULT,
): string | undefined => {
  const { member, named } = call
  const wanted = typeof member === 'string' ? member.toLowerCase() : undefined
  const found = members.filter(({ name, dispid }) =>
    wanted === undefined ? dispid === member : name.toLowerCase() === wanted,
  )
  switch (hresult) {
    case HResult.DISP_E_UNKNOWNNAME:
    case HResult.DISP_E_PARAMNOTFOUND:
      if (named !== undefined) return found.length > 0 ? unknownParameter(found, named) : undefined
      return hresult === HResult.DISP_E_UNKNOWNNAME && found.length === 0
        ? unknownName(members, call)
        : undefined
    case HResult.DISP_E_MEMBERNOTFOUND:
      return wrongKind(found, call)
    default:
      return wrongCount(found, call)
  }
}

/** The same where the object does not describe itself. */
export const adviceWithout = (
  { kind, member, positional }: MemberCall,
  hresult: HRESULT,
): string | undefined => {
  const name = typeof member === 'string' ? quoted(member) : String(member)
  if (hresult === HResult.DISP_E_MEMBERNOTFOUND && kind === 'set')
    return `the object has no such property that can be set; where it takes an object by reference only, object.setReference(${name}, value)`
  if (hresult === HResult.DISP_E_MEMBERNOTFOUND && kind === 'set-reference')
    return `the object has no such property that can be set by reference; object.set(${name}, value)`
  if (kind !== 'get') return undefined
  if (hresult === HResult.DISP_E_MEMBERNOTFOUND)
    return `the object has no such property that can be read; a method is called, with object.call(${name}${positional > 0 ? ', [argument]' : ''})`
  if (hresult === HResult.DISP_E_BADPARAMCOUNT || hresult === HResult.DISP_E_PARAMNOTOPTIONAL)
    return `it takes another number of arguments; object.call(${name}, [argument])`
  return undefined
}
