// The states of cancel objects in shared memory: those of this worker's threads, and those of others that it holds.
import type { HRESULT, Seconds } from '../../../binding'
import { OVER, StateFlag } from '../objects/cancel-state'
import type { SharedState, SharedStateOptions } from '../objects/shared-state'
import { CallWords } from './layout'
import type { MessageSender, Peer } from './messages'
import { reportFull } from './shared-memory'
import { SlotAllocator } from './slot-allocator'
import type { WorkerSlot } from './worker-slot'

/** In the low byte of `state`, beside the StateFlags. `AWAITED`: somebody wants to be told when the call is over. */
const IN_USE = 1
const AWAITED = 64
const FLAGS = 0xff
const SERIALS = 0x1000000

/** One use of an entry. */
interface SlotUse {
  at: number
  serial: number
}

/** About an entry: it was canceled, in that use of it; somebody holds it no longer; its call is over. */
export interface SharedCallMessages {
  changed: SlotUse
  unheld: { at: number }
  over: { at: number }
}

export class SharedCalls {
  readonly #slot: WorkerSlot
  readonly #words: Int32Array
  readonly #slots: SlotAllocator
  readonly #channel: MessageSender<SharedCallMessages>
  /** This worker's own, by where they are. */
  readonly #own = new Map<number, { serial: number; seed: Pick<SharedStateOptions, 'changed' | 'unheld'> }>()
  /** How often this worker holds others'. */
  readonly #held = new Map<number, number>()
  /** Who waits for others' to be over. */
  readonly #waiting = new Map<number, Set<() => void>>()

