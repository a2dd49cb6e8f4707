// The slots of cancel objects in shared memory: their flags, cancel timeouts and holders.
import type { HRESULT, Seconds } from '../../../binding'
import { OVER } from '../objects/cancel-state'
import { CallWords } from './layout'
import { SlotAllocator } from './slot-allocator'
import type { WorkerSlot } from './worker-slot'

// The flags in the low byte of `state`, beside the StateFlags.
const IN_USE = 1
/** A worker waits for the end of the call. */
export const AWAITED = 64

const FLAGS = 0xff
const SERIALS = 0x1000000

/** One use of a slot. */
export interface SlotUse {
  at: number
  serial: number
}

/**
 * Messages about a slot. To its owner: the object was canceled, or a worker released it. To its holders: the call
 * has ended.
 */
export interface SharedCallMessages {
  canceled: SlotUse
  unheld: { at: number }
  over: { at: number }
}

/** The initial values of a slot. */
export interface CallSlotValues {
  flags: number
  result: HRESULT
  server: number
}

export class CallSlots {
  readonly worker: WorkerSlot
  readonly allocator: SlotAllocator
  readonly #words: Int32Array

  constructor(worker: WorkerSlot) {
    const { words, layout } = worker.memory
    this.worker = worker
    this.allocator = new SlotAllocator(words, layout.callOwners, layout.calls, worker.number)
    this.#words = words
  }

  /** The number of slots in use, by any worker. */
  get used(): number {
    let used = 0
    for (const at of this.allocator.claimed()) if (this.flags(at) & IN_USE) used++
    return used
  }

  /** Starts a use of a slot that this worker has allocated. Returns its serial number. */
  start(at: number, { flags, result, server }: CallSlotValues): number {
    const serial = (this.serial(at) + 1) % SERIALS
    Atomics.store(this.#words, at + CallWords.cancelTimeout, -1)
    Atomics.store(this.#words, at + CallWords.result, result)
    Atomics.store(this.#words, at + CallWords.server, server)
    Atomics.store(this.#words, at + CallWords.state, (serial << 8) | IN_USE | flags)
    return serial
  }

  /** Ends a use. */
  clear(at: number): void {
    Atomics.and(this.#words, at + CallWords.state, ~FLAGS)
  }

  flags(at: number): number {
    return this.#state(at) & FLAGS
  }

  serial(at: number): number {
    return this.#state(at) >>> 8
  }

  /** In seconds, unsigned. */
  cancelTimeout(at: number): Seconds {
    return Atomics.load(this.#words, at + CallWords.cancelTimeout) >>> 0
  }

  result(at: number): HRESULT {
    return Atomics.load(this.#words, at + CallWords.result)
  }

  server(at: number): number {
    return Atomics.load(this.#words, at + CallWords.server)
  }

  /** Returns the previous flags. */
  set(at: number, flags: number): number {
    return Atomics.or(this.#words, at + CallWords.state, flags) & FLAGS
  }

  /** Sets flags unless the call has ended. Returns the previous flags. */
  setWhilePending(at: number, flags: number): number {
    for (let known = this.#state(at); ; ) {
      if (known & OVER) return known & FLAGS
      const before = Atomics.compareExchange(this.#words, at + CallWords.state, known, known | flags)
      if (before === known) return before & FLAGS
      known = before
    }
  }

  /** The shortest cancel timeout counts (C7). */
  shortenCancelTimeout(at: number, seconds: Seconds): void {
    const word = at + CallWords.cancelTimeout
    for (let known = Atomics.load(this.#words, word); seconds < known >>> 0; ) {
      const before = Atomics.compareExchange(this.#words, word, known, seconds | 0)
      if (before === known) return
      known = before
    }
  }

  /** Wakes threads that sleep on the slot. */
  wake(at: number): void {
    Atomics.notify(this.#words, at + CallWords.state)
  }

  /** The numbers of the workers that hold the object. */
  *holders(at: number): Iterable<number> {
    const first = at + CallWords.holders
    for (let word = first; word < at + this.allocator.region.size; word++)
      for (let bits = Atomics.load(this.#words, word); bits !== 0; bits &= bits - 1)
        yield (word - first) * 32 + 32 - Math.clz32(bits & -bits)
  }

  addHolder(at: number, number: number): void {
    Atomics.or(this.#words, ...this.#holderBit(at, number))
  }

  removeHolder(at: number, number: number): void {
    const [word, bit] = this.#holderBit(at, number)
    if (Atomics.load(this.#words, word) & bit) Atomics.and(this.#words, word, ~bit)
  }

  #holderBit(at: number, number: number): [word: number, bit: number] {
    return [at + CallWords.holders + ((number - 1) >>> 5), 1 << ((number - 1) & 31)]
  }

  #state(at: number): number {
    return Atomics.load(this.#words, at + CallWords.state)
  }
}
