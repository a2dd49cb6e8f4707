// The interface to what threads share with other worker threads: their ids and the states of their cancel objects.
import type { HRESULT, Seconds, ThreadId } from '../../../binding'

/** The state of a cancel object in shared memory, where other worker threads see and change it. */
export interface SharedState {
  /** Its address: the index of its first word. */
  readonly at: number
  readonly flags: number
  /** The shortest of those requested. */
  readonly cancelTimeout: Seconds
  /** The number of other worker threads that hold references on the object. */
  readonly holders: number
  /** Sets a flag and wakes the worker threads that wait for it. Returns the previous flags. */
  set(flag: number): number
  /** Frees the memory. No other worker thread may hold the object. */
  free(): void
}

/** The initial values of a shared state, and its callbacks. */
export interface SharedStateOptions {
  flags: number
  /** What Cancel returns. */
  result: HRESULT
  /** Whether the call ends at a known time. Otherwise JavaScript serves it. */
  timed: boolean
  /** The number of the worker thread that serves the call; undefined for this one. */
  server: number | undefined
  /** Another worker thread has set a flag. Called in a later turn of the event loop. */
  changed: () => void
  /** Another worker thread has released its references. */
  unheld: () => void
}

/** An emulated thread that other worker threads can find by its id. */
export interface SharedThread {
  readonly id: ThreadId
  /** Null when the shared memory is full. */
  newState(seed: SharedStateOptions): SharedState | null
  /** Publishes the state of the topmost cancel object; undefined for none. */
  showTop(state: SharedState | undefined): void
  end(): void
}
