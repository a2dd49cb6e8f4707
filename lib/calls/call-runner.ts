// Carries out calls on one thread: what a signal, the grace period and disposal do to a call under way.
import type { Binding, BindingPointer, BindingThread, HRESULT, JobId } from '../../binding'
import { ComAbortError, ComError } from '../errors/errors'
import { HResult } from '../errors/hresult'
import type { ObjectMaker } from '../values/from-variant'
import { abandonedThreads } from './abandoned-threads'
import { callsCanceledBy } from './abort-signals'

/**
 * `idle`: nothing to do. `busy`: a call runs or is queued. `abandoned`: a call that was given up still blocks
 * the thread; it takes no new work until the call is back. `disposed`: it takes no more spec.
 */
export type ComThreadState = 'idle' | 'busy' | 'abandoned' | 'disposed'

/** One call, in terms of the binding. */
export interface BindingCall<Result> {
  /** Who asks, for errors. */
  where: string
  signal: AbortSignal | undefined
  /** Queues the job; `done` is called once. */
  queue(done: (result: Result) => void): JobId
  /** What COM returned. */
  hresultOf(result: Result): HRESULT
  /** Gives back what came with a result that nobody waits for any more. */
  discard?(result: Result): void
  /** The call is back, or was never made: what it needed is not needed any more. */
  over?(): void
}

export const hresultOf = ({ hresult }: { hresult: HRESULT }): HRESULT => hresult

/** What rooms above this one make of pointers and functions: passed down, so that no room imports one above it. */
export interface Makers {
  /** The object that stands for a pointer of this thread. */
  object: ObjectMaker<object>
  /** An object whose default member calls the function: a 'dispatch' of this thread. */
  callback(run: (...args: never[]) => unknown): BindingPointer
}

/** It can be called off. */
interface GraceTimer {
  cancel(): void
}

/** What is known of a call that has not come back. */
interface Pending {
  /** Settles the call's promise before the call is back. */
  leave(error: () => Error): void
}

/** A thread's calls. Whoever holds it keeps the thread. */
export class Caller {
  readonly binding: Binding
  readonly thread: BindingThread
  readonly makers: Makers
  readonly #grace: number
  readonly #pending = new Set<Pending>()
  readonly #abandoned = new Set<Pending>()
  #disposed: Promise<void> | undefined

  constructor(binding: Binding, thread: BindingThread, grace: number, makers: Makers) {
    this.binding = binding
    this.thread = thread
    this.makers = makers
    this.#grace = grace
  }

  get state(): ComThreadState {
    if (this.#disposed) return 'disposed'
    if (this.#abandoned.size > 0) return 'abandoned'
    return this.#pending.size > 0 ? 'busy' : 'idle'
  }

  /**
   * Has a call carried out. Fulfils with its result, whatever COM says in it; rejects with ComAbortError when
   * the signal gave it up, ComError RPC_E_DISCONNECTED or RPC_S_CALLPENDING when the thread takes no spec.
   */
  async run<Result>(spec: BindingCall<Result>): Promise<Result> {
    const { where, signal } = spec
    const refusal = signal?.aborted
      ? new ComAbortError(signal.reason, { function: where })
      : this.#refusal(where)
    if (refusal) {
      spec.over?.()
      throw refusal
    }
    // Errors are made where the call is awaited, so that their stacks tell who made it.
    const end = await new Promise<() => Result>(resolve => {
      let timer: GraceTimer | undefined
      let left = false
      const forget = () => {
        timer?.cancel()
        if (signal) callsCanceledBy(signal).delete(giveUp)
        this.#pending.delete(call)
        if (this.#abandoned.delete(call) && this.#abandoned.size === 0) abandonedThreads.remove()
      }
      const call: Pending = {
        leave: error => {
          forget()
          left = true
          this.#abandoned.add(call)
          if (this.#abandoned.size === 1) abandonedThreads.add()
          resolve(() => {
            throw error()
          })
        },
      }
      const giveUp = () => {
        // What was queued never reached COM and is back at once; only what runs can fail to come back.
        if (this.binding.cancelJob(job)) return
        const abandoned = { function: where, hresult: HResult.RPC_S_CALLPENDING, abandoned: true }
        timer = this.#later(() => call.leave(() => new ComAbortError(signal?.reason, abandoned)), this.#grace)
      }
      const done = (result: Result) => {
        forget()
        const gaveUp = signal?.aborted
        if (left || gaveUp) spec.discard?.(result)
        spec.over?.()
        resolve(() => {
          if (gaveUp)
            throw new ComAbortError(signal.reason, { function: where, hresult: spec.hresultOf(result) })
          return result
        })
      }
      let job: JobId
      try {
        job = spec.queue(done)
      } catch (error) {
        // The binding can refuse what passes here: values that are too much for it.
        spec.over?.()
        throw error
      }
      this.#pending.add(call)
      if (signal) callsCanceledBy(signal).add(giveUp)
    })
    return end()
  }

  /**
   * Ends the thread: what is queued is dropped, what runs is given up. Resolves when the thread has ended,
   * or after the grace period, when a call that can't be canceled keeps it (it then ends on its own).
   */
  dispose(): Promise<void> {
    this.#disposed ??= new Promise<void>(resolve => {
      const timer = this.#later(() => {
        for (const call of [...this.#pending])
          call.leave(
            () =>
              new ComError(
                HResult.RPC_E_DISCONNECTED,
                'ComThread',
                'the thread was disposed; the call could not be canceled and still blocks it',
              ),
          )
        resolve()
      }, this.#grace)
      this.thread.close(() => {
        timer.cancel()
        resolve()
      })
    })
    return this.#disposed
  }

  /** The grace period passes in the same time as the calls. */
  #later(fire: () => void, ms: number): GraceTimer {
    if (this.binding.after) return this.binding.after(ms, fire)
    const timeout = setTimeout(fire, ms)
    return { cancel: () => clearTimeout(timeout) }
  }

  #refusal(where: string): ComError | undefined {
    if (this.#disposed) return new ComError(HResult.RPC_E_DISCONNECTED, where)
    if (this.#abandoned.size > 0)
      return new ComError(
        HResult.RPC_S_CALLPENDING,
        where,
        'a call that was given up still blocks this thread; start another ComThread, or wait until state is no longer abandoned',
      )
    return undefined
  }
}
