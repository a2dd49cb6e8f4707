// An emulated COM as programs and tests use it: its binding, its threads, and what can be switched on in it.
import type { Binding, ThreadId } from '../../binding'
import { bindingOf } from './binding'
import { systemClock } from './clock'
import { Thread } from './emulated-thread'
import { System } from './system'

/** An emulated thread: `emulator.runOn` runs code on it. */
export interface EmulatedThread {
  /** Its thread id: not 0, a multiple of 4, and the id of no other thread. */
  readonly id: ThreadId
  /** It was ended; nothing can be run on it any more. */
  readonly ended: boolean
}

/**
 * A small COM of its own: threads, enable counts, stacks of cancel objects, calls in flight, call contexts. Any
 * number of them exist side by side and know nothing of each other. Everything runs on one JavaScript thread;
 * which emulated thread is calling is a matter of context. Source: contract E, O, C; S3, S5.
 */
export class Emulator {
  static #shared: Emulator | undefined

  /** The one that the library uses where it has no addon, made at the first use. */
  static get shared(): Emulator {
    Emulator.#shared ??= new Emulator()
    return Emulator.#shared
  }

  readonly #system = new System(systemClock)

  /** The emulator in COM's own terms; `functionsOf(binding)` and `ComThread.start({ binding })` take it. */
  readonly binding: Binding = bindingOf(this.#system)

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
   * until it is disposed, which takes along what COM keeps for it.
   */
  newThread(): EmulatedThread & Disposable {
    const { threads } = this.#system
    const thread = threads.start()
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
   * Blocks cancel operations until the scope is disposed: coSetCancelObject returns E_ACCESSDENIED, to set and
   * to reset (O5), and so does a call that would register a cancel object. Calls already in flight go on, can
   * be canceled, and return as they would. Scopes nest.
   */
  blockCancelOperations(): Disposable {
    return this.#system.blockCancelOperations()
  }
}
