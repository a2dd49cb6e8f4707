// The layout of the memory that the emulators of a process's worker threads share.

/**
 * How many slots of each kind there are. The memory has everything that one worker must see of another at once, or
 * change while the other sleeps. The contents of calls go by message.
 */
export interface Sizes {
  /** Worker threads that use the emulator at the same time, with the main thread: 1 to 4096. */
  workers: number
  /** Emulated threads of all workers: 64 to 1048576. */
  threads: number
  /** Calls in flight that have registered a cancel object, and cancel objects of programs: 64 to 4194304. */
  calls: number
  /** Names of classes and monikers, two for each class: 2 to 65536. */
  names: number
}

export const DEFAULT_SIZES: Readonly<Sizes> = { workers: 64, threads: 16_384, calls: 131_072, names: 512 }

/** Increased with every change of the layout: memory of another version is not used. */
const VERSION = 4

/** Workers claim the slots of threads and calls in chunks of so many. */
export const CHUNK = 64

/**
 * The header, at the start: 9 words. `blocks`: 1 once cancel operations have ever been blocked (O5).
 * `incarnations`: how many workers there have been so far. `nameLock`: the number of the worker that is registering
 * a name; 0 for none. `security`: 1 once the security of calls was settled.
 */
export const Header = {
  version: 0,
  workers: 1,
  threads: 2,
  calls: 3,
  names: 4,
  blocks: 5,
  incarnations: 6,
  nameLock: 7,
  security: 8,
} as const
const HEADER_WORDS = 9

/**
 * The slot of a worker, 12 words. Slots are numbered from 1. `node`: Node's threadId + 1; 0 for a free slot.
 * `incarnation`: unique for each worker; negative once the worker has ended, until what it held is reclaimed.
 * `parent`: the number of the worker that it inherited the memory from. `child`: its number among that worker's
 * children; a worker in between that does not use the emulator counts as the child. 0 for no parent. `wakeWord`:
 * incremented and notified when another worker has changed something that this one may wait for in its sleep.
 * `threads` to `pointers`: its counts for `diagnostics()`. `blocks`: its blocks on cancel operations in force.
 */
export const WorkerWords = {
  node: 0,
  incarnation: 1,
  parent: 2,
  wakeWord: 3,
  threads: 4,
  jobs: 5,
  objects: 6,
  pointers: 7,
  blocks: 8,
  child: 9,
} as const
const WORKER_WORDS = 12

/**
 * The slot of a thread, 4 words. `id`: its thread id; 0 for a free slot. `top`: the address of the slot of its
 * topmost cancel object; 0 for none. `uses`: how many threads had the slot before.
 */
export const ThreadWords = { id: 0, top: 1, uses: 2 } as const
const THREAD_WORDS = 4

/**
 * The slot of a cancel object on a thread's stack, 4 words and one bit for each worker. `state`: flags in the low
 * byte, and above them a serial number that changes with each use of the slot, so that a flag is never set on
 * another call. `cancelTimeout`: the shortest one requested, in seconds. `result`: what Cancel returns. `server`:
 * the number of the worker whose JavaScript serves the call; 0 for a call that ends at a known time. `holders`: one
 * bit for each worker that holds references on the object.
 */
export const CallWords = { state: 0, cancelTimeout: 1, result: 2, server: 3, holders: 4 } as const

/** The slot of a name, 64 words. `owner`: the number of the worker that registered it; negative while it writes. */
export const NameWords = { owner: 0, kind: 1, length: 2, text: 3 } as const
export const NAME_WORDS = 64
/** In UTF-16 code units. */
export const LONGEST_NAME = (NAME_WORDS - NameWords.text) * 2

/** The slots of one kind. The first is at word `at`. */
export interface Region {
  readonly at: number
  /** The words of a slot. */
  readonly size: number
  readonly count: number
}

export interface MemoryLayout {
  readonly sizes: Sizes
  readonly workers: Region
  /** For each chunk of threads the number of the worker that owns it; 0 for none. */
  readonly threadOwners: Region
  readonly threads: Region
  /** The same for chunks of calls. */
  readonly callOwners: Region
  readonly calls: Region
  readonly names: Region
  readonly words: number
}

export const layoutOf = (sizes: Sizes): MemoryLayout => {
  let at = HEADER_WORDS
  const region = (size: number, count: number): Region => {
    const made = { at, size, count }
    at += size * count
    return made
  }
  const threads = Math.ceil(sizes.threads / CHUNK) * CHUNK
  const calls = Math.ceil(sizes.calls / CHUNK) * CHUNK
  const layout = {
    sizes,
    workers: region(WORKER_WORDS, sizes.workers),
    threadOwners: region(1, threads / CHUNK),
    threads: region(THREAD_WORDS, threads),
    callOwners: region(1, calls / CHUNK),
    calls: region(CallWords.holders + Math.ceil(sizes.workers / 32), calls),
    names: region(NAME_WORDS, sizes.names),
  }
  return { ...layout, words: at }
}

export const newWords = (layout: MemoryLayout): Int32Array => {
  const words = new Int32Array(new SharedArrayBuffer(layout.words * Int32Array.BYTES_PER_ELEMENT))
  const { sizes } = layout
  words[Header.version] = VERSION
  words[Header.workers] = sizes.workers
  words[Header.threads] = sizes.threads
  words[Header.calls] = sizes.calls
  words[Header.names] = sizes.names
  return words
}

/** The layout of inherited memory; undefined when its version differs. */
export const layoutIn = (words: Int32Array): MemoryLayout | undefined => {
  if (words[Header.version] !== VERSION) return undefined
  const layout = layoutOf({
    workers: words[Header.workers] ?? 0,
    threads: words[Header.threads] ?? 0,
    calls: words[Header.calls] ?? 0,
    names: words[Header.names] ?? 0,
  })
  return layout.words === words.length ? layout : undefined
}

/** Whether the worker with Node's threadId `node` has a slot. */
export const isUsedBy = (words: Int32Array, { workers }: MemoryLayout, node: number): boolean => {
  for (let i = 0; i < workers.count; i++)
    if (Atomics.load(words, workers.at + i * workers.size + WorkerWords.node) === node + 1) return true
  return false
}
