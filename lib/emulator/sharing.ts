// What an emulator shares with those of other worker threads, as the rest of it sees that; without it, it is alone.
import type { HRESULT, Seconds, ThreadId } from '../../binding'
import type { Census, Counts } from './census'
import type { ComObject } from './com-object'

/** The state of a cancel object, kept where other worker threads can see and change it. */
export interface SharedState {
  /** Where it is. */
  readonly at: number
  readonly flags: number
  /** Of the least patient Cancel. */
  readonly patience: Seconds
  /** How many other workers hold references on the object. */
  readonly holders: number
  /** Sets a flag and wakes who waits for it. Returns the flags before. */
  set(flag: number): number
  /** It is kept there no longer; nobody holds it any more. */
  free(): void
}

/** What a cancel object begins its shared state with. */
export interface StateSeed {
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
  newState(seed: StateSeed): SharedState | null
  /** Its topmost cancel object has this state; undefined for none. */
  showTop(state: SharedState | undefined): void
  end(): void
}

/** Notified when another worker has changed something that this one may be asleep for. */
export interface Bell {
  readonly words: Int32Array
  readonly index: number
  /** As it was when this was asked for. */
  readonly value: number
}

export interface Sharing {
  /** Of this worker; the process's is in `total`. */
  readonly census: Census
  readonly total: Readonly<Counts>
  readonly bell: Bell
  /** Blocks on cancel operations, of all workers (O5). */
  readonly blocks: number
  block(by: 1 | -1): void
  /** Null when there is no room for it. */
  newThread(): SharedThread | null
  /** The topmost cancel object of another worker's thread, with a reference for whoever asks. */
  cancelObjectOf(id: ThreadId): ComObject | undefined
}
