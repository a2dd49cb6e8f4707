// The classes and monikers of one emulator, found by the names that clients use.
import { hostname } from 'node:os'
import type { Activation, HRESULT } from '../../binding'
import { HResult } from '../hresult'
import * as validate from '../validate'
import type { Apartment } from './apartment'
import type { Request } from './incoming-call'
import type { ClassRegistration } from './registration'

type Registration = Pick<ClassRegistration, 'progId' | 'clsid' | 'server' | 'creation' | 'activeObject'>

const CLSCTX_INPROC_SERVER = 1
const CLSCTX_LOCAL_SERVER = 4

const braced = /^\{([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}$/i

/** There is no other machine than this one. */
const thisMachine = new Set(['localhost', '127.0.0.1', '::1', hostname().toLowerCase()])

export class Registry {
  readonly #byProgId = new Map<string, Registration>()
  readonly #byClsid = new Map<string, Registration>()
  /** By what display names begin with, in lower case. */
  readonly #monikers = new Map<string, Registration>()

  /** Throws RangeError for a name that is taken. */
  add(registration: Registration): void {
    const where = 'Emulator.registerClass'
    const { progId, clsid } = registration
    if (this.#byProgId.has(progId.toLowerCase()))
      throw new RangeError(`${where}: ${progId} is registered already; dispose of that registration first`)
    const other = this.#byClsid.get(clsid)
    if (other) throw new RangeError(`${where}: ${other.progId} is registered with the same clsid`)
    this.#byProgId.set(progId.toLowerCase(), registration)
    this.#byClsid.set(clsid, registration)
  }

  delete({ progId, clsid }: Registration): void {
    this.#byProgId.delete(progId.toLowerCase())
    this.#byClsid.delete(clsid)
    for (const [prefix, registration] of this.#monikers)
      if (registration.clsid === clsid) this.#monikers.delete(prefix)
  }

  addMoniker(where: string, prefix: string, registration: Registration): Disposable {
    const lower = validate.name(where, 'prefix', prefix).toLowerCase()
    if (this.#monikers.has(lower)) throw new RangeError(`${where}: ${prefix} is registered already`)
    if (this.#byClsid.get(registration.clsid) !== registration)
      throw new RangeError(`${where}: ${registration.progId} is not registered with this emulator`)
    this.#monikers.set(lower, registration)
    return {
      [Symbol.dispose]: () => {
        if (this.#monikers.get(lower) === registration) this.#monikers.delete(lower)
      },
    }
  }

  /** What a client in an apartment has to ask for, or what COM answers by itself. */
  find(activation: Activation, client: Apartment): Request | HRESULT {
    switch (activation.kind) {
      case 'create':
        return this.#create(activation, client)
      case 'active':
        return this.#active(activation.name, client)
      case 'moniker':
        return this.#moniker(activation.name, client)
    }
  }

  #class(name: string): Registration | HRESULT {
    if (!name.startsWith('{')) return this.#byProgId.get(name.toLowerCase()) ?? HResult.CO_E_CLASSSTRING
    const clsid = braced.exec(name)?.[1]?.toLowerCase()
    if (clsid === undefined) return HResult.CO_E_CLASSSTRING
    return this.#byClsid.get(clsid) ?? HResult.REGDB_E_CLASSNOTREG
  }

  #create(
    { name, context, server }: Extract<Activation, { kind: 'create' }>,
    client: Apartment,
  ): Request | HRESULT {
    const found = this.#class(name)
    if (server !== null && !thisMachine.has(server.toLowerCase())) {
      // Another machine knows its own classes, but the ProgID is looked up here.
      return found === HResult.CO_E_CLASSSTRING ? found : HResult.RPC_S_SERVER_UNAVAILABLE
    }
    if (typeof found === 'number') return found
    const needed = found.server === 'inproc' ? CLSCTX_INPROC_SERVER : CLSCTX_LOCAL_SERVER
    return context & needed ? found.creation(client, name) : HResult.REGDB_E_CLASSNOTREG
  }

  #active(name: string, client: Apartment): Request | HRESULT {
    const found = this.#class(name)
    if (found === HResult.REGDB_E_CLASSNOTREG) return HResult.MK_E_UNAVAILABLE
    if (typeof found === 'number') return found
    return found.activeObject(client) ?? HResult.MK_E_UNAVAILABLE
  }

  #moniker(name: string, client: Apartment): Request | HRESULT {
    const lower = name.toLowerCase()
    let longest: { length: number; registration: Registration } | undefined
    for (const [prefix, registration] of this.#monikers)
      if (lower.startsWith(prefix) && prefix.length > (longest?.length ?? 0))
        longest = { length: prefix.length, registration }
    if (longest) return longest.registration.creation(client, name)
    if (!lower.startsWith('new:')) return HResult.MK_E_SYNTAX
    const className = name.slice(4)
    const found = this.#class(/^[0-9a-f]{8}-/i.test(className) ? `{${className}}` : className)
    if (found === HResult.CO_E_CLASSSTRING) return HResult.MK_E_SYNTAX
    return typeof found === 'number' ? found : found.creation(client, name)
  }
}
