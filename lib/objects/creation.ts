// Where createObject makes an object: as COM chooses, in a host process, or in one that ends with its last object.
import type { Apartment, Architecture, Binding, HRESULT } from '../../binding'
import type { CallLimits } from '../calls/call-limits'
import type { Caller } from '../calls/call-runner'
import type { HeldPointer } from '../calls/held-pointer'
import {
  HostProcess,
  type HostSettings,
  HostUsers,
  refuseAborted,
  startedUnlessAborted,
} from '../calls/host-process'
import { ComError } from '../errors/errors'
import { failed, HResult } from '../errors/hresult'
import { adviceOnCall } from '../errors/hresult-advice'
import * as validate from '../errors/validate'
import { activate, type CreateOptions, className, contextOf, createActivation } from './activation'
import { hostProcessOf, type Isolation, isolationOf } from './com-host'

/** Options about servers that COM starts. */
const serverOptions = ['server', 'bitness', 'cloaking', 'activateAsActivator'] as const

const refuseServerOptions = (where: string, options: Partial<CreateOptions>, what: string): void => {
  const given = serverOptions.find(name => options[name] !== undefined)
  if (given) throw new TypeError(`${where}: options.${given} must be left out with ${what}`)
  const context = contextOf(where, options.context ?? 'any')
  if (context === 'local')
    throw new RangeError(`${where}: options.context must be 'any' or 'inproc' with ${what}, got 'local'`)
}

/** The process of the option `host`. */
const givenHost = (
  where: string,
  caller: Caller,
  { host, isolated }: Partial<CreateOptions>,
): HostProcess => {
  const process = typeof host === 'object' && host !== null ? hostProcessOf(host) : undefined
  if (!process) throw validate.wrongType(where, 'options.host', 'a ComHost', host)
  if (isolationOf(where, isolated))
    throw new TypeError(`${where}: options.isolated must be left out with a host`)
  if (process.binding !== caller.binding)
    throw new TypeError(`${where}: options.host is a host process of another binding than the thread`)
  return process
}

const apartmentOf = (where: string, apartment: unknown): Apartment | null =>
  apartment === undefined
    ? null
    : validate.oneOf(where, 'options.apartment', apartment, ['sta', 'mta'] as const)

/** The processor for which a class is isolated where the call asks for it. */
const requiredArchitecture = (where: string, binding: Binding, name: string): Architecture => {
  const { hresult, inproc, local } = binding.findClass(name)
  const about = JSON.stringify(name)
  if (failed(hresult)) throw new ComError(hresult, where, `${about}: ${adviceOnCall(hresult)}`)
  const own = binding.info.architecture
  const found = inproc.includes(own) ? own : inproc[0]
  if (found) return found
  const why = local
    ? 'the class has no in-process server; its local server is a process of its own: leave `isolated` out'
    : 'the class has no in-process server'
  throw new ComError(HResult.REGDB_E_CLASSNOTREG, where, `${about}: ${why}`)
}

/** The same on a thread that isolates; undefined where COM would use a server in another process, or none. */
const usedArchitecture = (
  binding: Binding,
  name: string,
  wanted: Architecture | undefined,
  context: CreateOptions['context'],
): Architecture | undefined => {
  if (context === 'local') return undefined
  const { hresult, inproc, local } = binding.findClass(name)
  if (failed(hresult)) return undefined
  if (wanted && inproc.includes(wanted)) return wanted
  const own = binding.info.architecture
  if (inproc.includes(own)) return own
  return local && context !== 'inproc' ? undefined : inproc[0]
}

/** Advice on a class that is not registered for the program; undefined if it is not registered for others either. */
const isolationAdvice = (binding: Binding, name: string): string | undefined => {
  const { hresult, inproc } = binding.findClass(name)
  const own = binding.info.architecture
  if (failed(hresult) || inproc.length === 0 || inproc.includes(own)) return undefined
  return `its in-process server is registered for ${inproc.join(' and ')} only, and the program is ${own}; { isolated: true } makes the object in a process for it`
}

