// An emulated thread and what COM keeps for it: apartment, enable count, cancel objects, call context.
import type { HRESULT, ThreadId } from '../../../binding'
import { HResult } from '../../errors/hresult'
import type { Milliseconds } from '../clock/clock'
import type { CountedObject } from '../objects/counted-object'
import type { Living } from '../objects/live-objects'
import type { SharedThread } from '../objects/shared-state'
import { CancelStack } from './cancel-stack'

const COINIT_APARTMENTTHREADED = 2
const COINIT_DISABLE_OLE1DDE = 4
const COINIT_SPEED_OVER_MEMORY = 8
const COINIT_ALL = COINIT_APARTMENTTHREADED | COINIT_DISABLE_OLE1DDE | COINIT_SPEED_OVER_MEMORY

/**
 * Runs the calls and jobs of a thread as time passes. The JavaScript thread may have been asleep or busy for a
 * while. Code that reads the state of a thread or of its calls therefore calls `catchUp` first, and sees what a
 * real thread would have done meanwhile.
 */
export interface ThreadDriver {
  /** `until`: a moment that is known to have passed. Default: now. */
  catchUp(until?: Milliseconds): void
  /** The moment that the thread has reached, where that may lie in the past. Default: now. */
  readonly moment?: Milliseconds
  /** What the thread is doing, for the leak check. */
  describe(): string
}

/** For a thread on which only the program's own code runs. */
export const NO_DRIVER: ThreadDriver = { catchUp: () => {}, describe: () => 'not disposed' }

export class Thread implements Living {
  readonly id: ThreadId
  readonly cancelObjects: CancelStack
  driver: ThreadDriver = NO_DRIVER
  readonly #shared: SharedThread | undefined
  #ended = false
  #apartmentKind: number | undefined
  #initializeCount = 0
  #enableCount = 0
  #context: CountedObject | null = null

  /** `shared`: its entry in the memory shared by worker threads. */
  constructor(id: ThreadId, shared?: SharedThread) {
    this.id = id
    this.#shared = shared
    this.cancelObjects = new CancelStack(shared)
  }

  get ended(): boolean {
    return this.#ended
  }

  describe(): string {
    return `thread ${this.id}, ${this.driver.describe()}`
  }

  /** CoInitializeEx. */
  initialize(coInit: number): HRESULT {
    if (coInit & ~COINIT_ALL) return HResult.E_INVALIDARG
    const kind = coInit & COINIT_APARTMENTTHREADED
    if (this.#apartmentKind !== undefined && this.#apartmentKind !== kind) return HResult.RPC_E_CHANGED_MODE
    this.#apartmentKind = kind
    return this.#initializeCount++ === 0 ? HResult.S_OK : HResult.S_FALSE
  }

  /** CoUninitialize. The last one leaves the apartment and disables cancellation (E6). */
  uninitialize(): HRESULT {
    if (this.#initializeCount === 0) return HResult.CO_E_NOTINITIALIZED
    if (--this.#initializeCount === 0) {
      this.#apartmentKind = undefined
      this.#enableCount = 0
    }
    return HResult.S_OK
  }

  /** Whether a call made now can be canceled (E1, E3, E5). */
  get cancellationEnabled(): boolean {
    return this.#enableCount > 0
  }

  /** CoEnableCallCancellation (E2). */
  enableCancellation(): HRESULT {
    this.#enableCount++
    return HResult.S_OK
  }

  /** CoDisableCallCancellation (E3, E4). */
  disableCancellation(): HRESULT {
    if (this.#enableCount === 0) return HResult.CO_E_CANCEL_DISABLED
    this.#enableCount--
    return HResult.S_OK
  }

  /** The call context; null outside any served call (S3). */
  get context(): CountedObject | null {
    return this.#context
  }

  /**
   * Sets the call context and returns the previous one, with a reference for the caller. Takes no reference on the
   * new context (S5), but pins it: a program that releases the last reference of the current context crashes on
   * Windows, and must not make the emulator use a dead object.
   */
  switchContext(context: CountedObject | null): CountedObject | null {
    const before = this.#context
    context?.pin()
    this.#context = context
    before?.addRef()
    before?.unpin()
    return before
  }

  /** Ends the thread and releases what COM keeps for it. */
  end(): void {
    this.#ended = true
    this.driver = NO_DRIVER
    this.cancelObjects.clear()
    this.switchContext(null)?.release()
    this.#apartmentKind = undefined
    this.#initializeCount = 0
    this.#enableCount = 0
    this.#shared?.end()
  }
}
