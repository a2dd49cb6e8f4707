// The classes and monikers of one emulator, found by the names that clients use.
import type { Apartment, Architecture, ClassServers, HRESULT } from '../../../binding'
import { HResult } from '../../errors/hresult'
import * as validate from '../../errors/validate'
import type { EmulatedApartment } from '../apartments/thread-stack'
import type { Request } from '../calls/request'
import { OWN_ARCHITECTURE } from './class-definition'
import type { ForeignClass, ForeignClasses, OrdinaryActivation, Servers } from './foreign-classes'
import type { HostProcess } from './host-process'
import { machineOf, nameOn } from './machines'

/** A ClassRegistration. */
export interface RegisteredClass {
  readonly progId: string
  /** Lower case, without braces. */
  readonly clsid: string
  readonly server: 'local' | 'inproc'
  /** None for a local server. */
  readonly architectures: readonly Architecture[]
  /** Lower case; null for this machine. */
  readonly machine: string | null
  /** The request of a client in an apartment for a new object. */
  creation(client: EmulatedApartment, name: string): Request
  /** The request for an object in a host process; `apartment` null: as its threading says. */
  hostedCreation(process: HostProcess, apartment: Apartment | null, name: string): Request
  /** The request for the running object; null when there is none. */
  activeObject(client: EmulatedApartment): Request | null
}

const CLSCTX_INPROC_SERVER = 1
const CLSCTX_LOCAL_SERVER = 4

/** Whether the class has a server of the context that the program can use; of any context by default. */
const serves = ({ server, architectures }: RegisteredClass, context = -1): boolean =>
  server === 'local'
    ? (context & CLSCTX_LOCAL_SERVER) !== 0
    : (context & CLSCTX_INPROC_SERVER) !== 0 && architectures.includes(OWN_ARCHITECTURE)

const serversOf = (found: RegisteredClass | ForeignClass): Servers =>
  'request' in found ? found.servers : { inproc: [...found.architectures], local: found.server === 'local' }

