// Makes the objects of a registered class, in its server: new ones, and the one that is registered as running.
import { HResult } from '../../errors/hresult'
import type { ClientProcess } from '../apartments/client-process'
import type { Faults } from '../apartments/faults'
import { type EmulatedApartment, stackOf } from '../apartments/thread-stack'
import { MarshaledPointer } from '../calls/marshaled-pointer'
import { type Reply, success } from '../calls/reply'
import type { Request, RunningCall } from '../calls/request'
import type { Living } from '../objects/live-objects'
import type { System } from '../threads/system'
import type { CheckedClass } from './class-definition'
import { ActivationCall } from './emulated-call'
import { EmulatedObject } from './emulated-object'
import { errorReply } from './error-reply'
import type { HostProcess } from './host-process'
import type { Server } from './server'
import { exportObject } from './server-object'
import { loadLibrary, type RunningServer, startProcess } from './server-process'

export class ClassFactory<State extends object> implements Living {
  /** The objects that clients have pointers to, in the order they were made. */
  readonly objects = new Set<EmulatedObject<State>>()
  readonly #system: System
  readonly #client: ClientProcess
  readonly #class: CheckedClass<State>
  readonly #faults: Faults
  /** Its process, or its library in the client's process. */
  #server: RunningServer | undefined
  /** Its libraries in host processes. */
  readonly #hosted = new Map<HostProcess, RunningServer>()
  /** The running object; 'requested' until the first client gets it. */
  #active: MarshaledPointer | 'requested' | undefined

  constructor(system: System, client: ClientProcess, checked: CheckedClass<State>, faults: Faults) {
    this.#system = system
    this.#client = client
    this.#class = checked
    this.#faults = faults
  }

  /** Whether an object is registered as running. */
  get running(): boolean {
    return this.#active !== undefined
  }

  set running(on: boolean) {
    const { running } = this.#system.live
    if (on) {
      this.#active ??= 'requested'
      running.add(this)
    } else {
      running.delete(this)
      if (typeof this.#active === 'object') this.#active.release()
      this.#active = undefined
    }
  }

  describe(): string {
    return `${this.#class.progId}, registered as running`
  }

  /** Ends the server's process. */
  end(): void {
    this.running = false
    this.#server?.host.end()
    this.#server = undefined
  }

  /**
   * Ends the processes that its objects live in, other than the client's: the one that the calling thread is in, else
   * all of them. False when there is none.
   */
  exit(exitCode: number): boolean {
    if (this.#class.server === 'local') {
      const runs = this.#server !== undefined
      this.end()
      return runs
    }
    const apartment = stackOf(this.#system.threads.current)?.apartment
    const processes = [...this.#hosted.keys()]
    const own = processes.filter(process => process.has(apartment))
    for (const process of own.length > 0 ? own : processes) process.exit(exitCode)
    return processes.length > 0
  }

  /** The request of a client in an apartment for a new object. */
  creation(client: EmulatedApartment, name: string): Request {
    return this.#creation(this.#serverFor(client), name)
  }

  /** The request for a new object in a host process, whose creator is in an apartment of that kind. */
  hostedCreation(process: HostProcess, creator: EmulatedApartment['kind'], name: string): Request {
    const library = this.#hosted.get(process) ?? this.#loadInto(process)
    return this.#creation(library.serverFor(process.apartment(creator)), name)
  }

  /** The request for the running object; null when there is none. */
  activeObject(client: EmulatedApartment): Request | null {
    if (this.#active === undefined) return null
    const server = this.#serverFor(client)
    return this.#activation(server, this.#class.progId, call => this.#activeIn(call, server))
  }

  #creation(server: Server, name: string): Request {
    return this.#activation(server, name, call => this.#create(call, server, name))
  }

  #activation(
    server: Server,
    name: string,
    perform: (call: RunningCall) => Promise<MarshaledPointer>,
  ): Request {
    return {
      at: server,
      activation: true,
      subject: { operation: 'activate', name },
      perform: async (call): Promise<Reply> => {
        try {
          return success({ type: 'dispatch', value: await perform(call) })
        } catch (error) {
          const failure = errorReply(error, this.#class.progId)
          // Activation has no EXCEPINFO: DISP_E_EXCEPTION would say nothing.
          const exception = failure.hresult === HResult.DISP_E_EXCEPTION
          return exception ? { ...failure, hresult: HResult.E_FAIL } : failure
        }
      },
    }
  }

  #serverFor(client: EmulatedApartment): Server {
    this.#server ??= this.#start()
    return this.#server.serverFor(client)
  }

  #loadInto(process: HostProcess): RunningServer {
    const { progId: name, threading } = this.#class
    const library = loadLibrary({
      system: this.#system,
      name,
      threading,
      faults: this.#faults,
      process,
      callbacks: {
        whenUnused: () => process.checkUse(),
        whenEnded: () => this.#hosted.delete(process),
      },
    })
    library.host.process = process
    process.add(library.host)
    this.#hosted.set(process, library)
    return library
  }

  #start(): RunningServer {
    const { progId: name, threading, server, machine } = this.#class
    const options = { system: this.#system, name, faults: this.#faults }
    if (server === 'inproc' || threading === 'both')
      return loadLibrary({ ...options, threading, process: this.#client })
    const started = startProcess({
      ...options,
      threading,
      machine,
      ends: () => {
        if (this.#server !== started) return
        this.#server = undefined
        if (typeof this.#active === 'object') this.running = false
      },
    })
    return started
  }

  async #create(call: RunningCall, server: Server, name: string): Promise<MarshaledPointer> {
    const { definition, members } = this.#class
    const activation = ActivationCall.make(this.#system, call, name)
    const state = definition.create ? await definition.create(activation) : ({} as State)
    const object = new EmulatedObject<State>(definition, state, members)
    this.objects.add(object)
    object.whenGone = () => this.objects.delete(object)
    return exportObject(server, object as unknown as EmulatedObject)
  }

  async #activeIn(call: RunningCall, server: Server): Promise<MarshaledPointer> {
    if (typeof this.#active !== 'object') {
      const made = await this.#create(call, server, this.#class.progId)
      // The switch may have changed while the object was made, and another client may have made one.
      if (this.#active === 'requested') this.#active = made
      else if (this.#active === undefined) return made
      else made.release()
    }
    return MarshaledPointer.copyOf(this.#active)
  }
}
