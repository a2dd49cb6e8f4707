// A registered class: the faults that a test can switch on in its server, and what the server has counted.
import type { Apartment, Architecture, HRESULT } from '../../../binding'
import { failed } from '../../errors/hresult'
import * as validate from '../../errors/validate'
import type { ClientProcess } from '../apartments/client-process'
import { Faults } from '../apartments/faults'
import type { EmulatedApartment } from '../apartments/thread-stack'
import type { Request } from '../calls/request'
import type { Milliseconds } from '../clock/clock'
import type { System } from '../threads/system'
import { checkClass } from './class-definition'
import { ClassFactory } from './class-factory'
import type { ClassDefinition } from './definition'
import type { EmulatedObject } from './emulated-object'
import type { HostProcess } from './host-process'

/** What a server has counted since it was registered. */
export interface ServerCounts {
  /** Processes that were started for it. */
  readonly starts: number
  /** Calls of members. */
  readonly calls: number
  /** Methods that ended without RPC_E_CALL_CANCELED. */
  readonly finished: number
  /** Methods that ended with RPC_E_CALL_CANCELED. */
  readonly canceled: number
  /** Replies whose callers no longer waited. */
  readonly dropped: number
  /** Objects that clients have pointers to. */
  readonly objects: number
}

export interface BusyOptions {
  /** The server allows no retry: SERVERCALL_REJECTED instead of SERVERCALL_RETRYLATER. Default: false. */
  reject?: boolean | undefined
}

export interface CrashOptions {
  /** An unsigned 32-bit integer. */
  exitCode?: number | undefined
}

const STATUS_ACCESS_VIOLATION = 0xc0000005

/**
 * A class that is registered until its registration is disposed; its objects remain. Each switch can be set at any time
 * and, except `cancelable`, also affects calls in flight.
 */
export class ClassRegistration<State extends object = object> {
  readonly progId: string
  /** Lower case, without braces. */
  readonly clsid: string
  readonly server: 'local' | 'inproc'
  /** What its server in process is built for; none for a local server. */
  readonly architectures: readonly Architecture[]
  /** The machine that its server runs on, in lower case; null for this machine. */
  readonly machine: string | null
  readonly threading: 'sta' | 'mta' | 'both'
  readonly #factory: ClassFactory<State>
  readonly #faults: Faults
  readonly #unregister: () => void

  private constructor(
    system: System,
    client: ClientProcess,
    definition: ClassDefinition<State>,
    unregister: (registration: ClassRegistration<State>) => void,
  ) {
    const checked = checkClass(definition)
    this.progId = checked.progId
    this.clsid = checked.clsid
    this.server = checked.server
    this.architectures = checked.architectures
    this.machine = checked.machine
    this.threading = checked.threading
    this.#faults = new Faults(system.clock)
    this.#factory = new ClassFactory(system, client, checked, this.#faults)
    this.#unregister = () => unregister(this)
  }

  /** @internal Made by `emulator.registerClass`. */
  static make<State extends object>(
    system: System,
    client: ClientProcess,
    definition: ClassDefinition<State>,
    unregister: (registration: ClassRegistration<State>) => void,
  ): ClassRegistration<State> {
    return new ClassRegistration<State>(system, client, definition, unregister)
  }

