// A thread with an apartment and a queue, whose calls can be given up with an AbortSignal.
import type { Apartment, Binding, BindingThread, Done, HRESULT, JobId, ThreadId } from '../binding'
import { callsOf } from './abort'
import { type CancelOutcome, cancelOutcome } from './cancel-outcome'
import { ComAbortError, ComError } from './errors'
import { type CancelOptions, secondsOf } from './functions'
import { failed, HResult } from './hresult'
import { defaultBinding } from './load'
import { waitOptions } from './raw'
import * as validate from './validate'

export interface ComThreadOptions {
  /** The apartment the thread enters; a single-threaded one pumps messages while it waits. Default 'mta'. */
  apartment?: Apartment
  /** Enable cancellation on the thread. Default true; without it no call of the thread can be canceled (C3). */
  callCancellation?: boolean
  /** Milliseconds a call that was given up may take to come back before its thread is abandoned (W4). Default 100. */
  grace?: number
  /** The binding to start it with. Default: the one the library loaded. */
  binding?: Binding
}

export interface CallOptions {
  /** Gives the call up, in whatever state it is. */
  signal?: AbortSignal
}

export interface WaitOptions extends CallOptions {
  /** False: the call registers no cancel object, as a call inside one apartment (C14). Default true. */
  cancelable?: boolean
}

/**
 * `idle`: nothing to do. `busy`: a call runs or is queued. `abandoned`: a call that was given up still blocks
 * the thread; it takes no new work until the call is back. `disposed`: it takes no more work.
 */
export type ComThreadState = 'idle' | 'busy' | 'abandoned' | 'disposed'

const DEFAULT_GRACE = 100

/** What is known of a call that has not come back. */
interface Pending {
  /** Settles the call's promise before the call is back. */
  leave(error: Error): void
}

/**
 * A real thread (emulated: an emulated one) that carries out calls one after the other while JavaScript goes
 * on. Methods may be called on the JavaScript thread that started it. Dispose it with `await using`; one that
 * is forgotten ends when it is collected.
 */
export class ComThread {
  readonly #binding: Binding
  readonly #thread: BindingThread
  readonly #grace: number
  readonly #pending = new Set<Pending>()
  readonly #abandoned = new Set<Pending>()
  #disposed: Promise<void> | undefined

  private constructor(binding: Binding, thread: BindingThread, grace: number) {
    this.#binding = binding
    this.#thread = thread
    this.#grace = grace
  }

  /**
   * Starts a thread and enters its apartment. Rejects with ComError when the system has no thread to give
   * (E_OUTOFMEMORY) or the apartment can't be entered, TypeError or RangeError for bad options.
   */
  static async start(options?: ComThreadOptions): Promise<ComThread> {
    const where = 'ComThread.start'
    const {
      apartment = 'mta',
      callCancellation = true,
      grace = DEFAULT_GRACE,
      binding = defaultBinding(),
    } = validate.options<ComThreadOptions>(where, options)
    const checked = {
      apartment: validate.oneOf(where, 'options.apartment', apartment, ['sta', 'mta'] as const),
      callCancellation: validate.boolean(where, 'options.callCancellation', callCancellation),
    }
    const checkedGrace = validate.timer(where, 'options.grace', grace)
    let thread: BindingThread | undefined
    const hr = await new Promise<HRESULT>(resolve => {
      thread = binding.startThread(checked, resolve)
    })
    if (!thread || failed(hr)) throw new ComError(hr, where)
    return new ComThread(binding, thread, checkedGrace)
  }

  /** The Windows id of the thread. It belongs to no other thread while this object is alive (W5). */
  get id(): ThreadId {
    return this.#thread.id
  }

  get state(): ComThreadState {
    if (this.#disposed) return 'disposed'
    if (this.#abandoned.size > 0) return 'abandoned'
    return this.#pending.size > 0 ? 'busy' : 'idle'
  }

  /**
   * A call of `ms` milliseconds (0 to 4294967294) that needs no server: it blocks the thread, and registers
   * a cancel object as a proxy does. Rejects with ComAbortError when the signal gave it up, ComError
   * RPC_E_CALL_CANCELED when somebody else canceled it, RPC_E_DISCONNECTED when the thread is disposed or
   * was before its turn, RPC_S_CALLPENDING when the thread is abandoned. Source: C7, C12, C14, W4.
   */
  async wait(ms: number, options?: WaitOptions): Promise<void> {
    const where = 'ComThread.wait'
    const { signal, cancelable } = validate.options<WaitOptions>(where, options)
    const wait = waitOptions(where, ms, cancelable === undefined ? undefined : { cancelable })
    await this.#call(where, validate.signal(where, signal), done => this.#thread.wait(wait, done))
  }

  /**
   * CoCancelCall on the call the thread is blocked in at this moment; it never hits the next one. Asks once:
   * a signal asks until the call is back. Rejects with ComError: E_NOINTERFACE when no call is pending (C12),
   * CO_E_CANCEL_DISABLED (C3), RPC_E_DISCONNECTED once disposed.
   */
  async cancel(options?: CancelOptions): Promise<CancelOutcome> {
    const where = 'ComThread.cancel'
    const seconds = secondsOf(where, options)
    if (this.#disposed) throw new ComError(HResult.RPC_E_DISCONNECTED, where)
    const hr = await new Promise<HRESULT>(resolve => this.#thread.cancel(seconds, resolve))
    return cancelOutcome('CoCancelCall', hr)
  }

  /**
   * Ends the thread: what is queued is dropped, what runs is given up. Resolves when the thread has ended,
   * or after the grace period, when a call that can't be canceled keeps it (it then ends on its own).
   */
  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= new Promise<void>(resolve => {
      const timer = setTimeout(() => {
        for (const call of [...this.#pending])
          call.leave(
            new ComError(
              HResult.RPC_E_DISCONNECTED,
              'ComThread',
              'the thread was disposed; the call could not be canceled and still blocks it',
            ),
          )
        resolve()
      }, this.#grace)
      this.#thread.close(() => {
        clearTimeout(timer)
        resolve()
      })
    })
    return this.#disposed
  }

  #call(where: string, signal: AbortSignal | undefined, queue: (done: Done) => JobId): Promise<HRESULT> {
    if (signal?.aborted) throw new ComAbortError(signal.reason)
    if (this.#disposed) throw new ComError(HResult.RPC_E_DISCONNECTED, where)
    if (this.#abandoned.size > 0)
      throw new ComError(
        HResult.RPC_S_CALLPENDING,
        where,
        'a call that was given up still blocks this thread; start another ComThread, or wait until state is no longer abandoned',
      )
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined
      const forget = () => {
        clearTimeout(timer)
        if (signal) callsOf(signal).delete(giveUp)
        this.#pending.delete(call)
        this.#abandoned.delete(call)
      }
      const call: Pending = {
        leave: error => {
          forget()
          this.#abandoned.add(call)
          reject(error)
        },
      }
      const giveUp = () => {
        // What was queued never reached COM and is back at once; only what runs can fail to come back.
        if (this.#binding.cancelJob(job)) return
        timer = setTimeout(
          () =>
            call.leave(
              new ComAbortError(signal?.reason, { hresult: HResult.RPC_S_CALLPENDING, abandoned: true }),
            ),
          this.#grace,
        )
      }
      const job = queue(hr => {
        forget()
        if (signal?.aborted) reject(new ComAbortError(signal.reason, { hresult: hr }))
        else if (failed(hr)) reject(new ComError(hr, where))
        else resolve(hr)
      })
      this.#pending.add(call)
      if (signal) callsOf(signal).add(giveUp)
    })
  }
}
