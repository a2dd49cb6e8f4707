// An emulated COM as programs and tests use it: its binding, its threads, and what can be switched on in it.
import type { Binding, ThreadId } from '../../binding'
import { ComError } from '../errors/errors'
import { HResult } from '../errors/hresult'
import * as validate from '../errors/validate'
import { EventLog, type RecordOptions } from '../events/event-log'
import { observed } from '../events/publish/observed-binding'
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
import type { System } from './threads/system'
import { Thread } from './threads/thread'
import { sharedCom, type Usage } from './workers/shared-com'

/** An emulated thread: `emulator.runOn` runs code on it. */
export interface EmulatedThread {
  /** Its thread id: not 0, a multiple of 4, and the id of no other thread. */
  readonly id: ThreadId
  /** It was ended; nothing can be run on it any more. */
  readonly ended: boolean
}

/**
 * A small COM of its own: threads, apartments, servers, calls in flight, stacks of cancel objects, call contexts.
 * Any number of them exist side by side and know nothing of each other. Everything in one runs on one JavaScript
 * thread; which emulated thread is calling is a matter of context. Source: contract E, O, C, S, M.
 */
export class Emulator {
  static #shared: Emulator | undefined

  /**
   * The one that the library uses where it has no addon, made at the first use. Those of worker threads are one COM
   * with that of the thread that started them: threads are canceled and classes are found across workers.
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
   * How much is in use of the memory that the shared emulators of all worker threads have in common: worker threads,
   * emulated threads, calls in flight, and names of classes, two for each class. What does not fit in fails with
   * E_OUTOFMEMORY, and a warning says so; the environment variable COM_CANCEL_EMULATOR_MEMORY makes it larger
   * (`threads=100000,calls=1000000,names=1000,workers=100`).
   */
  static get usage(): Usage {
    return sharedCom().usage
  }

  readonly #clock = new ControlledClock()
  readonly #com: Com
  readonly #system: System

  /** The emulator in COM's own terms; `functionsOf(binding)` and `ComThread.start({ binding })` take it. */
  readonly binding: Binding

  /** The emulator's time, which a test can stop and move. */
  readonly clock: EmulatorClock = this.#clock

