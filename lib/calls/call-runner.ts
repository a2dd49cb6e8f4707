// Runs the calls of one thread, with cancellation by signals and timeouts, abandonment, and disposal.
import type {
  Binding,
  BindingPointer,
  BindingThread,
  Canceler,
  Cancellation,
  HRESULT,
  JobId,
  JobOptions,
} from '../../binding'
import { ComAbortError, type ComAbortErrorInfo, ComError } from '../errors/errors'
import { failed, HResult } from '../errors/hresult'
import type { ObjectMaker } from '../values/from-variant'
import { abandonedThreads } from './abandoned-threads'
import { callsCanceledBy } from './abort-signals'
import { Arrivals } from './arrivals'
import type { CallLimits } from './call-limits'
import { DeferredCall } from './deferred-call'
import type { HostProcess, Receivers } from './host-process'
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
  limits: CallLimits
  /** The host process of the object, which the call may terminate. */
  host: HostProcess | undefined
  /** Queues the job; `done` is called once. */
  queue(done: (result: Result, cancellation?: Cancellation) => void, options: JobOptions): JobId
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
  /** The objects that stand for pointers of this thread, which come from a host process or from elsewhere. */
  objectsOf(host: HostProcess | undefined): ObjectMaker<object>
  /** An object whose default member calls the function: a 'dispatch' of this thread, and who gets it. */
  callback(run: (...args: never[]) => unknown): { pointer: BindingPointer; receivers: Receivers }
}

/** A call that has not returned. */
interface Pending {
  /** Rejects the call's promise before the call has returned. */
  abandon(cancellation: Pick<Cancellation, 'by' | 'terminated'>): void
}

/** The calls of one thread. It keeps the thread alive. */
export class Caller {
  readonly binding: Binding
  readonly thread: BindingThread
  readonly makers: Makers
  /** The call of a dynamic view that is made before any other. */
  readonly deferred = new DeferredCall()
  readonly arrivals: Arrivals
  /** Its calls keep the process alive until they have returned or are abandoned. */
  readonly alive = new KeepAlive()
  /** Called when the thread is disposed, before its calls end. */
  readonly whenDisposed = new Set<() => void>()
  /** Milliseconds that a canceled call may take to end (W4). */
  readonly grace: number
  readonly #pending = new Set<Pending>()
  readonly #abandoned = new Set<Pending>()
  /** The asynchronous calls whose completion is awaited. */
  #awaited = 0
  #disposed: Promise<void> | undefined

  constructor(binding: Binding, thread: BindingThread, makers: Makers, grace: number) {
    this.binding = binding
    this.thread = thread
    this.makers = makers
    this.grace = grace
    this.arrivals = new Arrivals(binding)
  }

