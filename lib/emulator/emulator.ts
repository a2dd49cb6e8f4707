// The class Emulator: an emulated COM for programs and tests.
import type { Binding, ThreadId } from '../../binding'
import { ComError } from '../errors/errors'
import { HResult } from '../errors/hresult'
import * as validate from '../errors/validate'
import { EventLog, type RecordOptions } from '../events/event-log'
import { observed } from '../events/publish/observed-binding'
import { withDefaultBinding } from '../functions/default-binding'
import type { MessageFilter } from './apartments/message-filter'
import { stackOf, type ThreadStack } from './apartments/thread-stack'
import { bindingOf } from './binding'
import { postMessageTo } from './calls/outgoing-call'
import { Com, type ComSharing } from './client/com'
import { ControlledClock } from './clock/controlled-clock'
import type { EmulatorClock } from './clock/emulator-clock'
import { assertIdle, settled, settledInRun } from './leak-check'
import { type RunOptions, runToEnd } from './run'
import { ClassRegistration } from './servers/class-registration'
import type { ClassDefinition } from './servers/definition'
import type { HostProcesses } from './servers/host-processes'
import type { System } from './threads/system'
import { Thread } from './threads/thread'
import { sharedCom, type Usage } from './workers/shared-com'

/** An emulated thread: `emulator.runOn` runs code on it. */
export interface EmulatedThread {
  /** Its thread id: not 0, a multiple of 4, and the id of no other thread. */
  readonly id: ThreadId
  /** Whether the thread has ended. Nothing can be run on an ended thread. */
  readonly ended: boolean
}

/**
 * A small COM: threads, apartments, servers, calls in flight, stacks of cancel objects, call contexts. Emulators are
 * independent of each other. All emulated threads of an emulator run on one JavaScript thread; an async context
 * determines the calling thread. Rules: E, O, C, S and M of docs/contract.md.
 */
export class Emulator {
  static #shared: Emulator | undefined

  /**
   * The emulator that the library uses by default where it has no addon, made at the first use. The shared emulators
   * of a process's worker threads are one COM: each finds the threads and classes of the others. Throws RangeError
   * for invalid sizes in COM_CANCEL_EMULATOR_MEMORY, Error when too many worker threads use the emulator.
   */
  static get shared(): Emulator {
    if (!Emulator.#shared) {
      const sharing = sharedCom()
      const foreignClasses = (com: Com) => sharing.connect(com)
      Emulator.#shared = new Emulator({ sharing, foreignClasses })
    }
    return Emulator.#shared
  }

  /**
   * The use of the memory that the shared emulators of all worker threads share: worker threads, emulated threads,
   * calls in flight, and names of classes (two for each class). When it is full, operations fail with E_OUTOFMEMORY
   * and the process emits a warning. The environment variable COM_CANCEL_EMULATOR_MEMORY sets its sizes
   * (`threads=100000,calls=1000000,names=1000,workers=100`).
   */
  static get usage(): Usage {
    return sharedCom().usage
  }

  readonly #clock = new ControlledClock()
  readonly #com: Com
  readonly #system: System

  /** The binding of this emulator, for `functionsOf(binding)` and `ComThread.start({ binding })`. */
  readonly binding: Binding

  /** The time of this emulator. A test can stop and move it. */
  readonly clock: EmulatorClock = this.#clock

  /** The host processes (`ComHost`) of this emulator, and the faults of their start. */
  readonly hosts: HostProcesses

