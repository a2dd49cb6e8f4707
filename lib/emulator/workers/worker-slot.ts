// The slot of this worker in the shared memory: its number, counts and wake word, and the other workers.
import { threadId as nodeThreadId } from 'node:worker_threads'
import type { WakeWord } from '../clock/clock'
import { type LiveCounts, newLiveCounts } from '../objects/live-objects'
import { Header, WorkerWords } from './layout'
import type { Peer } from './messages'
import { MEMORY_VARIABLE, reportFull, type SharedMemory } from './shared-memory'

/** This worker's counts, in shared memory. Each worker writes only its own. */
class SharedLiveCounts implements LiveCounts {
  readonly #words: Int32Array
  readonly #at: number

  constructor(words: Int32Array, at: number) {
    this.#words = words
    this.#at = at
  }

  get threads(): number {
    return this.#load('threads')
  }

  set threads(count: number) {
    this.#store('threads', count)
  }

  get jobs(): number {
    return this.#load('jobs')
  }

  set jobs(count: number) {
    this.#store('jobs', count)
  }

  get objects(): number {
    return this.#load('objects')
  }

  set objects(count: number) {
    this.#store('objects', count)
  }

  get pointers(): number {
    return this.#load('pointers')
  }

  set pointers(count: number) {
    this.#store('pointers', count)
  }

  #load(what: keyof LiveCounts): number {
    return Atomics.load(this.#words, this.#at + WorkerWords[what])
  }

  #store(what: keyof LiveCounts, count: number): void {
    Atomics.store(this.#words, this.#at + WorkerWords[what], count)
  }
}

const liveKinds = ['threads', 'jobs', 'objects', 'pointers'] as const

export class WorkerSlot implements Peer {
  readonly memory: SharedMemory
  readonly number: number
  readonly incarnation: number
  readonly counts: LiveCounts
  readonly #words: Int32Array

  /** Throws Error when all worker slots are in use. */
  constructor(memory: SharedMemory) {
    this.memory = memory
    this.#words = memory.words
    this.number = this.#claim()
    this.incarnation = Atomics.add(this.#words, Header.incarnations, 1) + 1
    this.#store(this.number, 'parent', memory.parent)
    this.#store(this.number, 'child', memory.child)
    this.#store(this.number, 'incarnation', this.incarnation)
    this.counts = new SharedLiveCounts(this.#words, this.#at(this.number))
  }

  /** The sum over all living workers. */
  get totalCounts(): Readonly<LiveCounts> {
    const sum = newLiveCounts()
    for (const number of this.#numbers()) for (const what of liveKinds) sum[what] += this.#load(number, what)
    return sum
  }

  /** The number of living workers. */
  get workers(): number {
    return [...this.#numbers()].length
  }

  get wakeWord(): WakeWord {
    const index = this.#at(this.number) + WorkerWords.wakeWord
    return { words: this.#words, index, seen: Atomics.load(this.#words, index) }
  }

  /** Wakes another worker if it is asleep. */
  wake(number: number): void {
    const index = this.#at(number) + WorkerWords.wakeWord
    Atomics.add(this.#words, index, 1)
    Atomics.notify(this.#words, index)
  }

  /** The living worker with a number. */
  peer(number: number): Peer | undefined {
    const incarnation = this.#load(number, 'incarnation')
    return incarnation > 0 ? { number, incarnation } : undefined
  }

  isAlive({ number, incarnation }: Peer): boolean {
    return this.#load(number, 'incarnation') === incarnation
  }

  get blocks(): number {
    // Blocks are rare: without one, this takes a single load.
    if (Atomics.load(this.#words, Header.blocks) === 0) return 0
    let sum = 0
    for (const number of this.#numbers()) sum += this.#load(number, 'blocks')
    return sum
  }

  block(by: 1 | -1): void {
    Atomics.store(this.#words, Header.blocks, 1)
    Atomics.add(this.#words, this.#at(this.number) + WorkerWords.blocks, by)
  }

  /** False when a worker has called it before. */
  settleSecurity(): boolean {
    return Atomics.exchange(this.#words, Header.security, 1) === 0
  }

  /** A child of this worker and all its descendants that inherited the memory. `node`: Node's threadId. */
  workerTree(node: number, child: number): Peer[] {
    const numbers = Array.from({ length: this.memory.layout.workers.count }, (_, i) => i + 1)
    const isChild = (parent: number, number: number) => this.#load(number, 'parent') === parent
    const found = new Set(
      numbers.filter(
        number =>
          this.#load(number, 'node') === node + 1 ||
          (isChild(this.number, number) && this.#load(number, 'child') === child),
      ),
    )
    for (const parent of found) for (const number of numbers) if (isChild(parent, number)) found.add(number)
    // A worker may have ended before it had an incarnation, or while it reclaimed what one of its own children held.
    return [...found].map(number => ({ number, incarnation: Math.abs(this.#load(number, 'incarnation')) }))
  }

  markEnded({ number, incarnation }: Peer): void {
    const word = this.#at(number) + WorkerWords.incarnation
    Atomics.compareExchange(this.#words, word, incarnation, -incarnation)
  }

  /** Makes the slot available to a new worker. */
  freeNumber(number: number): void {
    for (const what of [...liveKinds, 'parent', 'child', 'blocks', 'incarnation', 'node'] as const)
      this.#store(number, what, 0)
  }

  #claim(): number {
    for (let number = 1; number <= this.memory.layout.workers.count; number++) {
      const word = this.#at(number) + WorkerWords.node
      if (Atomics.compareExchange(this.#words, word, 0, nodeThreadId + 1) === 0) return number
    }
    reportFull('workers', this.memory)
    throw new Error(
      `com-cancel: ${this.memory.layout.workers.count} worker threads use the emulator already; ` +
        `${MEMORY_VARIABLE}=workers=… makes room for more`,
    )
  }

  *#numbers(): Iterable<number> {
    for (let number = 1; number <= this.memory.layout.workers.count; number++)
      if (this.#load(number, 'incarnation') > 0) yield number
  }

  #at(number: number): number {
    const { at, size } = this.memory.layout.workers
    return at + (number - 1) * size
  }

  #load(number: number, what: keyof typeof WorkerWords): number {
    return Atomics.load(this.#words, this.#at(number) + WorkerWords[what])
  }

  #store(number: number, what: keyof typeof WorkerWords, value: number): void {
    Atomics.store(this.#words, this.#at(number) + WorkerWords[what], value)
  }
}
