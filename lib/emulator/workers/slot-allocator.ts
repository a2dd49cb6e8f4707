// Entries of shared memory that a worker uses: claimed from all by the chunk, given out one by one.
import { CHUNK, type Region } from './layout'

/** Free entries, with which nobody needs a spare chunk. */
const ENOUGH_FREE_SLOTS = CHUNK / 2

/**
 * A chunk belongs to one worker until it is all free again, or that worker has ended: entries are given out
 * without asking anybody, and a worker that is terminated at whatever moment leaves nothing half-taken.
 */
export class SlotAllocator {
  readonly region: Region
  readonly #words: Int32Array
  readonly #owners: Region
  readonly #owner: number
  /** The free entries of the chunks that have any, in the order they were given back. */
  readonly #free = new Map<number, number[]>()
  /** How many. */
  #freeCount = 0
  /** A chunk that is all free, and kept until there are enough others: not every other entry is to claim one. */
  #spare: number | undefined

  /** `owner`: the number of this worker. */
  constructor(words: Int32Array, owners: Region, region: Region, owner: number) {
    this.#words = words
    this.#owners = owners
    this.region = region
    this.#owner = owner
  }

  /** Where a free entry is; undefined when there is none. */
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
   * Takes the entries of a worker that has ended. `clear` makes one free; false when that has to wait, and giving
   * it back is up to whoever said so.
   */
  reclaim(owner: number, clear: (at: number) => boolean): void {
    for (let chunk = 0; chunk < this.#owners.count; chunk++) {
      const word = this.#owners.at + chunk
      if (Atomics.compareExchange(this.#words, word, owner, this.#owner) !== owner) continue
      for (const at of this.#chunk(chunk)) if (clear(at)) this.free(at)
    }
  }

  /** The number of the worker that an entry belongs to, 0 for nobody's. */
  ownerOf(at: number): number {
    return Atomics.load(this.#words, this.#owners.at + this.#chunkOf(at))
  }

  /** Where all those are that anybody has claimed. */
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

  /** It is anybody's to claim. */
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
