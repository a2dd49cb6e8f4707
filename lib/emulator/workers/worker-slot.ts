// This worker thread among those that share the memory: its number, its wake word, who else is there.
import { threadId as nodeThreadId } from 'node:worker_threads'
import type { WakeWord } from '../clock/clock'
import { type LiveCounts, newLiveCounts } from '../objects/live-objects'
import { Header, WorkerWords } from './layout'
import type { Peer } from './messages'
import { reportFull, type SharedMemory } from './shared-memory'

/** Counts in shared memory, where each worker writes its own only. */
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

  /** Throws Error when there are as many workers as there may be. */
  constructor(memory: SharedMemory) {
    this.memory = memory
    this.#words = memory.words
    this.number = this.#claim()
    this.incarnation = Atomics.add(this.#words, Header.incarnations, 1) + 1
    this.#store(this.number, 'parent', memory.parent)
    this.#store(this.number, 'childNumber', memory.childNumber)
    this.#store(this.number, 'incarnation', this.incarnation)
    this.counts = new SharedLiveCounts(this.#words, this.#at(this.number))
  }

  /** Of all who are there. */
  get totalCounts(): Readonly<LiveCounts> {
    const sum = newLiveCounts()
    for (const number of this.#numbers()) for (const what of liveKinds) sum[what] += this.#load(number, what)
    return sum
  }

  /** How many are there. */
  get workers(): number {
    return [...this.#numbers()].length
  }

  get wakeWord(): WakeWord {
    const index = this.#at(this.number) + WorkerWords.wakeWord
    return { words: this.#words, index, seen: Atomics.load(this.#words, index) }
  }

  /** Wakes another worker, should it be asleep. */
  wake(number: number): void {
    const index = this.#at(number) + WorkerWords.wakeWord
    Atomics.add(this.#words, index, 1)
    Atomics.notify(this.#words, index)
  }

  /** Who has the number now. */
  peer(number: number): Peer | undefined {
    const incarnation = this.#load(number, 'incarnation')
    return incarnation > 0 ? { number, incarnation } : undefined
  }

  isAlive({ number, incarnation }: Peer): boolean {
    return this.#load(number, 'incarnation') === incarnation
  }

  get blocks(): number {
    // Hardly any program has ever one: nobody pays for counting them.
    if (Atomics.load(this.#words, Header.blocks) === 0) return 0
    let sum = 0
    for (const number of this.#numbers()) sum += this.#load(number, 'blocks')
    return sum
  }

  block(by: 1 | -1): void {
    Atomics.store(this.#words, Header.blocks, 1)
    Atomics.add(this.#words, this.#at(this.number) + WorkerWords.blocks, by)
  }

  /**
   * The worker with that threadId of Node's, which is the `birth`-th that this one started, those that have the
   * memory through it, and theirs.
   */
  workerTree(node: number, birth: number): Peer[] {
    const numbers = Array.from({ length: this.memory.layout.workers.count }, (_, i) => i + 1)
    const of = (parent: number, number: number) => this.#load(number, 'parent') === parent
    const found = new Set(
      numbers.filter(
        number =>
          this.#load(number, 'node') === node + 1 ||
          (of(this.number, number) && this.#load(number, 'childNumber') === birth),
      ),
    )
    for (const parent of found) for (const number of numbers) if (of(parent, number)) found.add(number)
    // One that was ended before it had an incarnation is among them, or while it took over from one of its own.
    return [...found].map(number => ({ number, incarnation: Math.abs(this.#load(number, 'incarnation')) }))
  }

  /** Strikes a worker off that has ended: it is not there any more. */
  markEnded({ number, incarnation }: Peer): void {
    const word = this.#at(number) + WorkerWords.incarnation
    Atomics.compareExchange(this.#words, word, incarnation, -incarnation)
  }

  /** Its number can be used again. */
  freeNumber(number: number): void {
    for (const what of [...liveKinds, 'parent', 'childNumber', 'blocks', 'incarnation', 'node'] as const)
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
        'COM_CANCEL_EMULATOR_MEMORY=workers=… makes room for more',
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
