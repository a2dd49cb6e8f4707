// The live objects of one emulator, for the leak check and the counts of `diagnostics()`.

/** Something that the leak check can list. */
export interface Living {
  describe(): string
}

/** The counts of `diagnostics()`. */
export interface LiveCounts {
  threads: number
  jobs: number
  objects: number
  pointers: number
}

export const newLiveCounts = (): LiveCounts => ({ threads: 0, jobs: 0, objects: 0, pointers: 0 })

/** A set that keeps one of the counts up to date, which may be in shared memory. */
class CountedSet extends Set<Living> {
  readonly #counts: LiveCounts
  readonly #what: keyof LiveCounts

  constructor(counts: LiveCounts, what: keyof LiveCounts) {
    super()
    this.#counts = counts
    this.#what = what
  }

  override add(living: Living): this {
    if (!this.has(living)) this.#counts[this.#what]++
    return super.add(living)
  }

  override delete(living: Living): boolean {
    const was = super.delete(living)
    if (was) this.#counts[this.#what]--
    return was
  }
}

export class LiveObjects {
  readonly counts: LiveCounts
  /** Threads that the program has started. */
  readonly threads: Set<Living>
  /** Queued or running. */
  readonly jobs: Set<Living>
  /** Calls in flight: their threads are blocked. */
  readonly calls = new Set<Living>()
  /** Methods that run although no caller waits for them. */
  readonly methods = new Set<Living>()
  /** Incoming calls that JavaScript has not answered. */
  readonly unanswered = new Set<Living>()
  /** Processes of local servers. */
  readonly processes = new Set<Living>()
  /** Classes that have an object registered as running. */
  readonly running = new Set<Living>()
  /** COM objects that have references. */
  readonly objects: Set<Living>
  /** Interface pointers in the apartments of threads. */
  readonly pointers: Set<Living>
  /** Blocks on cancel operations. */
  readonly blocks = new Set<Living>()

  constructor(counts: LiveCounts = newLiveCounts()) {
    this.counts = counts
    this.threads = new CountedSet(counts, 'threads')
    this.jobs = new CountedSet(counts, 'jobs')
    this.objects = new CountedSet(counts, 'objects')
    this.pointers = new CountedSet(counts, 'pointers')
  }
}

/** `1 call`, `2 calls`. */
export const quantity = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`