  constructor(member: WorkerSlot, post: MessageSender<SharedCallMessages>) {
    const { words, layout } = member.memory
    this.#slot = member
    this.#words = words
    this.#slots = new SlotAllocator(words, layout.callOwners, layout.calls, member.number)
    this.#channel = post
    post.on('changed', ({ at, serial }) => {
      const own = this.#own.get(at)
      if (own?.serial === serial) own.seed.changed()
    })
    post.on('unheld', ({ at }) => this.#own.get(at)?.seed.unheld())
    post.on('over', ({ at }) => this.#notifyWaiting(at))
  }

  /** How many are in use. */
  get used(): number {
    let used = 0
    for (const at of this.#slots.claimed()) if (this.#state(at) & IN_USE) used++
    return used
  }

  /** For an object that comes on the stack of one of this worker's threads. */
  newState(seed: SharedStateOptions): SharedState | null {
    const at = this.#slots.allocate()
    if (at === undefined) {
      reportFull('calls', this.#slot.memory)
      return null
    }
    const words = this.#words
    const serial = ((this.#state(at) >>> 8) + 1) % SERIALS
    const server = seed.timed ? 0 : (seed.server ?? this.#slot.number)
    Atomics.store(words, at + CallWords.cancelTimeout, -1)
    Atomics.store(words, at + CallWords.result, seed.result)
    Atomics.store(words, at + CallWords.server, server)
    Atomics.store(words, at + CallWords.state, (serial << 8) | IN_USE | seed.flags)
    this.#own.set(at, { serial, seed })
    const calls = this
    return {
      at,
      get flags() {
        return calls.#state(at) & FLAGS
      },
      get cancelTimeout() {
        return Atomics.load(words, at + CallWords.cancelTimeout) >>> 0
      },
      get holders() {
        return [...calls.#holders(at)].length
      },
      set: flag => {
        const before = Atomics.or(words, at, flag)
        if (before & AWAITED && flag !== StateFlag.canceled) this.#notifyHolders(at)
        return before & FLAGS
      },
      free: () => this.#free(at),
    }
  }

  /**
   * What another worker's cancel object is in, held until it is released; undefined unless it is on top of a
   * thread's stack, as `isOnTop` sees it.
   */
  hold(at: number, isOnTop: () => boolean): HeldState | undefined {
    const held = this.#held.get(at) ?? 0
    this.#held.set(at, held + 1)
    if (held === 0) Atomics.or(this.#words, ...this.#holderBit(at, this.#slot.number))
    // Whoever takes it off the stack looks for holders after that: one of the two sees the other.
    if (isOnTop()) return new HeldState(this, at, this.#state(at) >>> 8)
    this.release(at)
    return undefined
  }

  /** A worker has ended: its calls are over, and it holds nothing any more. */
  reclaim({ number }: Peer): void {
    // Those of nobody as well: it may have ended while it looked whether it had to give one up again.
    for (const at of this.#slots.all()) {
      const [word, bit] = this.#holderBit(at, number)
      if (Atomics.load(this.#words, word) & bit) Atomics.and(this.#words, word, ~bit)
    }
    this.#slots.reclaim(number, at => {
      const serial = Atomics.or(this.#words, at, StateFlag.completed) >>> 8
      this.#notifyHolders(at)
      const free = () => [...this.#holders(at)].length === 0
      if (free()) {
        this.#clear(at)
        return true
      }
      const unheld = () => {
        if (free()) this.#free(at)
      }
      this.#own.set(at, { serial, seed: { changed: () => {}, unheld } })
      return false
    })
  }

  /** After the end of any worker, which may have held some of this one's: those that nobody holds are given back. */
  freeUnheld(): void {
    for (const { seed } of [...this.#own.values()]) seed.unheld()
  }

  /** This worker is about to end: who sleeps until one of its calls is over is woken. */
  completeAll(): void {
    for (const at of this.#own.keys()) {
      Atomics.or(this.#words, at, StateFlag.completed)
      this.#notifyHolders(at)
    }
  }

  // For HeldState

  /** @internal */
  flagsOf(at: number): number {
    return this.#state(at) & FLAGS
  }

  /** @internal */
  wordOf(at: number, what: 'result' | 'server'): number {
    return Atomics.load(this.#words, at + CallWords[what])
  }

  /** @internal */
  get number(): number {
    return this.#slot.number
  }

  /** @internal Marks it canceled unless it is over, and tells its worker. Returns the flags before. */
  cancel({ at, serial }: SlotUse, seconds: Seconds): number {
    const patience = at + CallWords.cancelTimeout
    for (let known = Atomics.load(this.#words, patience); seconds < known >>> 0; ) {
      const before = Atomics.compareExchange(this.#words, patience, known, seconds | 0)
      if (before === known) break
      known = before
    }
    const flags = StateFlag.canceled | (seconds > 0 ? AWAITED : 0)
    for (let known = this.#state(at); (known & OVER) === 0; ) {
      const before = Atomics.compareExchange(this.#words, at, known, known | flags)
      if (before === known) {
        this.#notifyOwner(at, 'changed', { at, serial })
        return before & FLAGS
      }
      known = before
    }
    return this.#state(at) & FLAGS
  }

  /** @internal After a Cancel with patience: calls back when its call may be over. Returns how to wait no longer. */
  whenOver(at: number, tell: () => void): () => void {
    const waiting = this.#waiting.get(at) ?? new Set()
    waiting.add(tell)
    this.#waiting.set(at, waiting)
    return () => {
      waiting.delete(tell)
      if (waiting.size === 0) this.#waiting.delete(at)
    }
  }

  /** @internal */
  release(at: number): void {
    const left = (this.#held.get(at) ?? 1) - 1
    if (left > 0) {
      this.#held.set(at, left)
      return
    }
    this.#held.delete(at)
    const [word, bit] = this.#holderBit(at, this.#slot.number)
    Atomics.and(this.#words, word, ~bit)
    if (this.#slots.ownerOf(at) === this.#slot.number) this.#own.get(at)?.seed.unheld()
    else this.#notifyOwner(at, 'unheld', { at })
  }

  /** The owner of an entry. */
  #notifyOwner<Kind extends 'changed' | 'unheld'>(
    at: number,
    kind: Kind,
    message: SharedCallMessages[Kind],
  ): void {
    const peer = this.#slot.peer(this.#slots.ownerOf(at))
    if (!peer) return
    this.#slot.wake(peer.number)
    this.#channel.send(peer, kind, message)
  }

  /** Those who hold it. */
  #notifyHolders(at: number): void {
    Atomics.notify(this.#words, at)
    for (const number of this.#holders(at)) {
      const peer = this.#slot.peer(number)
      if (!peer) continue
      if (number === this.#slot.number) this.#notifyWaiting(at)
      else {
        this.#slot.wake(number)
        this.#channel.send(peer, 'over', { at })
      }
    }
  }

  #notifyWaiting(at: number): void {
    for (const tell of [...(this.#waiting.get(at) ?? [])]) tell()
  }

  #free(at: number): void {
    this.#own.delete(at)
    this.#clear(at)
    this.#slots.free(at)
  }

  #clear(at: number): void {
    Atomics.and(this.#words, at, ~FLAGS)
  }

  #state(at: number): number {
    return Atomics.load(this.#words, at + CallWords.state)
  }

  /** The numbers of the workers that hold it. */
  *#holders(at: number): Iterable<number> {
    const first = at + CallWords.holders
    for (let word = first; word < at + this.#slots.region.size; word++)
      for (let bits = Atomics.load(this.#words, word); bits !== 0; bits &= bits - 1)
        yield (word - first) * 32 + 32 - Math.clz32(bits & -bits)
  }

  /** The word and the bit in it. */
  #holderBit(at: number, number: number): [word: number, bit: number] {
    return [at + CallWords.holders + ((number - 1) >>> 5), 1 << ((number - 1) & 31)]
  }
}

/** The state of another worker's cancel object, which is kept until it is released here. */
export class HeldState {
  readonly #calls: SharedCalls
  readonly #use: SlotUse

  constructor(calls: SharedCalls, at: number, serial: number) {
    this.#calls = calls
    this.#use = { at, serial }
  }

  get flags(): number {
    return this.#calls.flagsOf(this.#use.at)
  }

  get over(): boolean {
    return (this.flags & OVER) !== 0
  }

  /** What Cancel returns. */
  get result(): HRESULT {
    return this.#calls.wordOf(this.#use.at, 'result')
  }

  /** Whether JavaScript of this very worker serves the call. */
  get servedHere(): boolean {
    return this.#calls.wordOf(this.#use.at, 'server') === this.#calls.number
  }

  /** Returns the flags before: one that is over is not canceled any more. */
  cancel(seconds: Seconds): number {
    return this.#calls.cancel(this.#use, seconds)
  }

  /** After a Cancel with patience: calls back when the call may be over. Returns how to wait no longer. */
  whenOver(tell: () => void): () => void {
    return this.#calls.whenOver(this.#use.at, tell)
  }

  release(): void {
    this.#calls.release(this.#use.at)
  }
}
