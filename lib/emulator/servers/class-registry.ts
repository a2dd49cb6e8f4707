// The classes and monikers of one emulator, found by the names that clients use.
import { hostname } from 'node:os'
import type { Activation, HRESULT } from '../../../binding'
import { HResult } from '../../errors/hresult'
import * as validate from '../../errors/validate'
import type { EmulatedApartment } from '../apartments/apartment'
import type { Request } from '../calls/served-call'
import type { ClassRegistration } from './class-registration'
import type { ForeignClass, ForeignClasses } from './foreign-classes'

type Registered = Pick<ClassRegistration, 'progId' | 'clsid' | 'server' | 'creation' | 'activeObject'>

const CLSCTX_INPROC_SERVER = 1
const CLSCTX_LOCAL_SERVER = 4

const braced = /^\{([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}$/i

/** There is no other machine than this one. */
const thisMachine = new Set(['localhost', '127.0.0.1', '::1', hostname().toLowerCase()])

export class ClassRegistry {
  readonly #foreignClasses: ForeignClasses | undefined
  readonly #byProgId = new Map<string, Registered>()
  readonly #byClsid = new Map<string, Registered>()
  /** By what display names begin with, in lower case. */
  readonly #monikers = new Map<string, Registered>()
  /** How to take back what other workers know of each. */
  readonly #announced = new Map<string, () => void>()

  constructor(foreignClasses?: ForeignClasses) {
    this.#foreignClasses = foreignClasses
  }

  /** Throws RangeError for a name that is taken. */
  add(registration: Registered): void {
    const where = 'Emulator.registerClass'
    const { progId, clsid } = registration
    const name = progId.toLowerCase()
    if (this.#byProgId.has(name))
      throw new RangeError(`${where}: ${progId} is registered already; dispose of that registration first`)
    const other = this.#byClsid.get(clsid)
    if (other) throw new RangeError(`${where}: ${other.progId} is registered with the same clsid`)
    this.#announce(where, 'class', name)
    try {
      this.#announce(where, 'class', clsid)
    } catch (error) {
      this.#withdraw('class', name)
      throw error
    }
    this.#byProgId.set(name, registration)
    this.#byClsid.set(clsid, registration)
  }

  delete({ progId, clsid }: Registered): void {
    if (!this.#byClsid.delete(clsid)) return
    this.#byProgId.delete(progId.toLowerCase())
    this.#withdraw('class', progId.toLowerCase())
    this.#withdraw('class', clsid)
    for (const [prefix, registration] of this.#monikers)
      if (registration.clsid === clsid) this.#deleteMoniker(prefix)
  }

  addMoniker(where: string, prefix: string, registration: Registered): Disposable {
    const lower = validate.name(where, 'prefix', prefix).toLowerCase()
    if (this.#monikers.has(lower)) throw new RangeError(`${where}: ${prefix} is registered already`)
    if (this.#byClsid.get(registration.clsid) !== registration)
      throw new RangeError(`${where}: ${registration.progId} is not registered with this emulator`)
    this.#announce(where, 'moniker', lower)
    this.#monikers.set(lower, registration)
    return {
      [Symbol.dispose]: () => {
        if (this.#monikers.get(lower) === registration) this.#deleteMoniker(lower)
      },
    }
  }

  /** What a client in an apartment has to ask for, or what COM answers by itself. */
  find(activation: Activation, client: EmulatedApartment): Request | HRESULT {
    switch (activation.kind) {
      case 'create':
        return this.#create(activation, client)
      case 'active':
        return this.#active(activation, client)
      case 'moniker':
        return this.#moniker(activation, client)
    }
  }

  #class(name: string): Registered | ForeignClass | HRESULT {
    if (!name.startsWith('{')) {
      const lower = name.toLowerCase()
      return this.#byProgId.get(lower) ?? this.#foreignClasses?.class(lower) ?? HResult.CO_E_CLASSSTRING
    }
    const clsid = braced.exec(name)?.[1]?.toLowerCase()
    if (clsid === undefined) return HResult.CO_E_CLASSSTRING
    return this.#byClsid.get(clsid) ?? this.#foreignClasses?.class(clsid) ?? HResult.REGDB_E_CLASSNOTREG
  }

  #create(activation: Extract<Activation, { kind: 'create' }>, client: EmulatedApartment): Request | HRESULT {
    const { name, context, server } = activation
    const found = this.#class(name)
    if (server !== null && !thisMachine.has(server.toLowerCase())) {
      // Another machine knows its own classes, but the ProgID is looked up here.
      return found === HResult.CO_E_CLASSSTRING ? found : HResult.RPC_S_SERVER_UNAVAILABLE
    }
    if (typeof found === 'number') return found
    if ('request' in found) return found.request(activation, client)
    const needed = found.server === 'inproc' ? CLSCTX_INPROC_SERVER : CLSCTX_LOCAL_SERVER
    return context & needed ? found.creation(client, name) : HResult.REGDB_E_CLASSNOTREG
  }

  #active(activation: Activation, client: EmulatedApartment): Request | HRESULT {
    const found = this.#class(activation.name)
    if (found === HResult.REGDB_E_CLASSNOTREG) return HResult.MK_E_UNAVAILABLE
    if (typeof found === 'number') return found
    if ('request' in found) return found.request(activation, client)
    return found.activeObject(client) ?? HResult.MK_E_UNAVAILABLE
  }

  #moniker(activation: Activation, client: EmulatedApartment): Request | HRESULT {
    const { name } = activation
    const lower = name.toLowerCase()
    let longest: { length: number; registration: Registered } | undefined
    for (const [prefix, registration] of this.#monikers)
      if (lower.startsWith(prefix) && prefix.length > (longest?.length ?? 0))
        longest = { length: prefix.length, registration }
    const foreign = this.#foreignClasses?.moniker(lower)
    if (foreign && foreign.prefix > (longest?.length ?? 0)) return foreign.request(activation, client)
    if (longest) return longest.registration.creation(client, name)
    if (!lower.startsWith('new:')) return HResult.MK_E_SYNTAX
    const className = name.slice(4)
    const found = this.#class(/^[0-9a-f]{8}-/i.test(className) ? `{${className}}` : className)
    if (found === HResult.CO_E_CLASSSTRING) return HResult.MK_E_SYNTAX
    if (typeof found === 'number') return found
    return 'request' in found ? found.request(activation, client) : found.creation(client, name)
  }

  #deleteMoniker(prefix: string): void {
    this.#monikers.delete(prefix)
    this.#withdraw('moniker', prefix)
  }

  #announce(where: string, kind: 'class' | 'moniker', name: string): void {
    const takeBack = this.#foreignClasses?.publish(where, kind, name)
    if (takeBack) this.#announced.set(`${kind} ${name}`, takeBack)
  }

  #withdraw(kind: 'class' | 'moniker', name: string): void {
    this.#announced.get(`${kind} ${name}`)?.()
    this.#announced.delete(`${kind} ${name}`)
  }
}
