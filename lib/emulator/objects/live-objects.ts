// The live objects of one emulator, for the leak check and the counts of `diagnostics()`.

import { type Linked, LinkedQueue } from '../clock/linked-queue'

/** Something that the leak check can list. */
export interface Living {
  describe(): string
  /** Its place in the one LiveSet that it is in. Used by LiveSet only. */
  place?: LivePlace | undefined
}

interface LivePlace extends Linked<LivePlace> {
  readonly set: LiveSet
  readonly living: Living
}

/** The counts of `diagnostics()`. */
export interface LiveCounts {
  threads: number
  jobs: number
  objects: number
  pointers: number
}

export const newLiveCounts = (): LiveCounts => ({ threads: 0, jobs: 0, objects: 0, pointers: 0 })

/**
 * What is alive of one kind, in the order of its beginning. Not a Set: objects enter and leave it with each call, and
 * then a Set often replaces its table. In V8 a table refers to its successor, so that scavenges keep the unused tables,
 * and the calls that were in them, once one is in the old generation.
 */
export class LiveSet implements Iterable<Living> {
  readonly #places = new LinkedQueue<LivePlace>()
  readonly #counts: LiveCounts | undefined
  readonly #what: keyof LiveCounts
  #size = 0

  /** `counts`: the counts that are kept up to date, which may be in shared memory. */
  constructor(counts?: LiveCounts, what: keyof LiveCounts = 'objects') {
    this.#counts = counts
    this.#what = what
  }

  get size(): number {
    return this.#size
  }

  /** Does nothing for an object that is in the set already. */
  add(living: Living): void {
    if (living.place) return
    living.place = { set: this, living, before: undefined, after: undefined }
    this.#places.push(living.place)
    this.#size++
    if (this.#counts) this.#counts[this.#what]++
  }

  /** False for an object that is not in the set. */
  delete(living: Living): boolean {
    const { place } = living
    if (place?.set !== this) return false
    living.place = undefined
    this.#places.remove(place)
    this.#size--
    if (this.#counts) this.#counts[this.#what]--
    return true
  }

  *[Symbol.iterator](): Iterator<Living> {
    for (let place = this.#places.first; place; place = place.after) yield place.living
  }
}

export class LiveObjects {
  readonly counts: LiveCounts
  /** Threads that the program has started. */
  readonly threads: LiveSet
  /** Queued or running. */
  readonly jobs: LiveSet
  /** Calls in flight: their threads are blocked. */
  readonly calls = new LiveSet()
  /** Methods that run although no caller waits for them. */
  readonly methods = new LiveSet()
  /** Incoming calls that JavaScript has not answered. */
  readonly unanswered = new LiveSet()
  /** Processes of local servers, and host processes. */
  readonly processes = new LiveSet()
  /** Classes that have an object registered as running. */
  readonly running = new LiveSet()
  /** COM objects that have references. */
  readonly objects: LiveSet
  /** Interface pointers in the apartments of threads. */
  readonly pointers: LiveSet
  /** Blocks on cancel operations. */
  readonly blocks = new LiveSet()
  /** Open timeouts of threads, and watchdogs. */
  readonly watches = new LiveSet()

  constructor(counts: LiveCounts = newLiveCounts()) {
    this.counts = counts
    this.threads = new LiveSet(counts, 'threads')
    this.jobs = new LiveSet(counts, 'jobs')
    this.objects = new LiveSet(counts, 'objects')
    this.pointers = new LiveSet(counts, 'pointers')
  }
}

/** `1 call`, `2 calls`. */
export const quantity = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`