  /** One that is alone. */
  constructor()
  /** @internal */
  constructor(sharing: ComSharing)
  constructor(sharing?: ComSharing) {
    this.#com = new Com(this.#clock, sharing)
    this.#system = this.#com.system
    this.binding = observed(bindingOf(this.#com), this.#system.events)
  }

  /** The thread of all code that does not run on another one. */
  get mainThread(): EmulatedThread {
    return this.#system.threads.main
  }

  /** The thread that is calling. */
  get currentThread(): EmulatedThread {
    return this.#system.threads.current
  }

  /**
   * A new thread, with cancellation disabled (E1) and in no apartment. It counts as alive in `diagnostics()`
   * until it is disposed, which takes along what COM keeps for it. Throws ComError E_OUTOFMEMORY where worker
   * threads share memory that has no room for it (`Emulator.usage`).
   */
  newThread(): EmulatedThread & Disposable {
    const { threads } = this.#system
    const thread = threads.start()
    if (!thread) throw new ComError(HResult.E_OUTOFMEMORY, 'Emulator.newThread')
    return Object.assign(thread, { [Symbol.dispose]: () => threads.end(thread) })
  }

  /**
   * Runs a function on an emulated thread: what it calls, what it awaits and the timers it sets are all on that
   * thread (E7). Returns what the function returns. Throws TypeError for anything but a thread of this emulator
   * and a function, Error for a thread that has ended.
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
   * Runs a program in emulated time, from a stopped clock, to its end: whenever everything waits for time to
   * pass, it jumps to the next moment at which something is due. With a seed, what could happen in any order on
   * real threads happens in one that the seed chooses; a program that fails, fails again with the same seed in a
   * fresh emulator. Fulfils with the program's result; rejects with what it throws, the seed added to the message,
   * with Error when nothing is left to happen that it could wait for or the clock is being moved already, TypeError
   * or RangeError for a seed that is none.
   */
  async run<T>(program: (emulator: Emulator) => T | PromiseLike<T>, options?: RunOptions): Promise<T> {
    validate.callback('Emulator.run', 'program', program)
    return runToEnd(this.#com, this.#clock, () => program(this), options)
  }

  /**
   * Blocks cancel operations until the scope is disposed: coSetCancelObject returns E_ACCESSDENIED, to set and
   * to reset (O5), and so does a call that would register a cancel object. Calls already in flight go on, can
   * be canceled, and return as they would. Scopes nest.
   */
  blockCancelOperations(): Disposable {
    return this.#system.blockCancelOperations()
  }

  /**
   * Records what happens in this emulator alone, until the log is disposed of. Throws TypeError or RangeError for
   * bad options.
   */
  record(options?: RecordOptions): EventLog {
    return new EventLog('Emulator.record', options, this.#system.events)
  }

  /**
   * Registers a class, whose objects the program can then create by the names it uses on Windows. Returns the
   * registration: its switches and counts; disposing of it unregisters the class. Throws TypeError or RangeError
   * for a definition that makes no sense, and for a ProgID or CLSID that is registered already.
   */
  registerClass<State extends object = object>(
    definition: ClassDefinition<State> & ThisType<State>,
  ): ClassRegistration<State> {
    const { classes, client } = this.#com
    const registration: ClassRegistration<State> = new ClassRegistration<State>(
      this.#system,
      client,
      definition,
      () => classes.delete(registration),
    )
    classes.add(registration)
    return registration
  }

  /**
   * Display names (`thread.getObject`) that begin with a prefix, in any case, lead to a new object of a class,
   * whose `create` gets the whole name; of several prefixes the longest. `new:` and a class need none. Throws
   * RangeError for a prefix that is registered already.
   */
  registerMoniker<State extends object>(prefix: string, registration: ClassRegistration<State>): Disposable {
    return this.#com.classes.addMoniker('Emulator.registerMoniker', prefix, registration)
  }

  /**
   * CoRegisterMessageFilter for a ComThread in a single-threaded apartment, until the scope is disposed. Without
   * it the library's own is in force: it retries busy servers, and cancels what was given up. Throws RangeError
   * for any other thread.
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
   * A message (input, a posted one) comes for a ComThread in a single-threaded apartment. During an outgoing
   * call its message filter is asked, once, whether that cancels the call (M1); the message stays in the queue
   * until the thread has nothing to do. Returns how many are in the queue. Throws RangeError for any other thread.
   */
  postMessage(thread: { readonly id: ThreadId }): number {
    const stack = this.#singleThreaded('Emulator.postMessage', thread)
    postMessageTo(stack)
    return stack.messages
  }

  /**
   * Throws AssertionError, with a message that lists it, when anything is alive in this emulator: threads that were
   * started (`newThread` too) and not disposed, jobs, calls in flight, methods that run on, calls that JavaScript
   * has not answered, server processes, running objects, COM objects and pointers that were not released or not yet
   * collected, blocks on cancel operations, timers. Registered classes are no leak.
   */
  assertIdle(): void {
    assertIdle(this.#system, this.assertIdle)
  }

  /**
   * Fulfils when nothing is alive any more, or after `timeout` milliseconds (default 1000) of the machine's time,
   * in a program that `run` runs of the emulator's: what ends by itself, such as a canceled method or a server
   * process that nobody uses, then has. Rejects with TypeError or RangeError for a bad timeout.
   */
  async settled(options?: { timeout?: number }): Promise<void> {
    const where = 'Emulator.settled'
    const { timeout = 1000 } = validate.options<{ timeout?: number }>(where, options)
    const wait = this.#clock.running ? settledInRun : settled
    await wait(this.#system, validate.timer(where, 'options.timeout', timeout))
  }

  #singleThreaded(where: string, thread: { readonly id: ThreadId }): ThreadStack {
    const { id } = validate.options<{ readonly id: ThreadId }>(where, thread, 'thread')
    const found = id === undefined ? undefined : this.#system.threads.find(id)
    const stack = found && stackOf(found)
    if (stack?.apartment.kind === 'sta') return stack
    throw new RangeError(`${where}: thread must be a living ComThread in a single-threaded apartment`)
  }
}