  /** An emulator that is independent of all others. */
  constructor()
  /** @internal */
  constructor(sharing: ComSharing)
  constructor(sharing?: ComSharing) {
    this.#com = new Com(this.#clock, sharing)
    this.#system = this.#com.system
    this.hosts = this.#com.hosts
    this.binding = observed(bindingOf(this.#com), this.#system.events)
  }

  /** The thread of all code that does not run on another emulated thread. */
  get mainThread(): EmulatedThread {
    return this.#system.threads.main
  }

  /** The calling thread. */
  get currentThread(): EmulatedThread {
    return this.#system.threads.current
  }

  /**
   * A new thread, with cancellation disabled (E1) and in no apartment. It counts as alive in `diagnostics()` until it
   * is disposed, which also releases what COM keeps for it. Throws ComError E_OUTOFMEMORY when the memory shared by
   * worker threads is full (`Emulator.usage`).
   */
  newThread(): EmulatedThread & Disposable {
    const { threads } = this.#system
    const thread = threads.start()
    if (!thread) throw new ComError(HResult.E_OUTOFMEMORY, 'Emulator.newThread')
    return Object.assign(thread, { [Symbol.dispose]: () => threads.end(thread) })
  }

  /**
   * Runs a function on an emulated thread, with everything that it calls, awaits and sets timers for (E7). Returns
   * what the function returns. Throws TypeError for anything but a thread of this emulator and a function, Error
   * for a thread that has ended.
   */
  runOn<T>(thread: EmulatedThread, run: () => T): T {
    if (typeof run !== 'function') throw new TypeError('Emulator.runOn: run must be a function')
    if (!(thread instanceof Thread) || !this.#system.threads.owns(thread))
      throw new TypeError(
        'Emulator.runOn: thread must be a thread of this emulator, from newThread or mainThread',
      )
    if (thread.ended) throw new Error(`Emulator.runOn: thread ${thread.id} has ended`)
    return this.#system.threads.runAs(thread, run)
  }

  /**
   * Runs a program on this emulator. `ComThread.start`, `new CancelObject` and the functions of the package then use this
   * emulator by default: synchronously, in everything that the program starts (promises, timers), also after it has
   * ended, and in handlers that it connects or implements. Programs that run at the same time may use different
   * emulators. Calls nest; the innermost emulator is used. Returns or throws what the program returns or throws. Throws
   * TypeError for anything but a function.
   */
  use<T>(program: (emulator: Emulator) => T): T {
    validate.callback('Emulator.use', 'program', program)
    return withDefaultBinding(this.binding, () => program(this))
  }

  /**
   * Runs a program to its end in emulated time. The clock is stopped; when everything waits for time to pass, it
   * moves to the next moment at which something is due. With a seed, the seed determines the order of what could
   * happen in any order on real threads; a program that fails does so again with the same seed in a new emulator.
   * Fulfils with the program's result. Rejects with what the program throws, the seed added to the message, with
   * Error when nothing is left that the program could wait for or the clock is being moved already, with TypeError
   * or RangeError for an invalid seed.
   */
  async run<T>(program: (emulator: Emulator) => T | PromiseLike<T>, options?: RunOptions): Promise<T> {
    validate.callback('Emulator.run', 'program', program)
    return runToEnd(this.#com, this.#clock, () => program(this), options)
  }

  /**
   * Blocks cancel operations until the scope is disposed: coSetCancelObject returns E_ACCESSDENIED, with an object
   * and with null (O5), and so does a call that would register a cancel object. Calls in flight are not affected
   * and can be canceled. Scopes nest.
   */
  blockCancelOperations(): Disposable {
    return this.#system.blockCancelOperations()
  }

  /**
   * Records the events of this emulator until the log is disposed. Throws TypeError or RangeError for invalid
   * options.
   */
  record(options?: RecordOptions): EventLog {
    return EventLog.make('Emulator.record', options, this.#system.events)
  }

  /**
   * Registers a class. A program can then create its objects by the names it uses on Windows. Returns the
   * registration, with its switches and counts; disposing it unregisters the class. Throws TypeError or RangeError
   * for an invalid definition, and for a ProgID or CLSID that is registered already.
   */
  registerClass<State extends object = object>(
    definition: ClassDefinition<State> & ThisType<State>,
  ): ClassRegistration<State> {
    const { classes, client } = this.#com
    const registration: ClassRegistration<State> = ClassRegistration.make<State>(
      this.#system,
      client,
      definition,
      () => classes.delete(registration),
    )
    classes.add(registration)
    return registration
  }

  /**
   * Registers a prefix of display names: `thread.getObject` with a name that begins with it, in any case, makes an
   * object of the class, whose `create` gets the whole name. Of several prefixes the longest counts. Names of the
   * form `new:` and a class need no registration. Throws RangeError for a prefix that is registered already.
   */
  registerMoniker<State extends object>(prefix: string, registration: ClassRegistration<State>): Disposable {
    return this.#com.classes.addMoniker('Emulator.registerMoniker', prefix, registration)
  }

  /**
   * CoRegisterMessageFilter for a ComThread in a single-threaded apartment, until the scope is disposed. Otherwise
   * the library's own message filter is in force: it retries calls to busy servers, and cancels the calls of canceled
   * jobs. Throws RangeError for any other thread.
   */
  registerMessageFilter(thread: { readonly id: ThreadId }, filter: MessageFilter): Disposable {
    const stack = this.#singleThreaded('Emulator.registerMessageFilter', thread)
    const before = stack.filter
    stack.filter = filter
    return {
      [Symbol.dispose]: () => {
        if (stack.filter === filter) stack.filter = before
      },
    }
  }

  /**
   * Posts a message to a ComThread in a single-threaded apartment. During an outgoing call its message filter decides
   * once whether the message cancels the call (M1); the message stays in the queue until the thread is idle. Returns
   * the number of messages in the queue. Throws RangeError for any other thread.
   */
  postMessage(thread: { readonly id: ThreadId }): number {
    const stack = this.#singleThreaded('Emulator.postMessage', thread)
    postMessageTo(stack)
    return stack.messages
  }

  /**
   * Throws AssertionError with a list of everything that is alive in this emulator: threads that were started (with
   * `newThread` too) and not disposed, jobs, calls in flight, methods that run although no caller waits, calls that
   * JavaScript has not answered, server and host processes, running objects, COM objects and pointers that were neither
   * released nor collected, blocks on cancel operations, timers. Registered classes are not leaks.
   */
  assertIdle(): void {
    assertIdle(this.#system, this.assertIdle)
  }

  /**
   * Fulfils when nothing is alive, or after `timeout` milliseconds (default 1000): use it to wait for canceled methods
   * and unused server processes to end. The timeout is in the machine's time, inside `run` in the emulator's. Rejects
   * with TypeError or RangeError for an invalid timeout.
   */
  async settled(options?: { timeout?: number | undefined }): Promise<void> {
    const where = 'Emulator.settled'
    const { timeout = 1000 } = validate.options<{ timeout?: number | undefined }>(where, options, {
      timeout: true,
    })
    const wait = this.#clock.running ? settledInRun : settled
    await wait(this.#system, validate.timer(where, 'options.timeout', timeout))
  }

  #singleThreaded(where: string, thread: { readonly id: ThreadId }): ThreadStack {
    const { id } = validate.object<{ readonly id: ThreadId }>(where, 'thread', thread)
    const found = id === undefined ? undefined : this.#system.threads.find(id)
    const stack = found && stackOf(found)
    if (stack?.apartment.kind === 'sta') return stack
    throw new RangeError(`${where}: thread must be a living ComThread in a single-threaded apartment`)
  }
}
