// Emulated threads in shared memory: their ids, unique over all workers, and their topmost cancel objects.
import type { ThreadId } from '../../../binding'
import type { SharedState, SharedStateOptions, SharedThread } from '../objects/shared-state'
import { ThreadWords } from './layout'
import { reportFull } from './shared-memory'
import { SlotAllocator } from './slot-allocator'
import type { WorkerSlot } from './worker-slot'

/** Ids are the multiples of 4 from here up to 0x80000000, exclusive. */
const FIRST_SHARED_ID = 0x1000
const SHARED_IDS = (0x80000000 - FIRST_SHARED_ID) / 4

export class SharedThreads {
  readonly #slot: WorkerSlot
  readonly #words: Int32Array
  readonly #slots: SlotAllocator
  readonly #newState: (seed: SharedStateOptions) => SharedState | null
  /** The number of uses of a slot after which its ids repeat. */
  readonly #usesPerSlot: number

  constructor(slot: WorkerSlot, newState: (seed: SharedStateOptions) => SharedState | null) {
    const { words, layout } = slot.memory
    this.#slot = slot
    this.#words = words
    this.#slots = new SlotAllocator(words, layout.threadOwners, layout.threads, slot.number)
    this.#newState = newState
    this.#usesPerSlot = Math.floor(SHARED_IDS / layout.threads.count)
  }

  /** The number of living threads of all workers. */
  get used(): number {
    let used = 0
    for (const at of this.#slots.claimed()) if (this.#load(at, 'id') !== 0) used++
    return used
  }

  newThread(): SharedThread | null {
    const at = this.#slots.allocate()
    if (at === undefined) {
      reportFull('threads', this.#slot.memory)
      return null
    }
    const uses = this.#load(at, 'uses')
    this.#store(at, 'uses', (uses + 1) % this.#usesPerSlot)
    const { count } = this.#slots.region
    const id = FIRST_SHARED_ID + (uses * count + this.#index(at)) * 4
    this.#store(at, 'top', 0)
    this.#store(at, 'id', id)
    return {
      id,
      newState: this.#newState,
      showTop: state => this.#store(at, 'top', state?.at ?? 0),
      end: () => {
        this.#store(at, 'top', 0)
        this.#store(at, 'id', 0)
        this.#slots.free(at)
      },
    }
  }

  /** The address of the topmost cancel object of a thread; 0 for none, and for an unknown thread. */
  topOf(id: ThreadId): number {
    const { at: first, size, count } = this.#slots.region
    const nth = (id - FIRST_SHARED_ID) / 4
    if (!Number.isInteger(nth) || nth < 0 || nth >= SHARED_IDS) return 0
    const at = first + (nth % count) * size
    const top = this.#load(at, 'top')
    return this.#load(at, 'id') === id ? top : 0
  }

  /** Frees the threads of a worker that has ended. */
  reclaim(number: number): void {
    this.#slots.reclaim(number, at => {
      this.#store(at, 'id', 0)
      this.#store(at, 'top', 0)
      return true
    })
  }

  #index(at: number): number {
    return (at - this.#slots.region.at) / this.#slots.region.size
  }

  #load(at: number, what: keyof typeof ThreadWords): number {
    return Atomics.load(this.#words, at + ThreadWords[what])
  }

  #store(at: number, what: keyof typeof ThreadWords, value: number): void {
    Atomics.store(this.#words, at + ThreadWords[what], value)
  }
}
