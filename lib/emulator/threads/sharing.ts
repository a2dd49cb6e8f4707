// What an emulator shares with those of other worker threads, as the rest of it sees that; without it, it is alone.
import type { ThreadId } from '../../../binding'
import type { WakeWord } from '../clock/clock'
import type { CountedObject } from '../objects/counted-object'
import type { LiveCounts, LiveObjects } from '../objects/live-objects'
import type { SharedThread } from '../objects/shared-state'

export interface Sharing {
  /** Of this worker; the process's is in `total`. */
  readonly live: LiveObjects
  readonly total: Readonly<LiveCounts>
  readonly wakeWord: WakeWord
  /** Blocks on cancel operations, of all workers (O5). */
  readonly blocks: number
  block(by: 1 | -1): void
  /** Null when there is no room for it. */
  newThread(): SharedThread | null
  /** The topmost cancel object of another worker's thread, with a reference for whoever asks. */
  cancelObjectOf(id: ThreadId): CountedObject | undefined
}