  get state(): ComThreadState {
    if (this.#disposed) return 'disposed'
    if (this.#abandoned.size > 0) return 'abandoned'
    return this.#pending.size > 0 || this.deferred.waits ? 'busy' : 'idle'
  }

  /**
   * Runs a call. Resolves with its result, also when COM reports a failure. Rejects with ComAbortError when a
   * signal, a timeout or the disposal of the thread canceled it, with ComError RPC_E_DISCONNECTED or
   * RPC_S_CALLPENDING when the thread takes no calls.
   */
  async run<Result>(spec: BindingCall<Result>): Promise<Result> {
    this.deferred.make()
    const { where, limits, host } = spec
    const { timeout, queueTimeout, signals } = limits
    const aborted = signals.find(signal => signal.aborted)
    const refusal = aborted ? new ComAbortError(aborted.reason, { function: where }) : this.refusal(where)
    if (refusal) {
      spec.over?.()
      throw refusal
    }
    // Errors are created in this async function, so that their stacks name its caller.
    const end = await new Promise<() => Result>(resolve => {
      let abandoned = false
      /** The signal that aborted first. */
      let fired: AbortSignal | undefined
      const cancels = signals.map(signal => {
        const cancel = () => {
          if (fired) return
          fired = signal
          if (job !== undefined) this.binding.cancelJob(job)
        }
        return { signal, cancel }
      })
      const remove = () => {
        for (const { signal, cancel } of cancels) callsCanceledBy(signal).delete(cancel)
        this.#pending.delete(call)
        this.#noteAlive()
        if (this.#abandoned.delete(call) && this.#abandoned.size === 0) abandonedThreads.remove()
      }
      const abortError = (by: Canceler, info: ComAbortErrorInfo) =>
        new ComAbortError(fired?.reason, { function: where, ...abortCause(by, limits), ...info })
      const call: Pending = {
        abandon: ({ by, terminated }) => {
          host?.note(HResult.RPC_S_CALLPENDING, terminated)
          remove()
          abandoned = true
          this.#abandoned.add(call)
          if (this.#abandoned.size === 1) abandonedThreads.add()
          resolve(() => {
            const hresult = HResult.RPC_S_CALLPENDING
            throw abortError(by, { hresult, abandoned: true, started: true, hostTerminated: terminated })
          })
        },
      }
      const done = (result: Result, cancellation?: Cancellation) => {
        remove()
        const hresult = spec.hresultOf(result)
        host?.note(hresult, cancellation?.terminated ?? false)
        const canceled = cancellationOf(cancellation, fired, failed(hresult))
        if (abandoned || canceled) spec.discard?.(result)
        spec.over?.()
        resolve(() => {
          if (!canceled) return result
          const { by, started, busy, terminated: hostTerminated } = canceled
          const reported = busy ? HResult.RPC_E_CALL_CANCELED : hresult
          throw abortError(by, { hresult: reported, started, busy, hostTerminated })
        })
      }
      const overdue = (cancellation: Cancellation) => {
        if (this.#pending.has(call)) call.abandon(cancellation)
      }
      let job: JobId | undefined
      for (const { signal, cancel } of cancels) callsCanceledBy(signal).add(cancel)
      try {
        job = spec.queue(done, { timeout, queueTimeout, overdue, terminate: host?.terminate })
      } catch (error) {
        // The binding can reject values that lib/ accepts: those that are too large for it.
        remove()
        spec.over?.()
        throw error
      }
      this.#pending.add(call)
      this.#noteAlive()
      // A subscriber to the event of the queued job may have aborted a signal.
      if (fired) this.binding.cancelJob(job)
    })
    return end()
  }

  /**
   * Ends the thread: queued calls are dropped, the running call is canceled. Resolves when the thread has
   * ended, or after the grace period when a call that cannot be canceled still blocks it; the thread ends
   * when that returns.
   */
  dispose(): Promise<void> {
    this.deferred.make()
    if (this.#disposed) return this.#disposed
    const ended = new Promise<void>(resolve => {
      this.thread.close(resolve, resolve)
    })
    this.#disposed = aliveUntil(ended)
    for (const notify of this.whenDisposed) notify()
    this.whenDisposed.clear()
    return this.#disposed
  }

  /** The error of a call that the thread does not take. */
  refusal(where: string): ComError | undefined {
    if (this.#disposed) return new ComError(HResult.RPC_E_DISCONNECTED, where)
    if (this.#abandoned.size > 0)
      return new ComError(
        HResult.RPC_S_CALLPENDING,
        where,
        'a canceled call still blocks this thread; start another ComThread, or wait until state is no longer abandoned',
      )
    return undefined
  }

  /** Keeps the process alive for an asynchronous call, which does not block the thread, until `stop` is called. */
  awaitCompletion(): () => void {
    const change = (by: 1 | -1) => {
      this.#awaited += by
      this.#noteAlive()
    }
    change(1)
    return () => change(-1)
  }

  #noteAlive(): void {
    this.alive.needed = this.#pending.size + this.#awaited > 0
  }
}

const REASONS = { cancel: 'signal', timeout: 'timeout', queueTimeout: 'timeout', close: 'disposed' } as const

/** Why a call was canceled, for its error. */
export const abortCause = (by: Canceler, { timeout, queueTimeout }: CallLimits): ComAbortErrorInfo => {
  const ended = by === 'timeout' ? timeout : by === 'queueTimeout' ? queueTimeout : undefined
  return { reason: REASONS[by], ...(ended !== undefined && { timeout: ended }) }
}

/**
 * How a call was canceled; undefined for one that counts as completed. A call whose thread was disposed counts as
 * completed when it succeeded. A signal may have aborted after the job had ended, and before its result was
 * delivered.
 */
const cancellationOf = (
  cancellation: Cancellation | undefined,
  fired: AbortSignal | undefined,
  unsuccessful: boolean,
): Cancellation | undefined => {
  if (cancellation && (cancellation.by !== 'close' || unsuccessful)) return cancellation
  return fired && { by: 'cancel', started: true, busy: false, terminated: false }
}
