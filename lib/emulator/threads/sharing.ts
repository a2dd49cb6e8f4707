// What an emulator shares with those of other worker threads, as the rest of it sees that; without it, it is alone.
import type { ThreadId } from '../../../binding'
import type { Bell } from '../clock/clock'
import type { ComObject } from '../objects/counted-object'
import type { Census, Counts } from '../objects/live-objects'
import type { SharedThread } from '../objects/shared-state'

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
