// The members of an emulated object, by name in any case and by DISPID.
import { createHash } from 'node:crypto'
import type { EventSource, InterfaceId } from '../../../binding'
import { dispinterfaceId } from '../../errors/interfaces'
import * as validate from '../../errors/validate'
import { DISPID_NEWENUM } from '../../values/values'
import type { EventsDefinition, Method, MethodWithParameters, ObjectDefinition, Property } from './definition'

export interface Parameter {
  name: string
  optional: boolean
}

/** A method or property of an emulated object. */
export interface ServerMember {
  name: string
  dispid: number
  /** Undefined where the definition does not declare them. */
  params: readonly Parameter[] | undefined
  call: Method | undefined
  get: Method | undefined
  set: Method | undefined
  setReference: Method | undefined
}

export const DISPID_VALUE = 0
const NEWENUM = '_newenum'

/** The keys of an ObjectDefinition. */
export const objectKeys: validate.Keys<ObjectDefinition> = {
  methods: true,
  properties: true,
  events: true,
  items: true,
  onRelease: true,
}
const methodKeys: validate.Keys<MethodWithParameters> = { params: true, run: true, dispid: true }
const propertyKeys: validate.Keys<Property> = {
  get: true,
  set: true,
  setReference: true,
  params: true,
  default: true,
  dispid: true,
}

/** A GUID that depends on the text only. */
export const guidOf = (text: string): string => {
  const hash = createHash('sha1').update(`com-cancel emulator ${text}`).digest('hex')
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `5${hash.slice(13, 16)}`,
    `8${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join('-')
}

const parametersOf = (where: string, what: string, params: unknown): Parameter[] | undefined =>
  params === undefined
    ? undefined
    : validate.list(where, what, params).map((each, i) => {
        const text = validate.name(where, `${what}[${i}]`, each)
        return { name: text.replace(/\?$/, '').toLowerCase(), optional: text.endsWith('?') }
      })

const handler = (where: string, what: string, value: unknown): Method | undefined =>
  value === undefined ? undefined : validate.callback<Method>(where, what, value)

type Draft = Omit<ServerMember, 'dispid'> & { dispid: number | undefined }

const methodOf = (where: string, name: string, value: unknown): Draft => {
  const what = `methods.${name}`
  const none = { get: undefined, set: undefined, setReference: undefined }
  if (typeof value === 'function')
    return { name, dispid: undefined, params: undefined, call: value as Method, ...none }
  const { params, run, dispid } = validate.options<MethodWithParameters>(where, value, methodKeys, what)
  return {
    name,
    dispid: dispid === undefined ? undefined : validate.dispid(where, `${what}.dispid`, dispid),
    params: parametersOf(where, `${what}.params`, params),
    call: validate.callback<Method>(where, `${what}.run`, run),
    ...none,
  }
}

const propertyOf = (where: string, name: string, value: unknown): Draft => {
  const what = `properties.${name}`
  const given =
    typeof value === 'function'
      ? { get: value as Method }
      : validate.options<Property>(where, value, propertyKeys, what)
  const property = given as Property
  const dispid = property.default ? DISPID_VALUE : property.dispid
  if (!property.get && !property.set && !property.setReference)
    throw validate.wrongType(where, what, 'a function, or an object with get, set or setReference', value)
  return {
    name,
    dispid: dispid === undefined ? undefined : validate.dispid(where, `${what}.dispid`, dispid),
    params: parametersOf(where, `${what}.params`, property.params),
    call: undefined,
    get: handler(where, `${what}.get`, property.get),
    set: handler(where, `${what}.set`, property.set),
    setReference: handler(where, `${what}.setReference`, property.setReference),
  }
}

const eventSourceOf = (where: string, identity: string, events: unknown): EventSource | null => {
  if (events === undefined) return null
  const names = Array.isArray(events) ? events : undefined
  const { iid, members } = names
    ? { iid: undefined, members: Object.fromEntries(names.map((name, i) => [name, i + 1])) }
    : validate.options<EventsDefinition>(where, events, { iid: true, members: true }, 'events')
  const source: EventSource = {
    iid: iid === undefined ? guidOf(`events of ${identity}`) : dispinterfaceId(where, iid),
    members: Object.create(null),
  }
  for (const [name, dispid] of Object.entries(validate.object(where, 'events.members', members)))
    source.members[validate.name(where, 'an event', name).toLowerCase()] = validate.dispid(
      where,
      `events.members.${name}`,
      dispid,
    )
  return source
}

/** The constructor throws TypeError or RangeError for a bad definition. */
export class Members {
  readonly events: EventSource | null
  readonly #byName = new Map<string, ServerMember>()
  readonly #byDispid = new Map<number, ServerMember>()
  readonly #hasItems: boolean

  /** `identity`: the text that a generated interface id depends on. */
  constructor(where: string, identity: string, definition: Partial<ObjectDefinition>) {
    const { methods, properties, events, items } = definition
    const drafts = [
      ...Object.entries(validate.object(where, 'methods', methods)).map(([name, value]) =>
        methodOf(where, name, value),
      ),
      ...Object.entries(validate.object(where, 'properties', properties)).map(([name, value]) =>
        propertyOf(where, name, value),
      ),
    ]
    this.events = eventSourceOf(where, identity, events)
    this.#hasItems = items !== undefined
    const taken = new Set(drafts.flatMap(({ dispid }) => (dispid === undefined ? [] : [dispid])))
    let next = 0
    for (const draft of drafts) {
      if (draft.dispid === undefined) {
        do next++
        while (taken.has(next))
      }
      this.#add(where, { ...draft, dispid: draft.dispid ?? next })
    }
  }

  /** Whether the definition makes it a collection; its state may do so too. */
  get hasItems(): boolean {
    return this.#hasItems
  }

  dispidOf(name: string): number | undefined {
    const lower = name.toLowerCase()
    return this.#byName.get(lower)?.dispid ?? (lower === NEWENUM ? DISPID_NEWENUM : undefined)
  }

  find(dispid: number): ServerMember | undefined {
    return this.#byDispid.get(dispid)
  }

  /** The event interface if `iid` is null or its id; else null. */
  eventsFor(iid: InterfaceId | null): EventSource | null {
    return iid === null || this.events?.iid === iid ? this.events : null
  }

  #add(where: string, member: ServerMember): void {
    const lower = validate.name(where, 'the name of a member', member.name).toLowerCase()
    if (this.#byName.has(lower))
      throw new RangeError(`${where}: two members are named ${member.name}, whose case COM ignores`)
    const other = this.#byDispid.get(member.dispid)
    if (other)
      throw new RangeError(`${where}: ${member.name} and ${other.name} have the same DISPID ${member.dispid}`)
    this.#byName.set(lower, member)
    this.#byDispid.set(member.dispid, member)
  }
}