/** A host process that ends when nothing needs it. */
interface IsolatedHost {
  settings: HostSettings
  users: HostUsers
  started: Promise<HostProcess>
  process: HostProcess | undefined
}

/** Makes the objects of one thread. */
export class Creation {
  readonly #caller: Caller
  readonly #isolation: Isolation | undefined
  readonly #isolated = new Set<IsolatedHost>()

  constructor(caller: Caller, isolation: Isolation | undefined) {
    this.#caller = caller
    this.#isolation = isolation
    // The thread releases its objects when it ends, and nothing needs the processes then.
    caller.whenDisposed.add(() => {
      void caller.dispose().then(() => {
        for (const host of this.#isolated) this.#end(host)
      })
    })
  }

  async create(
    where: string,
    progIdOrClsid: unknown,
    options: Partial<CreateOptions>,
    limits: CallLimits,
  ): Promise<HeldPointer> {
    const caller = this.#caller
    const { context, server } = options
    const apartment = apartmentOf(where, options.apartment)
    const name = className(where, progIdOrClsid)
    const make = (host: HostProcess) =>
      activate(caller, where, { kind: 'hosted', name, host: host.handle, apartment }, limits, host)
    if (options.host !== undefined) {
      const host = givenHost(where, caller, options)
      refuseServerOptions(where, options, 'a host')
      host.refuseOver(where, 'options.host is')
      return make(host)
    }
    const isolation = isolationOf(where, options.isolated)
    if (isolation) {
      refuseServerOptions(where, options, 'isolated')
      const { terminateAfter } = isolation
      const architecture = isolation.architecture ?? requiredArchitecture(where, caller.binding, name)
      return this.#inIsolation(where, { architecture, terminateAfter }, limits, make)
    }
    const activation = createActivation(where, name, options)
    const inherited = options.isolated === undefined && server === undefined ? this.#isolation : undefined
    if (inherited) {
      const { terminateAfter } = inherited
      const architecture = usedArchitecture(caller.binding, name, inherited.architecture, context)
      if (architecture) return this.#inIsolation(where, { architecture, terminateAfter }, limits, make)
    } else if (apartment)
      throw new TypeError(
        `${where}: options.apartment needs a host process (host, isolated); COM chooses the apartment of other objects`,
      )
    const hintOn = (hresult: HRESULT) =>
      hresult === HResult.REGDB_E_CLASSNOTREG && server === undefined
        ? isolationAdvice(caller.binding, name)
        : undefined
    return activate(caller, where, activation, limits, undefined, hintOn)
  }

  /** Makes an object in the thread's process with these settings, which is started unless it is there. */
  async #inIsolation(
    where: string,
    settings: HostSettings,
    { signals }: CallLimits,
    make: (host: HostProcess) => Promise<HeldPointer>,
  ): Promise<HeldPointer> {
    refuseAborted(where, signals)
    const refusal = this.#caller.refusal(where)
    if (refusal) throw refusal
    const { users, started } = this.#isolatedHost(where, settings)
    users.add()
    try {
      return await make(await startedUnlessAborted(where, started, signals))
    } finally {
      users.remove()
    }
  }

  #isolatedHost(where: string, settings: HostSettings): IsolatedHost {
    const known = [...this.#isolated].find(
      ({ settings: { architecture, terminateAfter }, process }) =>
        architecture === settings.architecture &&
        terminateAfter === settings.terminateAfter &&
        // A process that calls have found gone may not have been reported as ended yet.
        !process?.suspect,
    )
    if (known) return known
    const users = new HostUsers(() => this.#end(host))
    const started = HostProcess.start(this.#caller.binding, where, settings, users)
    const host: IsolatedHost = { settings, users, started, process: undefined }
    this.#isolated.add(host)
    started.then(
      process => {
        host.process = process
      },
      () => {},
    )
    return host
  }

  #end(host: IsolatedHost): void {
    this.#isolated.delete(host)
    host.started.then(
      process => process.over || process.end('close'),
      () => {},
    )
  }
}
