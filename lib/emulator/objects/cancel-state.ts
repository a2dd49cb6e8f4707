// What has become of a cancel object: whether it was canceled, and how the call it stands for has ended.
import type { HRESULT, Seconds } from '../../../binding'
import { HResult, RPC_C_CANCEL_INFINITE_TIMEOUT } from '../../errors/hresult'
import type { SharedState, SharedThread } from './shared-state'

export const StateFlag = {
  canceled: 2,
  completed: 4,
  /** The call returned before its reply was there. */
  released: 8,
  /** The call was made while cancellation was disabled (E5). */
  disabled: 16,
  /** A program's cancel object: Cancel tells it, and waits for nothing. */
  notifyOnly: 32,
} as const

/** It has ended, in either way. */
export const OVER = StateFlag.completed | StateFlag.released

export interface CancelStateOptions {
  flags?: number
  /** What Cancel returns. Default S_OK. */
  result?: HRESULT
  timed?: boolean
  server?: number | undefined
  /** Another worker thread has canceled it. Not for one that no other can see. */
  changed: () => void
}

/** Kept in shared memory while the object is on the stack of a thread that other worker threads can see. */
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

  /** The least patient Cancel of other worker threads; infinite where there was none. */
  get foreignCancelTimeout(): Seconds {
    return this.#shared?.cancelTimeout ?? RPC_C_CANCEL_INFINITE_TIMEOUT
  }

  get shared(): SharedState | undefined {
    return this.#shared
  }

  /** True for the first. */
  cancel(): boolean {
    return (this.#set(StateFlag.canceled) & StateFlag.canceled) === 0
  }

  end(how: 'completed' | 'released'): void {
    this.#set(StateFlag[how])
  }

  /** It comes on a thread's stack: once for each time. */
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

  /** Whoever holds the object on another worker thread goes on seeing what becomes of it. */
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
