// The names of classes and monikers in shared memory, and the workers that registered them.
import { allArchitectures } from '../servers/class-definition'
import type { Servers } from '../servers/foreign-classes'
import { Header, LONGEST_NAME, NAME_WORDS, NameWords } from './layout'
import { MEMORY_VARIABLE, reportFull } from './shared-memory'
import type { WorkerSlot } from './worker-slot'

const NAME_KINDS = { class: 1, moniker: 2 } as const
const KIND_MASK = 0xff
/** The servers of a class, in the word of its kind. */
const LOCAL = 0x100
const FIRST_ARCHITECTURE = 0x200
export type NameKind = keyof typeof NAME_KINDS

/** In milliseconds. Registering takes microseconds: a worker that holds the lock longer has ended. */
const LOCK_TIMEOUT = 1000

interface FoundClass {
  owner: number
  servers: Servers
}

const wordOf = (kind: NameKind, { inproc, local }: Servers): number =>
  inproc.reduce(
    (word, each) => word | (FIRST_ARCHITECTURE << allArchitectures.indexOf(each)),
    NAME_KINDS[kind] | (local ? LOCAL : 0),
  )

const serversIn = (word: number): Servers => ({
  inproc: allArchitectures.filter((_, i) => (word & (FIRST_ARCHITECTURE << i)) !== 0),
  local: (word & LOCAL) !== 0,
})

/** `prefix`: the length of the moniker's registered prefix. */
interface FoundMoniker extends FoundClass {
  prefix: number
}

export class SharedNames {
  readonly #slot: WorkerSlot
  readonly #words: Int32Array
  readonly #text: Uint16Array

  constructor(slot: WorkerSlot) {
    this.#slot = slot
    this.#words = slot.memory.words
    this.#text = new Uint16Array(this.#words.buffer)
  }

  get used(): number {
    return [...this.#slots()].filter(at => this.#owner(at) !== 0).length
  }

  /**
   * Registers a name. Returns a function that unregisters it. Throws RangeError when another worker has registered
   * the name, when it is too long, and when the shared memory is full.
   */
  add(where: string, kind: NameKind, name: string, servers: Servers): () => void {
    return this.#withLock(() => {
      const taken =
        kind === 'class'
          ? this.classOf(name) !== undefined
          : this.ownerOfMoniker(name)?.prefix === name.length
      if (taken) throw new RangeError(`${where}: another worker thread has registered ${name} already`)
      return this.#add(where, wordOf(kind, servers), name)
    })
  }

  #add(where: string, word: number, name: string): () => void {
    if (name.length > LONGEST_NAME)
      throw new RangeError(`${where}: ${name} has more than ${LONGEST_NAME} characters`)
    const { number } = this.#slot
    for (const at of this.#slots()) {
      if (Atomics.compareExchange(this.#words, at + NameWords.owner, 0, -number) !== 0) continue
      Atomics.store(this.#words, at + NameWords.kind, word)
      Atomics.store(this.#words, at + NameWords.length, name.length)
      for (let i = 0; i < name.length; i++) this.#text[(at + NameWords.text) * 2 + i] = name.charCodeAt(i)
      Atomics.store(this.#words, at + NameWords.owner, number)
      return () => void Atomics.store(this.#words, at + NameWords.owner, 0)
    }
    reportFull('names', this.#slot.memory)
    throw new RangeError(
      `${where}: there are ${this.#slot.memory.layout.names.count} names already; ` +
        `${MEMORY_VARIABLE}=names=… makes room for more`,
    )
  }

  /** The class that another worker has registered with this name, and the number of that worker. */
  classOf(name: string): FoundClass | undefined {
    for (const { at, owner, word } of this.#foreign('class'))
      if (this.#nameAt(at) === name) return { owner, servers: serversIn(word) }
    return undefined
  }

  /** The longest prefix of a display name that another worker has registered. */
  ownerOfMoniker(displayName: string): FoundMoniker | undefined {
    let found: FoundMoniker | undefined
    for (const { at, owner, word } of this.#foreign('moniker')) {
      const prefix = this.#nameAt(at)
      if (prefix.length > (found?.prefix ?? 0) && displayName.startsWith(prefix))
        found = { owner, prefix: prefix.length, servers: serversIn(word) }
    }
    return found
  }

  /** Unregisters the names of a worker that has ended, and unlocks what it had locked. */
  reclaim(number: number): void {
    this.#unlock(number)
    for (const at of this.#slots()) {
      const owner = this.#owner(at)
      if (Math.abs(owner) === number) Atomics.compareExchange(this.#words, at + NameWords.owner, owner, 0)
    }
  }

  /** Runs a function while no other worker registers a name: two workers must not register the same name at once. */
  #withLock<T>(run: () => T): T {
    const { number } = this.#slot
    const lock = (): number => Atomics.compareExchange(this.#words, Header.nameLock, 0, number)
    for (let holder = lock(); holder !== 0; holder = lock()) {
      // The holder has ended; this worker itself may have to reclaim what it held.
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

  *#foreign(kind: NameKind): Iterable<{ at: number; owner: number; word: number }> {
    for (const at of this.#slots()) {
      const owner = this.#owner(at)
      if (owner <= 0 || owner === this.#slot.number) continue
      const word = Atomics.load(this.#words, at + NameWords.kind)
      if ((word & KIND_MASK) === NAME_KINDS[kind]) yield { at, owner, word }
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
