// A registered class: its server, what can be switched on in it, and what it has counted.
import type { HRESULT } from '../../../binding'
import { failed, HResult } from '../../errors/hresult'
import * as validate from '../../errors/validate'
import {
  type EmulatedApartment,
  MultiThreadedApartment,
  SingleThreadedApartment,
} from '../apartments/apartment'
import type { ClientProcess } from '../apartments/client-process'
import { Faults } from '../apartments/faults'
import { Host } from '../apartments/host'
import { ThreadStack } from '../apartments/thread-stack'
import type { MarshaledPointer } from '../calls/marshaled-pointer'
import { type Reply, success } from '../calls/reply'
import type { Request, ServedCall } from '../calls/served-call'
import type { Milliseconds } from '../clock/clock'
import type { Living } from '../objects/live-objects'
import type { System } from '../threads/system'
import type { ClassDefinition } from './definition'
import { ActivationCall } from './emulated-call'
import { EmulatedObject } from './emulated-object'
import { errorReply } from './error-reply'
import { guidOf, Members, OBJECT_KEYS } from './members'
import { exportObject, type Server } from './server-object'

const where = 'Emulator.registerClass'

const CLASS_KEYS = ['progId', 'clsid', 'threading', 'server', 'create', ...OBJECT_KEYS]

/** A local server's process while it runs, or the library that a server in process is. */
interface RunningServer {
  host: Host
  server(apartment: EmulatedApartment): Server
  apartmentFor(client: EmulatedApartment): EmulatedApartment
}

/** What a server has counted since it was registered. */
export interface ServerCounts {
  /** Processes that were started for it. */
  readonly starts: number
  /** Calls of members that it has seen. */
  readonly calls: number
  /** Methods that ended, otherwise than by giving up. */
  readonly finished: number
  /** Methods that gave up (RPC_E_CALL_CANCELED). */
  readonly canceled: number
  /** Replies that nobody took, their callers having been released before. */
  readonly dropped: number
  /** Objects that somebody has a pointer to. */
  readonly objects: number
}

/**
 * A class as it was registered, until it is disposed; objects there are go on living. What is switched on is so
 * for calls under way as well.
 */
export class ClassRegistration<State extends object = object> implements Living {
  readonly progId: string
  /** Lower case, without braces. */
  readonly clsid: string
  readonly server: 'local' | 'inproc'
  readonly threading: 'sta' | 'mta' | 'both'
  readonly #system: System
  readonly #client: ClientProcess
  readonly #definition: Partial<ClassDefinition<State>>
  readonly #members: Members
  readonly #faults: Faults
  readonly #unregister: () => void
  readonly #objects = new Set<EmulatedObject<State>>()
  #running: RunningServer | undefined
  #active: MarshaledPointer | 'wanted' | undefined
  #busy = 0

  /** @internal Made by `emulator.registerClass`. */
  constructor(
    system: System,
    client: ClientProcess,
    given: ClassDefinition<State>,
    unregister: (registration: ClassRegistration<State>) => void,
  ) {
    const definition = validate.options<ClassDefinition<State>>(where, given, 'definition')
    validate.nothingBut(where, 'definition', definition, CLASS_KEYS)
    const { progId, clsid, server = 'local', create } = definition
    this.progId = validate.name(where, 'progId', progId)
    if (this.progId.startsWith('{')) throw new RangeError(`${where}: progId must not be a CLSID`)
    this.clsid =
      clsid === undefined ? guidOf(`class ${this.progId.toLowerCase()}`) : validate.interfaceId(where, clsid)
    this.server = validate.oneOf(where, 'server', server, ['local', 'inproc'] as const)
    const { threading = this.server === 'local' ? 'mta' : 'both' } = definition
    this.threading = validate.oneOf(where, 'threading', threading, ['sta', 'mta', 'both'] as const)
    if (this.server === 'local' && this.threading === 'both')
      throw new RangeError(`${where}: threading of a local server must be 'sta' or 'mta'`)
    if (create !== undefined) validate.callback(where, 'create', create)
    this.#definition = definition
    this.#members = new Members(where, this.progId, definition)
    this.#system = system
    this.#client = client
    this.#faults = new Faults(system.clock)
    this.#unregister = () => unregister(this)
  }

