// What other worker threads see of a thread: its id, and the states of its cancel objects.
import type { HRESULT, Seconds, ThreadId } from '../../../binding'

/** The state of a cancel object, kept where other worker threads can see and change it. */
export interface SharedState {
  /** Where it is. */
  readonly at: number
  readonly flags: number
  /** Of the least patient Cancel. */
  readonly cancelTimeout: Seconds
  /** How many other workers hold references on the object. */
  readonly holders: number
  /** Sets a flag and wakes who waits for it. Returns the flags before. */
  set(flag: number): number
  /** It is kept there no longer; nobody holds it any more. */
  free(): void
}

/** What a cancel object begins its shared state with. */
export interface SharedStateOptions {
  flags: number
  /** What Cancel returns. */
  result: HRESULT
  /** Time alone ends the call; else JavaScript serves it, that of this worker where `server` names no other. */
  timed: boolean
  server: number | undefined
  /** Another worker has set a flag. In a later turn, or later still when JavaScript is busy. */
  changed: () => void
  /** Another worker has given up its references. */
  unheld: () => void
}

/** A thread that other worker threads can find by its id. */
export interface SharedThread {
  readonly id: ThreadId
  /** Null when there is no room for it. */
  newState(seed: SharedStateOptions): SharedState | null
  /** Its topmost cancel object has this state; undefined for none. */
  showTop(state: SharedState | undefined): void
  end(): void
}
