// The names of classes and monikers in shared memory, and which worker has registered them.
import { Header, LONGEST_NAME, NAME_WORDS, NameWords } from './layout'
import { reportFull } from './shared-memory'
import type { WorkerSlot } from './worker-slot'

const NAME_KINDS = { class: 1, moniker: 2 } as const
export type NameKind = keyof typeof NAME_KINDS

/** In milliseconds. */
const LOCK_TIMEOUT = 1000

/** `prefix`: by how much of the display name a moniker was found. */
interface FoundMoniker {
  owner: number
  prefix: number
}

export class SharedNames {
  readonly #slot: WorkerSlot
  readonly #words: Int32Array
  readonly #text: Uint16Array

  constructor(member: WorkerSlot) {
    this.#slot = member
    this.#words = member.memory.words
    this.#text = new Uint16Array(this.#words.buffer)
  }

  get used(): number {
    return [...this.#slots()].filter(at => this.#owner(at) !== 0).length
  }

  /** Returns how to take it back. Throws RangeError where it can't be kept, or another worker has it. */
  add(where: string, kind: NameKind, name: string): () => void {
    return this.#withLock(() => {
      const taken =
        kind === 'class'
          ? this.ownerOf(name) !== undefined
          : this.ownerOfMoniker(name)?.prefix === name.length
      if (taken) throw new RangeError(`${where}: another worker thread has registered ${name} already`)
      return this.#add(where, kind, name)
    })
  }

  #add(where: string, kind: NameKind, name: string): () => void {
    if (name.length > LONGEST_NAME)
      throw new RangeError(`${where}: ${name} has more than ${LONGEST_NAME} characters`)
    const { number } = this.#slot
    for (const at of this.#slots()) {
      if (Atomics.compareExchange(this.#words, at + NameWords.owner, 0, -number) !== 0) continue
      Atomics.store(this.#words, at + NameWords.kind, NAME_KINDS[kind])
      Atomics.store(this.#words, at + NameWords.length, name.length)
      for (let i = 0; i < name.length; i++) this.#text[(at + NameWords.text) * 2 + i] = name.charCodeAt(i)
      Atomics.store(this.#words, at + NameWords.owner, number)
      return () => void Atomics.store(this.#words, at + NameWords.owner, 0)
    }
    reportFull('names', this.#slot.memory)
    throw new RangeError(
      `${where}: there are ${this.#slot.memory.layout.names.count} names already; ` +
        'COM_CANCEL_EMULATOR_MEMORY=names=… makes room for more',
    )
  }

  /** The number of another worker that has registered a class of that name. */
  ownerOf(name: string): number | undefined {
    for (const { at, owner } of this.#foreign('class')) if (this.#nameAt(at) === name) return owner
    return undefined
  }

  /** The longest registered prefix of a display name. */
  ownerOfMoniker(displayName: string): FoundMoniker | undefined {
    let found: FoundMoniker | undefined
    for (const { at, owner } of this.#foreign('moniker')) {
      const prefix = this.#nameAt(at)
      if (prefix.length > (found?.prefix ?? 0) && displayName.startsWith(prefix))
        found = { owner, prefix: prefix.length }
    }
    return found
  }

  /** A worker has ended. */
  reclaim(number: number): void {
    this.#unlock(number)
    for (const at of this.#slots()) {
      const owner = this.#owner(at)
      if (Math.abs(owner) === number) Atomics.compareExchange(this.#words, at + NameWords.owner, owner, 0)
    }
  }

  /** While no other worker does so: two that register the same name at once must not both be told that it is free. */
  #withLock<T>(run: () => T): T {
    const { number } = this.#slot
    const lock = (): number => Atomics.compareExchange(this.#words, Header.nameLock, 0, number)
    for (let holder = lock(); holder !== 0; holder = lock()) {
      // It takes microseconds: who has not done it by then has ended, and may be this worker's to bury.
      const waited = Atomics.wait(this.#words, Header.nameLock, holder, LOCK_TIMEOUT)
      if (waited === 'timed-out') this.#unlock(holder)
    }
    try {
      return run()
    } finally {
      this.#unlock(number)
    }
  }

  #unlock(holder: number): void {
    if (Atomics.compareExchange(this.#words, Header.nameLock, holder, 0) === holder)
      Atomics.notify(this.#words, Header.nameLock)
  }

  *#foreign(kind: NameKind): Iterable<{ at: number; owner: number }> {
    for (const at of this.#slots()) {
      const owner = this.#owner(at)
      if (owner <= 0 || owner === this.#slot.number) continue
      if (Atomics.load(this.#words, at + NameWords.kind) === NAME_KINDS[kind]) yield { at, owner }
    }
  }

  #nameAt(at: number): string {
    const length = Atomics.load(this.#words, at + NameWords.length)
    const begin = (at + NameWords.text) * 2
    return String.fromCharCode(...this.#text.subarray(begin, begin + length))
  }

  #owner(at: number): number {
    return Atomics.load(this.#words, at + NameWords.owner)
  }

  *#slots(): Iterable<number> {
    const { at, count } = this.#slot.memory.layout.names
    for (let i = 0; i < count; i++) yield at + i * NAME_WORDS
  }
}
