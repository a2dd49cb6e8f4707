// Entries of shared memory that a worker uses: claimed from all by the chunk, given out one by one.
import { CHUNK, type Region } from './layout'

/**
 * A chunk belongs to one worker until that has ended: entries are given out without asking anybody, and a
 * worker that is terminated at whatever moment leaves nothing half-taken.
 */
export class Entries {
  readonly region: Region
  readonly #words: Int32Array
  readonly #owners: Region
  readonly #owner: number
  /** In the order they were given back: an entry is used again as late as possible. */
  #free: number[] = []
  #freed: number[] = []

  /** `owner`: the number of this worker. */
  constructor(words: Int32Array, owners: Region, region: Region, owner: number) {
    this.#words = words
    this.#owners = owners
    this.region = region
    this.#owner = owner
  }

  /** Where a free entry is; undefined when there is none. */
  take(): number | undefined {
    const at = this.#next()
    return at ?? (this.#claim() ? this.#next() : undefined)
  }

  giveBack(at: number): void {
    this.#freed.push(at)
  }

  /**
   * Takes the entries of a worker that has ended. `clear` makes one free; false when that has to wait, and giving
   * it back is up to whoever said so.
   */
  takeOver(owner: number, clear: (at: number) => boolean): void {
    for (let chunk = 0; chunk < this.#owners.count; chunk++) {
      const word = this.#owners.at + chunk
      if (Atomics.compareExchange(this.#words, word, owner, this.#owner) !== owner) continue
      const all = [...this.#chunk(chunk)]
      const free = all.filter(clear)
      if (free.length === all.length) Atomics.store(this.#words, word, 0)
      else for (const at of free) this.giveBack(at)
    }
  }

  /** Where all those are that anybody has claimed. */
  *claimed(): Iterable<number> {
    for (let chunk = 0; chunk < this.#owners.count; chunk++)
      if (Atomics.load(this.#words, this.#owners.at + chunk) !== 0) yield* this.#chunk(chunk)
  }

  #next(): number | undefined {
    if (this.#free.length === 0 && this.#freed.length > 0) {
      this.#free = this.#freed.reverse()
      this.#freed = []
    }
    return this.#free.pop()
  }

  #claim(): boolean {
    for (let chunk = 0; chunk < this.#owners.count; chunk++) {
      const word = this.#owners.at + chunk
      if (Atomics.load(this.#words, word) !== 0) continue
      if (Atomics.compareExchange(this.#words, word, 0, this.#owner) !== 0) continue
      for (const at of this.#chunk(chunk)) this.giveBack(at)
      return true
    }
    return false
  }

  *#chunk(chunk: number): Iterable<number> {
    const { at, size } = this.region
    for (let i = chunk * CHUNK; i < (chunk + 1) * CHUNK; i++) yield at + i * size
  }
}