const braced = /^\{([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}$/i

export class ClassRegistry {
  readonly #foreignClasses: ForeignClasses | undefined
  readonly #byProgId = new Map<string, RegisteredClass>()
  readonly #byClsid = new Map<string, RegisteredClass>()
  /** By the prefix of their display names, in lower case. */
  readonly #monikers = new Map<string, RegisteredClass>()
  /** Functions that unpublish a name, by kind and name. */
  readonly #published = new Map<string, () => void>()

  constructor(foreignClasses?: ForeignClasses) {
    this.#foreignClasses = foreignClasses
  }

  /** Throws RangeError for a name that is taken. */
  add(registration: RegisteredClass): void {
    const where = 'Emulator.registerClass'
    const { progId, machine } = registration
    const name = nameOn(machine, progId.toLowerCase())
    const clsid = nameOn(machine, registration.clsid)
    if (this.#byProgId.has(name))
      throw new RangeError(`${where}: ${progId} is registered already; dispose of that registration first`)
    const other = this.#byClsid.get(clsid)
    if (other) throw new RangeError(`${where}: ${other.progId} is registered with the same clsid`)
    this.#publish(where, 'class', name, registration)
    try {
      this.#publish(where, 'class', clsid, registration)
    } catch (error) {
      this.#unpublish('class', name)
      throw error
    }
    this.#byProgId.set(name, registration)
    this.#byClsid.set(clsid, registration)
  }

  delete(registration: RegisteredClass): void {
    const { progId, machine } = registration
    const name = nameOn(machine, progId.toLowerCase())
    const clsid = nameOn(machine, registration.clsid)
    if (!this.#byClsid.delete(clsid)) return
    this.#byProgId.delete(name)
    this.#unpublish('class', name)
    this.#unpublish('class', clsid)
    for (const [prefix, each] of this.#monikers) if (each === registration) this.#deleteMoniker(prefix)
  }

  addMoniker(where: string, prefix: string, registration: RegisteredClass): Disposable {
    const lower = validate.name(where, 'prefix', prefix).toLowerCase()
    if (this.#monikers.has(lower)) throw new RangeError(`${where}: ${prefix} is registered already`)
    if (this.#byClsid.get(nameOn(registration.machine, registration.clsid)) !== registration)
      throw new RangeError(`${where}: ${registration.progId} is not registered with this emulator`)
    this.#publish(where, 'moniker', lower, registration)
    this.#monikers.set(lower, registration)
    return {
      [Symbol.dispose]: () => {
        if (this.#monikers.get(lower) === registration) this.#deleteMoniker(lower)
      },
    }
  }

  /** The request of a client in an apartment for an object; an HRESULT where COM answers without a server. */
  find(activation: OrdinaryActivation, client: EmulatedApartment): Request | HRESULT {
    switch (activation.kind) {
      case 'create':
        return this.#create(activation, client)
      case 'active':
        return this.#active(activation, client)
      case 'moniker':
        return this.#moniker(activation, client)
      case 'type-library':
        return HResult.E_NOTIMPL
    }
  }

  /** The request for an object in a host process. */
  hosted(name: string, process: HostProcess, apartment: Apartment | null): Request | HRESULT {
    if (!process.running) return HResult.RPC_S_SERVER_UNAVAILABLE
    const found = this.#class(name)
    if (typeof found === 'number') return found
    if (!serversOf(found).inproc.includes(process.architecture)) return HResult.REGDB_E_CLASSNOTREG
    return 'request' in found
      ? found.hosted(process, apartment, name)
      : found.hostedCreation(process, apartment, name)
  }

  /** The servers of a class on this machine. */
  servers(name: string): ClassServers {
    const found = this.#class(name)
    if (typeof found === 'number') return { hresult: found, inproc: [], local: false }
    return { hresult: HResult.S_OK, ...serversOf(found) }
  }

  #class(name: string, machine: string | null = null): RegisteredClass | ForeignClass | HRESULT {
    if (!name.startsWith('{')) {
      const lower = name.toLowerCase()
      const full = nameOn(machine, lower)
      const found = this.#byProgId.get(full) ?? this.#foreignClasses?.class(full)
      if (found) return found
      return this.#isRegistered(lower, machine) ? HResult.REGDB_E_CLASSNOTREG : HResult.CO_E_CLASSSTRING
    }
    const clsid = braced.exec(name)?.[1]?.toLowerCase()
    if (clsid === undefined) return HResult.CO_E_CLASSSTRING
    const full = nameOn(machine, clsid)
    return this.#byClsid.get(full) ?? this.#foreignClasses?.class(full) ?? HResult.REGDB_E_CLASSNOTREG
  }

  /** Whether a ProgID is registered on this machine: every class is, on whatever machine its server runs. */
  #isRegistered(lower: string, machine: string | null): boolean {
    for (const { progId } of this.#byProgId.values()) if (progId.toLowerCase() === lower) return true
    // For a class of this machine that was asked already: another worker may have registered it since.
    return machine !== null && this.#foreignClasses?.class(lower) !== undefined
  }

  /** Whether a machine can be reached: a class is registered there. */
  #reaches(machine: string): boolean {
    for (const each of this.#byClsid.values()) if (each.machine === machine) return true
    return false
  }

  #create(
    activation: Extract<OrdinaryActivation, { kind: 'create' }>,
    client: EmulatedApartment,
  ): Request | HRESULT {
    const { name, context, server } = activation
    const machine = server === null ? null : machineOf(server)
    const found = this.#class(name, machine)
    if (found === HResult.REGDB_E_CLASSNOTREG && machine !== null && !this.#reaches(machine))
      return HResult.RPC_S_SERVER_UNAVAILABLE
    if (typeof found === 'number') return found
    if ('request' in found) return found.request(activation, client)
    return machine !== null || serves(found, context)
      ? found.creation(client, name)
      : HResult.REGDB_E_CLASSNOTREG
  }

  #active(activation: OrdinaryActivation, client: EmulatedApartment): Request | HRESULT {
    const found = this.#class(activation.name)
    if (found === HResult.REGDB_E_CLASSNOTREG) return HResult.MK_E_UNAVAILABLE
    if (typeof found === 'number') return found
    if ('request' in found) return found.request(activation, client)
    return found.activeObject(client) ?? HResult.MK_E_UNAVAILABLE
  }

  #moniker(
    activation: Extract<OrdinaryActivation, { kind: 'moniker' }>,
    client: EmulatedApartment,
  ): Request | HRESULT {
    const { name } = activation
    const lower = name.toLowerCase()
    let longest: { length: number; registration: RegisteredClass } | undefined
    for (const [prefix, registration] of this.#monikers)
      if (lower.startsWith(prefix) && prefix.length > (longest?.length ?? 0))
        longest = { length: prefix.length, registration }
    const foreign = this.#foreignClasses?.moniker(lower)
    if (foreign && foreign.prefix > (longest?.length ?? 0)) return foreign.request(activation, client)
    if (longest)
      return serves(longest.registration)
        ? longest.registration.creation(client, name)
        : HResult.REGDB_E_CLASSNOTREG
    // Every emulated class can be elevated.
    const className = /^(?:elevation:(?:administrator|highest)!)?new:(.*)$/is.exec(name)?.[1]
    if (className === undefined) return HResult.MK_E_SYNTAX
    const found = this.#class(/^[0-9a-f]{8}-/i.test(className) ? `{${className}}` : className)
    if (found === HResult.CO_E_CLASSSTRING) return HResult.MK_E_SYNTAX
    if (typeof found === 'number') return found
    if ('request' in found) return found.request(activation, client)
    return serves(found, activation.bind?.context)
      ? found.creation(client, name)
      : HResult.REGDB_E_CLASSNOTREG
  }

  #deleteMoniker(prefix: string): void {
    this.#monikers.delete(prefix)
    this.#unpublish('moniker', prefix)
  }

  #publish(where: string, kind: 'class' | 'moniker', name: string, registration: RegisteredClass): void {
    const unpublish = this.#foreignClasses?.publish(where, kind, name, serversOf(registration))
    if (unpublish) this.#published.set(`${kind} ${name}`, unpublish)
  }

  #unpublish(kind: 'class' | 'moniker', name: string): void {
    this.#published.get(`${kind} ${name}`)?.()
    this.#published.delete(`${kind} ${name}`)
  }
}
