// The memory that the emulators of a process's worker threads share: what is where in it.

/**
 * How many of each there is room for. Everything that one worker thread must see of another at once, or change in
 * it while it sleeps, is in the memory; what calls carry goes by message.
 */
export interface Sizes {
  /** Worker threads that use the emulator at the same time, the main thread among them: 1 to 4096. */
  workers: number
  /** Emulated threads of all of them: 64 to 1048576. */
  threads: number
  /** Calls in flight that have registered a cancel object, and cancel objects of programs: 64 to 4194304. */
  calls: number
  /** Names that classes and monikers are found by, two for each class: 1 to 65536. */
  names: number
}

export const DEFAULT_SIZES: Readonly<Sizes> = { workers: 64, threads: 16_384, calls: 131_072, names: 512 }

/** To be counted up when anything here changes: memory of another layout is not ours. */
const VERSION = 2

/** Entries of threads and of calls belong to workers in chunks of so many. */
export const CHUNK = 64

/**
 * The header, at the start: 8 words. `blocks`: 1 once there has been a block on cancel operations (O5).
 * `incarnations`: how many workers there have been so far. `naming`: the number of the worker that registers a name
 * at this moment, 0 for none.
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
} as const
const HEADER_WORDS = 8

/**
 * A worker, 12 words; they are numbered from 1. `node`: Node's threadId + 1, 0 while nobody has the entry.
 * `incarnation`: never that of another worker; negative when it has ended, until all that it had is taken over.
 * `parent` and `birth`: the number of the one that it has the memory from, and which of the workers started by that
 * one brought it, itself or one in between that does not share the memory; 0 for none. `wakeWord`: counted up and notified whenever another worker has changed something that this one may be asleep for.
 * `threads` to `pointers`: its Diagnostics. `blocks`: how many of its blocks on cancel operations are in force.
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
  childNumber: 9,
} as const
const WORKER_WORDS = 12

/**
 * A thread, 4 words. `id`: its thread id, 0 while there is none. `top`: where the entry of its topmost cancel
 * object is, 0 for none. `uses`: how many threads the entry has been before.
 */
export const ThreadWords = { id: 0, top: 1, uses: 2 } as const
const THREAD_WORDS = 4

/**
 * A cancel object that is on a thread's stack, 4 words and one bit for each worker. `state`: flags in the low
 * byte, above them how often the entry has been used: whoever changes a flag makes sure that it is still the same
 * call. `patience`: the seconds of the least patient Cancel. `result`: what Cancel returns. `server`: the number of
 * the worker whose JavaScript serves the call, 0 where time alone ends it. `holders`: the workers that hold
 * references on it, a bit each.
 */
export const CallWords = { state: 0, cancelTimeout: 1, result: 2, server: 3, holders: 4 } as const

/** A name, 64 words. `owner`: the number of the worker that registered it, negative while it writes. */
export const NameWords = { owner: 0, kind: 1, length: 2, text: 3 } as const
export const NAME_WORDS = 64
/** In UTF-16 code units. */
export const LONGEST_NAME = (NAME_WORDS - NameWords.text) * 2

/** Entries of one kind: the first is at word `at`. */
export interface Region {
  readonly at: number
  /** Words of an entry. */
  readonly size: number
  readonly count: number
}

export interface Layout {
  readonly sizes: Sizes
  readonly workers: Region
  /** Whose each chunk of threads is: a worker's number, 0 for nobody's. */
  readonly threadOwners: Region
  readonly threads: Region
  /** The same for calls. */
  readonly callOwners: Region
  readonly calls: Region
  readonly names: Region
  readonly words: number
}

/** One after the other, in this order. */
export const layoutOf = (sizes: Sizes): Layout => {
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

/** The words of new memory. */
export const newWords = (layout: Layout): Int32Array => {
  const words = new Int32Array(new SharedArrayBuffer(layout.words * Int32Array.BYTES_PER_ELEMENT))
  const { sizes } = layout
  words[Header.version] = VERSION
  words[Header.workers] = sizes.workers
  words[Header.threads] = sizes.threads
  words[Header.calls] = sizes.calls
  words[Header.names] = sizes.names
  return words
}

/** How memory made elsewhere is laid out; undefined when it is not ours. */
export const layoutIn = (words: Int32Array): Layout | undefined => {
  if (words[Header.version] !== VERSION) return undefined
  const layout = layoutOf({
    workers: words[Header.workers] ?? 0,
    threads: words[Header.threads] ?? 0,
    calls: words[Header.calls] ?? 0,
    names: words[Header.names] ?? 0,
  })
  return layout.words === words.length ? layout : undefined
}

/** Whether a worker has an entry, by Node's threadId. */
export const isUsedBy = (words: Int32Array, { workers }: Layout, node: number): boolean => {
  for (let i = 0; i < workers.count; i++)
    if (Atomics.load(words, workers.at + i * workers.size + WorkerWords.node) === node + 1) return true
  return false
}