  get counts(): ServerCounts {
    const { starts, calls, finished, canceled, dropped } = this.#faults.counts
    return { starts, calls, finished, canceled, dropped, objects: this.#factory.objects.size }
  }

  /** The objects that clients have pointers to, in the order they were made. */
  get objects(): EmulatedObject<State>[] {
    return [...this.#factory.objects]
  }

  /** The milliseconds that each call takes to reach the server. */
  get latency(): Milliseconds {
    return this.#faults.latency
  }

  set latency(ms: Milliseconds) {
    this.#faults.latency = validate.milliseconds(this.progId, 'latency', ms)
  }

  /** While this is on, the server begins no calls and sends no replies. */
  get hang(): boolean {
    return this.#faults.hang
  }

  set hang(on: boolean) {
    this.#faults.hang = validate.boolean(this.progId, 'hang', on)
  }

  /** Calls fail with this HRESULT and are not executed; null for no failure. */
  get fail(): HRESULT | null {
    return this.#faults.fail
  }

  set fail(hresult: HRESULT | null) {
    const checked = hresult === null ? null : validate.hresult(this.progId, 'fail', hresult)
    if (checked !== null && !failed(checked))
      throw new RangeError(`${this.progId}: fail must be the HRESULT of a failure, got ${hresult}`)
    this.#faults.fail = checked
  }

  /**
   * Whether calls can be canceled. Calls that are made while this is off register no cancel object: a cancel fails with
   * E_NOINTERFACE, the server does not see it, and the caller waits for the reply. Calls of other worker threads can
   * always be canceled.
   */
  get cancelable(): boolean {
    return this.#faults.cancelable
  }

  set cancelable(on: boolean) {
    this.#faults.cancelable = validate.boolean(this.progId, 'cancelable', on)
  }

  /**
   * While this is on, the server does not start. Activations block, and fail with CO_E_SERVER_EXEC_FAILURE after two
   * minutes, which is the time of Windows by its documentation. Wine waits 30 seconds.
   */
  get neverStarts(): boolean {
    return this.#faults.neverStarts
  }

  set neverStarts(on: boolean) {
    this.#faults.neverStarts = validate.boolean(this.progId, 'neverStarts', on)
  }

  /** Whether an object of the class is registered as running: GetActiveObject returns it, until this is off. */
  get running(): boolean {
    return this.#factory.running
  }

  set running(on: boolean) {
    this.#factory.running = validate.boolean(this.progId, 'running', on)
  }

  /**
   * The server rejects calls and activations, for `ms` milliseconds or until the result is disposed, as a server with a
   * message filter does while it shows a dialog. Calls that are nested in a call of the server itself, such as those of
   * an event handler, are accepted. `busy(0)` ends a busy period; any other call starts a new one. Throws Error for a
   * server that is not single-threaded, TypeError or RangeError for bad arguments. ComThreads retry for their
   * `busyRetry`; then callers in a single-threaded apartment get RPC_E_CALL_REJECTED, others
   * RPC_E_SERVERCALL_RETRYLATER. With `reject` the server allows no retry, and all get RPC_E_CALL_REJECTED.
   */
  busy(ms?: Milliseconds, options?: BusyOptions): Disposable {
    const { reject = false } = validate.options<BusyOptions>(`${this.progId}: busy`, options, {
      reject: true,
    })
    if (this.threading !== 'sta')
      throw new Error(
        `${this.progId}: busy needs threading: 'sta', got '${this.threading}'; servers of other threading have no message filter`,
      )
    const span = ms === undefined ? Number.POSITIVE_INFINITY : validate.milliseconds(this.progId, 'ms', ms)
    return this.#faults.rejectCalls(
      validate.boolean(this.progId, 'options.reject', reject) ? 'rejected' : 'retry-later',
      span,
    )
  }

  /**
   * Ends the process of a local server. Calls in flight fail with RPC_E_SERVER_DIED, later calls to its objects with
   * RPC_S_SERVER_UNAVAILABLE (0x800706BA); new objects get a new process. Throws Error for a server in process.
   */
  die(): void {
    if (this.server !== 'local')
      throw new Error(
        `${this.progId}: a server in process can not die without the process that it is in; crash() ends its host process`,
      )
    this.#factory.end()
  }

  /**
   * Ends the process of its objects as a crash does, or as ExitProcess with `exitCode`. The process is that of a local
   * server, or the host process of a server in process: the one that runs the calling method, else every one that has
   * loaded the server. Calls in flight fail with RPC_E_SERVER_DIED, later calls with RPC_S_SERVER_UNAVAILABLE. The
   * default exit code is 0xC0000005, an access violation (STATUS_ACCESS_VIOLATION). Throws Error when there is no
   * process to end, TypeError or RangeError for an invalid exit code.
   */
  crash(options?: CrashOptions): void {
    const where = `${this.progId}: crash`
    const { exitCode = STATUS_ACCESS_VIOLATION } = validate.options<CrashOptions>(where, options, {
      exitCode: true,
    })
    if (this.#factory.exit(validate.uint32(where, 'options.exitCode', exitCode))) return
    throw new Error(
      this.server === 'local'
        ? `${where}: its process does not run`
        : `${where}: no host process has loaded it, and the program's own process must not end`,
    )
  }

  /**
   * Fires an event of all its objects. Resolves to the number of handlers that returned without failing; rejects as
   * `call.fire`.
   */
  async fire(name: string, ...args: readonly unknown[]): Promise<number> {
    let delivered = 0
    for (const object of this.objects) delivered += await object.fire(name, ...args)
    return delivered
  }

  /** Unregisters the class. A second call does nothing. */
  [Symbol.dispose](): void {
    this.running = false
    this.#unregister()
  }

  /** @internal The request of a client in an apartment for a new object. */
  creation(client: EmulatedApartment, name: string): Request {
    return this.#factory.creation(client, name)
  }

  /** @internal The request for a new object in a host process. */
  hostedCreation(process: HostProcess, apartment: Apartment | null, name: string): Request {
    const creator = apartment ?? (this.threading === 'sta' ? 'sta' : 'mta')
    return this.#factory.hostedCreation(process, creator, name)
  }

  /** @internal The request for the running object; null when there is none. */
  activeObject(client: EmulatedApartment): Request | null {
    return this.#factory.activeObject(client)
  }
}
