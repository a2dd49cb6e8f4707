// The members of an emulated object, by name in any case and by DISPID.
import { createHash } from 'node:crypto'
import type { EventSource, InterfaceId } from '../../../binding'
import { dispinterfaceId } from '../../errors/interfaces'
import * as validate from '../../errors/validate'
import { DISPID_NEWENUM, defaultMember } from '../../values/values'
import type { EventsDefinition, Method, MethodWithParameters, ObjectDefinition, Property } from './definition'
import { type EmulatedInterface, interfacesOf } from './interfaces'

export interface Parameter {
  /** Lower case. */
  name: string
  /** As the definition writes it. */
  written: string
  optional: boolean
}

/** A method or property of an emulated object. */
export interface ServerMember {
  name: string
  dispid: number
  /** Undefined where the definition does not declare them. */
  params: readonly Parameter[] | undefined
  /** A property without indexes: the arguments of a call are those of the default member of what it returns. */
  plain: boolean
  call: Method | undefined
  get: Method | undefined
  set: Method | undefined
  setReference: Method | undefined
}

const NEWENUM = '_newenum'

/** The keys of an ObjectDefinition. */
export const objectKeys: validate.Keys<ObjectDefinition> = {
  methods: true,
  properties: true,
  events: true,
  items: true,
  interfaces: true,
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
        const written = text.replace(/\?$/, '')
        return { name: written.toLowerCase(), written, optional: text.endsWith('?') }
      })

const handler = (where: string, what: string, value: unknown): Method | undefined =>
  value === undefined ? undefined : validate.callback<Method>(where, what, value)

type Draft = Omit<ServerMember, 'dispid'> & { dispid: number | undefined }

const methodOf = (where: string, name: string, value: unknown): Draft => {
  const what = `methods.${name}`
  const none = { plain: false, get: undefined, set: undefined, setReference: undefined }
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

/** Functions without declared parameters: the call comes first, and the value of `set` last. */
const hasIndexes = ({ get, set, setReference }: Property): boolean =>
  (get?.length ?? 0) > 1 || (set?.length ?? 0) > 2 || (setReference?.length ?? 0) > 2

const propertyOf = (where: string, name: string, value: unknown): Draft => {
  const what = `properties.${name}`
  const given =
    typeof value === 'function'
      ? { get: value as Method }
      : validate.options<Property>(where, value, propertyKeys, what)
  const property = given as Property
  const dispid = property.default ? defaultMember : property.dispid
  const params = parametersOf(where, `${what}.params`, property.params)
  if (!property.get && !property.set && !property.setReference)
    throw validate.wrongType(where, what, 'a function, or an object with get, set or setReference', value)
  return {
    name,
    dispid: dispid === undefined ? undefined : validate.dispid(where, `${what}.dispid`, dispid),
    params,
    plain: params ? params.length === 0 : !hasIndexes(property),
    call: undefined,
    get: handler(where, `${what}.get`, property.get),
    set: handler(where, `${what}.set`, property.set),
    setReference: handler(where, `${what}.setReference`, property.setReference),
  }
}

/** An event interface, with the names of its events as the definition writes them. */
export interface DefinedEvents extends EventSource {
  written: readonly { name: string; dispid: number }[]
}

const eventSourceOf = (where: string, identity: string, events: unknown): DefinedEvents | null => {
  if (events === undefined) return null
  const names = Array.isArray(events) ? events : undefined
  const { iid, members } = names
    ? { iid: undefined, members: Object.fromEntries(names.map((name, i) => [name, i + 1])) }
    : validate.options<EventsDefinition>(where, events, { iid: true, members: true }, 'events')
  const written = Object.entries(validate.object(where, 'events.members', members)).map(([name, dispid]) => ({
    name: validate.name(where, 'an event', name),
    dispid: validate.dispid(where, `events.members.${name}`, dispid),
  }))
  const source: DefinedEvents = {
    iid: iid === undefined ? guidOf(`events of ${identity}`) : dispinterfaceId(where, iid),
    members: Object.create(null),
    written,
  }
  for (const { name, dispid } of written) source.members[name.toLowerCase()] = dispid
  return source
}

export interface ClassName {
  readonly progId: string
  readonly clsid: string
}

/** The constructor throws TypeError or RangeError for a bad definition. */
export class Members {
  readonly events: DefinedEvents | null
  /** The name of the class that the definition registers; null for another object. */
  readonly class: ClassName | null
  /** The interfaces that are called by vtable. */
  readonly interfaces: readonly EmulatedInterface[]
  readonly #byName = new Map<string, ServerMember>()
  readonly #byDispid = new Map<number, ServerMember>()
  readonly #hasItems: boolean

  /** `identity`: the text that a generated interface id depends on. */
  constructor(
    where: string,
    identity: string,
    definition: Partial<ObjectDefinition>,
    className: ClassName | null = null,
  ) {
    this.class = className
    const { methods, properties, events, items, interfaces } = definition
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
    this.interfaces = interfacesOf(where, interfaces)
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

  /** All members, in the order of the definition. */
  get all(): Iterable<ServerMember> {
    return this.#byName.values()
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