  get counts(): ServerCounts {
    const { starts, calls, finished, canceled, dropped } = this.#faults.counts
    return { starts, calls, finished, canceled, dropped, objects: this.#objects.size }
  }

  /** The objects that somebody has a pointer to, in the order they were made. */
  get objects(): EmulatedObject<State>[] {
    return [...this.#objects]
  }

  /** Milliseconds that every call is under way before the server takes it up. */
  get latency(): Milliseconds {
    return this.#faults.latency
  }

  set latency(ms: Milliseconds) {
    this.#faults.latency = validate.milliseconds(this.progId, 'latency', ms)
  }

  /** The server does nothing: it takes up no calls, and sends no replies to those it has, until this is off. */
  get hang(): boolean {
    return this.#faults.hang
  }

  set hang(on: boolean) {
    this.#faults.hang = validate.boolean(this.progId, 'hang', on)
  }

  /** Calls fail with this code instead of being carried out; null for no longer. */
  get fail(): HRESULT | null {
    return this.#faults.fail
  }

  set fail(hresult: HRESULT | null) {
    if (hresult !== null && !failed(validate.hresult(this.progId, 'fail', hresult)))
      throw new RangeError(`${this.progId}: fail must be the HRESULT of a failure, got ${hresult}`)
    this.#faults.fail = hresult
  }

  /** A server that is asked for an object never gets to make one, until this is off: activation blocks. */
  get neverStarts(): boolean {
    return this.#faults.neverStarts
  }

  set neverStarts(on: boolean) {
    this.#faults.neverStarts = validate.boolean(this.progId, 'neverStarts', on)
  }

  /** An object of the class is registered as running: GetActiveObject gets it, and it stays until this is off. */
  get running(): boolean {
    return this.#active !== undefined
  }

  set running(on: boolean) {
    validate.boolean(this.progId, 'running', on)
    const { running } = this.#system.live
    if (on) {
      this.#active ??= 'wanted'
      running.add(this)
    } else {
      running.delete(this)
      if (typeof this.#active === 'object') this.#active.release()
      this.#active = undefined
    }
  }

  /**
   * The server turns calls away, for so many milliseconds or until the result is disposed, as one with a message
   * filter does while it shows a dialog: for a single-threaded one only. ComThreads try again as long as their
   * busyRetry allows; in the end callers in a single-threaded apartment get RPC_E_CALL_REJECTED, others
   * RPC_E_SERVERCALL_RETRYLATER. With `reject` COM is told not to retry, and all get RPC_E_CALL_REJECTED.
   */
  busy(ms?: Milliseconds, { reject = false }: { reject?: boolean } = {}): Disposable {
    if (this.threading !== 'sta')
      throw new Error(
        `${this.progId}: busy needs threading: 'sta', got '${this.threading}'; servers of other threading have no message filter`,
      )
    const turn = ++this.#busy
    const end = () => {
      if (this.#busy === turn) this.#faults.busy = null
    }
    this.#faults.busy = { reason: reject ? 'rejected' : 'retry-later' }
    const timer =
      ms === undefined
        ? undefined
        : this.#system.clock.after(validate.milliseconds(this.progId, 'ms', ms), end)
    return {
      [Symbol.dispose]: () => {
        timer?.cancel()
        end()
      },
    }
  }

  /**
   * The process of a local server ends, whatever it is doing. Calls under way fail with RPC_E_SERVER_DIED, later
   * ones to its objects with RPC_S_SERVER_UNAVAILABLE (0x800706BA); new objects get a new process.
   */
  die(): void {
    if (this.server !== 'local')
      throw new Error(`${this.progId}: a server in process can not die without the process that it is in`)
    this.running = false
    this.#running?.host.end()
    this.#running = undefined
  }

  /**
   * Fires an event of all its objects. Fulfils with how many handlers took it without failing; rejects as
   * `call.fire`.
   */
  async fire(name: string, ...args: readonly unknown[]): Promise<number> {
    let delivered = 0
    for (const object of this.objects) delivered += await object.fire(name, ...args)
    return delivered
  }

  /** @internal */
  describe(): string {
    return `${this.progId}, registered as running`
  }

  /** Unregisters the class. A second time it does nothing. */
  [Symbol.dispose](): void {
    this.running = false
    this.#unregister()
  }

  /** @internal What a client in an apartment asks for, to get a new object. */
  creation(client: EmulatedApartment, name: string): Request {
    return this.#activation(client, name, (call, server) => this.#create(call, server, name))
  }

  /** @internal What it asks for to get the running object; null when there is none. */
  activeObject(client: EmulatedApartment): Request | null {
    if (this.#active === undefined) return null
    return this.#activation(client, this.progId, (call, server) => this.#activeIn(call, server))
  }

  #activation(
    client: EmulatedApartment,
    name: string,
    perform: (call: ServedCall, server: Server) => Promise<MarshaledPointer>,
  ): Request {
    this.#running ??= this.server === 'local' ? this.#startProcess() : this.#load()
    const running = this.#running
    const server = running.server(running.apartmentFor(client))
    return {
      at: server,
      activation: true,
      asked: { operation: 'activate', name },
      perform: async (call): Promise<Reply> => {
        try {
          return success({ type: 'dispatch', value: await perform(call, server) })
        } catch (error) {
          const failure = errorReply(error, this.progId)
          const said = failure.hresult !== HResult.DISP_E_EXCEPTION
          return said ? failure : { ...failure, hresult: HResult.E_FAIL }
        }
      },
    }
  }

  async #create(call: ServedCall, server: Server, name: string): Promise<MarshaledPointer> {
    const activation = new ActivationCall(this.#system, call, name)
    const state = this.#definition.create ? await this.#definition.create(activation) : ({} as State)
    const object = new EmulatedObject<State>(this.#definition, state, this.#members)
    this.#objects.add(object)
    object.whenGone = () => this.#objects.delete(object)
    return exportObject(server, object as unknown as EmulatedObject)
  }

  async #activeIn(call: ServedCall, server: Server): Promise<MarshaledPointer> {
    if (typeof this.#active !== 'object') {
      const made = await this.#create(call, server, this.progId)
      if (this.#active === 'wanted') this.#active = made
      else if (this.#active === undefined) return made
      else made.release()
    }
    return this.#active.copy()
  }

  #startProcess(): RunningServer {
    const system = this.#system
    const { counts } = this.#faults
    counts.starts++
    system.events.publish('server:started', 0, () => ({ server: this.progId }))
    const newStack = (apartment: (stack: ThreadStack) => EmulatedApartment, coInit: number) => {
      const thread = system.threads.startForServer()
      thread.initialize(coInit)
      return new ThreadStack({ system, thread, apartment, keepsProcess: false })
    }
    let stacks: () => Iterable<ThreadStack>
    let apartment: SingleThreadedApartment | MultiThreadedApartment
    if (this.threading === 'sta') {
      const stack = newStack(each => new SingleThreadedApartment(each), 2)
      apartment = stack.apartment as SingleThreadedApartment
      apartment.open()
      stacks = () => [stack]
    } else {
      const threads = new MultiThreadedApartment(shared => newStack(() => shared, 0))
      apartment = threads
      stacks = () => threads.pool
    }
    const process: Living = { describe: () => `the process of ${this.progId}, ${host.uses}` }
    system.live.processes.add(process)
    const leave = () => {
      system.live.processes.delete(process)
      system.events.publish('server:ended', 0, () => ({ server: this.progId }))
      apartment.close()
      for (const stack of stacks()) {
        stack.kill()
        system.threads.end(stack.thread)
      }
    }
    const host: Host = new Host(
      this.progId,
      this.#faults,
      () => {
        // Nobody is left to serve: the process ends by itself.
        if (this.#running?.host === host) this.#running = undefined
        host.end()
      },
      leave,
    )
    const server: Server = { system, name: this.progId, apartment, host }
    return { host, server: () => server, apartmentFor: () => apartment }
  }

  #load(): RunningServer {
    const host = new Host(this.progId, this.#faults)
    const system = this.#system
    return {
      host,
      server: apartment => ({ system, name: this.progId, apartment, host }),
      apartmentFor: client => {
        if (this.threading === 'both' || this.threading === client.kind) return client
        return this.threading === 'sta' ? this.#client.hostApartment : this.#client.multiThreaded
      },
    }
  }
}
