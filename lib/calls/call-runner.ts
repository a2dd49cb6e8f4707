// Runs the calls of one thread, with cancellation by signals, the grace period, and disposal.
import type { Binding, BindingPointer, BindingThread, HRESULT, JobId } from '../../binding'
import { ComAbortError, ComError } from '../errors/errors'
import { HResult } from '../errors/hresult'
import type { ObjectMaker } from '../values/from-variant'
import { abandonedThreads } from './abandoned-threads'
import { callsCanceledBy } from './abort-signals'
import { aliveUntil, KeepAlive } from './keep-alive'

/**
 * `idle`: no calls. `busy`: a call runs or is queued. `abandoned`: a canceled call still blocks the thread,
 * which takes no new calls until it returns. `disposed`: the thread takes no more calls.
 */
export type ComThreadState = 'idle' | 'busy' | 'abandoned' | 'disposed'

/** One call as a job of the binding. */
export interface BindingCall<Result> {
  /** The function that errors name. */
  where: string
  signal: AbortSignal | undefined
  /** Queues the job; `done` is called once. */
  queue(done: (result: Result) => void): JobId
  /** The HRESULT in a result. */
  hresultOf(result: Result): HRESULT
  /** Releases what a result contains when no caller takes it. */
  discard?(result: Result): void
  /** Releases what the call needed: it has returned, or was never made. */
  over?(): void
}

export const hresultOf = ({ hresult }: { hresult: HRESULT }): HRESULT => hresult

/** Objects made by rooms above this one, passed down so that no room imports a higher one. */
export interface Makers {
  /** The object that stands for a pointer of this thread. */
  object: ObjectMaker<object>
  /** An object whose default member calls the function: a 'dispatch' of this thread. */
  callback(run: (...args: never[]) => unknown): BindingPointer
}

interface GraceTimer {
  cancel(): void
}

/** A call that has not returned. */
interface Pending {
  /** Rejects the call's promise before the call has returned. */
  abandon(error: () => Error): void
}

/** The calls of one thread. It keeps the thread alive. */
export class Caller {
  readonly binding: Binding
  readonly thread: BindingThread
  readonly makers: Makers
  /** Its calls keep the process alive until they have returned or are abandoned. */
  readonly alive = new KeepAlive()
  /** Called when the thread is disposed, before its calls end. */
  readonly whenDisposed = new Set<() => void>()
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
   * Runs a call. Resolves with its result, also when COM reports a failure. Rejects with ComAbortError when
   * the signal canceled it, with ComError RPC_E_DISCONNECTED or RPC_S_CALLPENDING when the thread takes no
   * calls.
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
    // Errors are created in this async function, so that their stacks name its caller.
    const end = await new Promise<() => Result>(resolve => {
      let timer: GraceTimer | undefined
      let abandoned = false
      const remove = () => {
        timer?.cancel()
        if (signal) callsCanceledBy(signal).delete(cancel)
        this.#pending.delete(call)
        this.#noteAlive()
        if (this.#abandoned.delete(call) && this.#abandoned.size === 0) abandonedThreads.remove()
      }
      const call: Pending = {
        abandon: error => {
          remove()
          abandoned = true
          this.#abandoned.add(call)
          if (this.#abandoned.size === 1) abandonedThreads.add()
          resolve(() => {
            throw error()
          })
        },
      }
      const cancel = () => {
        // A queued job ends at once. Only a running job can fail to return.
        if (this.binding.cancelJob(job)) return
        const info = { function: where, hresult: HResult.RPC_S_CALLPENDING, abandoned: true }
        timer = this.#later(() => call.abandon(() => new ComAbortError(signal?.reason, info)), this.#grace)
      }
      const done = (result: Result) => {
        remove()
        const canceled = signal?.aborted
        if (abandoned || canceled) spec.discard?.(result)
        spec.over?.()
        resolve(() => {
          if (canceled)
            throw new ComAbortError(signal.reason, { function: where, hresult: spec.hresultOf(result) })
          return result
        })
      }
      let job: JobId
      try {
        job = spec.queue(done)
      } catch (error) {
        // The binding can reject values that lib/ accepts: those that are too large for it.
        spec.over?.()
        throw error
      }
      this.#pending.add(call)
      this.#noteAlive()
      if (signal) callsCanceledBy(signal).add(cancel)
    })
    return end()
  }

  /**
   * Ends the thread: queued calls are dropped, the running call is canceled. Resolves when the thread has
   * ended, or after the grace period when a call that cannot be canceled still blocks it; the thread ends
   * when that returns.
   */
  dispose(): Promise<void> {
    if (this.#disposed) return this.#disposed
    const ended = new Promise<void>(resolve => {
      const timer = this.#later(() => {
        for (const call of [...this.#pending])
          call.abandon(
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
    this.#disposed = aliveUntil(ended)
    for (const notify of this.whenDisposed) notify()
    this.whenDisposed.clear()
    return this.#disposed
  }

  #noteAlive(): void {
    this.alive.needed = this.#pending.size > 0
  }

  /** Starts a timer on the clock of the calls. */
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
        'a canceled call still blocks this thread; start another ComThread, or wait until state is no longer abandoned',
      )
    return undefined
  }
}
