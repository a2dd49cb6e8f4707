// The allocator of slots in shared memory: a worker claims chunks of slots, and allocates from them one by one.
import { CHUNK, type Region } from './layout'

/** With so many other free slots, an allocator keeps no spare chunk. */
const ENOUGH_FREE_SLOTS = CHUNK / 2

/**
 * A chunk belongs to one worker until all its slots are free again or the worker has ended. Allocation therefore
 * needs no synchronization, and a worker can be terminated at any moment without leaving a slot in between.
 */
export class SlotAllocator {
  readonly region: Region
  readonly #words: Int32Array
  readonly #owners: Region
  readonly #owner: number
  /** The free slots by chunk, in the order in which they were freed. */
  readonly #free = new Map<number, number[]>()
  #freeCount = 0
  /** A chunk whose slots are all free, kept so that alternate allocating and freeing does not claim a chunk each time. */
  #spare: number | undefined

  /** `owners`: the owner of each chunk. `owner`: the number of this worker. */
  constructor(words: Int32Array, owners: Region, region: Region, owner: number) {
    this.#words = words
    this.#owners = owners
    this.region = region
    this.#owner = owner
  }

  /** The address of a free slot; undefined when there is none. */
  allocate(): number | undefined {
    if (this.#free.size === 0 && !this.#claimChunk()) return undefined
    for (const [chunk, free] of this.#free) {
      const at = free.shift()
      this.#freeCount--
      if (free.length === 0) this.#free.delete(chunk)
      if (chunk === this.#spare) this.#spare = undefined
      return at
    }
    return undefined
  }

  free(at: number): void {
    const chunk = this.#chunkOf(at)
    const free = this.#free.get(chunk) ?? []
    free.push(at)
    this.#free.set(chunk, free)
    this.#freeCount++
    if (free.length === CHUNK) {
      if (this.#spare === undefined) this.#spare = chunk
      else this.#releaseChunk(chunk)
    }
    if (this.#spare !== undefined && this.#freeCount - CHUNK >= ENOUGH_FREE_SLOTS) {
      this.#releaseChunk(this.#spare)
      this.#spare = undefined
    }
  }

  /**
   * Takes over the chunks of a worker that has ended. `clear` clears a slot; it returns false for a slot that it will
   * free later.
   */
  reclaim(owner: number, clear: (at: number) => boolean): void {
    for (let chunk = 0; chunk < this.#owners.count; chunk++) {
      const word = this.#owners.at + chunk
      if (Atomics.compareExchange(this.#words, word, owner, this.#owner) !== owner) continue
      for (const at of this.#chunk(chunk)) if (clear(at)) this.free(at)
    }
  }

  /** The number of the worker that a slot belongs to; 0 for none. */
  ownerOf(at: number): number {
    return Atomics.load(this.#words, this.#owners.at + this.#chunkOf(at))
  }

  /** The addresses of the slots of all claimed chunks, of any worker. */
  *claimed(): Iterable<number> {
    for (let chunk = 0; chunk < this.#owners.count; chunk++)
      if (Atomics.load(this.#words, this.#owners.at + chunk) !== 0) yield* this.#chunk(chunk)
  }

  *all(): Iterable<number> {
    const { at, size, count } = this.region
    for (let i = 0; i < count; i++) yield at + i * size
  }

  #claimChunk(): boolean {
    for (let chunk = 0; chunk < this.#owners.count; chunk++) {
      const word = this.#owners.at + chunk
      if (Atomics.load(this.#words, word) !== 0) continue
      if (Atomics.compareExchange(this.#words, word, 0, this.#owner) !== 0) continue
      this.#free.set(chunk, [...this.#chunk(chunk)])
      this.#freeCount += CHUNK
      return true
    }
    return false
  }

  #releaseChunk(chunk: number): void {
    this.#free.delete(chunk)
    this.#freeCount -= CHUNK
    Atomics.store(this.#words, this.#owners.at + chunk, 0)
  }

  #chunkOf(at: number): number {
    return Math.floor((at - this.region.at) / this.region.size / CHUNK)
  }

  *#chunk(chunk: number): Iterable<number> {
    const { at, size } = this.region
    for (let i = chunk * CHUNK; i < (chunk + 1) * CHUNK; i++) yield at + i * size
  }
}
