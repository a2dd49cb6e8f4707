// The interface to what an emulator shares with the emulators of other worker threads.
import type { ThreadId } from '../../../binding'
import type { WakeWord } from '../clock/clock'
import type { CountedObject } from '../objects/counted-object'
import type { LiveCounts, LiveObjects } from '../objects/live-objects'
import type { SharedThread } from '../objects/shared-state'

export interface Sharing {
  /** Of this worker thread. */
  readonly live: LiveObjects
  /** The sum over all worker threads. */
  readonly total: Readonly<LiveCounts>
  readonly wakeWord: WakeWord
  /** The number of blocks on cancel operations in all worker threads (O5). */
  readonly blocks: number
  block(by: 1 | -1): void
  /** Settles the security of the process; false when any worker thread has done so before. */
  settleSecurity(): boolean
  /** Null when the shared memory is full. */
  newThread(): SharedThread | null
  /** The topmost cancel object of a thread of another worker thread, with a reference for the caller. */
  cancelObjectOf(id: ThreadId): CountedObject | undefined
}
