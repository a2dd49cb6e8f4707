// Binds the arguments of a call, by position and by name, to the parameters of a member.
import type { Invocation } from '../../../binding'
import { HResult } from '../../errors/hresult'
import { type Reply, refusal } from '../calls/reply'
import type { ServerMember } from './members'

/** For each parameter the position of its argument, as in OutArgument; undefined for one that was left out. */
export type ArgumentPlaces = readonly (number | undefined)[]

const isMissing = ({ args, named }: Invocation, place: number | undefined): boolean => {
  if (place === undefined) return true
  const value = args[place] ?? named[place - args.length]?.value
  return value?.type === 'missing'
}

/** Returns the refusal of the call where its arguments don't fit the parameters. */
export const placesFor = (member: ServerMember, invocation: Invocation): ArgumentPlaces | Reply => {
  const { args, named, kind } = invocation
  const setting = kind === 'set' || kind === 'set-reference'
  const { params } = member
  if (!params) {
    if (named.length > 0) return refusal(HResult.DISP_E_UNKNOWNNAME, args.length)
    return args.map((_, position) => position)
  }
  const unnamed = args.length - (setting ? 1 : 0)
  if (unnamed < 0) return refusal(HResult.DISP_E_PARAMNOTOPTIONAL)
  if (unnamed + named.length > params.length) return refusal(HResult.DISP_E_BADPARAMCOUNT)
  const places: (number | undefined)[] = params.map((_, i) => (i < unnamed ? i : undefined))
  for (const [i, { name }] of named.entries()) {
    const at = params.findIndex(each => each.name === name.toLowerCase())
    if (at < 0) return refusal(HResult.DISP_E_UNKNOWNNAME, args.length + i)
    if (places[at] !== undefined) return refusal(HResult.DISP_E_BADPARAMCOUNT)
    places[at] = args.length + i
  }
  const required = params.filter(({ optional }) => !optional).length
  if (unnamed + named.length < required) return refusal(HResult.DISP_E_BADPARAMCOUNT)
  if (params.some(({ optional }, i) => !optional && isMissing(invocation, places[i])))
    return refusal(HResult.DISP_E_PARAMNOTOPTIONAL)
  return setting ? [...places, args.length - 1] : places
}
