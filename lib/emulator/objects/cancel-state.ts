// The state of a cancel object: whether it was canceled, and how its call has ended.
import type { HRESULT, Seconds } from '../../../binding'
import { HResult, RPC_C_CANCEL_INFINITE_TIMEOUT } from '../../errors/hresult'
import type { SharedState, SharedThread } from './shared-state'

export const StateFlag = {
  canceled: 2,
  completed: 4,
  /** The call returned before its reply came. */
  released: 8,
  /** The call was made while cancellation was disabled (E5). */
  disabled: 16,
  /** A cancel object of the program: Cancel notifies it and does not wait. */
  notifyOnly: 32,
} as const

/** The call has ended, either way. */
export const OVER = StateFlag.completed | StateFlag.released

export interface CancelStateOptions {
  flags?: number
  /** What Cancel returns. Default S_OK. */
  result?: HRESULT
  /** See SharedStateOptions. */
  timed?: boolean
  server?: number | undefined
  /** Called when another worker thread has canceled the object. */
  changed: () => void
}

/** The state is in shared memory while the object is on the stack of a thread that other worker threads can see. */
export class CancelState {
  readonly result: HRESULT
  readonly #options: CancelStateOptions
  #flags: number
  #shared: SharedState | undefined
  #registrations = 0

  constructor(options: CancelStateOptions) {
    const { flags = 0, result = HResult.S_OK } = options
    this.#options = options
    this.#flags = flags
    this.result = result
  }

  get disabled(): boolean {
    return (this.#now & StateFlag.disabled) !== 0
  }

  get canceled(): boolean {
    return (this.#now & StateFlag.canceled) !== 0
  }

  get completed(): boolean {
    return (this.#now & StateFlag.completed) !== 0
  }

  get pending(): boolean {
    return (this.#now & OVER) === 0
  }

  /** The shortest cancel timeout that another worker thread has requested; infinite without a request. */
  get foreignCancelTimeout(): Seconds {
    return this.#shared?.cancelTimeout ?? RPC_C_CANCEL_INFINITE_TIMEOUT
  }

  get shared(): SharedState | undefined {
    return this.#shared
  }

  /** True for the first cancel. */
  cancel(): boolean {
    return (this.#set(StateFlag.canceled) & StateFlag.canceled) === 0
  }

  end(how: 'completed' | 'released'): void {
    this.#set(StateFlag[how])
  }

  /** The object was pushed on a thread's stack. Called once for each time. */
  registered(thread: SharedThread | undefined): HRESULT {
    if (thread && !this.#shared) {
      const { timed = false, server, changed } = this.#options
      const seed = { flags: this.#flags, result: this.result, timed, server, changed }
      this.#shared = thread.newState({ ...seed, unheld: () => this.#freeIfUnused() }) ?? undefined
      if (!this.#shared) return HResult.E_OUTOFMEMORY
    }
    this.#registrations++
    return HResult.S_OK
  }

  unregistered(): void {
    this.#registrations--
    this.#freeIfUnused()
  }

  /** The shared state stays while other worker threads hold the object. */
  #freeIfUnused(): void {
    const shared = this.#shared
    if (!shared || this.#registrations > 0 || shared.holders > 0) return
    this.#flags = shared.flags
    this.#shared = undefined
    shared.free()
  }

  get #now(): number {
    return this.#shared?.flags ?? this.#flags
  }

  #set(flag: number): number {
    if (this.#shared) return this.#shared.set(flag)
    const before = this.#flags
    this.#flags |= flag
    return before
  }
}
