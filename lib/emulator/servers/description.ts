// The description of an emulated object, from its definition: what the type information of a real one says.
import type {
  ClassDescription,
  InterfaceDescription,
  MemberDescription,
  ObjectDescription,
} from '../../../binding'
import { DISPID_NEWENUM } from '../../values/values'
import type { EmulatedObject } from './emulated-object'
import { type ClassName, guidOf, type Members, type ServerMember } from './members'

const NAMED_ONLY = { help: '', hidden: false, restricted: false }

/** `Excel.Application.16` is of the class Application. */
const nameOf = ({ progId }: ClassName): string => {
  const parts = progId.split('.').filter(part => !/^\d+$/.test(part))
  return parts.at(-1) ?? progId
}

const classOf = (known: ClassName | null): ClassDescription | null =>
  known && { name: nameOf(known), clsid: known.clsid, progId: known.progId, help: '' }

/** The definition declares no types: every value is a VARIANT. */
const membersOf = ({ name, dispid, params = [], ...runs }: ServerMember, brief: boolean) => {
  const variant = brief ? '' : 'variant'
  const kinds: [kind: MemberDescription['kind'], run: unknown][] = [
    ['method', runs.call],
    ['get', runs.get],
    ['set', runs.set],
    ['set-reference', runs.setReference],
  ]
  return kinds
    .filter(([, run]) => run)
    .map(
      ([kind]): MemberDescription => ({
        ...NAMED_ONLY,
        name,
        dispid,
        kind,
        parameters: params.map(({ written, optional }) => ({
          name: written,
          type: variant,
          byRef: false,
          optional,
        })),
        type: variant,
      }),
    )
}

const enumerator = (brief: boolean): MemberDescription => ({
  ...NAMED_ONLY,
  name: '_NewEnum',
  dispid: DISPID_NEWENUM,
  kind: 'get',
  parameters: [],
  type: brief ? '' : 'unknown',
  restricted: true,
})

const eventsOf = ({ class: known, events }: Members): InterfaceDescription[] => {
  if (!events) return []
  const members = events.written.map(
    ({ name, dispid }): MemberDescription => ({
      ...NAMED_ONLY,
      name,
      dispid,
      kind: 'method',
      parameters: [],
      type: 'void',
    }),
  )
  return [{ name: known ? `${nameOf(known)}Events` : '', iid: events.iid, help: '', members }]
}

export const descriptionOf = ({ members, items }: EmulatedObject, brief: boolean): ObjectDescription => {
  const known = members.class
  const own = [...members.all].flatMap(each => membersOf(each, brief))
  if (items && !members.find(DISPID_NEWENUM)) own.push(enumerator(brief))
  return {
    class: brief ? null : classOf(known),
    interface: {
      name: known && !brief ? `_${nameOf(known)}` : '',
      iid: known && !brief ? guidOf(`members of ${known.progId.toLowerCase()}`) : null,
      help: '',
      members: own,
    },
    events: brief ? [] : eventsOf(members),
    enums: [],
  }
}
